// Newton's method for concave log-likelihoods, run to the end: programs that stop early differ in
// the second digit.

import { cholesky, choleskyInverse, choleskySolve, type Matrix } from "../linalg/index.js";

/** A log-likelihood at a point, with its gradient and the negative of its second derivatives. */
export interface Likelihood {
  readonly value: number;
  readonly gradient: Float64Array; // [p]
  readonly information: Matrix; // [p, p], positive semi-definite
}

export interface Maximum {
  readonly at: Float64Array;
  readonly value: number;
  /** The inverse information, the estimates' covariance [p, p]. */
  readonly covariance: Matrix;
}

/**
 * The maximum of a concave function. Along `free` (a unit vector), where the likelihood is flat, it
 * stays at the start, and the covariance is the pseudo-inverse. `null` where it runs off.
 */
export function maximize(
  evaluate: (at: Float64Array) => Likelihood,
  start: Float64Array,
  free?: Float64Array,
): Maximum | null {
  let at = start;
  let here = evaluate(at);
  for (let step = 0; step < 200; step++) {
    const factor = cholesky(pinned(here.information, free, 1));
    if (!factor) return null;
    const direction = choleskySolve(factor, here.gradient);
    const size = direction.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const scale = at.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    if (!(scale < 100)) return null;
    const room = step > 50 ? 1e-7 : step > 20 ? 1e-10 : 1e-13; // near separation rounding shows
    if (size <= room * scale) {
      return { at, value: here.value, covariance: pinned(choleskyInverse(factor), free, -1) };
    }
    let next = here;
    let share = 1;
    for (; share > 1e-10; share /= 2) {
      next = evaluate(at.map((x, i) => x + share * direction[i]!));
      if (next.value >= here.value - 1e-12 * Math.abs(here.value)) break;
    }
    at = at.map((x, i) => x + share * direction[i]!);
    here = next;
  }
  return null;
}

/** A + sign · free freeᵀ. */
function pinned(a: Matrix, free: Float64Array | undefined, sign: number): Matrix {
  if (!free) return a;
  const n = a.columns;
  const data = a.data.map((x, k) => x + sign * free[Math.floor(k / n)]! * free[k % n]!);
  return { ...a, data };
}
