/** Methods that bring the numbers along axes down to one, or look at their order. */
import { ShapeError, show } from "../errors.js";
import type { OpRecord } from "../op.js";
import { argReduce, cumsum, sort } from "../ops/order.js";
import { maximum, minimum, prod, sum } from "../ops/reduce.js";
import { softmax } from "../ops/softmax.js";
import { axesOf, axisOf, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { ElementwiseMethods } from "./elementwise.js";
import { float, one, without } from "./operable.js";

type KeepAxes = { keepAxes?: boolean };

export abstract class ReductionMethods extends ElementwiseMethods {
  sum(this: Tensor, axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(sum, axes, keepAxes);
  }
  prod(this: Tensor, axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(prod, axes, keepAxes);
  }
  max(this: Tensor, axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(maximum, axes, keepAxes);
  }
  min(this: Tensor, axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(minimum, axes, keepAxes);
  }
  mean(this: Tensor, axes?: number | Shape, options: KeepAxes = {}): Tensor {
    const count = axesOf(axes, this.shape, "mean").reduce((n, axis) => n * this.shape[axis]!, 1);
    return float(this)
      .sum(axes, options)
      .mul(1 / count);
  }
  /** Σ(x − mean)²/(n − correction): correction 1 is the unbiased estimate, PyTorch's default. */
  variance(
    this: Tensor,
    axes?: number | Shape,
    { keepAxes = false, correction = 1 }: KeepAxes & { correction?: number } = {},
  ): Tensor {
    const count = axesOf(axes, this.shape, "variance").reduce(
      (n, axis) => n * this.shape[axis]!,
      1,
    );
    const centred = float(this).sub(this.mean(axes, { keepAxes: true }));
    return centred
      .square()
      .sum(axes, { keepAxes })
      .mul(1 / (count - correction));
  }
  /** log Σ eˣ with the maximum taken off first. */
  logsumexp(this: Tensor, axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    const top = this.max(axes, { keepAxes: true }).detach();
    const finite = top.abs().lt(Infinity).where(top, 0); // all −∞ gives −∞, not NaN
    const total = this.sub(finite).exp().sum(axes, { keepAxes: true }).log().add(finite);
    return keepAxes
      ? total
      : total.reshape(without(this.shape, axesOf(axes, this.shape, "logsumexp")));
  }
  argmax(this: Tensor, axis = -1): Tensor {
    return one(argReduce, [this], { axis: axisOf(axis, this.shape, "argmax"), op: "max" });
  }
  argmin(this: Tensor, axis = -1): Tensor {
    return one(argReduce, [this], { axis: axisOf(axis, this.shape, "argmin"), op: "min" });
  }
  cumsum(this: Tensor, axis = -1, { reverse = false } = {}): Tensor {
    return one(cumsum, [this], { axis: axisOf(axis, this.shape, "cumsum"), reverse });
  }

  private reduce(
    this: Tensor,
    op: OpRecord<{ axes: readonly number[] }>,
    over: number | Shape | undefined,
    keepAxes: boolean,
  ): Tensor {
    const axes = axesOf(over, this.shape, op.name);
    const reduced = axes.length ? one(op, [this], { axes }) : this;
    return keepAxes
      ? reduced.reshape(this.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)))
      : reduced;
  }

  /** Along `axis` (the last by default). */
  softmax(this: Tensor, axis = -1): Tensor {
    return this.rows(axis, false);
  }
  logSoftmax(this: Tensor, axis = -1): Tensor {
    return this.rows(axis, true);
  }
  private rows(this: Tensor, axis: number, log: boolean): Tensor {
    const at = axisOf(axis, this.shape, "softmax");
    if (at === this.shape.length - 1) return one(softmax, [this], { log });
    return one(softmax, [this.transpose(at, -1)], { log }).transpose(at, -1);
  }

  /** Elements in order along `axis` and where they stood; equal ones keep their order. */
  sort(this: Tensor, axis = -1, { descending = false } = {}): { values: Tensor; indices: Tensor } {
    const at = axisOf(axis, this.shape, "sort");
    const last = this.transpose(at, -1);
    const order = one(sort, [last], { descending });
    return { values: last.gather(-1, order).transpose(at, -1), indices: order.transpose(at, -1) };
  }
  /** The `count` largest along the last axis, largest first. */
  topk(this: Tensor, count: number): { values: Tensor; indices: Tensor } {
    const width = this.shape[axisOf(-1, this.shape, "topk")]!;
    if (!(Number.isInteger(count) && count >= 0 && count <= width))
      throw new ShapeError(
        `topk: asked for ${count} of ${show(this.shape)}, which has ${width} on its last axis`,
      );
    const indices = one(sort, [this], { descending: true }).slice(-1, 0, count);
    return { values: this.gather(-1, indices), indices };
  }
}
