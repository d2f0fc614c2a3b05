// A diffusion of points learns a ring of modes, draws from all of them, and from one when it is asked to.
import { describe, expect, it } from "vitest";
import {
  backprop,
  memory,
  plansMade,
  randn,
  seed,
  tensor,
  tidy,
  use,
  wasm,
  zeros,
  type Tensor,
} from "genarch";
import { ring } from "genarch/data";
import { modeCoverage } from "genarch/metrics";
import {
  ddim,
  ddpm,
  diffusionLoss,
  dpmSolver,
  guided,
  last,
  NoiseSchedule,
  PointDenoiser,
  type Denoiser,
} from "genarch/models";
import { adam, average } from "genarch/train";
import { eachBackend, noLeaks } from "../support.js";

describe("a diffusion on a ring", () => {
  const data = ring({ sigma: 0.05 });
  const schedule = NoiseSchedule.cosine(100);

  async function trained(): Promise<PointDenoiser> {
    const model = new PointDenoiser({ width: 64, layers: 3, classes: 8, dropCondition: 0.3 });
    const optimizer = adam(model, { lr: 3e-3 });
    const smooth = average(model, { decay: 0.99 });
    const step = (k: number) => {
      const batch = data.sample(256, k);
      using x = tensor(batch.x, { shape: [256, 2] });
      using label = tensor(batch.mode);
      const denoise: Denoiser = (xt, t) => model.forward(xt, t, label);
      using result = backprop(model, () => diffusionLoss(denoise, schedule, x));
      optimizer.lr = 3e-3 * (1 - k / 1000);
      optimizer.step(result.grads);
      smooth.update();
    };
    step(0);
    step(1);
    const plans = plansMade();
    for (let k = 2; k < 1000; k++) {
      const { tensors } = memory();
      step(k);
      expect(memory().tensors).toBeLessThanOrEqual(tensors);
    }
    expect(plansMade()).toBe(plans);
    smooth.swap();
    return model;
  }

  it("finds all eight modes by every sampler; guidance draws the mode that is asked for", async () => {
    await use(wasm);
    seed(9);
    const model = await trained();
    const free: Denoiser = (x, t) => model.forward(x, t);
    const judge = async (samples: AsyncIterable<Tensor>) => {
      using points = await last(samples);
      const found = modeCoverage(
        { samples: (await points.array()) as number[][], centers: data.centers },
        { sigma: data.sigma },
      );
      return found.parts!;
    };
    const options = { clip: 1.3, steps: 25 };
    for (const sample of [ddpm, ddim, dpmSolver]) {
      const { modes, highQuality } = await judge(sample(free, schedule, [1000, 2], options));
      expect(modes).toBe(8);
      expect(highQuality).toBeGreaterThan(0.65);
    }
    using label = zeros([200], "i32").add(3);
    const asked = guided((x, t) => model.forward(x, t, label), free, 2);
    const { counts } = await judge(dpmSolver(asked, schedule, [200, 2], options));
    expect(counts[3]).toBeGreaterThan(195);
  });
});

eachBackend(() => {
  it("a loss of noise, v or x0 is near 1 for a network that says nothing, and refuses another shape", () =>
    noLeaks(async () => {
      seed(1);
      const schedule = NoiseSchedule.cosine(50);
      using x0 = randn([4000, 1]); // of variance 1, as noise is; so v is, too
      const silent: Denoiser = (x) => x.mul(0);
      for (const predicts of ["noise", "v", "x0"] as const) {
        using loss = tidy(() => diffusionLoss(silent, schedule, x0, { predicts }));
        expect(Math.abs((await loss.item()) - 1)).toBeLessThan(0.1);
      }
      expect(() => tidy(() => diffusionLoss((x) => x.sum(1), schedule, x0))).toThrow(
        "diffusionLoss: the denoiser made [4000] of [4000, 1]; it must keep the shape",
      );
      expect(() => tidy(() => diffusionLoss(silent, schedule, x0, { least: 1 }))).toThrow(
        "diffusionLoss: least is 1, but without gamma all steps weigh the same; give both or none",
      );
    }));
});
