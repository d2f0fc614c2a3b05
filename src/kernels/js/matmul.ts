/**
 * Matrix product, batched, of strided operands:
 *   C[.., m, n] = Σ_k A[.., m, k]·B[.., k, n] (+ bias[n])
 */
import type { Matmul, View } from "../spec.js";
import type { Run } from "./kernel.js";
import { positions } from "./strided.js";

/** Where each matrix of the batch starts, and what a step along its rows and columns costs. */
function matrices({ offset, strides }: View, batch: readonly number[]) {
  const [row, column] = strides.slice(batch.length) as [number, number];
  return { starts: positions(batch, { offset, strides }), row, column };
}

export const matmul: Run<Matmul> = (spec, [a, b, bias], [c]) => {
  const { batch, M, N, K } = spec;
  const left = matrices(spec.a, batch); // [batch.., M, K]
  const right = matrices(spec.b, batch); // [batch.., K, N]
  left.starts.forEach((start, i) => {
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        const row = start + m * left.row;
        const column = right.starts[i]! + n * right.column;
        let sum = 0;
        for (let k = 0; k < K; k++) sum += a[row + k * left.column]! * b[column + k * right.row]!;
        c[(i * M + m) * N + n] = spec.bias ? sum + bias[n]! : sum;
      }
    }
  });
};
