// Distances between feature vectors, pair by pair in tiles: no n × n matrix is held. Inner products
// tell which pairs may be near enough to matter; only those are measured, by squared differences,
// so that equal vectors are at distance 0 exactly and ties stay ties.

import {
  centred,
  type Matrix,
  rowOf,
  rowProducts,
  squaredDistance,
  squaredNorms,
  TILE,
  tileOf,
} from "../linalg/index.js";

/** How far anybody asks: a pair matters if it is within the limit of either of its rows. */
export interface Limits {
  readonly ofA: Float64Array;
  readonly ofB: Float64Array;
}

/** Calls `visit` with |aᵢ - bⱼ|² for at least every pair within a limit; limits may shrink. */
export function eachNearPair(
  a: Matrix,
  b: Matrix,
  { ofA, ofB }: Limits,
  visit: (i: number, j: number, distance: number) => void,
): void {
  const same = a === b;
  // About a centre: near zero, less is lost to rounding.
  const [x, y] = [centred(a, rowOf(b, 0)), centred(b, rowOf(b, 0))];
  const [xx, yy] = [squaredNorms(x), squaredNorms(y)];
  const slack = 4 * (a.columns + 4) * Number.EPSILON; // of the inner products' rounding
  for (let i0 = 0; i0 < a.rows; i0 += TILE) {
    for (let j0 = same ? i0 : 0; j0 < b.rows; j0 += TILE) {
      const products = rowProducts(tileOf(x, i0), tileOf(y, j0));
      for (let i = i0, at = 0; i < i0 + products.rows; i++) {
        for (let j = j0; j < j0 + products.columns; j++, at++) {
          if (same && j <= i) continue;
          const size = xx[i]! + yy[j]!;
          const least = size - 2 * products.data[at]! - slack * size;
          if (least > ofA[i]! && least > ofB[j]!) continue;
          visit(i, j, squaredDistance(a, b, i, j));
        }
      }
    }
  }
}

/** For each row the squared distance to its k-th nearest other row; needs more than k rows. */
export function neighbourRadii(rows: Matrix, k: number): Float64Array {
  const nearest = new Float64Array(rows.rows * k).fill(Infinity); // k a row, ascending
  const radii = new Float64Array(rows.rows).fill(Infinity); // the last of them
  const offer = (i: number, distance: number) => {
    if (distance >= radii[i]!) return;
    let at = i * k + k - 1;
    for (; at > i * k && nearest[at - 1]! > distance; at--) nearest[at] = nearest[at - 1]!;
    nearest[at] = distance;
    radii[i] = nearest[i * k + k - 1]!;
  };
  eachNearPair(rows, rows, { ofA: radii, ofB: radii }, (i, j, distance) => {
    offer(i, distance);
    offer(j, distance);
  });
  return radii;
}
