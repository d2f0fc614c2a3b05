/**
 * What the files of methods beside this one stand on: a value that ops can be applied to. `Tensor` is the
 * only class at the end of the chain (Operable, elementwise, reductions, shape, Tensor), so each method says
 * `this: Tensor` and may use those of the other files.
 */
import { computedIn, type Computed, type DType } from "../../kernels/ir.js";
import { Value } from "../graph.js";
import type { OpRecord } from "../op.js";
import { full } from "../ops/elementwise.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export abstract class Operable extends Value {
  /** Adds an op to the graph; all its outputs. For the engine: users call methods. */
  abstract apply<A extends object>(
    op: OpRecord<A>,
    inputs: readonly Tensor[],
    attributes: A,
    scalars?: readonly number[],
  ): Tensor[];
}

export type Operand = Tensor | number;
export type Empty = Record<never, never>;

/** An op of one output. */
export function one<A extends object = Empty>(
  op: OpRecord<A>,
  inputs: readonly [Tensor, ...Tensor[]],
  ...rest: A extends Record<string, never> ? [] : Partial<[A, readonly number[]]>
): Tensor {
  const [attributes, scalars] = rest as [A?, (readonly number[])?];
  return inputs[0].apply(op, inputs, attributes ?? ({} as A), scalars)[0]!;
}

export const float = (x: Tensor): Tensor => x.cast("f32");

/** A number everywhere; `by` is any tensor. */
export const fillBy = (by: Tensor, shape: Shape, value: number, dtype: DType): Tensor =>
  by.apply(full, [], { shape, dtype }, [value])[0]!;

/** Both as tensors of one dtype: bool gives way to i32, i32 to f32 (f16 is read as f32), and a number takes the tensor's dtype if it can. */
export function pairOf(by: Tensor, a: Operand, b: Operand): [Tensor, Tensor] {
  const rank = { bool: 0, i32: 1, f32: 2 };
  const kind = (x: Operand, other: Operand): Computed => {
    if (typeof x !== "number") return computedIn(x.dtype);
    const keeps = typeof other !== "number" && other.dtype === "i32";
    return keeps && Number.isInteger(x) && Math.abs(x) < 2 ** 31 ? "i32" : "f32";
  };
  const left = kind(a, b), right = kind(b, a); // prettier-ignore
  const dtype = rank[left] >= rank[right] ? left : right;
  const as = (x: Operand) => (typeof x === "number" ? fillBy(by, [], x, dtype) : x.cast(dtype));
  return [as(a), as(b)];
}

export function two(op: OpRecord<Empty>, a: Tensor, b: Operand): Tensor {
  return one(op, pairOf(a, a, b));
}
export function flipped(op: OpRecord<Empty>, a: Tensor, b: Operand): Tensor {
  const [x, y] = pairOf(a, a, b);
  return one(op, [y, x]);
}

export const without = (shape: Shape, axes: readonly number[]): number[] =>
  shape.filter((_, axis) => !axes.includes(axis));
