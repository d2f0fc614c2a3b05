// Count, mean and scatter of rows that come in batches, merged by the pairwise update of
// Chan, Golub & LeVeque (1979): no sum of squares is ever taken of uncentred numbers, so a large
// mean costs no digits. The scatter of n rows is the sum of (x - mean)(x - mean)ᵀ.

import { type Matrix, transpose, zeroMatrix } from "./matrix.js";
import { addRowProducts } from "./product.js";

/** Mean and scatter of `count` rows; only the upper triangle of the scatter is filled. */
export interface Moments {
  count: number;
  readonly mean: Float64Array; // [d]
  readonly scatter: Matrix; // [d, d]
}

/** The moments of no rows at all. */
export function noMoments(dimension: number): Moments {
  return { count: 0, mean: new Float64Array(dimension), scatter: zeroMatrix(dimension, dimension) };
}

/** The moments of a block of rows [n, d], by two passes. */
export function momentsOf(block: Matrix): Moments {
  const moments = noMoments(block.columns);
  moments.count = block.rows;
  moments.mean.set(columnMeans(block));
  const columns = transpose(centred(block, moments.mean)); // [d, n]
  addRowProducts(moments.scatter, columns, columns, { upper: true });
  return moments;
}

/** Takes `other` into `moments` in place: Chan et al., eq. 2.1. */
export function mergeMoments(moments: Moments, other: Moments): void {
  if (other.count === 0) return;
  const total = moments.count + other.count;
  const share = other.count / total;
  const weight = moments.count * share;
  const shift = other.mean.map((x, j) => x - moments.mean[j]!);
  const d = shift.length;
  const into = moments.scatter.data;
  for (let i = 0; i < d; i++) {
    const step = weight * shift[i]!;
    for (let at = i * d + i, j = i; j < d; j++, at++) {
      into[at]! += other.scatter.data[at]! + step * shift[j]!;
    }
  }
  shift.forEach((x, j) => (moments.mean[j]! += x * share));
  moments.count = total;
}

/** The mean of every column of rows [n, d]. */
export function columnMeans(rows: Matrix): Float64Array {
  const mean = new Float64Array(rows.columns);
  for (let at = 0; at < rows.data.length; at += rows.columns) {
    for (let j = 0; j < rows.columns; j++) mean[j]! += rows.data[at + j]!;
  }
  return mean.map((sum) => sum / rows.rows);
}

/** The rows [n, d] less a mean [d]. */
export function centred(rows: Matrix, mean: Float64Array): Matrix {
  const data = rows.data.map((x, at) => x - mean[at % rows.columns]!);
  return { ...rows, data };
}
