/**
 * Row softmax and its logarithm, with the row's maximum m taken off so that no exponential overflows:
 *   softmax: y_j = e^(x_j − m) / Σ_i e^(x_i − m)        log: y_j = x_j − m − log Σ_i e^(x_i − m)
 * and the gradient of each from its output:
 *   softmax: dx_j = y_j·(g_j − Σ_i g_i·y_i)             log: dx_j = g_j − e^(y_j)·Σ_i g_i
 */
import type { Softmax, SoftmaxGradient } from "../spec.js";
import type { Data, Run } from "./kernel.js";

/** m + log Σ_j e^(x_j − m) over `columns` numbers from `start` on, in its two parts. */
export function logSumExp(x: Data, start: number, columns: number): { max: number; log: number } {
  let max = -Infinity;
  for (let j = 0; j < columns; j++) max = Math.max(max, x[start + j]!);
  let sum = 0;
  for (let j = 0; j < columns; j++) sum += Math.exp(x[start + j]! - max);
  return { max, log: Math.log(sum) };
}

export const softmax: Run<Softmax> = ({ log, rows, columns }, [x], [y]) => {
  for (let start = 0; start < rows * columns; start += columns) {
    const sum = logSumExp(x, start, columns);
    for (let j = start; j < start + columns; j++) {
      const logarithm = x[j]! - sum.max - sum.log;
      y[j] = log ? logarithm : Math.exp(logarithm);
    }
  }
};

export const softmaxGradient: Run<SoftmaxGradient> = ({ log, rows, columns }, [y, g], [dx]) => {
  for (let start = 0; start < rows * columns; start += columns) {
    let sum = 0; // Σ g for the logarithm, else Σ g·y
    for (let j = start; j < start + columns; j++) sum += log ? g[j]! : g[j]! * y[j]!;
    for (let j = start; j < start + columns; j++) {
      dx[j] = log ? g[j]! - Math.exp(y[j]!) * sum : y[j]! * (g[j]! - sum);
    }
  }
};
