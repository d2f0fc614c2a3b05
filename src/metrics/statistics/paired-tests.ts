// Two classical tests on paired scores: Student's t and Wilcoxon's signed ranks.

import { type Result, signature, undecided } from "../result.js";
import { normalUpperTail, studentTwoSided } from "./distributions.js";
import { mean, standardDeviation } from "./summary.js";

/** The same items scored twice. */
export interface PairedScores {
  readonly baseline: ArrayLike<number>;
  readonly system: ArrayLike<number>;
}

/** t of the mean difference, system less baseline, with its two-sided p-value. */
export function pairedTTest(
  scores: PairedScores,
): Result<{ readonly pValue: number; readonly meanDifference: number }, "too-few" | "no-spread"> {
  const differences = differencesOf(scores);
  const n = differences.length;
  const about = { n, signature: signature("paired-t") };
  if (n < 2) return undecided("too-few", `A paired t test needs 2 items, ${n} came.`, about);
  const spread = standardDeviation(differences);
  if (spread === 0) {
    return undecided("no-spread", "All differences are equal, so t has no scale.", about);
  }
  const meanDifference = mean(differences);
  const t = meanDifference / (spread / Math.sqrt(n));
  return { value: t, parts: { pValue: studentTwoSided(t, n - 1), meanDifference }, ...about };
}

/**
 * Wilcoxon's W, the smaller of the two rank sums: zero differences are left out, ties share their
 * mean rank, and the p-value is the normal approximation with the tie correction, uncorrected for
 * continuity (SciPy's `mode="approx"`).
 */
export function wilcoxonTest(
  scores: PairedScores,
): Result<{ readonly pValue: number; readonly plus: number; readonly minus: number }, "no-spread"> {
  const differences = differencesOf(scores).filter((x) => x !== 0);
  const n = differences.length;
  const about = {
    n: scores.system.length,
    signature: signature("wilcoxon", { zeros: "left-out" }),
  };
  if (n === 0) return undecided("no-spread", "All differences are zero.", about);
  const { ranks, ties } = meanRanks(differences.map(Math.abs));
  const plus = ranks.reduce((sum, rank, i) => sum + (differences[i]! > 0 ? rank : 0), 0);
  const minus = (n * (n + 1)) / 2 - plus;
  const w = Math.min(plus, minus);
  const variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;
  const z = (w - (n * (n + 1)) / 4) / Math.sqrt(variance);
  return { value: w, parts: { pValue: 2 * normalUpperTail(Math.abs(z)), plus, minus }, ...about };
}

/** Ranks from 1, ties sharing their mean, and Σ (t³ - t) over groups of t equal values. */
function meanRanks(values: Float64Array): { ranks: Float64Array; ties: number } {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  let ties = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + 1 + to) / 2;
    ties += (to - from) ** 3 - (to - from);
  }
  return { ranks, ties };
}

function differencesOf({ baseline, system }: PairedScores): Float64Array {
  if (baseline.length !== system.length) {
    throw new RangeError(
      `The baseline has ${baseline.length} scores, the system ${system.length}. ` +
        "Pair them: one of each for every item.",
    );
  }
  const differences = Float64Array.from(system, (x, i) => x - baseline[i]!);
  const odd = differences.findIndex((x) => !Number.isFinite(x));
  if (odd < 0) return differences;
  throw new RangeError(
    `Item ${odd} scores ${baseline[odd]} and ${system[odd]}, whose difference is no finite number; ` +
      "leave such items out of both.",
  );
}
