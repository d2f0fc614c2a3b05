/** The WGSL of a kernel, and the kernels whose text the tests show. */
import type { Matmul } from "../../src/kernels/spec.js";
import { indent } from "../../src/kernels/webgpu/indent.js";
import { lower, type Lowerable } from "../../src/kernels/webgpu/lowerings.js";
import { writeSource } from "../../src/kernels/webgpu/source.js";
import { viewed } from "../kernels/case.js";

/** The text of one of its dispatches, after the numbers. */
export function wgsl(kernel: Lowerable, dispatch = 0, software = false): string {
  const { source } = writeSource(lower(kernel, software)[dispatch]!, [0, 1, 2, 3, 4, 5, 6, 7]);
  return indent(source.slice(source.indexOf("}\n") + 2));
}

export const view = (...shape: number[]) => viewed(shape).view;

export const square = (n: number): Matmul => ({
  kernel: "matmul", batch: [], M: n, N: n, K: n, a: view(n, n), b: view(n, n), bias: false,
}); // prettier-ignore

export const image = {
  B: 8, C: 32, H: 28, W: 28, O: 64, R: 3, S: 3, P: 28, Q: 28,
  stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1,
} as const; // prettier-ignore

export const heads = {
  B: 2, heads: 4, T: 128, S: 128, D: 32, causal: true, mask: null,
  q: view(2, 4, 128, 32), k: view(2, 4, 128, 32), v: view(2, 4, 128, 32),
} as const; // prettier-ignore
