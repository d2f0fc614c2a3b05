// Kernels on feature vectors and the maximum mean discrepancy (Gretton et al., 2012), whose
// estimate with the cubic kernel is KID. Kernel values are summed tile by tile, never kept.

import {
  addRowProducts,
  type Matrix,
  rowProducts,
  squaredNorms,
  TILE,
  tileOf,
  zeroMatrix,
} from "../linalg/index.js";
import { requirePositive } from "../options.js";
import { takeRows } from "./feature-sets.js";

/** (gamma x·y + coefficient)^degree, or exp(-|x - y|² / 2 sigma²). */
export interface KernelOptions {
  readonly kernel?: "poly" | "rbf";
  readonly degree?: number;
  /** `null`: one over the number of dimensions. */
  readonly gamma?: number | null;
  readonly coefficient?: number;
  readonly sigma?: number;
}

/** The three estimates of the squared discrepancy; the unbiased one may be negative. */
export interface Discrepancy {
  readonly unbiased: number;
  readonly biased: number;
  /** Without the diagonal of the mixed kernel; `null` where the sets differ in size. */
  readonly uStatistic: number | null;
}

/** Kernel sums between two sets: over all pairs, and over pairs with the same number. */
interface KernelSums {
  readonly all: number;
  readonly diagonal: number;
}

/** MMD² of two sets [m, d] and [n, d] of at least 2 rows. */
export function discrepancy(x: Matrix, y: Matrix, options: KernelOptions = {}): Discrepancy {
  return discrepancyFromSums(
    { rows: x.rows, ...kernelSums(x, x, options) },
    { rows: y.rows, ...kernelSums(y, y, options) },
    kernelSums(x, y, options),
  );
}

/**
 * Unbiased MMD² of many pairs of subsets of m rows each. Where all kernel values of the two whole
 * sets cost less than those of all subsets together, they are computed once and looked up.
 */
export function subsetDiscrepancies(
  x: Matrix,
  y: Matrix,
  subsets: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[],
  options: KernelOptions = {},
): number[] {
  const whole = (x.rows * x.rows + y.rows * y.rows) / 2 + x.rows * y.rows;
  const parts = subsets.reduce((sum, [rows]) => sum + 2 * rows.length ** 2, 0);
  if (whole > parts || Math.max(x.rows, y.rows) > MOST_KEPT) {
    return subsets.map(([i, j]) => discrepancy(takeRows(x, i), takeRows(y, j), options).unbiased);
  }
  const [xx, yy, xy] = [
    kernelMatrix(x, x, options),
    kernelMatrix(y, y, options),
    kernelMatrix(x, y, options),
  ];
  return subsets.map(([real, generated]) => {
    // In ascending order, so that memory is read forwards; a sum over all pairs has no order.
    const [i, j] = [Int32Array.from(real).sort(), Int32Array.from(generated).sort()];
    const mixed = meanOfPairs(xy, i, j);
    return meanWithin(xx, i) + meanWithin(yy, j) - 2 * mixed;
  });
}

const MOST_KEPT = 4096; // rows: three matrices of 128 MB

/** Kernel values of all rows of x with all of y; of one set with itself those not below the diagonal. */
function kernelMatrix(x: Matrix, y: Matrix, options: KernelOptions): Matrix {
  const kernel = kernelOf(x, y, options);
  const values = zeroMatrix(x.rows, y.rows);
  const upper = x === y;
  addRowProducts(values, x, y, { upper });
  for (let i = 0; i < x.rows; i++) {
    for (let j = upper ? i : 0, at = i * y.rows + j; j < y.rows; j++, at++) {
      values.data[at] = kernel(values.data[at]!, i, j);
    }
  }
  return values;
}

/** The mean kernel value of all pairs of a row and a column. */
function meanOfPairs({ columns, data }: Matrix, i: Int32Array, j: Int32Array): number {
  let all = 0;
  for (const row of i) all += gathered(data, row * columns, j, 0);
  return all / (i.length * j.length);
}

/** The mean of all pairs but a row with itself: of those above the diagonal, for ascending rows. */
function meanWithin({ columns, data }: Matrix, i: Int32Array): number {
  let above = 0;
  i.forEach((row, at) => (above += gathered(data, row * columns, i, at + 1)));
  return (2 * above) / (i.length * (i.length - 1));
}

/** The sum of a row's places, but for the first few. */
function gathered(data: Float64Array, row: number, places: Int32Array, first: number): number {
  let sum = 0;
  for (let b = first; b < places.length; b++) sum += data[row + places[b]!]!;
  return sum;
}

type Within = KernelSums & { readonly rows: number };

function discrepancyFromSums(x: Within, y: Within, mixed: KernelSums): Discrepancy {
  const [m, n] = [x.rows, y.rows];
  const within = (x.all - x.diagonal) / (m * (m - 1)) + (y.all - y.diagonal) / (n * (n - 1));
  const biased = x.all / (m * m) + y.all / (n * n) - (2 * mixed.all) / (m * n);
  const unbiased = within - (2 * mixed.all) / (m * n);
  const uStatistic = m === n ? within - (2 * (mixed.all - mixed.diagonal)) / (m * (m - 1)) : null;
  return { unbiased, biased, uStatistic };
}

function kernelSums(x: Matrix, y: Matrix, options: KernelOptions): KernelSums {
  const kernel = kernelOf(x, y, options);
  const same = x === y;
  let [all, diagonal] = [0, 0];
  for (let i = 0; i < x.rows; i += TILE) {
    for (let j = same ? i : 0; j < y.rows; j += TILE) {
      const products = rowProducts(tileOf(x, i), tileOf(y, j));
      const tile = tileSums(products, kernel, i, j);
      all += same && j > i ? 2 * tile.all : tile.all;
      diagonal += tile.diagonal;
    }
  }
  return { all, diagonal };
}

function tileSums(products: Matrix, kernel: Kernel, i0: number, j0: number): KernelSums {
  const { rows, columns, data } = products;
  let [all, diagonal] = [0, 0];
  for (let i = 0; i < rows; i++) {
    let row = 0;
    for (let j = 0; j < columns; j++) {
      const value = kernel(data[i * columns + j]!, i0 + i, j0 + j);
      row += value;
      if (i0 + i === j0 + j) diagonal += value;
    }
    all += row;
  }
  return { all, diagonal };
}

type Kernel = (product: number, i: number, j: number) => number;

function kernelOf(x: Matrix, y: Matrix, options: KernelOptions): Kernel {
  const { kernel = "poly", degree = 3, coefficient = 1, sigma = 10 } = options;
  if (kernel === "rbf") {
    requirePositive(sigma, "sigma");
    const [xx, yy] = [squaredNorms(x), squaredNorms(y)];
    return (product, i, j) => Math.exp((2 * product - xx[i]! - yy[j]!) / (2 * sigma * sigma));
  }
  const gamma = options.gamma ?? 1 / Math.max(1, x.columns);
  if (degree === 3) {
    return (product) => {
      const base = product * gamma + coefficient;
      return base * base * base;
    };
  }
  return (product) => (product * gamma + coefficient) ** degree;
}
