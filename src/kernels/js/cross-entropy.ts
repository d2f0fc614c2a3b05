/**
 * Cross-entropy of a row of logits against a smoothed target q = (1 − s)·onehot(target) + s/columns:
 *   loss = −Σ_j q_j·(x_j − logsumexp x)        dx_j = g·(e^(x_j − logsumexp x) − q_j)
 * Rows whose target is `ignoreIndex` have no loss and no gradient. Any other target that names no
 * column gives NaN, so that a wrong label is seen.
 */
import type { CrossEntropy, CrossEntropyGradient } from "../spec.js";
import type { Run } from "./kernel.js";
import { logSumExp } from "./softmax.js";

/** q_j of a row. */
function wanted(j: number, target: number, smoothing: number, columns: number): number {
  if (target < 0 || target >= columns) return NaN;
  return (j === target ? 1 - smoothing : 0) + smoothing / columns;
}

export const crossEntropy: Run<CrossEntropy> = (spec, [x, target], [loss, logsumexp], scalars) => {
  const { rows, columns, ignoreIndex } = spec;
  const smoothing = scalars[0]!;
  for (let row = 0; row < rows; row++) {
    const { max, log } = logSumExp(x, row * columns, columns);
    logsumexp[row] = max + log;
    loss[row] = 0;
    if (target[row] === ignoreIndex) continue;
    for (let j = 0; j < columns; j++) {
      const q = wanted(j, target[row]!, smoothing, columns);
      // A class of no weight adds nothing, even where its logit is −Infinity.
      if (q !== 0) loss[row]! -= q * (x[row * columns + j]! - max - log);
    }
  }
};

export const crossEntropyGradient: Run<CrossEntropyGradient> = (
  { rows, columns, ignoreIndex },
  [x, target, logsumexp, g],
  [dx],
  scalars,
) => {
  const smoothing = scalars[0]!;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < columns; j++) {
      const at = row * columns + j;
      const probability = Math.exp(x[at]! - logsumexp[row]!);
      const q = wanted(j, target[row]!, smoothing, columns);
      dx[at] = target[row] === ignoreIndex ? 0 : g[row]! * (probability - q);
    }
  }
};
