// Householder reduction of a matrix to upper bidiagonal form, U A V = B (Golub & Kahan, 1965).
// Each step passes over what is left of A once: while a row is in cache it takes the left and the
// right reflection and adds its part to the next left product (as in Howell et al., 2008).

import type { Matrix } from "./matrix.js";

/** An upper bidiagonal matrix [n, n]. */
export interface Bidiagonal {
  readonly diagonal: Float64Array; // [n]
  readonly above: Float64Array; // [n], the last entry unused
}

/** One step's reflections: A ← (I - left v vᵀ) A (I - right u uᵀ). */
interface Step {
  readonly k: number;
  readonly left: number;
  readonly product: Float64Array; // vᵀA, then of the next step
  readonly right: number;
  readonly u: Float64Array;
}

/** Squares this small, of entries that are at most 1, are noise of noise, and would underflow. */
const NOTHING = 1e-200;

/** Reduces A [m, n], m ≥ n, its entries at most 1, to bidiagonal form; A's data is overwritten. */
export function bidiagonalize(a: Matrix): Bidiagonal {
  const { rows: m, columns: n, data } = a;
  const [diagonal, above] = [new Float64Array(n), new Float64Array(n)];
  let product = firstProduct(a);
  const u = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const left = reflectLeft(a, k, product, diagonal);
    const right = reflectRight(a, k, u, above);
    const step: Step = { k, left, product, right, u };
    const next = new Float64Array(n);
    for (let i = k + 1; i < m; i++) updateRow(data, i * n, n, step, next);
    product = next;
  }
  return { diagonal, above };
}

/** xᵀA for x the first column of A. */
function firstProduct({ rows, columns: n, data }: Matrix): Float64Array {
  const product = new Float64Array(n);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) product[j]! += data[i * n]! * data[i * n + j]!;
  }
  return product;
}

/** Sets out to clear column k below the diagonal: row k is done here, the others in the pass. */
function reflectLeft(a: Matrix, k: number, product: Float64Array, diagonal: Float64Array): number {
  const { columns: n, data } = a;
  const row = k * n;
  const head = data[row + k]!;
  const norm = Math.sqrt(product[k]!); // xᵀx
  const mirrored = head > 0 ? -norm : norm;
  const nothing = !(product[k]! > NOTHING);
  diagonal[k] = nothing ? 0 : mirrored;
  if (nothing) return 0;
  const v = head - mirrored;
  const left = 1 / (norm * (norm + Math.abs(head)));
  for (let j = k + 1; j < n; j++) {
    product[j]! -= mirrored * data[row + j]!; // v is x but for its head
    data[row + j]! -= left * v * product[j]!;
  }
  return left;
}

/** Sets out to clear row k right of the bidiagonal; leaves the reflection's vector in `u`. */
function reflectRight(a: Matrix, k: number, u: Float64Array, above: Float64Array): number {
  const { columns: n, data } = a;
  const row = k * n;
  let square = 0;
  for (let j = k + 1; j < n; j++) square += (u[j] = data[row + j]!) ** 2;
  const norm = Math.sqrt(square);
  if (k + 1 >= n) return 0;
  const head = u[k + 1]!;
  const mirrored = head > 0 ? -norm : norm;
  const nothing = !(square > NOTHING);
  above[k] = nothing ? 0 : mirrored;
  if (nothing) return 0;
  u[k + 1] = head - mirrored;
  return 1 / (norm * (norm + Math.abs(head)));
}

function updateRow(
  data: Float64Array,
  row: number,
  n: number,
  { k, left, product, right, u }: Step,
  next: Float64Array,
): void {
  const first = k + 1;
  if (first >= n) return;
  const v = left * data[row + k]!;
  let [even, odd] = [0, 0];
  let j = first;
  for (; j + 1 < n; j += 2) {
    const x = data[row + j]! - v * product[j]!;
    const y = data[row + j + 1]! - v * product[j + 1]!;
    data[row + j] = x;
    data[row + j + 1] = y;
    even += x * u[j]!;
    odd += y * u[j + 1]!;
  }
  if (j < n) even += (data[row + j]! -= v * product[j]!) * u[j]!;
  const z = right * (even + odd);
  const head = data[row + first]! - z * u[first]!;
  for (let i = first; i < n; i++) {
    const x = data[row + i]! - z * u[i]!;
    data[row + i] = x;
    next[i]! += head * x;
  }
}
