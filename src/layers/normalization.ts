/**
 * Norms: (x − mean)/√(variance + eps)·weight + bias. They differ in the group of numbers that mean and
 * variance are taken over; one kernel, `normalize` over [outer, rows, inner], serves all of them.
 */
import {
  NumberError,
  ShapeError,
  show,
  sizeOf,
  State,
  training,
  zeros,
  ones,
  type Parameter,
  type Shape,
  type Tensor,
} from "../tensor/index.js";
import { noShift, unitScale } from "./initial.js";
import { checkChannels, checkDivides, checkEps, checkLast, checkSizes } from "./sizes.js";

/** Over the last axes, which have the layer's `shape`: Ba, Kiros and Hinton (2016). weight and bias have that shape. */
export class LayerNorm {
  readonly shape: Shape;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly eps: number;

  constructor(shape: number | Shape, { eps = 1e-5, affine = true, bias = true } = {}) {
    this.shape = typeof shape === "number" ? [shape] : [...shape];
    for (const size of this.shape) checkSizes("LayerNorm", { shape: size });
    this.eps = checkEps("LayerNorm", eps);
    this.weight = affine ? unitScale(this.shape) : null;
    this.bias = affine && bias ? noShift(this.shape) : null;
  }

  /** [.., shape] → the same */
  forward(x: Tensor): Tensor {
    const last = x.shape.slice(x.shape.length - this.shape.length);
    if (show(last) !== show(this.shape))
      throw new ShapeError(
        `LayerNorm: expected [.., ${this.shape.join(", ")}], got ${show(x.shape)}; its last axes must be the layer's`,
      );
    const inner = sizeOf(this.shape);
    const [y] = x.reshape([1, x.size / inner, inner]).normalize(false, this.eps);
    return affine(y.reshape(x.shape), this.weight, this.bias);
  }
}

/** Over the last axis, by the root of the mean square, with no mean taken off: Zhang and Sennrich (2019). PyTorch's eps is 2⁻²³; Llama's is 1e-5. */
export class RMSNorm {
  readonly weight: Parameter;
  readonly eps: number;

  constructor(
    readonly width: number,
    { eps = 2 ** -23 } = {},
  ) {
    checkSizes("RMSNorm", { width });
    this.eps = checkEps("RMSNorm", eps);
    this.weight = unitScale([width]);
  }

  /** [.., width] → the same */
  forward(x: Tensor): Tensor {
    checkLast("RMSNorm", x, this.width);
    const [y] = x.reshape([1, x.size / this.width, this.width]).normalize(true, this.eps);
    return y.reshape(x.shape).mul(this.weight);
  }
}

/** Over groups of channels of each example: Wu and He (2018). */
export class GroupNorm {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly eps: number;

  constructor(
    readonly groups: number,
    readonly channels: number,
    { eps = 1e-5, affine = true } = {},
  ) {
    checkSizes("GroupNorm", { groups, channels });
    checkDivides("GroupNorm", ["channels", channels], ["groups", groups]);
    this.eps = checkEps("GroupNorm", eps);
    this.weight = affine ? unitScale([channels]) : null;
    this.bias = affine ? noShift([channels]) : null;
  }

  /** [B, channels, ..] → the same */
  forward(x: Tensor): Tensor {
    checkChannels("GroupNorm", x, this.channels);
    const rows = x.shape[0]! * this.groups;
    const [y] = x.reshape([1, rows, x.size / rows]).normalize(false, this.eps);
    return affine(y.reshape(x.shape), along(this.weight, x), along(this.bias, x));
  }
}

/** Over the batch, channel by channel: Ioffe and Szegedy (2015). */
class BatchNorm {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly running_mean: State;
  readonly running_var: State;
  /** Read by `momentum: null` only, but a PyTorch state dict has it. */
  readonly num_batches_tracked: State;
  readonly eps: number;
  readonly momentum: number | null;

  constructor(
    readonly channels: number,
    { eps = 1e-5, momentum = 0.1, affine = true }: BatchNormOptions,
    readonly name: string,
    readonly axes: readonly number[],
  ) {
    checkSizes(name, { channels });
    if (momentum !== null && !(momentum >= 0 && momentum <= 1))
      throw new NumberError(`${name}: momentum is ${momentum}; it must be from 0 to 1, or null`);
    this.eps = checkEps(name, eps);
    this.momentum = momentum;
    this.weight = affine ? unitScale([channels]) : null;
    this.bias = affine ? noShift([channels]) : null;
    this.running_mean = new State(zeros([channels]));
    this.running_var = new State(ones([channels]));
    this.num_batches_tracked = new State(zeros([], "i32"));
  }

  /** The same shape. Inside `backprop` by the batch's statistics, which go into the running ones; outside by these. */
  forward(x: Tensor): Tensor {
    if (!this.axes.includes(x.shape.length))
      throw new ShapeError(
        `${this.name}: got ${show(x.shape)}; it takes ${this.axes.join(" or ")} axes, [B, channels${this.axes[0] === 4 ? ", H, W" : "] or [B, channels, T"}]`,
      );
    checkChannels(this.name, x, this.channels);
    const y = training() ? this.byBatch(x) : this.byRunning(x);
    return affine(y, along(this.weight, x), along(this.bias, x));
  }

  private byBatch(x: Tensor): Tensor {
    const B = x.shape[0]!;
    const count = x.size / this.channels; // numbers that a statistic is taken over
    if (count < 2)
      throw new ShapeError(
        `${this.name}: ${show(x.shape)} has one number a channel, which has no variance; train on a larger batch`,
      );
    const [y, mean, rstd] = x.reshape([B, this.channels, count / B]).normalize(false, this.eps);
    this.track(mean, rstd.square().reciprocal().sub(this.eps).maximum(0), count);
    return y.reshape(x.shape);
  }

  /** running ← (1 − momentum)·running + momentum·new, where the new variance is the unbiased one. */
  private track(mean: Tensor, variance: Tensor, count: number): void {
    const batches = this.num_batches_tracked.value.add(1);
    const share = this.momentum ?? batches.cast("f32").reciprocal();
    const toward = (running: State, next: Tensor) =>
      running.set(running.value.add(next.sub(running.value).mul(share)));
    toward(this.running_mean, mean);
    toward(this.running_var, variance.mul(count / (count - 1)));
    this.num_batches_tracked.set(batches);
  }

  private byRunning(x: Tensor): Tensor {
    const mean = along(this.running_mean.value, x);
    const rstd = along(this.running_var.value.add(this.eps).rsqrt(), x);
    return x.sub(mean!).mul(rstd!);
  }
}

export type BatchNormOptions = {
  eps?: number;
  /** The share of a new batch in the running statistics; null gives all batches the same. */
  momentum?: number | null;
  affine?: boolean;
};

/** Of [B, channels] or [B, channels, T]. */
export class BatchNorm1d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, options, "BatchNorm1d", [2, 3]);
  }
}

/** Of images [B, channels, H, W]. */
export class BatchNorm2d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, options, "BatchNorm2d", [4]);
  }
}

function affine(y: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight ? y.mul(weight) : y;
  return bias ? scaled.add(bias) : scaled;
}

/** [channels] laid along axis 1 of x. */
const along = (p: Tensor | null, x: Tensor): Tensor | null =>
  p && p.reshape([-1, ...x.shape.slice(2).map(() => 1)]);
