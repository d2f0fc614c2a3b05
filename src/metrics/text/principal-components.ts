// Principal components (Pearson 1901): rows seen along the directions in which they vary most, as
// many as are needed for a given share of the variance. The smaller of the two Gram matrices is
// decomposed, so that it costs min(n, d)³.

import { centred, columnMeans, rowProducts, symmetricEigen, transpose } from "../linalg/index.js";
import type { Matrix } from "../linalg/index.js";

/** Rows [n, d] in the fewest leading components [n, k] that hold `share` of their variance. */
export function principalComponents(rows: Matrix, share: number): Matrix {
  const x = centred(rows, columnMeans(rows));
  const wide = x.columns > x.rows;
  const columns = transpose(x);
  const { values, vectors } = symmetricEigen(
    wide ? rowProducts(x, x) : rowProducts(columns, columns),
  );
  const kept = leading(values, share);
  const first = { ...vectors, rows: kept, data: vectors.data.slice(0, kept * vectors.columns) };
  if (!wide) return rowProducts(x, first); // [n, d] · [k, d]ᵀ
  // X = U S Vᵀ, and U is at hand: the projection X V is U S.
  const scaled = first.data.map(
    (u, at) => u * Math.sqrt(Math.max(0, values[Math.floor(at / vectors.columns)]!)),
  );
  return transpose({ ...first, data: scaled });
}

function leading(values: Float64Array, share: number): number {
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  let sum = 0;
  const at = values.findIndex((value) => (sum += Math.max(0, value)) >= share * total);
  return at < 0 ? values.length : at + 1;
}
