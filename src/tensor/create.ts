/** Tensors out of the host's numbers, and out of nothing. */
import type { Computed, DType } from "../kernels/ir.js";
import { nearestHalf } from "../kernels/half.js";
import { DTypeError, ShapeError, show } from "./errors.js";
import { arange as arangeOp } from "./ops/elementwise.js";
import { own } from "./ownership.js";
import { checkShape, sizeOf, type Shape } from "./shape.js";
import { apply, fill, Tensor } from "./tensor.js";

/** A number or a truth value, or lists of them, as deep as wished and all of one length on each level. */
export type Nested = number | boolean | readonly Nested[];
export type HostArray =
  Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array | Uint16Array | Int16Array;

/**
 * A tensor of the given numbers, which are copied. Lists give f32 (bool for true/false), Float32Array f32,
 * integer arrays i32, unless `dtype` says otherwise ("f16": rounded to what 16 bits hold, ±65504 at most).
 * A typed array is flat unless `shape` is given.
 *
 *     tensor([[1, 2], [3, 4]])                         // f32 [2, 2]
 *     tensor(new Int32Array(6), { shape: [2, 3] })     // i32 [2, 3]
 */
export function tensor(
  data: Nested | HostArray,
  options: { shape?: Shape; dtype?: DType } = {},
): Tensor {
  const flat = ArrayBuffer.isView(data) ? data : flatten(data);
  const shape = options.shape ?? (ArrayBuffer.isView(data) ? [data.length] : shapeOf(data));
  checkShape(shape, "tensor");
  if (flat.length !== sizeOf(shape))
    throw new ShapeError(
      `tensor: ${flat.length} numbers do not fill ${show(shape)}, which takes ${sizeOf(shape)}`,
    );
  const dtype = options.dtype ?? naturalDType(data);
  const made = new Tensor(shape, dtype);
  made.host = hostArray(flat, dtype);
  own(made);
  return made;
}

/** What a backend is given: float64 is kept for the js backend, which computes in it. */
export function hostArray(
  flat: ArrayLike<number>,
  dtype: DType,
): Float32Array | Float64Array | Int32Array {
  if (dtype === "f16") return Float32Array.from(flat, nearestHalf);
  if (dtype === "f32") return flat instanceof Float32Array ? flat.slice() : Float64Array.from(flat);
  if (dtype === "bool") return Int32Array.from(flat, (x) => (x ? 1 : 0));
  const whole = Array.from(flat).every((x) => Number.isInteger(x) && Math.abs(x) <= 2 ** 31);
  if (!whole)
    throw new DTypeError(`tensor: i32 takes whole numbers within ±2³¹; use dtype "f32" for others`);
  return Int32Array.from(flat);
}

function naturalDType(data: Nested | HostArray): DType {
  if (ArrayBuffer.isView(data))
    return data instanceof Float32Array || data instanceof Float64Array ? "f32" : "i32";
  let first: Nested | undefined = data;
  while (Array.isArray(first)) first = (first as readonly Nested[])[0];
  return typeof first === "boolean" ? "bool" : "f32";
}

function shapeOf(data: Nested): number[] {
  if (!Array.isArray(data)) return [];
  const list = data as readonly Nested[];
  const inner = list.map(shapeOf);
  const odd = inner.findIndex((shape) => show(shape) !== show(inner[0]!));
  if (odd > 0)
    throw new ShapeError(
      `tensor: element ${odd} of a list is ${show(inner[odd]!)}, the first is ${show(inner[0]!)}`,
    );
  return [list.length, ...(inner[0] ?? [])];
}

function flatten(data: Nested): number[] {
  const flat: number[] = [];
  const walk = (x: Nested): void => {
    if (typeof x === "object") x.forEach(walk);
    else flat.push(Number(x));
  };
  walk(data);
  return flat;
}

export function full(shape: Shape, value: number, dtype: DType = "f32"): Tensor {
  checkShape(shape, "full");
  return fill(shape, value, dtype);
}
export const zeros = (shape: Shape, dtype?: DType): Tensor => full(shape, 0, dtype);
export const ones = (shape: Shape, dtype?: DType): Tensor => full(shape, 1, dtype);

/** 0, 1, …, count − 1 as i32; or from `start` up to (not with) `end` by `step`, f32 unless all are whole. */
export function arange(start: number, end?: number, step = 1): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const count = Math.max(0, Math.ceil((to - from) / step));
  checkShape([count], "arange");
  const dtype: Computed = [from, step].every(Number.isInteger) ? "i32" : "f32";
  return apply(arangeOp, [], { count, dtype }, [from, step])[0]!;
}
