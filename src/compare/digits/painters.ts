/** The three that draw digits: a GAN, a VAE and a diffusion model, with one shape for the experiment. */
import type { ImageBatch, PixelRange } from "../../data/index.js";
import {
  convVAE,
  DCDiscriminator,
  DCGenerator,
  nonSaturating,
  r1,
  type VAE,
} from "../../models/index.js";
import { backprop, count, randn, tensor, tidy, type Tensor } from "../../tensor/index.js";
import { adam, average } from "../../train/index.js";
import { DigitDiffusion, digitDiffusion, type DigitDiffusionRecipe } from "../mnist-diffusion.js";
import { AREA, type Pixels } from "./judge.js";

export interface Painter {
  /** What a checkpoint holds. */
  readonly parts: object;
  readonly parameters: number;
  readonly batch: number;
  readonly range: PixelRange;
  /** Learns a batch; `way` is the share of the training that lies behind. */
  step(batch: ImageBatch, way: number): Promise<number>;
  /** A digit for each label, pixels from 0 to 1. */
  draw(labels: readonly number[]): Promise<Pixels>;
}

/** Of −1 to 1 → 0 to 1, cut off there. */
export const toUnit = (signed: Float32Array): Pixels =>
  signed.map((x) => Math.min(1, Math.max(0, (x + 1) / 2)));

const AT_ONCE = 250;

/** Draws many in batches that fit in memory. */
async function inBatches(
  labels: readonly number[],
  draw: (label: Tensor, count: number) => Tensor,
): Promise<Float32Array> {
  const pixels = new Float32Array(labels.length * AREA);
  for (let first = 0; first < labels.length; first += AT_ONCE) {
    const some = labels.slice(first, first + AT_ONCE);
    using drawn = tidy(() => draw(tensor(Int32Array.from(some)), some.length));
    pixels.set(await drawn.data(), first * AREA);
  }
  return pixels;
}

// ** GAN **

const RATE = 2e-3;
const PENALTY = 0.02; // γ of R1: more of it keeps the discriminator from seeing much in a short training

/**
 * DCGAN with the non-saturating loss, R1 on real digits, and an averaged generator, told the class by its norms and judged
 * by projection (Miyato and Koyama, 2018). With the class beside the code it forgot the code within minutes, and drew a
 * single digit of each class.
 */
export class GanPainter implements Painter {
  readonly range = "signed";
  readonly batch = 32;
  readonly generator: DCGenerator;
  readonly discriminator: DCDiscriminator;
  readonly parts;

  constructor(width: number) {
    const config = { size: 28, width, classes: 10 } as const;
    this.generator = new DCGenerator(config);
    this.discriminator = new DCDiscriminator({ ...config, norm: "none" });
    const options = { lr: RATE, betas: [0, 0.99] } as const;
    this.parts = {
      generator: this.generator,
      discriminator: this.discriminator,
      generatorOptimizer: adam(this.generator, options),
      discriminatorOptimizer: adam(this.discriminator, options),
      average: average(this.generator),
    };
  }

  get parameters(): number {
    return count(this.generator) + count(this.discriminator);
  }

  async step({ x, label: digits, shape, step }: ImageBatch, way: number): Promise<number> {
    const { generator: G, discriminator: D, parts } = this;
    const { generatorOptimizer, discriminatorOptimizer } = parts;
    generatorOptimizer.lr = discriminatorOptimizer.lr = RATE * (1 - 0.9 * way);
    using real = tensor(x, { shape });
    using label = tensor(digits);
    const judged = (y: Tensor) => D.forward(y, label);
    const fake = () => judged(G.sample(shape[0], label));
    using d = backprop(D, () => {
      const loss = nonSaturating.discriminator(judged(real), fake());
      return loss.add(r1(judged, real).mul(PENALTY));
    });
    discriminatorOptimizer.step(d.grads);
    using g = backprop(G, () => nonSaturating.generator(fake()));
    generatorOptimizer.step(g.grads);
    parts.average.update(Math.min(0.995, (1 + step) / (10 + step)));
    return g.loss.item();
  }

  async draw(labels: readonly number[]): Promise<Pixels> {
    return toUnit(await this.parts.average.during(() => inBatches(labels, (label, some) => this.generator.sample(some, label)))); // prettier-ignore
  }

  /** Digits of one class from latents [n, latent]. */
  async of(latents: (latent: number) => Tensor, label: number): Promise<Pixels> {
    const { latent } = this.generator;
    return toUnit(await this.parts.average.during(() => decoded(latents(latent), (z) => this.generator.forward(z, repeated(label, z))))); // prettier-ignore
  }
}

// ** VAE **

const VAE_RATE = 2e-3;
const LATENT = 10; // with 20, codes soon hold what the class says, too, and a code from the prior contradicts the label

/** Convolutions on both sides, told the class; it draws the mean of p(x | z). */
export class VaePainter implements Painter {
  readonly range = "unit";
  readonly batch = 32;
  readonly vae: VAE;
  readonly parts;

  constructor(width: number) {
    this.vae = convVAE({ width, latent: LATENT, classes: 10 });
    this.parts = { vae: this.vae, optimizer: adam(this.vae, { lr: VAE_RATE }) };
  }

  get parameters(): number {
    return count(this.vae);
  }

  async step({ x, label: digits, shape }: ImageBatch, way: number): Promise<number> {
    using real = tensor(x, { shape });
    using label = tensor(digits);
    using result = backprop(this.vae, () => this.vae.loss(real, { label }));
    this.parts.optimizer.lr = VAE_RATE * (1 - 0.9 * way);
    this.parts.optimizer.step(result.grads);
    return result.loss.item();
  }

  draw(labels: readonly number[]): Promise<Pixels> {
    return inBatches(labels, (label, some) => this.vae.sample(some, label));
  }

  of(latents: (latent: number) => Tensor, label: number): Promise<Pixels> {
    return decoded(latents(this.vae.latent), (z) => this.vae.decode(z, repeated(label, z)));
  }
}

/** The same label for each row of z. */
const repeated = (label: number, z: Tensor) => tensor(new Int32Array(z.shape[0]!).fill(label));

/** Frees the latents. */
async function decoded(latents: Tensor, decode: (z: Tensor) => Tensor): Promise<Float32Array> {
  using z = latents;
  using drawn = tidy(() => decode(z));
  return Float32Array.from(await drawn.data());
}

/** Two codes, drawn from the prior. */
export const ends = (latent: number): [Tensor, Tensor] => [randn([latent]), randn([latent])];

// ** diffusion **

export class DiffusionPainter implements Painter {
  readonly range = "signed";
  readonly model: DigitDiffusion;
  readonly batch: number;
  readonly parts;

  constructor(recipe: DigitDiffusionRecipe = digitDiffusion) {
    this.model = new DigitDiffusion(recipe);
    this.batch = recipe.batch;
    const { unet, optimizer, average } = this.model;
    this.parts = { unet, optimizer, average };
  }

  get parameters(): number {
    return count(this.model.unet);
  }

  step(batch: ImageBatch, way: number): Promise<number> {
    return this.model.step(batch, way);
  }

  async draw(labels: readonly number[]): Promise<Pixels> {
    return toUnit(await this.model.draw(labels));
  }
}
