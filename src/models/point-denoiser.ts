/** A denoiser of points in the plane (or any vectors): an MLP with residual blocks that is told the step, and may be told a class. */
import { Linear } from "../layers/index.js";
import type { Tensor } from "../tensor/index.js";
import { ClassEmbedding, TimeEmbedding } from "./time-embedding.js";

export type PointDenoiserConfig = {
  /** Numbers of a point. */
  inputs?: number;
  width?: number;
  layers?: number;
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

  constructor(config: PointDenoiserConfig = {}) {
    const { inputs = 2, width = 128, layers = 3, classes = 0, dropCondition } = config;
    this.time = new TimeEmbedding(width, width);
    this.label = classes ? new ClassEmbedding(classes, width, dropCondition) : null;
    this.first = new Linear(inputs, width);
    this.blocks = Array.from({ length: layers }, () => new Block(width));
    this.last = new Linear(width, inputs);
  }

  forward(x: Tensor, t: Tensor, label?: Tensor): Tensor {
    const { B } = x.dims("B inputs", "PointDenoiser.forward");
    const step = this.time.forward(t);
    const told = (this.label ? step.add(this.label.forward(label, B)) : step).silu(); // [B, width]
    let h = this.first.forward(x);
    for (const block of this.blocks) h = block.forward(h, told);
    return this.last.forward(h.silu());
  }
}
