// Eigenvalues and vectors of a symmetric matrix: Householder reduction to tridiagonal form, then
// QL with implicit shifts (Bowdler, Martin, Reinsch & Wilkinson, 1968). O(n³).

import { type Matrix, transpose, zeroMatrix } from "./matrix.js";
import { dot } from "./rows.js";

/** A = Σ values[k] · vectors[k] vectors[k]ᵀ. */
export interface SymmetricEigen {
  readonly values: Float64Array; // [n], largest first
  readonly vectors: Matrix; // [n, n], one unit vector a row
}

/** The eigen-decomposition of a symmetric matrix [n, n]. */
export function symmetricEigen(a: Matrix): SymmetricEigen {
  const n = a.columns;
  const { diagonal, below, basis } = tridiagonalize(a);
  for (let k = 0; k < n; k++) deflate(diagonal, below, basis, k);
  const order = [...diagonal.keys()].sort((i, j) => diagonal[j]! - diagonal[i]!);
  const vectors = zeroMatrix(n, n);
  order.forEach((from, to) => {
    vectors.data.set(basis.data.subarray(from * n, from * n + n), to * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

/** The square root of a positive semi-definite matrix; eigenvalues of rounding noise count as 0. */
export function matrixSquareRoot(a: Matrix): Matrix {
  const { values, vectors } = symmetricEigen(a);
  const n = a.columns;
  const root = zeroMatrix(n, n);
  const noise = n * Number.EPSILON * Math.abs(values[0] ?? 0);
  values.forEach((value, k) => {
    if (value <= noise) return;
    const r = Math.sqrt(value);
    const v = vectors.data.subarray(k * n, k * n + n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) root.data[i * n + j]! += r * v[i]! * v[j]!;
    }
  });
  return root;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly below: Float64Array; // [n], below[i] couples i and i + 1
  readonly basis: Matrix; // Qᵀ, a row a vector: A = Q T Qᵀ
}

function tridiagonalize(a: Matrix): Tridiagonal {
  const n = a.columns;
  const t = a.data.slice();
  const basis = zeroMatrix(n, n);
  for (let i = 0; i < n; i++) basis.data[i * n + i] = 1;
  const below = new Float64Array(n);
  for (let k = 0; k + 1 < n; k++) {
    const v = t.slice(k * n, k * n + n).fill(0, 0, k + 1); // row k right of the diagonal
    const norm = Math.hypot(...v.subarray(k + 1));
    const head = v[k + 1]!;
    below[k] = head > 0 ? -norm : norm;
    if (norm === 0) continue;
    v[k + 1]! -= below[k]!;
    const scale = 1 / (norm * (norm + Math.abs(head)));
    reflectBothSides(t, n, k + 1, v, scale);
    reflectColumns(basis.data, n, k + 1, v, scale);
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => t[i * n + i]!);
  return { diagonal, below, basis: transpose(basis) };
}

/** T ← H T H on rows and columns from `first`, H = I - scale v vᵀ. */
function reflectBothSides(
  t: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  scale: number,
): void {
  const p = new Float64Array(n); // scale T v
  for (let i = first; i < n; i++) {
    let sum = 0;
    for (let j = first; j < n; j++) sum += t[i * n + j]! * v[j]!;
    p[i] = scale * sum;
  }
  const half = (scale / 2) * dot(p, v);
  for (let i = first; i < n; i++) p[i]! -= half * v[i]!;
  for (let i = first; i < n; i++) {
    for (let j = first; j < n; j++) t[i * n + j]! -= v[i]! * p[j]! + p[i]! * v[j]!;
  }
}

/** Q ← Q H. */
function reflectColumns(
  q: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  scale: number,
): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = first; j < n; j++) sum += q[i * n + j]! * v[j]!;
    const step = scale * sum;
    for (let j = first; j < n; j++) q[i * n + j]! -= step * v[j]!;
  }
}

/** Runs QL steps until entry k of the diagonal is an eigenvalue. */
function deflate(d: Float64Array, e: Float64Array, basis: Matrix, k: number): void {
  for (let steps = 0; ; steps++) {
    let m = k;
    for (; m + 1 < d.length; m++) {
      if (Math.abs(e[m]!) <= Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) break;
    }
    if (m === k) return;
    if (steps > 60) throw new Error("The eigenvalues did not converge.");
    implicitStep(d, e, basis, k, m);
  }
}

function implicitStep(d: Float64Array, e: Float64Array, basis: Matrix, k: number, m: number): void {
  const ratio = (d[k + 1]! - d[k]!) / (2 * e[k]!);
  const root = Math.hypot(ratio, 1);
  let g = d[m]! - d[k]! + e[k]! / (ratio + (ratio < 0 ? -root : root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= k; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    [s, c] = [f / r, g / r];
    g = d[i + 1]! - p;
    const next = (d[i]! - g) * s + 2 * c * b;
    p = s * next;
    d[i + 1] = g + p;
    g = c * next - b;
    rotateRows(basis, i, c, s);
  }
  d[k]! -= p;
  e[k] = g;
  e[m] = 0;
}

function rotateRows({ columns: n, data }: Matrix, i: number, c: number, s: number): void {
  for (let at = i * n, end = at + n; at < end; at++) {
    const [x, y] = [data[at]!, data[at + n]!];
    data[at + n] = s * x + c * y;
    data[at] = c * x - s * y;
  }
}
