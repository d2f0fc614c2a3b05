// The mean and covariance of feature vectors, streamed: what the Fréchet distance needs to know.
// Up to a block of rows is kept as it came, so that few samples lose no digit to squaring and the
// result does not depend on the batch size; full blocks go into Chan's moments.

import { factorOfCovariance } from "./cholesky.js";
import { type Matrix, requireDimension, type Rows, toMatrix, zeroMatrix } from "./matrix.js";
import {
  centred,
  columnMeans,
  mergeMoments,
  type Moments,
  momentsOf,
  noMoments,
} from "./moments.js";

/** A `Covariance` as plain JSON. */
export interface CovarianceState {
  readonly dimension: number;
  readonly pending: readonly number[]; // rows not yet in the moments, one after the other
  readonly count: number; // rows in the moments
  readonly mean: readonly number[];
  readonly scatter: readonly number[]; // upper triangle, row after row
}

/** Streams rows [n, d] to their mean and covariance; merges exactly up to rounding. */
export class Covariance {
  readonly dimension: number;
  #pending: Float64Array;
  #pendingRows = 0;
  #moments: Moments | undefined;

  constructor(dimension: number) {
    this.dimension = dimension;
    this.#pending = new Float64Array(Math.min(16, this.#blockRows) * dimension);
  }

  /** How many rows came so far. */
  get count(): number {
    return this.#pendingRows + (this.#moments?.count ?? 0);
  }

  /** Takes rows [n, d] in. */
  add(rows: Rows): this {
    const { data, columns, rows: n } = toMatrix(rows);
    if (n > 0) requireDimension(columns, this.dimension);
    for (let from = 0; from < n;) {
      const take = Math.min(n - from, this.#blockRows - this.#pendingRows);
      this.#keep(data.subarray(from * columns, (from + take) * columns), take);
      from += take;
    }
    return this;
  }

  merge(other: Covariance): this {
    requireDimension(other.dimension, this.dimension);
    if (other.#moments) mergeMoments((this.#moments ??= noMoments(this.dimension)), other.#moments);
    return this.add(other.#pendingMatrix());
  }

  /** The mean [d] of all rows. */
  mean(): Float64Array {
    return this.#moments ? this.#total().mean : columnMeans(this.#pendingMatrix());
  }

  /** The covariance [d, d] with divisor n - 1, as numpy's `cov` has it. */
  covariance(): Matrix {
    const { scatter, count } = this.#total();
    const d = this.dimension;
    const result = zeroMatrix(d, d);
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        result.data[i * d + j] = result.data[j * d + i] = scatter.data[i * d + j]! / (count - 1);
      }
    }
    return result;
  }

  /** A matrix F [r, d] with FᵀF = covariance: the centred rows themselves while they are few. */
  factor(): Matrix {
    if (this.#moments) return factorOfCovariance(this.covariance());
    const rows = this.#pendingMatrix();
    const scale = 1 / Math.sqrt(rows.rows - 1);
    const { data } = centred(rows, columnMeans(rows));
    return { ...rows, data: data.map((x) => x * scale) };
  }

  toJSON(): CovarianceState {
    const { count, mean, scatter } = this.#moments ?? noMoments(this.dimension);
    const d = this.dimension;
    const upper =
      count === 0
        ? []
        : [...mean.keys()].flatMap((i) => [...scatter.data.subarray(i * d + i, i * d + d)]);
    const pending = [...this.#pendingMatrix().data];
    return { dimension: d, pending, count, mean: count === 0 ? [] : [...mean], scatter: upper };
  }

  static fromJSON(state: CovarianceState): Covariance {
    const { dimension: d, pending } = state;
    const result = new Covariance(d);
    if (state.count > 0) {
      const moments = noMoments(d);
      moments.count = state.count;
      moments.mean.set(state.mean);
      for (let i = 0, from = 0; i < d; from += d - i, i++) {
        moments.scatter.data.set(state.scatter.slice(from, from + d - i), i * d + i);
      }
      result.#moments = moments;
    }
    return result.add({ rows: d && pending.length / d, columns: d, data: pending });
  }

  /** As many rows as the scatter matrix has, and at least enough to keep the products busy. */
  get #blockRows(): number {
    return Math.max(this.dimension, 256);
  }

  #keep(data: Float64Array, rows: number): void {
    const used = this.#pendingRows * this.dimension;
    if (used + data.length > this.#pending.length) {
      const room = Math.max(2 * this.#pending.length, used + data.length);
      const grown = new Float64Array(Math.min(room, this.#blockRows * this.dimension));
      grown.set(this.#pending.subarray(0, used));
      this.#pending = grown;
    }
    this.#pending.set(data, used);
    this.#pendingRows += rows;
    if (this.#pendingRows < this.#blockRows) return;
    this.#moments = this.#total();
    this.#pendingRows = 0;
  }

  #pendingMatrix(): Matrix {
    const { dimension: columns } = this;
    const data = this.#pending.slice(0, this.#pendingRows * columns);
    return { rows: this.#pendingRows, columns, data };
  }

  #total(): Moments {
    const total = noMoments(this.dimension);
    if (this.#moments) mergeMoments(total, this.#moments);
    if (this.#pendingRows > 0) mergeMoments(total, momentsOf(this.#pendingMatrix()));
    return total;
  }
}
