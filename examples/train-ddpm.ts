/**
 * A diffusion model of MNIST that draws the digit it is asked for: a small U-Net, v prediction on a cosine schedule, min-SNR
 * weights, an average of the weights, classifier-free guidance. Writes a row of each digit. Eight minutes on two cores.
 *
 *     npx tsx examples/train-ddpm.ts [--steps 2400] [--backend wasm|js] [--out ddpm.png]
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backprop, count, js, seed, tensor, use, wasm, type Tensor } from "genarch";
import { encodePng, mnist, sheet } from "genarch/data";
import { diffusionLoss, dpmSolver, guided, last, NoiseSchedule, UNet } from "genarch/models";
import { adamw, average, warmupCosine } from "genarch/train";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "2400" },
    batch: { type: "string", default: "32" },
    width: { type: "string", default: "16" },
    samples: { type: "string", default: "10" }, // steps of the sampler
    backend: { type: "string", default: "wasm" },
    out: { type: "string", default: "ddpm.png" },
  },
});
const [steps, batch, width, samples] = [values.steps, values.batch, values.width, values.samples].map(Number); // prettier-ignore

await use(values.backend === "js" ? js : wasm);
seed(1);
const train = await mnist();
const unet = new UNet({ channels: 1, width: width!, multipliers: [1, 2, 4], classes: 10 });
const schedule = NoiseSchedule.cosine(1000);
const rate = warmupCosine({ lr: 2e-3, minLr: 1e-4, warmup: 0.04 * steps!, steps: steps! });
const optimizer = adamw(unet);
const smooth = average(unet, { decay: 0.995 });
console.log(`${count(unet)} parameters`);

const start = performance.now();
for (const batchOf of train.batches({ batch: batch!, steps: steps!, seed: 1, range: "signed" })) {
  const { step, shape } = batchOf;
  using x = tensor(batchOf.x, { shape });
  using label = tensor(batchOf.label);
  const denoise = (xt: Tensor, t: Tensor) => unet.forward(xt, t, { label });
  using result = backprop(unet, () =>
    diffusionLoss(denoise, schedule, x, { predicts: "v", gamma: 5, least: 1 }),
  );
  optimizer.lr = rate(step);
  optimizer.step(result.grads.clip(1));
  smooth.update(Math.min(0.995, (1 + step) / (10 + step)));
  if (step % 100 === 0) {
    const seconds = ((performance.now() - start) / 1e3).toFixed(0);
    console.log(`step ${step}  loss ${(await result.loss.item()).toFixed(4)}  ${seconds} s`);
  }
}

/** Digits in rows, one label a picture. */
async function draw(labels: number[], scale: number) {
  using label = tensor(Int32Array.from(labels));
  const denoise = guided((x, t) => unet.forward(x, t, { label }), (x, t) => unet.forward(x, t), scale); // prettier-ignore
  const shape = [labels.length, 1, 28, 28];
  using x = await last(
    dpmSolver(denoise, schedule, shape, { steps: samples!, predicts: "v", clip: 1 }),
  );
  return x.data();
}
const labels = Array.from({ length: 80 }, (_, k) => Math.floor(k / 8));
const digits = await smooth.during(() => draw(labels, 2));
const picture = sheet(digits, [80, 1, 28, 28], { columns: 8, range: "signed", scale: 2 });
await writeFile(values.out, await encodePng(picture));
console.log(`wrote ${values.out} after ${((performance.now() - start) / 1e3).toFixed(0)} s`);
