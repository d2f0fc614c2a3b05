/** How the comparison trains diffusion models: AdamW with a rate that rises and falls, clipped gradients, averaged weights. */
import { diffusionLoss, NoiseSchedule, type Denoiser, type Prediction } from "../models/index.js";
import { backprop, type Tensor } from "../tensor/index.js";
import { adamw, average, warmupCosine, type Average } from "../train/index.js";

export type DiffusionRecipe = {
  /** Steps of the cosine schedule. */
  noising: number;
  predicts: Prediction;
  /** Of min-SNR weights; left out, all steps weigh the same. */
  gamma?: number;
  /** The least of these weights: see `minSNRWeights`. */
  least?: number;
  batch: number;
  /** Of training, where no time is given. */
  steps: number;
  lr: number;
  /** Share of the training in which the rate rises; then it falls by half a cosine to a twentieth. */
  warmup: number;
  /** Of the average of the weights. */
  decay: number;
  /** Of the gradient's norm, at most. */
  clip: number;
  /** Steps of DPM-Solver++(2M). */
  sampling: number;
  /** Of the guidance: 1 is the network alone. */
  scale: number;
};

const PARTS = 1000; // the training as the rate's schedule counts it

export class DiffusionTraining {
  readonly schedule: NoiseSchedule;
  readonly optimizer;
  readonly average: Average;
  readonly #rate: (part: number) => number;

  constructor(
    readonly model: object,
    readonly recipe: DiffusionRecipe,
  ) {
    const { noising, lr, warmup, decay } = recipe;
    this.schedule = NoiseSchedule.cosine(noising);
    this.optimizer = adamw(model, { lr });
    this.average = average(model, { decay });
    this.#rate = warmupCosine({ lr, minLr: lr / 20, warmup: warmup * PARTS, steps: PARTS });
  }

  /** What a checkpoint holds. */
  get parts() {
    const { model, optimizer, average } = this;
    return { model, optimizer, average };
  }

  /**
   * One step on x of [−1, 1]; `denoiser` is called within the step, so that what it computes first is learned, too.
   * `done` is the share of the training that lies behind, 0 to 1. Returns the loss.
   */
  async step(x: Tensor, denoiser: () => Denoiser, step: number, done: number): Promise<number> {
    const { predicts, gamma, least, clip, decay } = this.recipe;
    using result = backprop(this.model, () =>
      diffusionLoss(denoiser(), this.schedule, x, { predicts, gamma, least }),
    );
    this.optimizer.lr = this.#rate(done * PARTS);
    this.optimizer.step(result.grads.clip(clip));
    this.average.update(Math.min(decay, (1 + step) / (10 + step))); // a young average follows faster
    return result.loss.item();
  }
}
