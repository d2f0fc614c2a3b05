// The accumulator of metrics that need every feature vector again (KID, precision and recall):
// it keeps the rows of both sides. Results do not depend on the order in which they came, since
// rows are sorted before anything is drawn from them.

import { type Matrix, requireDimension, type Rows, toMatrix, zeroMatrix } from "../linalg/index.js";
import { type Accumulator, requireSameSettings, type Settings, signature } from "../result.js";
import type { FeaturePair } from "./fid.js";

/** Both sides' rows as plain JSON. */
export interface FeatureSetsState<Options> {
  readonly options: Options;
  readonly real: readonly (readonly number[])[];
  readonly generated: readonly (readonly number[])[];
}

export abstract class FeatureSets<Options, Outcome> implements Accumulator<
  Partial<FeaturePair>,
  Outcome,
  FeatureSetsState<Options>
> {
  protected readonly options: Options;
  readonly #rows: Record<"real" | "generated", Float64Array[]> = { real: [], generated: [] };

  constructor(options: Options) {
    this.options = options;
  }

  /** The result of two complete sets. */
  protected abstract measure(real: Matrix, generated: Matrix): Outcome;
  /** What must be equal for two accumulators to merge. */
  protected abstract settings(): Settings;

  /** Takes a batch of one side, or of both. */
  add({ real, generated }: Partial<FeaturePair>): this {
    const more = {
      real: rowsOf(real ?? [], "real"),
      generated: rowsOf(generated ?? [], "generated"),
    };
    const lengths = [...this.#all(), ...more.real, ...more.generated].map((row) => row.length);
    for (const length of lengths) requireDimension(length, lengths[0]!);
    for (const side of SIDES) for (const row of more[side]) this.#rows[side].push(row);
    return this;
  }

  merge(other: this): this {
    const all = (of: this) => signature("features", of.settings());
    requireSameSettings(all(this), all(other));
    return this.add({ real: [...other.#rows.real], generated: [...other.#rows.generated] });
  }

  result(): Outcome {
    const dimension = this.#all()[0]?.length ?? 0;
    return this.measure(stack(this.#rows.real, dimension), stack(this.#rows.generated, dimension));
  }

  toJSON(): FeatureSetsState<Options> {
    const plain = (rows: Float64Array[]) => rows.map((row) => [...row]);
    return {
      options: this.options,
      real: plain(this.#rows.real),
      generated: plain(this.#rows.generated),
    };
  }

  #all(): Float64Array[] {
    return [...this.#rows.real.slice(0, 1), ...this.#rows.generated.slice(0, 1)];
  }
}

const SIDES = ["real", "generated"] as const;

/** The rows in an order that depends on nothing but their numbers. */
export function sortedRows(rows: Matrix): Matrix {
  const { columns, data } = rows;
  const order = Array.from({ length: rows.rows }, (_, i) => i * columns).sort((a, b) => {
    let j = 0;
    while (j < columns - 1 && data[a + j] === data[b + j]) j++;
    return data[a + j]! - data[b + j]!;
  });
  const sorted = zeroMatrix(rows.rows, columns);
  order.forEach((from, i) => sorted.data.set(data.subarray(from, from + columns), i * columns));
  return sorted;
}

/** Some of the rows, by number. */
export function takeRows({ columns, rows, data }: Matrix, indices: ArrayLike<number>): Matrix {
  requireRows(indices, rows);
  const taken = zeroMatrix(indices.length, columns);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * columns;
    taken.data.set(data.subarray(from, from + columns), i * columns);
  }
  return taken;
}

/** The same row numbers, or an error where one names no row. */
export function requireRows(indices: ArrayLike<number>, rows: number): ArrayLike<number> {
  const bad = Array.from(indices).find((i) => !(Number.isInteger(i) && i >= 0 && i < rows));
  if (bad === undefined) return indices;
  throw new RangeError(`A subset names row ${bad}, but the rows are 0 to ${rows - 1}.`);
}

function rowsOf(rows: Rows, what: string): Float64Array[] {
  const { rows: n, columns, data } = toMatrix(rows, `${what} features`);
  return Array.from({ length: n }, (_, i) => data.slice(i * columns, (i + 1) * columns));
}

function stack(rows: readonly Float64Array[], columns: number): Matrix {
  const matrix = zeroMatrix(rows.length, columns);
  rows.forEach((row, i) => matrix.data.set(row, i * columns));
  return matrix;
}
