// BLEU from its counts (Papineni et al. 2002), with the smoothing methods of sacreBLEU
// (Chen & Cherry 2014). Scores run from 0 to 100.

import { brevity } from "./clipped-counts.js";

/** How orders without a match are scored: not at all, by halving, by a floor, by adding counts. */
export type SmoothMethod = "exp" | "floor" | "add-k" | "none";

/** Counts of matched and of all n-grams (index 0: order 1), and the two lengths in tokens. */
export interface BleuCounts {
  readonly correct: readonly number[];
  readonly total: readonly number[];
  readonly sysLen: number;
  readonly refLen: number;
}

export interface BleuSmoothing {
  readonly smoothMethod?: SmoothMethod;
  /** Default 0.1 for "floor", 1 for "add-k"; the others take none. */
  readonly smoothValue?: number | null;
  /** Divide by the orders that the hypothesis is long enough for, not by the largest order. */
  readonly effectiveOrder?: boolean;
}

/** All parts of a BLEU score. */
export interface BleuParts {
  /** Percent, after smoothing; index 0 is order 1. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Matched n-grams by order, as smoothing left them ("add-k" adds to orders above 1). */
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly sysLen: number;
  readonly refLen: number;
}

const DEFAULT_VALUES = { floor: 0.1, "add-k": 1, exp: 0, none: 0 } as const;

/** sacreBLEU's stand-in for log(0): far enough down that exp of any mean with it is 0. */
const LOG_OF_ZERO = -9999999999;

/** The smoothing value in force; throws where there is no such method. */
export function smoothingValue(method: SmoothMethod, value: number | null | undefined): number {
  if (Object.hasOwn(DEFAULT_VALUES, method)) return value ?? DEFAULT_VALUES[method];
  const names = Object.keys(DEFAULT_VALUES).join(", ");
  throw new RangeError(`No smoothing of BLEU is called "${String(method)}"; there are ${names}.`);
}

/** BLEU (0 to 100) and its parts from counts; 0 where not a single n-gram matched. */
export function bleuFromCounts(
  counts: BleuCounts,
  smoothing: BleuSmoothing = {},
): BleuParts & { readonly score: number } {
  const { smoothMethod = "exp", effectiveOrder = false } = smoothing;
  const value = smoothingValue(smoothMethod, smoothing.smoothValue);
  const { sysLen, refLen } = counts;
  const correct = [...counts.correct];
  const total = [...counts.total];
  // Nothing beside nothing is not short.
  const brevityPenalty = refLen === 0 ? 1 : brevity(sysLen, refLen);
  const precisions = new Array<number>(correct.length).fill(0);
  const parts = { precisions, brevityPenalty, counts: correct, totals: total, sysLen, refLen };
  if (!correct.some((count) => count > 0)) return { score: 0, ...parts };

  let order = correct.length;
  let halved = 1; // halves again at every order without a match
  for (let i = 0; i < correct.length; i++) {
    if (smoothMethod === "add-k" && i > 0) {
      correct[i] = (correct[i] as number) + value;
      total[i] = (total[i] as number) + value;
    }
    const of = total[i] as number;
    const matched = correct[i] as number;
    if (of === 0) break;
    if (effectiveOrder) order = i + 1;
    if (matched > 0) precisions[i] = (100 * matched) / of;
    else if (smoothMethod === "exp") precisions[i] = 100 / ((halved *= 2) * of);
    else if (smoothMethod === "floor") precisions[i] = (100 * value) / of;
  }
  return { score: brevityPenalty * geometricMean(precisions.slice(0, order)), ...parts };
}

function geometricMean(values: readonly number[]): number {
  const logs = values.map((value) => (value === 0 ? LOG_OF_ZERO : Math.log(value)));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / values.length);
}
