// Is one system better than another on the same items? The paired bootstrap (Koehn, 2004) and
// approximate randomization (Riezler & Maxwell, 2005), with sacreBLEU's p-values.

import {
  type Interval,
  type ItemStatistics,
  type Result,
  signature,
  undecided,
} from "../result.js";
import { sumRows } from "../jackknife.js";
import { addRow, NOT_FINITE, resampledScores, type Resampling } from "./bootstrap.js";
import { seededRandom } from "./random.js";
import { ascending, mean, quantile } from "./summary.js";

/** Two systems' statistics, item by item on the same test set. */
export interface Pair {
  readonly baseline: ItemStatistics;
  readonly system: ItemStatistics;
}

/** A system's score, and over the resamples its mean and the half width of 95 % of them. */
export interface ResampledScore {
  readonly score: number;
  readonly mean: number;
  readonly halfWidth: number;
}

export interface PairedBootstrapParts {
  readonly pValue: number;
  readonly baseline: ResampledScore;
  readonly system: ResampledScore;
}

export interface RandomizationParts {
  readonly pValue: number;
  readonly baseline: { readonly score: number };
  readonly system: { readonly score: number };
}

/** "not-finite" where a score is infinite under some choice of items. */
export type PairReason = "no-items" | "not-finite";

/** The score difference, system less baseline, with its bootstrap interval and p-value. */
export function pairedBootstrap(
  { baseline, system }: Pair,
  options: Resampling = {},
): Result<PairedBootstrapParts, PairReason> {
  const about = aboutPair("paired-bootstrap", baseline, system, options);
  if (about.n === 0) return noItems(about);
  const [ours, theirs] = [resampledScores(system, options), resampledScores(baseline, options)];
  const differences = ours.map((x, i) => x - theirs[i]!);
  if (!differences.every(Number.isFinite)) return undecided("not-finite", NOT_FINITE, about);
  const [score, reference] = [scoreOf(system), scoreOf(baseline)];
  const centre = mean(differences.map(Math.abs));
  const shifted = differences.map((x) => Math.abs(x) - centre);
  return {
    value: score - reference,
    parts: {
      pValue: pValue(shifted, score - reference),
      baseline: { score: reference, ...spread(theirs) },
      system: { score, ...spread(ours) },
    },
    interval: percentileInterval(differences, options),
    ...about,
  };
}

/**
 * The score difference with the p-value of swapping the systems' outputs at random.
 * `swap[trial][item]` says which to exchange; without it, `trials` are drawn from the seed.
 */
export function approximateRandomization(
  { baseline, system }: Pair,
  options: { trials?: number; seed?: string; swap?: readonly ArrayLike<number | boolean>[] } = {},
): Result<RandomizationParts, PairReason> {
  const { trials = 10_000, seed, swap } = options;
  const resampling = { resamples: swap?.length ?? trials, seed, indices: swap && [] };
  const about = aboutPair("approximate-randomization", baseline, system, resampling);
  if (about.n === 0) return noItems(about);
  const differences: number[] = [];
  for (const row of swap ?? drawSwaps(about.n, trials, seed)) {
    differences.push(Math.abs(swappedDifference({ baseline, system }, row)));
  }
  if (!differences.every(Number.isFinite)) return undecided("not-finite", NOT_FINITE, about);
  const [score, reference] = [scoreOf(system), scoreOf(baseline)];
  return {
    value: score - reference,
    parts: {
      pValue: pValue(differences, score - reference),
      baseline: { score: reference },
      system: { score },
    },
    ...about,
  };
}

/** (1 + how many exceed the observed difference) / (1 + how many there are). */
function pValue(differences: ArrayLike<number>, observed: number): number {
  const size = Math.abs(observed);
  const above = Array.from(differences).filter((x) => x > size).length;
  return (above + 1) / (differences.length + 1);
}

function swappedDifference({ baseline, system }: Pair, row: ArrayLike<number | boolean>): number {
  const width = baseline.rows[0]!.length;
  const [a, b] = [new Array<number>(width).fill(0), new Array<number>(width).fill(0)];
  baseline.rows.forEach((first, i) => {
    const second = system.rows[i]!;
    const [toA, toB] = row[i] ? [second, first] : [first, second];
    addRow(a, toA!);
    addRow(b, toB!);
  });
  return system.score(b) - baseline.score(a);
}

function* drawSwaps(n: number, trials: number, seed = "genarch"): Generator<boolean[]> {
  const random = seededRandom(seed);
  for (let i = 0; i < trials; i++) yield Array.from({ length: n }, () => random() < 0.5);
}

/** sacreBLEU's `estimate_ci`: the order statistics n/40 from either end. */
function spread(scores: Float64Array): { mean: number; halfWidth: number } {
  const sorted = ascending(scores);
  const cut = Math.floor(sorted.length / 40);
  return {
    mean: mean(scores),
    halfWidth: (sorted[sorted.length - 1 - cut]! - sorted[cut]!) / 2,
  };
}

function percentileInterval(scores: Float64Array, { seed, indices }: Resampling): Interval {
  const sorted = ascending(scores);
  const drawn = indices ? {} : { seed: seed ?? "genarch" };
  return {
    low: quantile(sorted, 0.025),
    high: quantile(sorted, 0.975),
    level: 0.95,
    method: "bootstrap-percentile",
    resamples: scores.length,
    ...drawn,
  };
}

function scoreOf(items: ItemStatistics): number {
  return items.score(sumRows(items.rows));
}

function aboutPair(
  test: string,
  baseline: ItemStatistics,
  system: ItemStatistics,
  { resamples = 1000, seed = "genarch", indices }: Resampling,
) {
  const n = baseline.rows.length;
  if (system.rows.length !== n) {
    throw new RangeError(
      `The baseline has ${n} items, the system ${system.rows.length}. ` +
        "Compare two systems on the same items, in the same order.",
    );
  }
  const count = indices?.length || resamples;
  const settings = { resamples: count, seed: indices ? "given" : seed };
  return { n, signature: signature(test, settings) };
}

function noItems(about: { readonly n: number; readonly signature: string }) {
  return undecided("no-items", "There are no items to compare the systems on.", about);
}
