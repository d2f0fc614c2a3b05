/**
 * In the page: a training loop on webgl, and what the backend made in its steps. Returns its counts after
 * the third step and after the last, the losses, and where `trace` says that a convolution ran.
 */
import { backprop, randn, seed, trace, use, webgl } from "genarch";
import { diffusionLoss, NoiseSchedule, UNet } from "genarch/models";
import { adam } from "genarch/train";
import { WebglBackend } from "../../src/kernels/webgl/index.js";
import type { Json } from "./page.js";

export default async function steps(count: Json): Promise<Json> {
  const backend = await use(webgl.with({ software: true }));
  if (!(backend instanceof WebglBackend)) throw new Error(`${backend.name} was opened`);
  seed("steps");
  const model = new UNet({ channels: 1, width: 4, multipliers: [1, 2] });
  const optimizer = adam(model, { lr: 4e-3 });
  const schedule = NoiseSchedule.cosine(50);
  const losses: number[] = [];
  const step = async (): Promise<void> => {
    using data = randn([4, 1, 8, 8]);
    using result = backprop(model, () =>
      diffusionLoss((x, t) => model.forward(x, t), schedule, data, { predicts: "v" }),
    );
    optimizer.step(result.grads);
    losses.push(await result.loss.item());
  };
  for (let k = 0; k < 3; k++) await step();
  const third = backend.counts;
  for (let k = 3; k < Number(count); k++) await step();
  const last = backend.counts;
  const traced = await trace(step);
  const kernels = traced.runs.flatMap((run) => run.kernels);
  const { where } = kernels.find(({ kernel }) => kernel === "convolution")!;
  return { third, last, losses, where };
}
