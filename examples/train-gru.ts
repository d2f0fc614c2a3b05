/**
 * A GRU (Cho et al., 2014) learns the adding problem (Hochreiter and Schmidhuber, 1997): of a long row of numbers two are
 * marked, and at the end it must tell their sum. Who remembers nothing answers 1 and is off by 1/6 in the square.
 *
 *     npx tsx examples/train-gru.ts [--length 50] [--steps 2000] [--backend wasm|js]
 */
import { parseArgs } from "node:util";
import { backprop, count, js, seed, tensor, tidy, use, wasm, type Tensor } from "genarch";
import { GRU, Linear } from "genarch/layers";
import { adam, mse } from "genarch/train";
import seedrandom from "seedrandom";

const { values } = parseArgs({
  options: {
    length: { type: "string", default: "50" },
    hidden: { type: "string", default: "64" },
    steps: { type: "string", default: "2000" },
    backend: { type: "string", default: "wasm" },
  },
});
const [T, hidden, steps] = [values.length, values.hidden, values.steps].map(Number) as [number, number, number]; // prettier-ignore
const BATCH = 64;

await use(values.backend === "js" ? js : wasm);
seed(1);
const random = seedrandom("adding");

/** Rows of (number, mark): x [BATCH, T, 2]; one marked number in each half; y [BATCH, 1], their sum. */
function problems() {
  const x = new Float32Array(BATCH * T * 2);
  const y = new Float32Array(BATCH);
  for (let row = 0; row < BATCH; row++) {
    for (let t = 0; t < T; t++) x[2 * (row * T + t)] = random();
    for (const half of [0, 1]) {
      const t = Math.floor(((half + random()) * T) / 2);
      x[2 * (row * T + t) + 1] = 1;
      y[row]! += x[2 * (row * T + t)]!;
    }
  }
  return { x: tensor(x, { shape: [BATCH, T, 2] }), y: tensor(y, { shape: [BATCH, 1] }) };
}

class Adder {
  readonly gru = new GRU(2, hidden);
  readonly head = new Linear(hidden, 1);
  forward(x: Tensor): Tensor {
    const { output } = this.gru.forward(x); // [B, T, hidden]
    return this.head.forward(output.at(1, -1)); // [B, 1]
  }
}

const model = new Adder();
const optimizer = adam(model, { lr: 3e-3 });
console.log(`${count(model)} parameters, rows of ${T} numbers; without memory the error is 0.1667`);
for (let step = 0; step < steps; step++) {
  const { x, y } = tidy(problems);
  using result = backprop(model, () => mse(model.forward(x), y));
  optimizer.step(result.grads.clip(1));
  if (step % 100 === 0) console.log(`step ${step}  error ${(await result.loss.item()).toFixed(4)}`);
  x.dispose();
  y.dispose();
}

const { x, y } = tidy(problems);
const error = tidy(() => mse(model.forward(x), y));
console.log(`error ${(await error.item()).toFixed(4)} on new rows; below 0.01 it is solved`);
