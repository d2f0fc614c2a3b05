/** Short ways to write fused kernels in tests. */
import type { Access, Computed, Fused, Instruction } from "../../../src/kernels/ir.js";

export const load = (operand: number, dtype: Computed = "f32"): Instruction => ({
  op: "load",
  operand,
  dtype,
});
export const rowMajor = (shape: readonly number[], dtype: Access["dtype"] = "f32"): Access => ({
  dtype,
  offset: 0,
  strides: shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1)),
});

/** A kernel that maps its contiguous inputs, point by point. */
export function map(shape: readonly number[], inputs: number, ...lines: Instruction[]): Fused {
  return {
    kernel: "fused",
    dtype: lines[lines.length - 1]!.dtype,
    shape,
    loads: Array.from({ length: inputs }, () => rowMajor(shape, lines[0]!.dtype)),
    body: lines,
    reduce: null,
    epilogue: [],
  };
}
