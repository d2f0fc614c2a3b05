// Many systems against one baseline: every test once more by chance makes a false finding likelier,
// so the p-values are corrected together by Holm's step-down method (1979).

import type { ItemStatistics, Result } from "../result.js";
import type { Resampling } from "./bootstrap.js";
import {
  approximateRandomization,
  pairedBootstrap,
  type PairedBootstrapParts,
  type PairReason,
  type RandomizationParts,
} from "./paired.js";

/** Holm's adjusted p-values, in the order given: reject where one is at most alpha. */
export function holm(pValues: readonly number[]): number[] {
  const odd = pValues.find((p) => !(p >= 0 && p <= 1));
  if (odd !== undefined) throw new RangeError(`p-values lie in 0 to 1; ${odd} does not.`);
  const order = [...pValues.keys()].sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  order.forEach((at, rank) => {
    least = Math.max(least, Math.min(1, (pValues.length - rank) * pValues[at]!));
    adjusted[at] = least;
  });
  return adjusted;
}

/** One system's comparison with the baseline, and its p-value among all that were made. */
export interface SystemComparison {
  readonly name: string;
  readonly comparison: Result<PairedBootstrapParts | RandomizationParts, PairReason>;
  /** Holm's; `null` where the comparison is undecided. */
  readonly adjustedPValue: number | null;
}

/** Compares each system with the baseline on the same items and corrects the p-values by Holm. */
export function compareSystems(
  {
    baseline,
    systems,
  }: {
    readonly baseline: ItemStatistics;
    readonly systems: Readonly<Record<string, ItemStatistics>>;
  },
  options: Resampling & { readonly test?: "bootstrap" | "randomization" } = {},
): SystemComparison[] {
  const { test = "bootstrap", resamples: trials, seed } = options;
  const made = Object.entries(systems).map(([name, system]) => {
    const pair = { baseline, system };
    const comparison =
      test === "bootstrap"
        ? pairedBootstrap(pair, options)
        : approximateRandomization(pair, { trials, seed });
    return { name, comparison };
  });
  const decided = made.flatMap(({ comparison: c }) => (c.value === null ? [] : [c.parts.pValue]));
  const adjusted = holm(decided);
  let next = 0;
  return made.map(({ name, comparison }) => ({
    name,
    comparison,
    adjustedPValue: comparison.value === null ? null : adjusted[next++]!,
  }));
}
