// k-means: Lloyd's (1982) iteration from the seeds of k-means++ (Arthur & Vassilvitskii 2007).
// The same rows in the same order with the same random numbers give the same clusters.

import { type Matrix, rowOf, squaredDistance, zeroMatrix } from "../linalg/index.js";
import { randomInteger } from "../statistics/random.js";
import type { Random } from "../statistics/random.js";

/** The cluster of each row, 0 to `clusters` - 1. `maxIterations` bounds the work. */
export function kMeans(
  rows: Matrix,
  clusters: number,
  random: Random,
  maxIterations = 500,
): Int32Array {
  const centres = firstCentres(rows, clusters, random);
  const labels = new Int32Array(rows.rows).fill(-1);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (!assign(rows, centres, labels)) break;
    moveCentres(rows, centres, labels);
  }
  return labels;
}

/** Rows as centres: the first at random, each next by its squared distance to those before. */
function firstCentres(rows: Matrix, clusters: number, random: Random): Matrix {
  const { columns } = rows;
  const centres = zeroMatrix(clusters, columns);
  const nearest = new Float64Array(rows.rows).fill(Infinity);
  let chosen = randomInteger(random, rows.rows);
  for (let c = 0; c < clusters; c++) {
    centres.data.set(rowOf(rows, chosen), c * columns);
    let total = 0;
    for (let i = 0; i < rows.rows; i++) {
      nearest[i] = Math.min(nearest[i]!, squaredDistance(rows, centres, i, c));
      total += nearest[i]!;
    }
    chosen = drawn(nearest, random() * total);
  }
  return centres;
}

/** The index at which the running sum of weights passes `place`. */
function drawn(weights: Float64Array, place: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    if (sum > place) return i;
  }
  return weights.length - 1;
}

/** Gives each row its nearest centre (the first of equals); true if any row changed. */
function assign(rows: Matrix, centres: Matrix, labels: Int32Array): boolean {
  let changed = false;
  for (let i = 0; i < rows.rows; i++) {
    let [best, label] = [Infinity, 0];
    for (let c = 0; c < centres.rows; c++) {
      const distance = squaredDistance(rows, centres, i, c, best);
      if (distance < best) [best, label] = [distance, c];
    }
    changed ||= labels[i] !== label;
    labels[i] = label;
  }
  return changed;
}

/** Each centre to the mean of its rows; a centre without rows stays where it is. */
function moveCentres(rows: Matrix, centres: Matrix, labels: Int32Array): void {
  const { columns } = rows;
  const sums = new Float64Array(centres.data.length);
  const counts = new Int32Array(centres.rows);
  labels.forEach((label, i) => {
    counts[label]!++;
    for (let k = 0; k < columns; k++) sums[label * columns + k]! += rows.data[i * columns + k]!;
  });
  counts.forEach((count, c) => {
    if (count === 0) return;
    for (let k = 0; k < columns; k++)
      centres.data[c * columns + k] = sums[c * columns + k]! / count;
  });
}
