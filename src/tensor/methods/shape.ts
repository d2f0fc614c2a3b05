/** Methods that put the same numbers at other places, and that read and write at computed ones. */
import { ShapeError, show } from "../errors.js";
import { concat, gather, pad, scatterAdd, take, takeAdd } from "../ops/indexing.js";
import * as view from "../ops/view.js";
import { partsOfOne, shapeOfAll } from "../plan/neighbours.js";
import { axisOf, checkShape, inferShape, sameShape, sizeOf, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { one, without } from "./operable.js";
import { ReductionMethods } from "./reductions.js";

export abstract class ShapeMethods extends ReductionMethods {
  /** Another shape of the same size; one axis may be -1. */
  reshape(this: Tensor, ...shape: number[] | [Shape]): Tensor {
    const wanted = inferShape(
      typeof shape[0] === "object" ? shape[0] : (shape as number[]),
      this.shape,
    );
    return sameShape(wanted, this.shape) ? this : one(view.reshape, [this], { shape: wanted });
  }
  flatten(this: Tensor, from = 0): Tensor {
    const at = this.shape.length ? axisOf(from, this.shape, "flatten") : 0;
    return this.reshape([...this.shape.slice(0, at), sizeOf(this.shape.slice(at))]);
  }
  permute(this: Tensor, axes: readonly number[]): Tensor {
    const order = axes.map((axis) => axisOf(axis, this.shape, "permute"));
    if (new Set(order).size !== this.shape.length)
      throw new ShapeError(
        `permute: ${show(axes)} must name each axis of ${show(this.shape)} once`,
      );
    return order.every((axis, k) => axis === k) ? this : one(view.permute, [this], { axes: order });
  }
  /** Swaps two axes, by default the last two. */
  transpose(this: Tensor, a = -2, b = -1): Tensor {
    const order = this.shape.map((_, axis) => axis);
    const x = axisOf(a, this.shape, "transpose"), y = axisOf(b, this.shape, "transpose"); // prettier-ignore
    [order[x], order[y]] = [y, x];
    return this.permute(order);
  }
  /** Repeats axes of size 1, and puts new axes in front, without copying. */
  expand(this: Tensor, ...shape: number[] | [Shape]): Tensor {
    const wanted = typeof shape[0] === "object" ? shape[0] : (shape as number[]);
    return sameShape(wanted, this.shape) ? this : one(view.expand, [this], { shape: wanted });
  }
  /** A new axis of size 1 at `axis`. */
  unsqueeze(this: Tensor, axis: number): Tensor {
    const rank = this.shape.length;
    const at = axis < 0 ? axis + rank + 1 : axis;
    if (!(Number.isInteger(at) && at >= 0 && at <= rank))
      throw new ShapeError(
        `unsqueeze: axis ${axis} of ${show(this.shape)}; a new one may stand at ${-rank - 1} to ${rank}`,
      );
    return this.reshape([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }
  /** Drops `axis`, which has size 1. */
  squeeze(this: Tensor, axis: number): Tensor {
    const at = axisOf(axis, this.shape, "squeeze");
    if (this.shape[at] !== 1)
      throw new ShapeError(`squeeze: axis ${axis} of ${show(this.shape)} is not 1`);
    return this.reshape(without(this.shape, [at]));
  }
  /** Elements `from` up to (not with) `to` of `axis`; negative numbers count from the end. */
  slice(this: Tensor, axis: number, from: number, to?: number, step = 1): Tensor {
    const at = axisOf(axis, this.shape, "slice");
    const size = this.shape[at]!;
    const clip = (k: number) => Math.min(size, Math.max(0, k < 0 ? k + size : k));
    if (!Number.isInteger(step) || step < 1)
      throw new ShapeError(`slice: step is ${step}; it must be a whole number from 1`);
    if (!Number.isInteger(from) || !Number.isInteger(to ?? size))
      throw new ShapeError(`slice: from ${from} to ${to ?? size}; both must be whole numbers`);
    const start = clip(from);
    const count = Math.max(0, Math.ceil((clip(to ?? size) - start) / step));
    return start === 0 && count === size
      ? this
      : one(view.slice, [this], { axis: at, start, count, step });
  }
  /** Element `index` of `axis`, which disappears. */
  at(this: Tensor, axis: number, index: number): Tensor {
    const k = axisOf(axis, this.shape, "at");
    const found = index < 0 ? index + this.shape[k]! : index;
    if (!(Number.isInteger(found) && found >= 0 && found < this.shape[k]!))
      throw new ShapeError(
        `at: index ${index} of axis ${axis} of ${show(this.shape)}, which has ${this.shape[k]}`,
      );
    return one(view.slice, [this], { axis: k, start: found, count: 1, step: 1 }).reshape(
      without(this.shape, [k]),
    );
  }
  flip(this: Tensor, axis: number): Tensor {
    const at = axisOf(axis, this.shape, "flip");
    return one(view.slice, [this], {
      axis: at,
      start: this.shape[at]! - 1,
      count: this.shape[at]!,
      step: -1,
    });
  }
  /** `parts` equal parts along `axis`. */
  split(this: Tensor, parts: number, axis = 0): Tensor[] {
    const size = this.shape[axisOf(axis, this.shape, "split")]!;
    if (!Number.isInteger(parts) || parts < 1 || size % parts !== 0)
      throw new ShapeError(
        `split: axis ${axis} of ${show(this.shape)} does not split into ${parts} equal parts`,
      );
    return this.splitSizes(new Array<number>(parts).fill(size / parts), axis);
  }
  /** Parts of the given sizes along `axis`. */
  splitSizes(this: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
    const at = axisOf(axis, this.shape, "split");
    checkShape(sizes, "split");
    if (sizes.reduce((a, b) => a + b, 0) !== this.shape[at])
      throw new ShapeError(
        `split: sizes ${show(sizes)} do not add up to axis ${axis} of ${show(this.shape)}`,
      );
    return sizes.length === 1 ? [this] : this.apply(view.split, [this], { axis: at, sizes });
  }
  /** This and `others`, one behind the other on `axis`. */
  concat(this: Tensor, others: readonly Tensor[], axis = 0): Tensor {
    const parts: [Tensor, ...Tensor[]] = [this, ...others];
    if (parts.length === 1) return this;
    const at = axisOf(axis, this.shape, "concat");
    const whole = partsOfOne(parts, at);
    if (!whole) return one(concat, parts, { axis: at });
    return one(view.together, [whole, ...parts], { shape: shapeOfAll(parts, at), axis: at });
  }
  /** `before` and `after` elements of `value` around `axis`. */
  pad(this: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
    const at = axisOf(axis, this.shape, "pad");
    if (!(before >= 0 && after >= 0 && Number.isInteger(before + after)))
      throw new ShapeError(`pad: ${before} before and ${after} after; use slice to cut`);
    if (before === 0 && after === 0) return this;
    const on = (n: number) => this.shape.map((_, k) => (k === at ? n : 0));
    return one(pad, [this], { before: on(before), after: on(after) }, [value]);
  }
  /** Puts element k of `axis` at start + k·step of `size` zeros: the transpose of a slice. */
  spread(this: Tensor, axis: number, start: number, step: number, size: number): Tensor {
    const at = axisOf(axis, this.shape, "spread");
    if (step < 0)
      return this.flip(at).spread(at, start + step * (this.shape[at]! - 1), -step, size);
    const count = this.shape[at]!;
    const gaps = this.unsqueeze(at + 1).pad(at + 1, 0, step - 1); // [.., count, step, ..]
    const dense = gaps
      .reshape(this.shape.with(at, count * step))
      .slice(at, 0, count ? (count - 1) * step + 1 : 0);
    return dense.pad(at, start, Math.max(0, size - start - dense.shape[at]!));
  }
  /** Sliding windows over the last two axes: [.., H, W] → [.., P, Q, R, S]. */
  windows(
    this: Tensor,
    kernel: readonly [number, number],
    stride: readonly [number, number] = [1, 1],
    dilation: readonly [number, number] = [1, 1],
  ): Tensor {
    return one(view.windows, [this], { kernel, stride, dilation });
  }

  // ** reading at computed places **

  /** Rows `index` [count] (i32) of `axis`. */
  take(this: Tensor, index: Tensor, axis = 0): Tensor {
    return one(take, [this, index], { axis: axisOf(axis, this.shape, "take") });
  }
  /** y[.., j, ..] = this[.., index[.., j, ..], ..], as PyTorch's gather. */
  gather(this: Tensor, axis: number, index: Tensor): Tensor {
    return one(gather, [this, index], { axis: axisOf(axis, this.shape, "gather") });
  }
  /** This plus `values` added at `index` along `axis`, as PyTorch's scatter_add. */
  scatterAdd(this: Tensor, axis: number, index: Tensor, values: Tensor): Tensor {
    const at = axisOf(axis, this.shape, "scatterAdd");
    return this.add(values.scatterOnZeros(index, at, this.shape[at]!));
  }
  takeAdd(this: Tensor, index: Tensor, axis: number, size: number): Tensor {
    return one(takeAdd, [this, index], { axis, size });
  }
  scatterOnZeros(this: Tensor, index: Tensor, axis: number, size: number): Tensor {
    return one(scatterAdd, [this, index], { axis, size });
  }
}
