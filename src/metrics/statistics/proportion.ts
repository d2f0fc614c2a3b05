// A share of successes: its intervals, and the exact test against a given probability.
// Brown, Cai & DasGupta (2001) compare the intervals; Wilson's is the default here.

import { type Interval, type Result, signature, undecided } from "../result.js";
import {
  betaQuantile,
  binomialCumulative,
  binomialProbability,
  normalQuantile,
} from "./distributions.js";

export type ProportionMethod = "wilson" | "clopper-pearson" | "agresti-coull" | "jeffreys" | "wald";

/** Successes out of trials; halves are allowed, since a tie may count as half a win. */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

/** The share of successes with its interval at `level`; "no-trials" where there were none. */
export function proportion(
  { successes, trials }: Proportion,
  { method = "wilson", level = 0.95 }: { method?: ProportionMethod; level?: number } = {},
): Result<Proportion, "no-trials"> {
  requireCounts(successes, trials);
  const about = { n: trials, signature: signature("proportion", { interval: method, level }) };
  if (trials === 0) {
    return undecided("no-trials", "A share of no trials at all is not defined.", about);
  }
  const interval = proportionInterval({ successes, trials }, { method, level });
  return { value: successes / trials, parts: { successes, trials }, interval, ...about };
}

/** The interval alone; `trials` must be above 0. */
export function proportionInterval(
  { successes: k, trials: n }: Proportion,
  { method = "wilson", level = 0.95 }: { method?: ProportionMethod; level?: number } = {},
): Interval {
  const [low, high] = BOUNDS[method](k, n, level);
  return { low, high, level, method };
}

type Bounds = (k: number, n: number, level: number) => [number, number];

const BOUNDS: Record<ProportionMethod, Bounds> = {
  wald: (k, n, level) => around(k / n, (k / n) * (1 - k / n), n, level),
  "agresti-coull": (k, n, level) => {
    const z2 = critical(level) ** 2;
    const p = (k + z2 / 2) / (n + z2);
    return around(p, p * (1 - p), n + z2, level);
  },
  wilson: (k, n, level) => {
    const z = critical(level);
    const p = k / n;
    const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const width = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    const half = width / (1 + (z * z) / n);
    return [k === 0 ? 0 : centre - half, k === n ? 1 : centre + half];
  },
  "clopper-pearson": (k, n, level) => {
    const tail = (1 - level) / 2;
    return [
      k === 0 ? 0 : betaQuantile(tail, k, n - k + 1),
      k === n ? 1 : 1 - betaQuantile(tail, n - k, k + 1),
    ];
  },
  jeffreys: (k, n, level) => {
    const tail = (1 - level) / 2;
    return [betaQuantile(tail, k + 0.5, n - k + 0.5), 1 - betaQuantile(tail, n - k + 0.5, k + 0.5)];
  },
};

function critical(level: number): number {
  return -normalQuantile((1 - level) / 2);
}

function around(p: number, variance: number, n: number, level: number): [number, number] {
  const half = critical(level) * Math.sqrt(variance / n);
  return [Math.max(0, p - half), Math.min(1, p + half)];
}

/** The exact binomial test of `successes` in `trials` against probability `p`. */
export function binomialTest(
  { successes: k, trials: n }: Proportion,
  p = 0.5,
): { readonly less: number; readonly greater: number; readonly twoSided: number } {
  requireCounts(k, n);
  return {
    less: binomialCumulative(k, n, p),
    greater: k === 0 ? 1 : binomialCumulative(n - k, n, 1 - p),
    twoSided: twoSided(k, n, p),
  };
}

/** The probability of all outcomes that are at most as likely as this one (as R and SciPy do). */
function twoSided(k: number, n: number, p: number): number {
  const most = binomialProbability(k, n, p) * (1 + 1e-7);
  let total = 0;
  for (let i = 0; i <= n; i++) {
    const here = binomialProbability(i, n, p);
    if (here <= most) total += here;
  }
  return Math.min(1, total);
}

function requireCounts(successes: number, trials: number): void {
  if (successes >= 0 && successes <= trials && Number.isFinite(trials)) return;
  throw new RangeError(
    `${successes} successes in ${trials} trials cannot be: give 0 ≤ successes ≤ trials.`,
  );
}
