/**
 * A GRU (Cho et al., 2014) learns the adding problem (Hochreiter and Schmidhuber, 1997): of a long row of numbers two are
 * marked, and at the end it must tell their sum. Who remembers nothing answers 1 and is off by 1/6 in the square.
 *
 *     npx tsx examples/train-gru.ts [--length 50] [--steps 2000] [--backend wasm|js]
 */
import { parseArgs } from "node:util";
import { arange, backprop, count, dispose, js, rand, randint, seed, stack, tidy, use, wasm, type Tensor } from "genarch"; // prettier-ignore
import { GRU, Linear } from "genarch/layers";
import { adam, mse } from "genarch/train";

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

/** Rows of (number, mark): x [BATCH, T, 2]; one marked number in each half; y [BATCH, 1], their sum. */
function problems() {
  const numbers = rand([BATCH, T]);
  const middle = Math.floor(T / 2);
  const [first, second] = [randint(0, middle, [BATCH, 1]), randint(middle, T, [BATCH, 1])];
  const marked = arange(T).eq(first).or(arange(T).eq(second)).cast("f32"); // [BATCH, T]
  return { x: stack([numbers, marked], 2), y: numbers.mul(marked).sum(1, { keepAxes: true }) };
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
  dispose([x, y]);
}

const { x, y } = tidy(problems);
const error = tidy(() => mse(model.forward(x), y));
console.log(`error ${(await error.item()).toFixed(4)} on new rows; below 0.01 it is solved`);
