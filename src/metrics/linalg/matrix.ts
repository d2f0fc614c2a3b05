// Dense float64 matrices and what is taken for one: rows of numbers, plain or typed.
// All feature metrics read their input through `toMatrix`, which checks it once.

/** A matrix, row after row: entry (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix in one buffer of any numeric type, as a tensor's `data()` gives it. */
export interface FlatRows {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/** What stands for [n, d] numbers: a list of n rows, or one buffer with its two sizes. */
export type Rows = readonly ArrayLike<number>[] | FlatRows;

/** A matrix of zeros. */
export function zeroMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** Reads rows as a matrix; throws where they differ in length or hold NaN or infinity. */
export function toMatrix(rows: Rows, what = "features"): Matrix {
  const matrix = isFlat(rows) ? fromFlat(rows, what) : fromList(rows, what);
  const bad = matrix.data.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return matrix;
  const [row, column] = [Math.floor(bad / matrix.columns), bad % matrix.columns];
  throw new RangeError(
    `The ${what} hold ${matrix.data[bad]} at row ${row}, column ${column}. ` +
      "Only finite numbers can be measured: find what made it.",
  );
}

/** A copy with rows and columns exchanged. */
export function transpose(a: Matrix): Matrix {
  const result = zeroMatrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) result.data[j * a.rows + i] = a.data[i * a.columns + j]!;
  }
  return result;
}

/** Throws unless both matrices have as many columns. */
export function requireSameColumns(a: Matrix, b: Matrix, names: readonly [string, string]): void {
  if (a.rows > 0 && b.rows > 0) requireDimension(a.columns, b.columns, names);
}

/** Throws unless features of two sides, or of two batches, have as many dimensions. */
export function requireDimension(
  one: number,
  other: number,
  names: readonly [string, string] = ["later", "earlier"],
): void {
  if (one === other) return;
  throw new RangeError(
    `The ${names[0]} features have ${one} dimensions, the ${names[1]} ones ${other}. ` +
      "Make both with the same extractor.",
  );
}

function isFlat(rows: Rows): rows is FlatRows {
  return !Array.isArray(rows);
}

function fromFlat({ rows, columns, data }: FlatRows, what: string): Matrix {
  if (typeof rows !== "number") {
    throw new TypeError(
      `The ${what} are no list of rows, nor { rows, columns, data }; of a tensor give await t.array().`,
    );
  }
  if (data.length !== rows * columns) {
    throw new RangeError(
      `The ${what} are said to be ${rows} rows of ${columns}, which takes ${rows * columns} ` +
        `numbers, but ${data.length} came.`,
    );
  }
  return { rows, columns, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

function fromList(rows: readonly ArrayLike<number>[], what: string): Matrix {
  const columns = rows[0]?.length ?? 0;
  const matrix = zeroMatrix(rows.length, columns);
  rows.forEach((row, i) => {
    if (row.length !== columns) {
      throw new RangeError(
        `Row ${i} of the ${what} has ${row.length} numbers, row 0 has ${columns}. ` +
          "Give rows of one length.",
      );
    }
    matrix.data.set(row, i * columns);
  });
  return matrix;
}
