// Single rows of matrices: views, products and distances; and the tiles of rows in which all pairs
// of two sets are visited.

import type { Matrix } from "./matrix.js";

/** Row i, as a view. */
export function rowOf({ columns, data }: Matrix, i: number): Float64Array {
  return data.subarray(i * columns, (i + 1) * columns);
}

/** All rows, each a copy. */
export function rowsOf(matrix: Matrix): Float64Array[] {
  return Array.from({ length: matrix.rows }, (_, i) => rowOf(matrix, i).slice());
}

/** For sorting rows: by the first number in which they differ. */
export function compareRows(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let at = 0;
  while (at < a.length - 1 && a[at] === b[at]) at++;
  return a[at]! - b[at]!;
}

/** Σ aᵢ bᵢ, from the first to the last. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** |x|² of each row. */
export function squaredNorms(matrix: Matrix): Float64Array {
  return Float64Array.from({ length: matrix.rows }, (_, i) => {
    const row = rowOf(matrix, i);
    return dot(row, row);
  });
}

/**
 * |aᵢ - bⱼ|², the same to the last bit whichever of the two comes first; left off where it passes
 * `limit`.
 */
export function squaredDistance(
  a: Matrix,
  b: Matrix,
  i: number,
  j: number,
  limit = Infinity,
): number {
  const end = (i + 1) * a.columns;
  const shift = j * b.columns - i * a.columns;
  let sum = 0;
  for (let p = i * a.columns; p < end && sum < limit; p++) {
    const difference = a.data[p]! - b.data[p + shift]!;
    sum += difference * difference;
  }
  return sum;
}

/** Rows a side of a tile: its inner products stay in cache. */
export const TILE = 192;

/** The rows of one tile, as a view. */
export function tileOf({ rows, columns, data }: Matrix, from: number): Matrix {
  const to = Math.min(rows, from + TILE);
  return { rows: to - from, columns, data: data.subarray(from * columns, to * columns) };
}
