/**
 * What all samplers share: the walk down the noise levels, in which each step frees what it does not pass on; images
 * as a start (SDEdit: Meng et al., 2022) and images of which a part is given (RePaint: Lugmayr et al., 2022).
 */
import {
  full,
  NumberError,
  randn,
  realize,
  sameShape,
  ShapeError,
  show,
  tidy,
  type Shape,
  type Tensor,
} from "../tensor/index.js";
import type { Denoiser, Prediction } from "./diffusion.js";
import { levelsOf, type Ending, type Level, type Spacing } from "./levels.js";
import type { NoiseSchedule } from "./schedule.js";

export type SamplerOptions = {
  /** How many times the network is asked; 50, but for `ddpm` all steps of the schedule. */
  steps?: number;
  /** What the network was trained to predict; "noise" by default. */
  predicts?: Prediction;
  /** Bounds the estimates of x_0 to ±clip: 1 for images in [−1, 1]; no bounds by default. */
  clip?: number;
  spacing?: Spacing;
  ending?: Ending;
  /** The noise to start from; drawn by default. */
  start?: Tensor;
  /** Image to image: start from a noised image. strength 1 is pure noise, 0.3 keeps most of it. */
  from?: { image: Tensor; strength: number };
  /** In- and outpainting: where `mask` (bool, of the image's shape or spreading to it) is true, the image stays. */
  keep?: Kept;
  /** Where random numbers come from; `randn` by default. */
  noise?: (shape: Shape) => Tensor;
};

/** `repeats`: how often each step is done anew from its own end, noised again, so that the parts come to agree. */
type Kept = { image: Tensor; mask: Tensor; repeats?: number };

/** What a step knows: x_t at `from`, the network's estimates of its parts, and those of the step before. */
type Knowledge = {
  x: Tensor;
  x0: Tensor;
  noise: Tensor;
  from: Level;
  to: Level;
  before?: { x0: Tensor; level: Level };
};
/** x at level `to`. */
export type Step = (known: Knowledge) => Tensor;

type State = { x: Tensor; x0?: Tensor; level?: Level };

/** Yields x after each step. It belongs to the generator, which frees it when the next one is asked for. */
export async function* denoising(
  denoise: Denoiser,
  schedule: NoiseSchedule,
  shape: Shape,
  options: SamplerOptions,
  step: Step,
): AsyncGenerator<Tensor, void, void> {
  const { steps = Math.min(50, schedule.steps), spacing = "trailing", ending = "clean" } = options;
  const path = begun(levelsOf(schedule, steps, spacing, ending), options);
  if ((options.predicts ?? "noise") === "noise" && path[0]!.alphaBar === 0)
    throw new NumberError("sampler: noise does not tell the data where ᾱ is 0; predict v or x0");
  checkImages(shape, options);
  let state: State = { x: tidy(() => beginning(shape, path[0]!, options)) };
  try {
    for (let k = 0; k + 1 < path.length; k++) {
      const [from, to, end] = [path[k]!, path[k + 1]!, k + 2 === path.length];
      for (let again = end ? 1 : (options.keep?.repeats ?? 1); again > 0; again--) {
        const next = tidy(() => {
          const done = advance(denoise, state, from, to, options, step);
          const x = kept(done.x, end ? { ...to, alphaBar: 1 } : to, options);
          return { x: again > 1 ? noisedBack(x, from, to, options) : x, x0: done.x0, level: from };
        });
        realize([next.x, next.x0]);
        free(state);
        state = again > 1 ? { x: next.x } : next; // what was undone is not looked back at
        if (again > 1) next.x0.dispose();
      }
      using shown = tidy(() => state.x.copy()); // so that a caller may dispose of it, too
      yield shown;
    }
  } finally {
    free(state);
  }
}

function free(state: State): void {
  state.x.dispose();
  state.x0?.dispose();
}

/** Asks the network once. */
function advance(
  denoise: Denoiser,
  { x, x0: x0Before, level }: State,
  from: Level,
  to: Level,
  { predicts = "noise", clip }: SamplerOptions,
  step: Step,
): { x: Tensor; x0: Tensor } {
  const t = full([x.shape[0]!], from.t, "i32");
  const { x0, noise } = estimatesOf(predicts, denoise(x, t), x, from.alphaBar);
  const bounded = clip === undefined ? x0 : x0.clamp(-clip, clip);
  const before = x0Before && level && { x0: x0Before, level };
  return { x: step({ x, x0: bounded, noise, from, to, before }), x0: bounded };
}

/** x_0 and ε, from the one of them (or v) that the network gave: x_t = √ᾱ·x_0 + √(1 − ᾱ)·ε solved for the other. */
export function estimatesOf(
  predicts: Prediction,
  out: Tensor,
  x: Tensor,
  alphaBar: number,
): { x0: Tensor; noise: Tensor } {
  const [signal, spread] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
  if (predicts === "noise") return { x0: x.sub(out.mul(spread)).mul(1 / signal), noise: out };
  if (predicts === "x0") return { x0: out, noise: x.sub(out.mul(signal)).mul(1 / spread) };
  return {
    x0: x.mul(signal).sub(out.mul(spread)),
    noise: out.mul(signal).add(x.mul(spread)),
  };
}

// ** images **

const noised = (image: Tensor, { alphaBar }: Level, { noise = randn }: SamplerOptions): Tensor =>
  image.mul(Math.sqrt(alphaBar)).add(noise(image.shape).mul(Math.sqrt(1 - alphaBar)));

/** Of S steps the last ⌊S·strength⌋: SDEdit. */
function begun(path: Level[], { from }: SamplerOptions): Level[] {
  if (!from) return path;
  const steps = Math.floor((path.length - 1) * from.strength);
  if (!(from.strength <= 1 && steps >= 1))
    throw new NumberError(
      `sampler: from.strength is ${from.strength}, which leaves no step of ${path.length - 1} to do; it must be above 0 and at most 1`,
    );
  return path.slice(-steps - 1);
}

function beginning(shape: Shape, level: Level, options: SamplerOptions): Tensor {
  const { from, start, noise = randn } = options;
  const x = from ? noised(from.image, level, options) : (start?.copy() ?? noise(shape));
  return kept(x, level, options);
}

/** x, but the given part noised as much as x is: eq. 8 of Lugmayr et al. (2022). */
function kept(x: Tensor, level: Level, options: SamplerOptions): Tensor {
  if (!options.keep) return x;
  const { image, mask } = options.keep;
  return mask.where(noised(image, level, options), x); // at the end the image itself, bit for bit
}

/** From `to` back to `from`, q(x_t | x_s): line 9 of algorithm 1. */
function noisedBack(x: Tensor, from: Level, to: Level, options: SamplerOptions): Tensor {
  return noised(x, { t: from.t, alphaBar: from.alphaBar / to.alphaBar }, options);
}

function checkImages(shape: Shape, { start, from, keep }: SamplerOptions): void {
  const given = { start, "from.image": from?.image, "keep.image": keep?.image };
  for (const [name, image] of Object.entries(given))
    if (image && !sameShape(image.shape, shape))
      throw new ShapeError(
        `sampler: ${name} is ${show(image.shape)}, but samples are ${show(shape)}; both must have one shape`,
      );
}
