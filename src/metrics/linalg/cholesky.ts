// Cholesky factors: with pivots and a cut, for covariances that may be of low rank (Higham, 1990),
// and plain, to solve the small positive definite systems of Newton's method.

import { type Matrix, zeroMatrix } from "./matrix.js";

/**
 * A factor F [r, d] of a covariance S [d, d] with FᵀF = S, r being its rank.
 * S is scaled to a unit diagonal first, so features of any scale keep their digits; what is left
 * below d · 2⁻⁵² of a feature's own variance is rounding noise and is cut. Its square root would
 * be large: that noise is why other programs err in the fifth digit of FID when n < d.
 */
export function factorOfCovariance(covariance: Matrix): Matrix {
  const d = covariance.columns;
  const scale = Float64Array.from({ length: d }, (_, i) =>
    Math.sqrt(Math.max(0, covariance.data[i * d + i]!)),
  );
  const lower = zeroMatrix(d, d); // row i: feature i over the pivots so far
  const left = scale.map((s) => (s > 0 ? 1 : 0)); // variance not yet explained
  let rank = 0;
  for (; rank < d; rank++) {
    const pivot = largest(left);
    if (left[pivot]! <= d * Number.EPSILON) break;
    eliminate(covariance, scale, lower, left, { pivot, rank });
  }
  const factor = zeroMatrix(rank, d);
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < d; i++) factor.data[k * d + i] = lower.data[i * d + k]! * scale[i]!;
  }
  return factor;
}

function largest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** One step: column `rank` of the factor from row `pivot` of the scaled covariance. */
function eliminate(
  covariance: Matrix,
  scale: Float64Array,
  lower: Matrix,
  left: Float64Array,
  { pivot, rank }: { readonly pivot: number; readonly rank: number },
): void {
  const d = covariance.columns;
  const root = Math.sqrt(left[pivot]!);
  const l = lower.data;
  const p = pivot * d;
  for (let i = 0; i < d; i++) {
    if (left[i] === 0) continue; // already a pivot, or constant
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += l[i * d + k]! * l[p + k]!;
    const entry = covariance.data[p + i]! / (scale[i]! * scale[pivot]!);
    l[i * d + rank] = (entry - sum) / root;
  }
  l[p + rank] = root;
  left[pivot] = 0;
  for (let i = 0; i < d; i++) {
    if (left[i]! > 0) left[i] = Math.max(Number.MIN_VALUE, left[i]! - l[i * d + rank]! ** 2);
  }
}

/** The lower factor L [n, n] of a positive definite matrix, LLᵀ = A; `null` where A is not. */
export function cholesky(a: Matrix): Matrix | null {
  const n = a.columns;
  const lower = zeroMatrix(n, n);
  const l = lower.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a.data[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i === j && !(sum > 0)) return null;
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j]!;
    }
  }
  return lower;
}

/** Solves LLᵀ x = b for one right-hand side, L from `cholesky`. */
export function choleskySolve(lower: Matrix, b: ArrayLike<number>): Float64Array {
  const n = lower.columns;
  const l = lower.data;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i * n + k]! * x[k]!;
    x[i]! /= l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= l[k * n + i]! * x[k]!;
    x[i]! /= l[i * n + i]!;
  }
  return x;
}

/** (LLᵀ)⁻¹ [n, n], L from `cholesky`. */
export function choleskyInverse(lower: Matrix): Matrix {
  const n = lower.columns;
  const inverse = zeroMatrix(n, n);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    inverse.data.set(choleskySolve(lower, unit), j * n); // symmetric: a column is a row
  }
  return inverse;
}
