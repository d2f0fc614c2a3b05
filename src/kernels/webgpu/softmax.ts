/**
 * Softmax of rows, or its logarithm, and the gradient of each: a workgroup a row, its threads going over
 * the row side by side, three times (largest, sum, result), for it stays in the cache.
 */
import type { Softmax, SoftmaxGradient } from "../spec.js";
import { eachRow, u32, type Dispatch } from "./kernel.js";
import { largestOfAll, sumOfAll } from "./tree.js";
import { functionsFor } from "./wgsl/functions.js";

/** Sets `largest` and `log` (of the sum of the exponentials) of the row of x that begins at `start`. */
export const logSumExp = (threads: number): string => /* wgsl */ `
  var own_largest = -infinity();
  for (var j = thread; j < numbers.columns; j += ${threads}u) { own_largest = larger(own_largest, x[start + j]); }
  let largest = largest_of_all(thread, own_largest);
  var own_sum = 0.0;
  for (var j = thread; j < numbers.columns; j += ${threads}u) { own_sum += exponential(x[start + j] - largest); }
  let log = logarithm(sum_of_all(thread, own_sum));`;

/** The functions that a body calls, with the two trees of `logSumExp`. */
export const declarationsFor = (threads: number, body: string): string => {
  const trees = largestOfAll(threads) + sumOfAll(threads);
  return functionsFor(body + trees) + trees;
};

export function lowerSoftmax({ log, rows, columns }: Softmax, software: boolean): Dispatch[] {
  if (columns === 0) return [];
  const write = (threads: number) => {
    const result = log ? "logarithm_of_p" : "exponential(logarithm_of_p)";
    const body = /* wgsl */ `
  let start = group * numbers.columns;
  ${logSumExp(threads).trim()}
  for (var j = thread; j < numbers.columns; j += ${threads}u) {
    let logarithm_of_p = x[start + j] - largest - log;
    y[start + j] = ${result};
  }`;
    return {
      buffers: { x: ["f32", 0], y: ["f32", 1] } as const,
      numbers: { columns: u32(columns) },
      declarations: declarationsFor(threads, body),
      body,
    };
  };
  return [eachRow(rows, columns, write, software)];
}

/** y·(g − Σ g·y), or for the logarithm g − exp(y)·Σ g */
export function lowerSoftmaxGradient(
  { log, rows, columns }: SoftmaxGradient,
  software: boolean,
): Dispatch[] {
  if (columns === 0) return [];
  const term = log ? "g[start + j]" : "g[start + j] * y[start + j]";
  const result = log
    ? "g[start + j] - exponential(y[start + j]) * sum"
    : "y[start + j] * (g[start + j] - sum)";
  const write = (threads: number) => {
    const body = /* wgsl */ `
  let start = group * numbers.columns;
  var own_sum = 0.0;
  for (var j = thread; j < numbers.columns; j += ${threads}u) { own_sum += ${term}; }
  let sum = sum_of_all(thread, own_sum);
  for (var j = thread; j < numbers.columns; j += ${threads}u) { dx[start + j] = ${result}; }`;
    return {
      buffers: { y: ["f32", 0], g: ["f32", 1], dx: ["f32", 2] } as const,
      numbers: { columns: u32(columns) },
      declarations: functionsFor(body) + sumOfAll(threads),
      body,
    };
  };
  return [eachRow(rows, columns, write, software)];
}
