/**
 * The way back from noise to data. Each sampler is an async generator of every x_t on its way, so that a caller can
 * watch, or stop by `break`; `last` takes the end alone. Samplers differ in one function: how to go from a noise
 * level to the next. What they share (inpainting, starting from an image) is in denoising.ts.
 */
import { randn, tidy, type Shape, type Tensor } from "../tensor/index.js";
import { denoising, type SamplerOptions, type Step } from "./denoising.js";
import type { Denoiser } from "./diffusion.js";
import { posterior, type NoiseSchedule } from "./schedule.js";

type Samples = AsyncGenerator<Tensor, void, void>;

/**
 * Ancestral sampling: algorithm 2 of Ho et al. (2020); with fewer steps than the schedule's, respaced as by Nichol
 * and Dhariwal (2021). `variance`: "small" is the posterior's, "large" is β. Each x is freed when the next is asked for.
 */
export function ddpm(
  denoise: Denoiser,
  schedule: NoiseSchedule,
  shape: Shape,
  options: SamplerOptions & { variance?: "small" | "large" } = {},
): Samples {
  const { noise = randn, variance = "small" } = options;
  const step: Step = ({ x, x0, from, to }) => {
    const q = posterior(from.alphaBar, to.alphaBar);
    const spread = to.alphaBar === 1 ? 0 : variance === "small" ? q.variance : q.beta; // nothing is random at the end
    return x0
      .mul(q.fromStart)
      .add(x.mul(q.fromNoisy))
      .add(noise(shape).mul(Math.sqrt(spread)));
  };
  return denoising(denoise, schedule, shape, { steps: schedule.steps, ...options }, step);
}

/** DDIM: eq. 12 and 16 of Song et al. (2021). `eta` 0 draws nothing after the start, 1 is as random as DDPM. */
export function ddim(
  denoise: Denoiser,
  schedule: NoiseSchedule,
  shape: Shape,
  options: SamplerOptions & { eta?: number } = {},
): Samples {
  const { noise = randn, eta = 0 } = options;
  const step: Step = ({ x0, noise: e, from, to }) => {
    const spread = eta * Math.sqrt(posterior(from.alphaBar, to.alphaBar).variance); // σ_t, eq. 16
    const direction = Math.sqrt(Math.max(0, 1 - to.alphaBar - spread ** 2));
    const x = x0.mul(Math.sqrt(to.alphaBar)).add(e.mul(direction));
    return eta === 0 ? x : x.add(noise(shape).mul(spread));
  };
  return denoising(denoise, schedule, shape, options, step);
}

/**
 * DPM-Solver++(2M): algorithm 2 of Lu et al. (2022b), which looks back at the step before. λ = log(√ᾱ/√(1 − ᾱ)). The
 * first step, and one that ends in the data, where λ is infinite, are of first order, which is DDIM.
 */
export function dpmSolver(
  denoise: Denoiser,
  schedule: NoiseSchedule,
  shape: Shape,
  options: SamplerOptions = {},
): Samples {
  const lambda = (alphaBar: number) => 0.5 * Math.log(alphaBar / (1 - alphaBar));
  const step: Step = ({ x, x0, before, from, to }) => {
    const h = lambda(to.alphaBar) - lambda(from.alphaBar);
    const first = !before || to.alphaBar === 1;
    const hBefore = before && lambda(from.alphaBar) - lambda(before.level.alphaBar);
    const data = first ? x0 : x0.add(x0.sub(before.x0).mul(h / (2 * hBefore!))); // D_i
    const shrink = Math.sqrt((1 - to.alphaBar) / (1 - from.alphaBar)); // σ_t/σ_s
    return x.mul(shrink).sub(data.mul(Math.sqrt(to.alphaBar) * Math.expm1(-h)));
  };
  return denoising(denoise, schedule, shape, options, step);
}

/** The end of a sampler's way, which the caller owns. */
export async function last(samples: AsyncIterable<Tensor>): Promise<Tensor> {
  let found: Tensor | undefined;
  for await (const x of samples) {
    found?.dispose();
    found = tidy(() => x.copy());
  }
  if (!found) throw new Error("last: the sampler made nothing; it had no steps to do");
  return found;
}
