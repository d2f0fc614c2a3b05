/** Σ x² over all inputs: each in chunks, an element each of a buffer of its own; those side by side; their sum. */
import type { SquareSum } from "../spec.js";
import { joined } from "./join.js";
import { draw, type Draw } from "./kernel.js";
import { summed } from "./sum.js";

/** Numbers that one shader adds up. */
const chunk = 4096;

export function lowerSquareSum({ sizes }: SquareSum): Draw[] {
  const filled = sizes.flatMap((size, k) => (size > 0 ? [{ k, size }] : []));
  const parts = filled.map(({ k, size }) => ({ place: `sums${k}`, size: Math.ceil(size / chunk) }));
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const last = draw({
    output: sizes.length,
    elements: 1,
    buffers: total > 0 ? { all: "all" } : {},
    body: [...summed("sum", "c", total, "all[c]"), "return sum;"],
  });
  if (total === 0) return [last];
  const first = filled.map(({ k, size }) => sumsOf(k, size));
  return [...first, ...joined(parts, { outer: 1, inner: 1, dtype: "f32" }, "all"), last];
}

function sumsOf(k: number, size: number): Draw {
  const body = summed("sum", "n", Math.min(size, chunk), "x[start + n] * x[start + n]", {
    guard: `start + n < ${size}`,
  });
  return draw({
    output: `sums${k}`,
    elements: Math.ceil(size / chunk),
    buffers: { x: k },
    body: [`const start = this.thread.x * ${chunk};`, ...body, "return sum;"],
  });
}
