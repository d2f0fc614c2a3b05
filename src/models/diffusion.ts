/**
 * Denoising diffusion (Ho et al., 2020): noise the data step by step, learn to tell the noise, and go back.
 * Here stand the way forward and what is learned; the way back is in samplers.ts, the networks are in unet.ts and
 * point-denoiser.ts.
 */
import {
  NumberError,
  randint,
  randn,
  ShapeError,
  show,
  tensor,
  type Tensor,
} from "../tensor/index.js";
import type { NoiseSchedule } from "./schedule.js";

/** What a network computes from x_t and t [B] (i32): noise, v or x0, each in the shape of x_t. */
export type Denoiser = (x: Tensor, t: Tensor) => Tensor;

/** The noise ε (Ho et al., 2020), v = √ᾱ·ε − √(1 − ᾱ)·x_0 (Salimans and Ho, 2022), or the data themselves. */
export type Prediction = "noise" | "v" | "x0";

/** x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε: eq. 4. t i32 [B], a step for each example. */
export function diffuse(schedule: NoiseSchedule, x0: Tensor, t: Tensor, noise: Tensor): Tensor {
  const { signal, spread } = parts(schedule, t, x0);
  return x0.mul(signal).add(noise.mul(spread));
}

/** What the network should say, by what it predicts. */
export function targetOf(
  predicts: Prediction,
  schedule: NoiseSchedule,
  x0: Tensor,
  t: Tensor,
  noise: Tensor,
): Tensor {
  if (predicts === "noise") return noise;
  if (predicts === "x0") return x0;
  const { signal, spread } = parts(schedule, t, x0);
  return noise.mul(signal).sub(x0.mul(spread));
}

export type DiffusionLossOptions = {
  predicts?: Prediction;
  /** Weighs each step by min(snr, γ) as `minSNRWeights` says; 5 is the published γ. All weigh the same by default, L_simple. */
  gamma?: number;
  /** Of min(snr, γ): at least this; 0 by default. Goes with `gamma` alone. See `minSNRWeights`. */
  least?: number;
};

/** ‖target − prediction‖² at a random step for each example: L_simple, eq. 14. x0 [B, ..] → one number. */
export function diffusionLoss(
  denoise: Denoiser,
  schedule: NoiseSchedule,
  x0: Tensor,
  { predicts = "noise", gamma, least }: DiffusionLossOptions = {},
): Tensor {
  if (least !== undefined && gamma === undefined)
    throw new NumberError(
      `diffusionLoss: least is ${least}, but without gamma all steps weigh the same; give both or none`,
    );
  const B = x0.shape[0]!;
  const t = randint(0, schedule.steps, [B]);
  const noise = randn(x0.shape);
  const out = denoise(diffuse(schedule, x0, t, noise), t);
  if (show(out.shape) !== show(x0.shape))
    throw new ShapeError(
      `diffusionLoss: the denoiser made ${show(out.shape)} of ${show(x0.shape)}; it must keep the shape`,
    );
  const error = out.sub(targetOf(predicts, schedule, x0, t, noise)).square();
  if (gamma === undefined) return error.mean();
  return error.mul(along(minSNRWeights(schedule, predicts, gamma, least), t, x0)).mean();
}

/**
 * min(snr_t, γ), divided by what makes it a weight of the noise or of v: Hang et al. (2023), eq. 8. With `least` 1 it is
 * max(snr_t, 1), the truncated weights of Salimans and Ho (2022), section 4, up to γ: steps of strong noise, where a class
 * or a caption decides what is drawn, count as much as those of half noise. [T]
 */
export function minSNRWeights(
  schedule: NoiseSchedule,
  predicts: Prediction,
  gamma = 5,
  least = 0,
): Float64Array {
  const divisor = { noise: (snr: number) => snr, v: (snr: number) => snr + 1, x0: () => 1 };
  return schedule.alphaBars.map((_, t) => {
    const snr = schedule.snr(t);
    return Math.max(least, Math.min(snr, gamma)) / divisor[predicts](snr);
  });
}

/** √ᾱ_t and √(1 − ᾱ_t) for each example. */
function parts(schedule: NoiseSchedule, t: Tensor, x: Tensor) {
  return {
    signal: along(schedule.alphaBars.map(Math.sqrt), t, x),
    spread: along(schedule.alphaBars.map((a) => Math.sqrt(1 - a)), t, x), // prettier-ignore
  };
}

/** A table over steps, read at t [B], laid along axis 0 of x: [B, 1, ..]. */
function along(table: Float64Array, t: Tensor, x: Tensor): Tensor {
  return tensor(table)
    .take(t)
    .reshape([-1, ...x.shape.slice(1).map(() => 1)]);
}
