// Distances between feature vectors, pair by pair in blocks: no n × n matrix is held. A pair is
// given up as soon as it is farther than anybody asks, which changes no result. Differences are
// squared directly (no |x|² + |y|² - 2xy), so that equal vectors are at distance 0 exactly.

import type { Matrix } from "../linalg/index.js";

const BLOCK = 64; // rows a side whose vectors stay in cache

/** Calls `visit` for every pair of a row of `a` and a row of `b`, block by block. */
export function eachPair(
  a: Matrix,
  b: Matrix,
  visit: (i: number, j: number) => void,
  { upper = false } = {},
): void {
  for (let i0 = 0; i0 < a.rows; i0 += BLOCK) {
    for (let j0 = upper ? i0 : 0; j0 < b.rows; j0 += BLOCK) {
      const iEnd = Math.min(a.rows, i0 + BLOCK);
      const jEnd = Math.min(b.rows, j0 + BLOCK);
      for (let i = i0; i < iEnd; i++) {
        for (let j = upper ? Math.max(j0, i + 1) : j0; j < jEnd; j++) visit(i, j);
      }
    }
  }
}

/** |aᵢ - bⱼ|², or some number above `most` where it is above `most`. */
export function squaredDistance(a: Matrix, b: Matrix, i: number, j: number, most: number): number {
  const x = a.data;
  const y = b.data;
  const d = a.columns;
  let p = i * d;
  let q = j * d;
  let sum = 0;
  const end = p + d;
  while (p + 8 <= end) {
    const d0 = x[p]! - y[q]!;
    const d1 = x[p + 1]! - y[q + 1]!;
    const d2 = x[p + 2]! - y[q + 2]!;
    const d3 = x[p + 3]! - y[q + 3]!;
    const d4 = x[p + 4]! - y[q + 4]!;
    const d5 = x[p + 5]! - y[q + 5]!;
    const d6 = x[p + 6]! - y[q + 6]!;
    const d7 = x[p + 7]! - y[q + 7]!;
    sum += d0 * d0 + d1 * d1 + (d2 * d2 + d3 * d3) + (d4 * d4 + d5 * d5 + (d6 * d6 + d7 * d7));
    if (sum > most) return sum;
    p += 8;
    q += 8;
  }
  for (; p < end; p++, q++) sum += (x[p]! - y[q]!) ** 2;
  return sum;
}

/** For each row the squared distance to its k-th nearest other row; needs more than k rows. */
export function neighbourRadii(rows: Matrix, k: number): Float64Array {
  const nearest = new Float64Array(rows.rows * k).fill(Infinity); // k a row, ascending
  const last = k - 1;
  eachPair(
    rows,
    rows,
    (i, j) => {
      const most = Math.max(nearest[i * k + last]!, nearest[j * k + last]!);
      const distance = squaredDistance(rows, rows, i, j, most);
      if (distance < nearest[i * k + last]!) insert(nearest, i * k, last, distance);
      if (distance < nearest[j * k + last]!) insert(nearest, j * k, last, distance);
    },
    { upper: true },
  );
  return Float64Array.from({ length: rows.rows }, (_, i) => nearest[i * k + last]!);
}

/** Puts a distance in its place among the k kept from `start`, and drops the largest. */
function insert(nearest: Float64Array, start: number, last: number, distance: number): void {
  let at = start + last;
  for (; at > start && nearest[at - 1]! > distance; at--) nearest[at] = nearest[at - 1]!;
  nearest[at] = distance;
}
