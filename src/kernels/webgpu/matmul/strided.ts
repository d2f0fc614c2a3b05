/** A strided matrix as an operand of tileProduct, and the batch that it belongs to. */
import type { DType } from "../../ir.js";
import type { Matmul, View } from "../../spec.js";
import { element, memoryType } from "../half.js";
import { i32, u32, type KernelBuffer, type KernelNumber } from "../kernel.js";
import type { Operand } from "../tiles.js";

type Numbers = Record<string, KernelNumber>;

/** The strides of two views over the batch axes, those of size 1 left out and those joined that lie as one. */
export type BatchAxis = { size: number; a: number; b: number };

export function batchAxes(batch: readonly number[], a: View, b: View): BatchAxis[] {
  const axes: BatchAxis[] = [];
  batch.forEach((size, k) => {
    if (size === 1) return;
    const axis = { size, a: a.strides[k]!, b: b.strides[k]! };
    const before = axes.at(-1);
    if (before && before.a === size * axis.a && before.b === size * axis.b)
      axes[axes.length - 1] = { ...axis, size: before.size * size };
    else axes.push(axis);
  });
  while (axes.length < 2) axes.unshift({ size: 1, a: 0, b: 0 }); // one text for most products
  return axes;
}

/** The two matrices as buffers of the kernel. */
export const operands = ({ a, b }: Matmul): Record<"a" | "b", KernelBuffer> => ({
  a: [memoryType(a.dtype), 0],
  b: [memoryType(b.dtype), 1],
});

/** Offset and the last two strides of a view, as numbers of the kernel. */
export function viewNumbers(name: string, { offset, strides }: View): Numbers {
  const [row, column] = strides.slice(-2) as [number, number];
  return {
    [`${name}_offset`]: i32(offset),
    [`${name}_row`]: i32(row),
    [`${name}_column`]: i32(column),
  };
}

/** The batch axes as numbers of the kernel. */
export function batchNumbers(axes: readonly BatchAxis[]): Numbers {
  return Object.fromEntries(
    axes.flatMap(({ size, a, b }, k): [string, KernelNumber][] => [
      [`batch${k}`, u32(size)],
      [`a_batch${k}`, i32(a)],
      [`b_batch${k}`, i32(b)],
    ]),
  );
}

/** Statements that set `a_start` and `b_start`: where matrix `z` of the batch begins in either buffer. */
export function writeStarts(axes: readonly BatchAxis[]): string {
  const lines = [
    "var a_start = numbers.a_offset;",
    "var b_start = numbers.b_offset;",
    "var rest = z;",
  ];
  for (let k = axes.length - 1; k >= 0; k--) {
    const index = k === 0 ? "i32(rest)" : `i32(rest % numbers.batch${k})`;
    lines.push(
      `a_start += ${index} * numbers.a_batch${k}; b_start += ${index} * numbers.b_batch${k};`,
    );
    if (k > 0) lines.push(`rest /= numbers.batch${k};`);
  }
  return lines.join("\n  ");
}

/** Four numbers of `name` at the positions `p`. */
export const loadFour = (name: string, dtype: DType = "f32"): string =>
  `four = vec4<f32>(${["p.x", "p.y", "p.z", "p.w"].map((at) => element(dtype, name, at)).join(", ")});`;

/**
 * `first` and the three after it, but none beyond the last: what is read there twice is not stored. Cheaper
 * than a condition around every read.
 */
export const within = (first: string, size: string): string =>
  `min(${first} + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(${size} - 1u))`;

/** `a` [M, K] from `a_start` on, read four rows at a time. */
export const leftMatrix = (dtype: DType = "f32"): Operand => ({
  along: "abs(numbers.a_column) < abs(numbers.a_row)",
  prepare: (first, round) =>
    `let a_at${round} = a_start + vec4<i32>(${within(first, "numbers.M")}) * numbers.a_row;`,
  load: (round) => `let p = a_at${round} + i32(k) * numbers.a_column; ${loadFour("a", dtype)}`,
});

/** `b` [K, N] from `b_start` on, read four columns at a time. */
export const rightMatrix = (dtype: DType): Operand => ({
  along: "abs(numbers.b_row) < abs(numbers.b_column)",
  prepare: (first, round) =>
    `let b_at${round} = b_start + vec4<i32>(${within(first, "numbers.N")}) * numbers.b_column;`,
  load: (round) => `let p = b_at${round} + i32(k) * numbers.b_row; ${loadFour("b", dtype)}`,
});
