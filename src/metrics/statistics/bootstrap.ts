// Bootstrap intervals of any metric that is a function of column sums over its items.
// Percentile and BCa as in Efron & Tibshirani (1993), chapters 13 and 14.

import { requirePlaces, requireWhole } from "../options.js";
import { type ItemStatistics, type Result, signature, undecided } from "../result.js";
import { leaveOneOut, meanOf, sumRows } from "../jackknife.js";
import { normalCumulative, normalQuantile } from "./distributions.js";
import { randomIntegers, seededRandom } from "./random.js";
import { ascending, mean, quantile, standardDeviation, sumInLanes } from "./summary.js";

/** Which items each resample takes: rows of item numbers, or how many to draw from which seed. */
export interface Resampling {
  readonly resamples?: number;
  readonly seed?: string;
  readonly indices?: readonly ArrayLike<number>[]; // [resamples, items]
}

export interface BootstrapOptions extends Resampling {
  readonly method?: "percentile" | "bca";
  readonly level?: number;
  /** How resamples equal to the estimate count in BCa: Efron's `<`, or half as SciPy does. */
  readonly ties?: "strict" | "half";
}

/** What the resamples looked like; the last two are BCa's corrections. */
export interface BootstrapParts {
  readonly median: number;
  readonly mean: number;
  readonly standardError: number;
  readonly bias?: number; // z₀
  readonly acceleration?: number; // a
}

/**
 * The metric's value with a bootstrap interval. Reasons instead of a number: "no-items";
 * "no-spread" where BCa cannot correct, since all resamples lie on one side of the estimate;
 * "not-finite" where a resample has no finite score (the PSNR of equal images is infinite).
 */
export function bootstrap(
  items: ItemStatistics,
  options: BootstrapOptions = {},
): Result<BootstrapParts, "no-items" | "no-spread" | "not-finite"> {
  const about = aboutBootstrap(items.rows.length, options);
  if (about.n === 0) return undecided("no-items", "There are no items to draw from.", about);
  const scores = ascending(resampledScores(items, options));
  if (!scores.every(Number.isFinite)) return undecided("not-finite", NOT_FINITE, about);
  const bca = options.method === "bca";
  const correction = bca ? correctionOf(items, scores, options) : undefined;
  if (correction === null) return undecided("no-spread", NO_SPREAD, about);
  const interval = intervalOf(scores, correction, options);
  const { standardError } = interval;
  const parts = { median: quantile(scores, 0.5), mean: mean(scores), standardError, ...correction };
  return { value: items.score(sumRows(items.rows)), parts, interval, ...about };
}

/** Of resamples that no quantile can be taken of. */
export const NOT_FINITE =
  "A resample has no finite score, so its spread cannot be told: leave out the items that make it so.";

const NO_SPREAD =
  "All resamples lie on one side of the estimate, so BCa has nothing to correct by: " +
  "use the percentile interval, or more items.";

function aboutBootstrap(n: number, options: BootstrapOptions) {
  const { method = "percentile", level = 0.95, ties = "strict" } = options;
  const resamples = options.indices?.length ?? options.resamples ?? 1000;
  const seed = options.indices ? "given" : (options.seed ?? "genarch");
  return { n, signature: signature("bootstrap", { method, level, resamples, ties, seed }) };
}

function intervalOf(
  scores: Float64Array,
  correction: Correction | undefined,
  { method = "percentile", level = 0.95, seed = "genarch", indices }: BootstrapOptions,
) {
  const end = (p: number) => quantile(scores, correction ? corrected(p, correction) : p);
  return {
    low: end((1 - level) / 2),
    high: end((1 + level) / 2),
    level,
    method: `bootstrap-${method}`,
    standardError: standardDeviation(scores),
    resamples: scores.length,
    ...(indices ? {} : { seed }),
  };
}

/** The mean of plain finite numbers, as statistics to resample. */
export function meanStatistics(values: ArrayLike<number>): ItemStatistics {
  const odd = Array.from(values).findIndex((x) => !Number.isFinite(x));
  if (odd >= 0) {
    throw new RangeError(`Item ${odd} scores ${values[odd]}, and only finite numbers have a mean.`);
  }
  return meanOf(values);
}

/** The scores of all resamples, in the order drawn. */
export function resampledScores(items: ItemStatistics, options: Resampling = {}): Float64Array {
  const scores: number[] = [];
  const sumsOf = adderOf(items);
  for (const row of resampleRows(items.rows.length, options)) scores.push(items.score(sumsOf(row)));
  return Float64Array.from(scores);
}

/** Column sums of a choice of rows: whole numbers in any order, others in numpy's. */
function adderOf({ rows }: ItemStatistics): (choice: ArrayLike<number>) => number[] {
  const width = rows[0]?.length ?? 0;
  if (!rows.every((row) => row.every(Number.isInteger))) {
    return (choice) =>
      Array.from({ length: width }, (_, j) =>
        sumInLanes((i) => rows[choice[i]!]![j]!, 0, choice.length),
      );
  }
  return (choice) => {
    const sums = new Array<number>(width).fill(0);
    for (let i = 0; i < choice.length; i++) addRow(sums, rows[choice[i]!]!);
    return sums;
  };
}

/** The rows of item numbers themselves: those given, or drawn one by one. */
export function* resampleRows(n: number, options: Resampling = {}): Generator<ArrayLike<number>> {
  const { resamples = 1000, seed = "genarch", indices } = options;
  const count = indices?.length ?? resamples;
  requireWhole(count, "resamples");
  if (indices) {
    indices.forEach((row, i) => {
      if (row.length === 0) throw new RangeError(`Resample ${i} names no item at all.`);
      requirePlaces(row, n, `Resample ${i}`, "item");
    });
    return yield* indices;
  }
  const random = seededRandom(seed);
  for (let i = 0; i < resamples; i++) yield randomIntegers(random, n, n);
}

/** Adds a row to sums, column by column. */
export function addRow(sums: number[], row: readonly number[]): void {
  for (let j = 0; j < sums.length; j++) sums[j]! += row[j]!;
}

interface Correction {
  readonly bias: number;
  readonly acceleration: number;
}

/** Eq. 14.14 and 14.15: bias from the share below the estimate, acceleration by the jackknife. */
function correctionOf(
  items: ItemStatistics,
  scores: Float64Array,
  { ties = "strict" }: BootstrapOptions,
): Correction | null {
  // Summed as the resamples are, so that one that holds every item once ties with it.
  const estimate = items.score(adderOf(items)([...items.rows.keys()]));
  const below = scores.filter((x) => x < estimate).length;
  const equal = ties === "half" ? scores.filter((x) => x === estimate).length / 2 : 0;
  const bias = normalQuantile((below + equal) / scores.length);
  if (!Number.isFinite(bias)) return null;
  const left = leaveOneOut(items);
  const centre = mean(left);
  const cubes = left.reduce((sum, x) => sum + (centre - x) ** 3, 0);
  const squares = left.reduce((sum, x) => sum + (centre - x) ** 2, 0);
  return { bias, acceleration: squares === 0 ? 0 : cubes / (6 * squares ** 1.5) };
}

/** Eq. 14.10. */
function corrected(p: number, { bias, acceleration }: Correction): number {
  const z = bias + normalQuantile(p);
  return normalCumulative(bias + z / (1 - acceleration * z));
}
