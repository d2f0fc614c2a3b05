/** The step t as waves of many lengths, as a transformer's positions (Vaswani et al., 2017, section 3.5), and a class beside it. */
import { Embedding, Linear } from "../layers/index.js";
import {
  NumberError,
  ShapeError,
  full,
  rand,
  show,
  tensor,
  training,
  type Tensor,
} from "../tensor/index.js";

/**
 * t [B] → [B, width]. "cos-sin": [cos, sin] of t·10000^(−i/half), as guided-diffusion, Stable Diffusion and DiT;
 * "sin-cos": [sin, cos] of t·10000^(−i/(half − 1)), as Ho et al.'s DDPM.
 */
export function timestepEmbedding(
  t: Tensor,
  width: number,
  form: "cos-sin" | "sin-cos" = "cos-sin",
): Tensor {
  const half = width / 2;
  if (!Number.isInteger(half) || half < 2)
    throw new NumberError(
      `timestepEmbedding: width is ${width}; it must be an even number from 4, half cosines and half sines`,
    );
  const lengths = form === "cos-sin" ? half : half - 1;
  const frequencies = Float64Array.from({ length: half }, (_, i) => 10000 ** (-i / lengths));
  const angles = t.cast("f32").unsqueeze(1).mul(tensor(frequencies)); // [B, half]
  const waves = [angles.cos(), angles.sin()] as const;
  return form === "cos-sin" ? waves[0].concat([waves[1]], 1) : waves[1].concat([waves[0]], 1);
}

/** The waves through a small MLP: [B] → [B, width]. */
export class TimeEmbedding {
  readonly linear_1: Linear;
  readonly linear_2: Linear;

  constructor(
    readonly waves: number,
    width: number,
  ) {
    this.linear_1 = new Linear(waves, width);
    this.linear_2 = new Linear(width, width);
  }

  forward(t: Tensor): Tensor {
    return timestepEmbedding(t, this.waves).pipe(this.linear_1, (h) => h.silu(), this.linear_2);
  }
}

/**
 * A vector for each class, and one for "no class", which stands last. While training, a share `drop` of labels becomes
 * "no class", so that one network learns both sides of classifier-free guidance: algorithm 1 of Ho and Salimans (2022).
 */
export class ClassEmbedding {
  readonly weight: Embedding["weight"];
  readonly #table: Embedding;

  constructor(
    readonly classes: number,
    width: number,
    readonly drop = 0.1,
  ) {
    this.#table = new Embedding(classes + 1, width);
    this.weight = this.#table.weight;
  }

  /** label i32 [B], or none for `count` examples of no class → [B, width] */
  forward(label: Tensor | undefined, count: number): Tensor {
    if (!label) return this.#table.forward(full([count], this.classes, "i32"));
    if (label.shape.length !== 1 || label.shape[0] !== count)
      throw new ShapeError(
        `ClassEmbedding: labels are ${show(label.shape)}, but there are ${count} examples; give one label each, [${count}]`,
      );
    return this.#table.forward(training() ? this.dropped(label) : label);
  }

  private dropped(label: Tensor): Tensor {
    return this.drop > 0 ? rand(label.shape).lt(this.drop).where(this.classes, label) : label;
  }
}
