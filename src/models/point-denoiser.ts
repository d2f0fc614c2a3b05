/**
 * A denoiser of points in the plane (or any vectors): an MLP with residual blocks that is told the step, and may be told a
 * class. It sees Fourier features of the point (Tancik et al., 2020).
 */
import { Linear } from "../layers/index.js";
import type { Tensor } from "../tensor/index.js";
import { ClassEmbedding, TimeEmbedding } from "./time-embedding.js";

export type PointDenoiserConfig = {
  /** Numbers of a point. */
  inputs?: number;
  width?: number;
  layers?: number;
  /** Waves of x beside x itself, sin and cos of 2^k·x for k < waves: without them an MLP is slow to see what is small. */
  waves?: number;
  classes?: number;
  dropCondition?: number;
};

class Block {
  readonly time: Linear;
  readonly inner: Linear;
  readonly outer: Linear;

  constructor(width: number) {
    this.time = new Linear(width, width);
    this.inner = new Linear(width, width);
    this.outer = new Linear(width, width);
  }

  forward(x: Tensor, time: Tensor): Tensor {
    const h = this.inner.forward(x.silu()).add(this.time.forward(time)).silu();
    return x.add(this.outer.forward(h));
  }
}

/** x [B, inputs] and the step t [B] → [B, inputs] */
export class PointDenoiser {
  readonly time: TimeEmbedding;
  readonly label: ClassEmbedding | null;
  readonly first: Linear;
  readonly blocks: Block[];
  readonly last: Linear;
  readonly #waves: number;

  constructor(config: PointDenoiserConfig = {}) {
    const { inputs = 2, width = 128, layers = 3, waves = 4, classes = 0, dropCondition } = config;
    this.time = new TimeEmbedding(width, width);
    this.label = classes ? new ClassEmbedding(classes, width, dropCondition) : null;
    this.first = new Linear(inputs * (1 + 2 * waves), width);
    this.#waves = waves;
    this.blocks = Array.from({ length: layers }, () => new Block(width));
    this.last = new Linear(width, inputs);
  }

  forward(x: Tensor, t: Tensor, label?: Tensor): Tensor {
    const { B } = x.dims("B inputs", "PointDenoiser.forward");
    const step = this.time.forward(t);
    const told = (this.label ? step.add(this.label.forward(label, B)) : step).silu(); // [B, width]
    let h = this.first.forward(this.features(x));
    for (const block of this.blocks) h = block.forward(h, told);
    return this.last.forward(h.silu());
  }

  /** [B, inputs] → [B, inputs·(1 + 2·waves)] */
  private features(x: Tensor): Tensor {
    const scaled = Array.from({ length: this.#waves }, (_, k) => x.mul(2 ** k));
    return x.concat(
      scaled.flatMap((y) => [y.sin(), y.cos()]),
      1,
    );
  }
}
