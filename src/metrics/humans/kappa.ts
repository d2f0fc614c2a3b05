// The arithmetic of Cohen's kappa: weighted agreement of a table of shares, and its standard errors
// (Fleiss, Cohen & Everitt, 1969).

/** A table as shares of all items, with its margins. */
export interface Shares {
  readonly cells: readonly (readonly number[])[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** The shares of a table [k, k] of n items. */
export function sharesOf(table: readonly (readonly number[])[], n: number): Shares {
  const cells = table.map((row) => row.map((x) => x / n));
  const rows = cells.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = rows.map((_, j) => cells.reduce((sum, row) => sum + row[j]!, 0));
  return { cells, rows, columns };
}

/** The credit for putting an item in categories i and j: 1 on the diagonal. */
export type Weight = (i: number, j: number) => number;

/** The credit by distance of the places: none, linear or quadratic in it. */
export function weightOf(kind: "none" | "linear" | "quadratic", categories: number): Weight {
  const most = Math.max(1, categories - 1);
  if (kind === "none") return (i, j) => +(i === j);
  return (i, j) => 1 - (Math.abs(i - j) / most) ** (kind === "linear" ? 1 : 2);
}

/** Weighted agreement, observed and by chance, and kappa. */
export function agreement({ cells, rows, columns }: Shares, weight: Weight) {
  const total = (share: (i: number, j: number) => number) =>
    rows.reduce(
      (sum, _, i) => sum + columns.reduce((s, __, j) => s + weight(i, j) * share(i, j), 0),
      0,
    );
  const observed = total((i, j) => cells[i]![j]!);
  const expected = total((i, j) => rows[i]! * columns[j]!);
  return { observed, expected, kappa: (observed - expected) / (1 - expected) };
}

/** Fleiss, Cohen & Everitt (1969), eq. 13 and 8 in the weighted form. */
export function errorsOf(
  { cells, rows, columns }: Shares,
  weight: Weight,
  { kappa, expected }: { kappa: number; expected: number },
  n: number,
) {
  const rowMeans = rows.map((_, i) => columns.reduce((sum, c, j) => sum + c * weight(i, j), 0));
  const columnMeans = columns.map((_, j) => rows.reduce((sum, r, i) => sum + r * weight(i, j), 0));
  let [own, zero] = [-((kappa - expected * (1 - kappa)) ** 2), -(expected ** 2)];
  rows.forEach((r, i) =>
    columns.forEach((c, j) => {
      const means = rowMeans[i]! + columnMeans[j]!;
      own += cells[i]![j]! * (weight(i, j) - means * (1 - kappa)) ** 2;
      zero += r * c * (weight(i, j) - means) ** 2;
    }),
  );
  const scale = 1 / ((1 - expected) * Math.sqrt(n));
  const root = (variance: number) => (variance > ROUNDING ? Math.sqrt(variance) : 0);
  return { standardError: scale * root(own), standardErrorAtZero: scale * root(zero) };
}

/** A variance this small is what rounding leaves of 0. */
const ROUNDING = 1e-15;
