// Products of rows with rows, C = A Bᵀ: the one heavy loop of the feature metrics.
// Blocked so that a strip of B stays in cache; nine sums at a time stay in registers.

import { type Matrix, zeroMatrix } from "./matrix.js";

const STRIP = 63; // rows of B that are used again for every row of A
const DEPTH = 256; // columns of one strip: 63 · 256 doubles are 126 kB

/** All inner products of the rows of A [m, k] with the rows of B [n, k]: A Bᵀ [m, n]. */
export function rowProducts(a: Matrix, b: Matrix): Matrix {
  const c = zeroMatrix(a.rows, b.rows);
  addRowProducts(c, a, b);
  return c;
}

/**
 * Adds A Bᵀ to C in place. With `upper`, blocks wholly below the diagonal are left alone:
 * half the work where the product is symmetric.
 */
export function addRowProducts(c: Matrix, a: Matrix, b: Matrix, { upper = false } = {}): void {
  for (let k = 0; k < a.columns; k += DEPTH) {
    const kEnd = Math.min(a.columns, k + DEPTH);
    for (let j = 0; j < b.rows; j += STRIP) {
      const jEnd = Math.min(b.rows, j + STRIP);
      addStrip(c, a, b, { j, jEnd, k, kEnd, iEnd: upper ? Math.min(a.rows, jEnd) : a.rows });
    }
  }
}

interface Strip {
  readonly j: number;
  readonly jEnd: number;
  readonly k: number;
  readonly kEnd: number;
  readonly iEnd: number;
}

function addStrip(c: Matrix, a: Matrix, b: Matrix, { j: j0, jEnd, k, kEnd, iEnd }: Strip): void {
  let i = 0;
  for (; i + 3 <= iEnd; i += 3) {
    let j = j0;
    for (; j + 3 <= jEnd; j += 3) addTile(c, a, b, i, j, k, kEnd);
    for (; j < jEnd; j++) for (let r = 0; r < 3; r++) addOne(c, a, b, i + r, j, k, kEnd);
  }
  for (; i < iEnd; i++) for (let j = j0; j < jEnd; j++) addOne(c, a, b, i, j, k, kEnd);
}

function addOne(c: Matrix, a: Matrix, b: Matrix, i: number, j: number, k: number, kEnd: number) {
  const x = a.data;
  const y = b.data;
  const shift = j * b.columns - i * a.columns;
  let sum = 0;
  for (let p = i * a.columns + k; p < i * a.columns + kEnd; p++) sum += x[p]! * y[p + shift]!;
  c.data[i * c.columns + j]! += sum;
}

/** Three rows of A against three rows of B: nine sums, which V8 keeps in registers. */
function addTile(c: Matrix, a: Matrix, b: Matrix, i: number, j: number, k: number, kEnd: number) {
  const x = a.data;
  const y = b.data;
  const x0 = i * a.columns;
  const x1 = x0 + a.columns;
  const x2 = x1 + a.columns;
  const y0 = j * b.columns;
  const y1 = y0 + b.columns;
  const y2 = y1 + b.columns;
  let [s00, s01, s02, s10, s11, s12, s20, s21, s22] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let p = k; p < kEnd; p++) {
    const u0 = x[x0 + p]!;
    const u1 = x[x1 + p]!;
    const u2 = x[x2 + p]!;
    const v0 = y[y0 + p]!;
    const v1 = y[y1 + p]!;
    const v2 = y[y2 + p]!;
    s00 += u0 * v0;
    s01 += u0 * v1;
    s02 += u0 * v2;
    s10 += u1 * v0;
    s11 += u1 * v1;
    s12 += u1 * v2;
    s20 += u2 * v0;
    s21 += u2 * v1;
    s22 += u2 * v2;
  }
  addThree(c, i * c.columns + j, s00, s01, s02);
  addThree(c, (i + 1) * c.columns + j, s10, s11, s12);
  addThree(c, (i + 2) * c.columns + j, s20, s21, s22);
}

function addThree(c: Matrix, at: number, first: number, second: number, third: number) {
  c.data[at]! += first;
  c.data[at + 1]! += second;
  c.data[at + 2]! += third;
}
