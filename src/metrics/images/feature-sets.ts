// The accumulator of metrics that need every feature vector again (KID, precision and recall):
// it keeps the rows of both sides. Results do not depend on the order in which they came, since
// rows are sorted before anything is drawn from them.

import {
  compareRows,
  type Matrix,
  requireDimension,
  rowOf,
  rowsOf,
  toMatrix,
  zeroMatrix,
} from "../linalg/index.js";
import { requirePlaces } from "../options.js";
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
      real: rowsOf(toMatrix(real ?? [], "real features")),
      generated: rowsOf(toMatrix(generated ?? [], "generated features")),
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
  const views = Array.from({ length: rows.rows }, (_, i) => rowOf(rows, i));
  return stack(views.sort(compareRows), rows.columns);
}

/** Some of the rows, by number. */
export function takeRows(matrix: Matrix, indices: ArrayLike<number>): Matrix {
  requireRows(indices, matrix.rows);
  return stack(
    Array.from(indices, (i) => rowOf(matrix, i)),
    matrix.columns,
  );
}

/** The same row numbers, or an error where one names no row. */
export function requireRows(indices: ArrayLike<number>, rows: number): ArrayLike<number> {
  requirePlaces(indices, rows, "A subset", "row");
  return indices;
}

function stack(rows: readonly Float64Array[], columns: number): Matrix {
  const matrix = zeroMatrix(rows.length, columns);
  rows.forEach((row, i) => matrix.data.set(row, i * columns));
  return matrix;
}
