// Bradley–Terry strengths under a prior. Three are in use, all called alpha by choix, and they
// are not the same: each is named here for what it does.

import { zeroMatrix } from "../linalg/index.js";
import { requirePositive } from "../options.js";
import { maximize } from "./newton.js";
import { likelihoodOf, type PairCounts } from "./pair-likelihood.js";

export interface Prior {
  /**
   * `l2`: alpha · Σ s² is taken from the log-likelihood (choix `opt_pairwise`).
   * `dirichlet`: alpha is added to wins and to their expectation (`mm_pairwise`; Caron & Doucet,
   * 2012).
   * `spectral`: alpha is added to every rate of the comparison chain (`ilsr_pairwise`; Maystre &
   * Grossglauser, 2015).
   */
  readonly kind: "l2" | "dirichlet" | "spectral";
  readonly alpha: number;
}

/** Strengths [n] of mean 0. */
export function withPrior(n: number, pairs: readonly PairCounts[], prior: Prior): Float64Array {
  requirePositive(prior.alpha, "alpha");
  const halved = pairs.map((p) => ({
    ...p,
    firstWins: p.firstWins + p.ties / 2,
    secondWins: p.secondWins + p.ties / 2,
    ties: 0,
  }));
  if (prior.kind === "l2") return penalized(n, halved, prior.alpha);
  const wins = winMatrix(n, halved);
  const next = prior.kind === "dirichlet" ? minorize : stationary;
  return iterate(n, (weights) => next(n, wins, weights, prior.alpha));
}

function penalized(n: number, pairs: readonly PairCounts[], alpha: number): Float64Array {
  const plain = likelihoodOf(n, pairs, { orderEffect: false, tie: false });
  const best = maximize(
    (at) => {
      const { value, gradient, information } = plain(at);
      let penalty = 0;
      for (let i = 0; i < n; i++) {
        penalty += alpha * at[i]! ** 2;
        gradient[i]! -= 2 * alpha * at[i]!;
        information.data[i * (n + 2) + i]! += 2 * alpha;
      }
      return { value: value - penalty, gradient, information };
    },
    new Float64Array(n + 2),
  );
  if (!best)
    throw new Error(`Bradley–Terry with the prior l2:${alpha} did not converge: raise alpha.`);
  return best.at.slice(0, n);
}

/** wins[i][j]: how often i beat j. */
function winMatrix(n: number, pairs: readonly PairCounts[]): number[][] {
  const wins = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (const { first, second, firstWins, secondWins } of pairs) {
    wins[first]![second]! += firstWins;
    wins[second]![first]! += secondWins;
  }
  return wins;
}

type Update = (n: number, wins: number[][], weights: Float64Array, alpha: number) => Float64Array;

/** One step of Hunter's minorization-maximization (2004). */
const minorize: Update = (n, wins, weights, alpha) =>
  weights.map((weight, i) => {
    let [won, expected] = [alpha, alpha];
    for (let j = 0; j < n; j++) {
      won += wins[i]![j]!;
      expected += (wins[i]![j]! + wins[j]![i]!) / (weight + weights[j]!);
    }
    return won / expected;
  });

/** The stationary distribution of the chain that moves from losers to winners. */
const stationary: Update = (n, wins, weights, alpha) => {
  const rates = zeroMatrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i !== j) rates.data[i * n + j] = alpha + wins[j]![i]! / (weights[i]! + weights[j]!);
    }
  }
  return stationaryDistribution(n, rates.data);
};

/** By state reduction (Grassmann, Taksar & Heyman, 1985): no subtraction, so no cancellation. */
function stationaryDistribution(n: number, rates: Float64Array): Float64Array {
  for (let k = n - 1; k > 0; k--) {
    let out = 0;
    for (let j = 0; j < k; j++) out += rates[k * n + j]!;
    for (let i = 0; i < k; i++) {
      rates[i * n + k]! /= out;
      for (let j = 0; j < k; j++) rates[i * n + j]! += rates[i * n + k]! * rates[k * n + j]!;
    }
  }
  const share = new Float64Array(n);
  share[0] = 1;
  for (let k = 1; k < n; k++)
    for (let i = 0; i < k; i++) share[k]! += share[i]! * rates[i * n + k]!;
  return share;
}

/** Repeats an update of weights (brought to sum n) until their logarithms stand still. */
function iterate(n: number, update: (weights: Float64Array) => Float64Array): Float64Array {
  let weights = new Float64Array(n).fill(1);
  for (let step = 0; step < 200_000; step++) {
    const raw = update(weights);
    const scale = n / raw.reduce((a, b) => a + b, 0);
    const next = raw.map((x) => x * scale);
    const change = next.reduce(
      (most, x, i) => Math.max(most, Math.abs(Math.log(x / weights[i]!))),
      0,
    );
    weights = next;
    if (change < 1e-14) break;
  }
  const logs = weights.map(Math.log);
  const centre = logs.reduce((a, b) => a + b, 0) / n;
  return logs.map((x) => x - centre);
}
