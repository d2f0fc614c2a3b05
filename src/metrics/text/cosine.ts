// Rows of unit length, so that a product of rows is their cosine.

import { type Matrix, rowOf, type Rows, toMatrix } from "../linalg/index.js";

/** A copy with every row scaled to length 1; a row of zeros stays, and is at right angles to all. */
export function unitRows(rows: Rows, what: string): Matrix {
  const given = toMatrix(rows, what);
  const unit = { ...given, data: given.data.slice() };
  for (let i = 0; i < unit.rows; i++) {
    const row = rowOf(unit, i);
    const most = row.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    if (most === 0) continue;
    // Scaled first, so that squares neither overflow nor vanish.
    const norm = most * Math.sqrt(row.reduce((sum, x) => sum + (x / most) ** 2, 0));
    row.forEach((x, j) => (row[j] = x / norm));
  }
  return unit;
}

/** Product of row i of `a` and row j of `b`. */
export function rowProduct(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let k = 0, x = i * a.columns, y = j * b.columns; k < a.columns; k++) {
    sum += a.data[x + k]! * b.data[y + k]!;
  }
  return sum;
}
