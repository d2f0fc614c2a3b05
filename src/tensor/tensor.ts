/**
 * The tensor: a shape, a dtype, and numbers that are computed when somebody reads them. Every method
 * names one op, checks shapes at once, and adds a node to the graph; reading is the only await.
 */
import { disposeSymbol } from "./dispose-symbol.js";
import type { TypedArray } from "../kernels/backend.js";
import type { DType } from "../kernels/ir.js";
import type { ConvolutionSize } from "../kernels/spec.js";
import { FreedError, NumberError, ShapeError, show } from "./errors.js";
import { Node, Value } from "./graph.js";
import type { OpRecord } from "./op.js";
import { attention, attentionGradient } from "./ops/attention.js";
import { convolution, convolutionInput, convolutionWeight } from "./ops/convolution.js";
import * as map from "./ops/elementwise.js";
import { concat, gather, pad, scatterAdd, take, takeAdd } from "./ops/indexing.js";
import { affine, matmul } from "./ops/matmul.js";
import { normalize, normalizeGradient, type Groups } from "./ops/normalize.js";
import { argReduce, cumsum, sort } from "./ops/order.js";
import { recurrent, recurrentGradient, type Cell } from "./ops/recurrent.js";
import { maximum, minimum, prod, sum } from "./ops/reduce.js";
import { crossEntropy, crossEntropyGradient, softmax, softmaxGradient } from "./ops/softmax.js";
import * as view from "./ops/view.js";
import { adopt, copying, intern, realize, release, runtime } from "./runtime.js";
import { axesOf, axisOf, checkShape, inferShape, sameShape, sizeOf, type Shape } from "./shape.js";

/** Nested lists of numbers, as deep as the tensor has axes. */
export type NestedArray = number | NestedArray[];

/** "B T C" → { B: number; T: number; C: number }. */
export type Dims<Names extends string> = Names extends `${infer Name} ${infer Rest}`
  ? { [K in Name]: number } & Dims<Rest>
  : { [K in Names]: number };

type KeepAxes = { keepAxes?: boolean };
type Operand = Tensor | number;

/** Longest chain of waiting ops outside an arena before it is computed. */
const DEEPEST = 2000;
/** Set while gradients are written: they may read what a closure has let go of. */
const reading = { freed: false };

export function withFreed<T>(body: () => T): T {
  const before = reading.freed;
  reading.freed = true;
  try {
    return body();
  } finally {
    reading.freed = before;
  }
}

export class Tensor extends Value {
  // ** what it is **

  /** Sizes by name: `const { B, T, C } = x.dims("B T C")`. Throws if there are more or fewer axes than names. */
  dims<Names extends string>(names: Names, asked = "dims"): Dims<Names> {
    const list = names.split(" ");
    if (list.length !== this.shape.length)
      throw new ShapeError(
        `${asked}: expected ${show2(list)} (${list.length} axes), got ${show(this.shape)}`,
      );
    return Object.fromEntries(list.map((name, axis) => [name, this.shape[axis]!])) as Dims<Names>;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  override toString(): string {
    return `Tensor ${this.dtype} ${show(this.shape)}; await .data() to read it`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // ** reading and freeing **

  /** A copy of the numbers, row-major: Float32Array for f32, Int32Array for i32 and bool (0 or 1). */
  async data(): Promise<Float32Array | Int32Array> {
    const raw = await this.raw();
    return raw instanceof Float64Array ? Float32Array.from(raw) : raw;
  }

  /** The numbers as nested lists; on the js backend with all their float64 digits. */
  async array(): Promise<NestedArray> {
    const flat = await this.raw();
    let at = 0;
    const nest = (axis: number): NestedArray =>
      axis === this.shape.length
        ? flat[at++]!
        : Array.from({ length: this.shape[axis]! }, () => nest(axis + 1));
    return nest(0);
  }

  /** The one number of a tensor of size 1. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(
        `item: ${show(this.shape)} holds ${this.size} numbers; use data() or array()`,
      );
    return (await this.raw())[0]!;
  }

  private async raw(): Promise<TypedArray> {
    checkUsable(this, "read");
    if (this.host) return this.host.slice();
    realize([this]);
    const { backend, buffer } = this.storage!;
    return backend.read(buffer);
  }

  /** Frees the memory now. Using the tensor afterwards is an error; disposing of it twice is not. */
  dispose(): void {
    release(this, "was disposed of; use it before dispose(), or before its `using` block ends");
  }
  [disposeSymbol](): void {
    this.dispose();
  }

  // ** elementwise **

  add(other: Operand): Tensor {
    return two(map.add, this, other);
  }
  sub(other: Operand): Tensor {
    return two(map.sub, this, other);
  }
  mul(other: Operand): Tensor {
    return two(map.mul, this, other);
  }
  /** True division: integers become f32 first. */
  div(other: Operand): Tensor {
    return two(map.div, float(this), other instanceof Tensor ? float(other) : other);
  }
  /** Remainder with the divisor's sign. */
  mod(other: Operand): Tensor {
    return two(map.mod, this, other);
  }
  pow(other: Operand): Tensor {
    return two(map.pow, float(this), other instanceof Tensor ? float(other) : other);
  }
  maximum(other: Operand): Tensor {
    return two(map.max, this, other);
  }
  minimum(other: Operand): Tensor {
    return two(map.min, this, other);
  }
  lt(other: Operand): Tensor {
    return two(map.lt, this, other);
  }
  le(other: Operand): Tensor {
    return two(map.le, this, other);
  }
  gt(other: Operand): Tensor {
    return flipped(map.lt, this, other);
  }
  ge(other: Operand): Tensor {
    return flipped(map.le, this, other);
  }
  eq(other: Operand): Tensor {
    return two(map.eq, this, other);
  }
  ne(other: Operand): Tensor {
    return two(map.ne, this, other);
  }
  and(other: Tensor): Tensor {
    return one(map.and, [this, other]);
  }
  or(other: Tensor): Tensor {
    return one(map.or, [this, other]);
  }
  not(): Tensor {
    return one(map.not, [this]);
  }
  /** this ? a : b, for a bool tensor. */
  where(a: Operand, b: Operand): Tensor {
    const [x, y] = pairOf(a, b);
    return one(map.where, [this, x, y]);
  }

  neg(): Tensor {
    return one(map.neg, [this]);
  }
  abs(): Tensor {
    return one(map.abs, [this]);
  }
  sign(): Tensor {
    return one(map.sign, [this]);
  }
  floor(): Tensor {
    return one(map.floor, [this]);
  }
  ceil(): Tensor {
    return one(map.ceil, [this]);
  }
  /** To the nearest whole number, halves to the even one. */
  round(): Tensor {
    return one(map.round, [this]);
  }
  square(): Tensor {
    return one(map.square, [this]);
  }
  sqrt(): Tensor {
    return one(map.sqrt, [this]);
  }
  rsqrt(): Tensor {
    return one(map.rsqrt, [this]);
  }
  reciprocal(): Tensor {
    return one(map.reciprocal, [this]);
  }
  exp(): Tensor {
    return one(map.exp, [this]);
  }
  expm1(): Tensor {
    return one(map.expm1, [this]);
  }
  log(): Tensor {
    return one(map.log, [this]);
  }
  log1p(): Tensor {
    return one(map.log1p, [this]);
  }
  sin(): Tensor {
    return one(map.sin, [this]);
  }
  cos(): Tensor {
    return one(map.cos, [this]);
  }
  erf(): Tensor {
    return one(map.erf, [this]);
  }
  clamp(low = -Infinity, high = Infinity): Tensor {
    const whole = [low, high].every((bound) => !Number.isFinite(bound) || Number.isInteger(bound));
    return one(map.clamp, [whole ? this : float(this)], { low, high });
  }

  relu(): Tensor {
    return one(map.relu, [this]);
  }
  leakyRelu(slope = 0.01): Tensor {
    return one(map.leakyRelu, [this], { slope });
  }
  elu(alpha = 1): Tensor {
    return one(map.elu, [this], { alpha });
  }
  selu(): Tensor {
    return one(map.selu, [this]);
  }
  silu(): Tensor {
    return one(map.silu, [this]);
  }
  /** Exact: x·Φ(x). */
  gelu(): Tensor {
    return one(map.gelu, [this]);
  }
  /** GPT-2's approximation by tanh. */
  geluTanh(): Tensor {
    return one(map.geluTanh, [this]);
  }
  softplus(): Tensor {
    return one(map.softplus, [this]);
  }
  mish(): Tensor {
    return one(map.mish, [this]);
  }
  hardtanh(low = -1, high = 1): Tensor {
    return this.clamp(low, high);
  }
  tanh(): Tensor {
    return one(map.tanh, [this]);
  }
  sigmoid(): Tensor {
    return one(map.sigmoid, [this]);
  }
  logSigmoid(): Tensor {
    return one(map.logSigmoid, [this]);
  }

  /** To "f32", "i32" (toward zero) or "bool" (not 0). */
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this : one(map.cast, [this], { dtype });
  }
  /** The same numbers in memory of their own. */
  copy(): Tensor {
    return one(map.copy, [this]);
  }
  /** The same numbers, through which no gradient passes. */
  detach(): Tensor {
    return one(map.detach, [this]);
  }
  /** `value` everywhere, in this shape and dtype. */
  like(value: number): Tensor {
    return fill(this.shape, value, this.dtype);
  }
  /** 0, 1, 2, … as many as this tensor has on `axis`. */
  rangeLike(axis: number): Tensor {
    const count = this.shape[axisOf(axis, this.shape, "rangeLike")]!;
    return one(map.arange, [], { count, dtype: "i32" }, [0, 1]);
  }

  // ** reductions **

  sum(axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(sum, axes, keepAxes);
  }
  prod(axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(prod, axes, keepAxes);
  }
  max(axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(maximum, axes, keepAxes);
  }
  min(axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    return this.reduce(minimum, axes, keepAxes);
  }
  mean(axes?: number | Shape, options: KeepAxes = {}): Tensor {
    const count = axesOf(axes, this.shape, "mean").reduce((n, axis) => n * this.shape[axis]!, 1);
    return float(this)
      .sum(axes, options)
      .mul(1 / count);
  }
  /** Σ(x − mean)²/(n − correction): correction 1 is the unbiased estimate, PyTorch's default. */
  variance(
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
  logsumexp(axes?: number | Shape, { keepAxes = false }: KeepAxes = {}): Tensor {
    const top = this.max(axes, { keepAxes: true }).detach();
    const finite = top.abs().lt(Infinity).where(top, 0); // all −∞ gives −∞, not NaN
    const total = this.sub(finite).exp().sum(axes, { keepAxes: true }).log().add(finite);
    return keepAxes ? total : total.reshape(this.without(axesOf(axes, this.shape, "logsumexp")));
  }
  argmax(axis = -1): Tensor {
    return one(argReduce, [this], { axis: axisOf(axis, this.shape, "argmax"), op: "max" });
  }
  argmin(axis = -1): Tensor {
    return one(argReduce, [this], { axis: axisOf(axis, this.shape, "argmin"), op: "min" });
  }
  cumsum(axis = -1, { reverse = false } = {}): Tensor {
    return one(cumsum, [this], { axis: axisOf(axis, this.shape, "cumsum"), reverse });
  }

  private without(axes: readonly number[]): number[] {
    return this.shape.filter((_, axis) => !axes.includes(axis));
  }
  private reduce(
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
  softmax(axis = -1): Tensor {
    return this.rows(axis, false);
  }
  logSoftmax(axis = -1): Tensor {
    return this.rows(axis, true);
  }
  private rows(axis: number, log: boolean): Tensor {
    const at = axisOf(axis, this.shape, "softmax");
    if (at === this.shape.length - 1) return one(softmax, [this], { log });
    return one(softmax, [this.transpose(at, -1)], { log }).transpose(at, -1);
  }

  /** Elements in order along `axis` and where they stood; equal ones keep their order. */
  sort(axis = -1, { descending = false } = {}): { values: Tensor; indices: Tensor } {
    const at = axisOf(axis, this.shape, "sort");
    const last = this.transpose(at, -1);
    const order = one(sort, [last], { descending });
    return { values: last.gather(-1, order).transpose(at, -1), indices: order.transpose(at, -1) };
  }
  /** The `count` largest along the last axis, largest first. */
  topk(count: number): { values: Tensor; indices: Tensor } {
    const width = this.shape[axisOf(-1, this.shape, "topk")]!;
    if (!(Number.isInteger(count) && count >= 0 && count <= width))
      throw new ShapeError(
        `topk: asked for ${count} of ${show(this.shape)}, which has ${width} on its last axis`,
      );
    const indices = one(sort, [this], { descending: true }).slice(-1, 0, count);
    return { values: this.gather(-1, indices), indices };
  }

  // ** shape **

  /** Another shape of the same size; one axis may be -1. */
  reshape(...shape: number[] | [Shape]): Tensor {
    const wanted = inferShape(
      typeof shape[0] === "object" ? shape[0] : (shape as number[]),
      this.shape,
    );
    return sameShape(wanted, this.shape) ? this : one(view.reshape, [this], { shape: wanted });
  }
  flatten(from = 0): Tensor {
    const at = this.shape.length ? axisOf(from, this.shape, "flatten") : 0;
    return this.reshape([...this.shape.slice(0, at), sizeOf(this.shape.slice(at))]);
  }
  permute(axes: readonly number[]): Tensor {
    const order = axes.map((axis) => axisOf(axis, this.shape, "permute"));
    if (new Set(order).size !== this.shape.length)
      throw new ShapeError(
        `permute: ${show(axes)} must name each axis of ${show(this.shape)} once`,
      );
    return order.every((axis, k) => axis === k) ? this : one(view.permute, [this], { axes: order });
  }
  /** Swaps two axes, by default the last two. */
  transpose(a = -2, b = -1): Tensor {
    const order = this.shape.map((_, axis) => axis);
    const x = axisOf(a, this.shape, "transpose"), y = axisOf(b, this.shape, "transpose"); // prettier-ignore
    [order[x], order[y]] = [y, x];
    return this.permute(order);
  }
  /** Repeats axes of size 1, and puts new axes in front, without copying. */
  expand(...shape: number[] | [Shape]): Tensor {
    const wanted = typeof shape[0] === "object" ? shape[0] : (shape as number[]);
    return sameShape(wanted, this.shape) ? this : one(view.expand, [this], { shape: wanted });
  }
  /** A new axis of size 1 at `axis`. */
  unsqueeze(axis: number): Tensor {
    const rank = this.shape.length;
    const at = axis < 0 ? axis + rank + 1 : axis;
    if (!(Number.isInteger(at) && at >= 0 && at <= rank))
      throw new ShapeError(
        `unsqueeze: axis ${axis} of ${show(this.shape)}; a new one may stand at ${-rank - 1} to ${rank}`,
      );
    return this.reshape([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }
  /** Drops `axis`, which has size 1. */
  squeeze(axis: number): Tensor {
    const at = axisOf(axis, this.shape, "squeeze");
    if (this.shape[at] !== 1)
      throw new ShapeError(`squeeze: axis ${axis} of ${show(this.shape)} is not 1`);
    return this.reshape(this.without([at]));
  }
  /** Elements `from` up to (not with) `to` of `axis`; negative numbers count from the end. */
  slice(axis: number, from: number, to?: number, step = 1): Tensor {
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
  at(axis: number, index: number): Tensor {
    const k = axisOf(axis, this.shape, "at");
    const found = index < 0 ? index + this.shape[k]! : index;
    if (!(Number.isInteger(found) && found >= 0 && found < this.shape[k]!))
      throw new ShapeError(
        `at: index ${index} of axis ${axis} of ${show(this.shape)}, which has ${this.shape[k]}`,
      );
    return one(view.slice, [this], { axis: k, start: found, count: 1, step: 1 }).reshape(
      this.without([k]),
    );
  }
  flip(axis: number): Tensor {
    const at = axisOf(axis, this.shape, "flip");
    return one(view.slice, [this], {
      axis: at,
      start: this.shape[at]! - 1,
      count: this.shape[at]!,
      step: -1,
    });
  }
  /** `parts` equal parts along `axis`. */
  split(parts: number, axis = 0): Tensor[] {
    const size = this.shape[axisOf(axis, this.shape, "split")]!;
    if (!Number.isInteger(parts) || parts < 1 || size % parts !== 0)
      throw new ShapeError(
        `split: axis ${axis} of ${show(this.shape)} does not split into ${parts} equal parts`,
      );
    return this.splitSizes(new Array<number>(parts).fill(size / parts), axis);
  }
  /** Parts of the given sizes along `axis`. */
  splitSizes(sizes: readonly number[], axis = 0): Tensor[] {
    const at = axisOf(axis, this.shape, "split");
    checkShape(sizes, "split");
    if (sizes.reduce((a, b) => a + b, 0) !== this.shape[at])
      throw new ShapeError(
        `split: sizes ${show(sizes)} do not add up to axis ${axis} of ${show(this.shape)}`,
      );
    return sizes.length === 1 ? [this] : apply(view.split, [this], { axis: at, sizes });
  }
  /** This and `others`, one behind the other on `axis`. */
  concat(others: readonly Tensor[], axis = 0): Tensor {
    const parts = [this, ...others];
    return parts.length === 1
      ? this
      : one(concat, parts, { axis: axisOf(axis, this.shape, "concat") });
  }
  /** `before` and `after` elements of `value` around `axis`. */
  pad(axis: number, before: number, after: number, value = 0): Tensor {
    const at = axisOf(axis, this.shape, "pad");
    if (!(before >= 0 && after >= 0 && Number.isInteger(before + after)))
      throw new ShapeError(`pad: ${before} before and ${after} after; use slice to cut`);
    if (before === 0 && after === 0) return this;
    const on = (n: number) => this.shape.map((_, k) => (k === at ? n : 0));
    return one(pad, [this], { before: on(before), after: on(after) }, [value]);
  }
  /** Puts element k of `axis` at start + k·step of `size` zeros: the transpose of a slice. */
  spread(axis: number, start: number, step: number, size: number): Tensor {
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
    kernel: readonly [number, number],
    stride: readonly [number, number] = [1, 1],
    dilation: readonly [number, number] = [1, 1],
  ): Tensor {
    return one(view.windows, [this], { kernel, stride, dilation });
  }

  // ** reading at computed places **

  /** Rows `index` [count] (i32) of `axis`. */
  take(index: Tensor, axis = 0): Tensor {
    return one(take, [this, index], { axis: axisOf(axis, this.shape, "take") });
  }
  /** y[.., j, ..] = this[.., index[.., j, ..], ..], as PyTorch's gather. */
  gather(axis: number, index: Tensor): Tensor {
    return one(gather, [this, index], { axis: axisOf(axis, this.shape, "gather") });
  }
  /** This plus `values` added at `index` along `axis`, as PyTorch's scatter_add. */
  scatterAdd(axis: number, index: Tensor, values: Tensor): Tensor {
    const at = axisOf(axis, this.shape, "scatterAdd");
    return this.add(values.scatterOnZeros(index, at, this.shape[at]!));
  }
  takeAdd(index: Tensor, axis: number, size: number): Tensor {
    return one(takeAdd, [this, index], { axis, size });
  }
  scatterOnZeros(index: Tensor, axis: number, size: number): Tensor {
    return one(scatterAdd, [this, index], { axis, size });
  }

  // ** products **

  /** [.., M, K] · [.., K, N] → [.., M, N]. Batch axes broadcast; one axis on a side counts as a row or a column. */
  matmul(other: Tensor): Tensor {
    if (this.shape.length === 1 && other.shape.length > 0)
      return this.unsqueeze(0)
        .matmul(other)
        .squeeze(other.shape.length === 1 ? 0 : -2);
    if (other.shape.length === 1) return this.matmul(other.unsqueeze(1)).squeeze(-1);
    if (this.shape.length > 2 && other.shape.length === 2) {
      const lead = this.shape.slice(0, -1); // one tall product, whose gradient is one, too
      return this.reshape([sizeOf(lead), this.shape.at(-1)!])
        .matmul(other)
        .reshape([...lead, other.shape[1]!]);
    }
    return one(matmul, [this, other]);
  }
  /** x · weightᵀ (+ bias): weight [out, in], bias [out]; x [.., in] → [.., out]. */
  affine(weight: Tensor, bias?: Tensor): Tensor {
    const lead = this.shape.slice(0, -1);
    const flat =
      this.shape.length === 2 ? this : this.reshape([sizeOf(lead), this.shape.at(-1) ?? 1]);
    return one(affine, bias ? [flat, weight, bias] : [flat, weight]).reshape([
      ...lead,
      weight.shape[0]!,
    ]);
  }

  // ** the fused parts of layers: what these compute is said in ops/; layers and losses give them their faces **

  convolution(weight: Tensor, size: ConvolutionSize, bias?: Tensor): Tensor {
    return one(convolution, bias ? [this, weight, bias] : [this, weight], { size });
  }
  convolutionInput(weight: Tensor, size: ConvolutionSize, bias?: Tensor): Tensor {
    return one(convolutionInput, bias ? [this, weight, bias] : [this, weight], { size });
  }
  convolutionWeight(output: Tensor, size: ConvolutionSize): Tensor {
    return one(convolutionWeight, [this, output], { size });
  }
  softmaxGradient(g: Tensor, log: boolean): Tensor {
    return one(softmaxGradient, [this, g], { log });
  }
  /** Loss of each row and its logsumexp. */
  crossEntropy(
    target: Tensor,
    ignoreIndex: number | null,
    smoothing: number,
  ): [loss: Tensor, logsumexp: Tensor] {
    return apply(crossEntropy, [this, target], { ignoreIndex }, [smoothing]) as [Tensor, Tensor];
  }
  crossEntropyGradient(
    target: Tensor,
    logsumexp: Tensor,
    g: Tensor,
    ignoreIndex: number | null,
    smoothing: number,
  ): Tensor {
    return one(crossEntropyGradient, [this, target, logsumexp, g], { ignoreIndex }, [smoothing]);
  }
  /** [outer, rows, inner] → normalized, mean [rows], rstd [rows]. */
  normalize(rms: boolean, eps: number): [y: Tensor, mean: Tensor, rstd: Tensor] {
    const { outer, rows, inner } = this.dims("outer rows inner", "normalize");
    return apply(normalize, [this], { outer, rows, inner, rms }, [eps]) as [Tensor, Tensor, Tensor];
  }
  normalizeGradient(rstd: Tensor, g: Tensor, groups: Groups): Tensor {
    return one(normalizeGradient, [this, rstd, g], groups);
  }
  /** This as q [B, heads, T, D] → out, logsumexp [B, heads, T]. */
  attention(
    k: Tensor,
    v: Tensor,
    mask: Tensor | null,
    causal: boolean,
    scale: number,
  ): [out: Tensor, logsumexp: Tensor] {
    return apply(attention, mask ? [this, k, v, mask] : [this, k, v], { causal }, [scale]) as [
      Tensor,
      Tensor,
    ];
  }
  attentionGradient(rest: readonly Tensor[], causal: boolean, scale: number): Tensor[] {
    return apply(attentionGradient, [this, ...rest], { causal }, [scale]);
  }
  /** This as xw [B, T, gates·H]. */
  recurrent(rest: readonly Tensor[], cell: Cell): Tensor[] {
    return apply(recurrent, [this, ...rest], cell);
  }
  recurrentGradient(rest: readonly Tensor[], cell: Cell): Tensor[] {
    return apply(recurrentGradient, [this, ...rest], cell);
  }

  /** Through layers and functions, left to right. */
  pipe(...stages: ({ forward(x: Tensor): Tensor } | ((x: Tensor) => Tensor))[]): Tensor {
    return stages.reduce<Tensor>(
      (x, stage) => (typeof stage === "function" ? stage(x) : stage.forward(x)),
      this,
    );
  }
}

const show2 = (names: readonly string[]) => `[${names.join(", ")}]`;

// ** making nodes **

const signatures = new Map<string, number>();

/** Attributes as text; numbers keep their infinities, which JSON would lose. */
function keyOf(attributes: object): string {
  let key = "";
  for (const value of Object.values(attributes) as unknown[])
    key +=
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? `{${keyOf(value)}}`
        : `${String(value)};`;
  return key;
}

function checkUsable(tensor: Tensor, asked: string): void {
  if (!tensor.freed || reading.freed) return;
  throw new FreedError(`${asked}: tensor ${show(tensor.shape)} ${tensor.freed}`);
}

/** Adds an op to the graph; all its outputs. */
export function apply<A extends object>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  attributes: A,
  scalars: readonly number[] = [],
): Tensor[] {
  const { node, outputs } = waiting(op, inputs, attributes, scalars);
  adopt(node);
  if (!runtime.arena && node.depth > DEEPEST) realize(outputs);
  return outputs;
}

/** A node and its outputs, before anyone owns them. */
export function waiting<A extends object>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  attributes: A,
  scalars: readonly number[] = [],
): { node: Node; outputs: Tensor[] } {
  for (const input of inputs) checkUsable(input, op.name);
  const forms = op.forms(inputs, attributes);
  const signature = intern(signatures, `${op.name} ${scalars.length} ${keyOf(attributes)}`);
  const node = new Node(
    op as OpRecord<never>,
    inputs as Tensor[] as Value[],
    attributes,
    scalars,
    signature,
  );
  const outputs = forms.map(({ shape, dtype }, k) => new Tensor(shape, dtype, node, k));
  node.outputs = outputs;
  return { node, outputs };
}

type Empty = Record<never, never>;
function one<A extends object = Empty>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  ...rest: A extends Record<string, never> ? [] : Partial<[A, readonly number[]]>
): Tensor {
  const [attributes, scalars] = rest as [A?, (readonly number[])?];
  return apply(op, inputs, attributes ?? ({} as A), scalars)[0]!;
}

export function fill(shape: Shape, value: number, dtype: DType): Tensor {
  return apply(map.full, [], { shape, dtype }, [value])[0]!;
}

const float = (x: Tensor): Tensor => x.cast("f32");

/** Both as tensors of one dtype: bool gives way to i32, i32 to f32, and a number takes the tensor's dtype if it can. */
function pairOf(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === "number" && typeof b === "number")
    return [fill([], a, "f32"), fill([], b, "f32")];
  const rank = { bool: 0, i32: 1, f32: 2 };
  const kind = (x: Operand, other: Operand): DType => {
    if (typeof x !== "number") return x.dtype;
    const whole = Number.isInteger(x) && Math.abs(x) < 2 ** 31 && (other as Tensor).dtype === "i32";
    return whole ? "i32" : "f32";
  };
  const left = kind(a, b), right = kind(b, a); // prettier-ignore
  const dtype = rank[left] >= rank[right] ? left : right;
  const as = (x: Operand) => (typeof x === "number" ? fill([], x, dtype) : x.cast(dtype));
  return [as(a), as(b)];
}

function two(op: OpRecord<Empty>, a: Tensor, b: Operand): Tensor {
  return one(op, pairOf(a, b));
}
function flipped(op: OpRecord<Empty>, a: Tensor, b: Operand): Tensor {
  const [x, y] = pairOf(a, b);
  return one(op, [y, x]);
}

/** Only to keep the message in one place: a number that must be finite. */
export function finite(value: number, what: string): number {
  if (Number.isFinite(value)) return value;
  throw new NumberError(`${what} is ${value}; it must be a finite number`);
}

copying.copy = (value) => withFreed(() => (value as Tensor).copy());
