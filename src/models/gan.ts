/**
 * Generators and discriminators (Goodfellow et al., 2014): DCGAN for images of 28×28 and 32×32 (Radford et al., 2016), and
 * MLPs for points. The losses are in gan-losses.ts. A step of the game is two steps of training:
 *
 *     using d = backprop(discriminator, () => loss.discriminator(D(x), D(G(z))));   // only its parameters move
 *     using g = backprop(generator, () => loss.generator(D(G(z))));
 */
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Embedding,
  Linear,
} from "../layers/index.js";
import { NumberError, ShapeError, show, type Tensor } from "../tensor/index.js";
import { ConditionalNorm } from "./conditional-norm.js";
import { checkLabel } from "./label-check.js";
import { fromPrior } from "./latent.js";
import { SpectralNorm } from "./spectral-norm.js";

type Layer = { forward(x: Tensor): Tensor };

export type ImageGanConfig = {
  size: 28 | 32;
  channels?: number;
  /** Of the generator's input. */
  latent?: number;
  /** Channels of the largest feature maps; smaller ones have more. */
  width?: number;
  classes?: number;
  /** Of the weights at the start: 0.02 as in section 3 of Radford et al.; norms start as 1, and not as N(1, 0.02). */
  deviation?: number;
};

/** Images start as small maps, which are doubled: 7 → 14 → 28, or 4 → 8 → 16 → 32. */
const plans = { 28: { start: 7, doublings: 2 }, 32: { start: 4, doublings: 3 } };

function planOf(name: string, { size, width = 32, deviation = 0.02 }: ImageGanConfig) {
  const plan = plans[size] as (typeof plans)[28] | undefined;
  if (!plan) throw new NumberError(`${name}: size is ${size as number}; it must be 28 or 32`);
  const widths = Array.from({ length: plan.doublings }, (_, k) => width * 2 ** k); // largest map first
  return { ...plan, widths, deviation, halving: { stride: 2, padding: 1, deviation } };
}

/** z [B, latent], label i32 [B] → images [B, channels, size, size] in [−1, 1] */
export class DCGenerator {
  readonly latent: number;
  readonly classes: number;
  readonly first: Linear;
  readonly norms: (BatchNorm2d | ConditionalNorm)[] = [];
  readonly ups: ConvTranspose2d[] = [];
  readonly #start: number;

  constructor(config: ImageGanConfig) {
    const { latent = 64, channels = 1, classes = 0 } = config;
    const { start, widths, deviation, halving } = planOf("DCGenerator", config);
    this.latent = latent;
    this.classes = classes;
    this.#start = start;
    const narrowing = [...widths].reverse();
    this.first = new Linear(latent, narrowing[0]! * start * start, { bias: false, deviation });
    for (const [k, width] of narrowing.entries()) {
      this.norms.push(classes ? new ConditionalNorm(classes, width) : new BatchNorm2d(width));
      const next = narrowing[k + 1] ?? channels;
      const bias = next === channels; // others are shifted by their norm
      this.ups.push(new ConvTranspose2d(width, next, 4, { ...halving, bias }));
    }
  }

  forward(z: Tensor, label?: Tensor): Tensor {
    checkLabel("DCGenerator", this.classes, label);
    let h = this.first.forward(z).reshape(-1, this.ups[0]!.inputs, this.#start, this.#start);
    for (const [k, up] of this.ups.entries()) h = up.forward(this.#normed(k, h, label).relu());
    return h.tanh();
  }

  #normed(k: number, h: Tensor, label?: Tensor): Tensor {
    const norm = this.norms[k]!;
    return norm instanceof ConditionalNorm ? norm.forward(h, label!) : norm.forward(h);
  }

  /** New data; `count` 0 gives none of them, in their shape. */
  sample(count: number, label?: Tensor): Tensor {
    return this.forward(fromPrior("DCGenerator.sample", count, this.latent), label);
  }
}

/** What keeps a discriminator in bounds. Gradient penalties want "none": batch norm mixes examples. */
export type DiscriminatorNorm = "batch" | "spectral" | "none";

/** Images [B, channels, size, size], label i32 [B] → logits [B]: above 0 for real. */
export class DCDiscriminator {
  readonly downs: Layer[] = [];
  readonly norms: (BatchNorm2d | null)[] = [];
  readonly last: Layer;
  readonly label: Embedding | null;
  readonly size: number;

  constructor(config: ImageGanConfig & { norm?: DiscriminatorNorm }) {
    const { channels = 1, classes = 0, norm = "batch" } = config;
    this.size = config.size;
    const { start, widths, deviation, halving } = planOf("DCDiscriminator", config);
    for (const [k, width] of widths.entries()) {
      const before = widths[k - 1] ?? channels;
      this.downs.push(bounded(norm, (bias) => new Conv2d(before, width, 4, { ...halving, bias })));
      this.norms.push(norm === "batch" && k > 0 ? new BatchNorm2d(width) : null); // none on pixels
    }
    const features = widths.at(-1)! * start * start;
    this.last = bounded(norm, (bias) => new Linear(features, 1, { bias, deviation }));
    this.label = classes ? new Embedding(classes, features, { deviation: features ** -0.5 }) : null;
  }

  forward(x: Tensor, label?: Tensor): Tensor {
    const { H, W } = x.dims("B C H W", "DCDiscriminator.forward");
    if (H !== this.size || W !== this.size)
      throw new ShapeError(
        `DCDiscriminator.forward: got ${show(x.shape)}; it was made for images of size ${this.size}`,
      );
    let h = x;
    for (const [k, down] of this.downs.entries()) {
      h = down.forward(h);
      h = (this.norms[k]?.forward(h) ?? h).leakyRelu(0.2);
    }
    return judged("DCDiscriminator", h.flatten(1), this.last, this.label, label);
  }
}

export type PointGanConfig = {
  /** Numbers of a point. */
  outputs?: number;
  latent?: number;
  width?: number;
  layers?: number;
  classes?: number;
};

/** z [B, latent], label i32 [B] → points [B, outputs] */
export class PointGenerator {
  readonly latent: number;
  readonly label: Embedding | null;
  readonly hidden: Linear[] = [];
  readonly norms: BatchNorm1d[] = [];
  readonly last: Linear;

  constructor(config: PointGanConfig & { norm?: "batch" | "none" } = {}) {
    const { outputs = 2, latent = 2, width = 128, layers = 3, classes = 0, norm = "none" } = config;
    this.latent = latent;
    this.label = classes ? new Embedding(classes, latent) : null;
    const inputs = latent * (classes ? 2 : 1);
    for (let k = 0; k < layers; k++) {
      this.hidden.push(new Linear(k === 0 ? inputs : width, width));
      if (norm === "batch") this.norms.push(new BatchNorm1d(width));
    }
    this.last = new Linear(width, outputs);
  }

  forward(z: Tensor, label?: Tensor): Tensor {
    let h = withLabel("PointGenerator", z, this.label, label);
    for (const [k, layer] of this.hidden.entries()) {
      h = layer.forward(h);
      h = (this.norms[k]?.forward(h) ?? h).relu();
    }
    return this.last.forward(h);
  }

  /** New data; `count` 0 gives none of them, in their shape. */
  sample(count: number, label?: Tensor): Tensor {
    return this.forward(fromPrior("PointGenerator.sample", count, this.latent), label);
  }
}

/** Points [B, outputs], label i32 [B] → logits [B] */
export class PointDiscriminator {
  readonly hidden: Layer[] = [];
  readonly last: Layer;
  readonly label: Embedding | null;

  constructor(config: Omit<PointGanConfig, "latent"> & { norm?: "spectral" | "none" } = {}) {
    const { outputs = 2, width = 128, layers = 3, classes = 0, norm = "none" } = config;
    for (let k = 0; k < layers; k++)
      this.hidden.push(
        bounded(norm, (bias) => new Linear(k === 0 ? outputs : width, width, { bias })),
      );
    this.last = bounded(norm, (bias) => new Linear(width, 1, { bias }));
    this.label = classes ? new Embedding(classes, width, { deviation: width ** -0.5 }) : null;
  }

  forward(x: Tensor, label?: Tensor): Tensor {
    let h = x;
    for (const layer of this.hidden) h = layer.forward(h).leakyRelu(0.2);
    return judged("PointDiscriminator", h, this.last, this.label, label);
  }
}

function bounded(norm: DiscriminatorNorm, make: (bias: boolean) => Linear | Conv2d): Layer {
  return norm === "spectral" ? new SpectralNorm(make(false)) : make(true);
}

/** The label's vector beside z: Mirza and Osindero (2014). */
function withLabel(name: string, z: Tensor, table: Embedding | null, label?: Tensor): Tensor {
  checkLabel(name, table?.count, label);
  return table && label ? z.concat([table.forward(label)], 1) : z;
}

/** ψ(h) + ⟨embed(label), h⟩: the projection discriminator, eq. 3 of Miyato and Koyama (2018). h [B, features] → [B] */
function judged(
  name: string,
  h: Tensor,
  last: Layer,
  table: Embedding | null,
  label?: Tensor,
): Tensor {
  checkLabel(name, table?.count, label);
  const logit = last.forward(h).squeeze(1);
  return table && label ? logit.add(table.forward(label).mul(h).sum(1)) : logit;
}
