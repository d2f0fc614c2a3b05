/**
 * Walks along the middle axis of [outer, size, inner]:
 *   cumsum     y_j = x_0 + … + x_j              reverse: y_j = x_j + … + x_(size − 1)
 *   argReduce  the first j with the largest (smallest) x_j; the first NaN, where there is one
 */
import type { ArgReduce, Cumsum } from "../spec.js";
import type { Run } from "./kernel.js";

export const cumsum: Run<Cumsum> = ({ outer, size, inner, reverse }, [x], [y]) => {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      for (let step = 0; step < size; step++) {
        const j = reverse ? size - 1 - step : step;
        const at = (o * size + j) * inner + i;
        sum += x[at]!;
        y[at] = sum; // an Int32Array wraps what it is given
      }
    }
  }
};

/** Whether a goes before b as the extreme of its line. An equal one does not: the first stands. */
function beats(a: number, b: number, op: "max" | "min"): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return !Number.isNaN(b);
  return op === "max" ? a > b : a < b;
}

export const argReduce: Run<ArgReduce> = ({ op, outer, size, inner }, [x], [y]) => {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const value = (j: number): number => x[(o * size + j) * inner + i]!;
      let best = 0;
      for (let j = 1; j < size; j++) if (beats(value(j), value(best), op)) best = j;
      y[o * inner + i] = best;
    }
  }
};
