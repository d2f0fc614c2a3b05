// The log-likelihood of pairwise votes, with gradient and information. Three outcomes a pair:
//   first wins ∝ e^(sᵢ + γ),   second wins ∝ e^sⱼ,   tie ∝ e^(λ + (sᵢ + sⱼ) / 2)   (Davidson, 1970)
// Parameters: the strengths s [n], then the order effect γ, then λ.

import { logSumExp } from "../statistics/summary.js";
import { zeroMatrix } from "../linalg/index.js";
import type { Likelihood } from "./newton.js";

/** Votes on an ordered pair of item numbers; halves are allowed. */
export interface PairCounts {
  readonly first: number;
  readonly second: number;
  readonly firstWins: number;
  readonly secondWins: number;
  readonly ties: number;
}

/** Which parameters beside the strengths are there; the others stay at 0. */
export interface PairModel {
  readonly orderEffect: boolean;
  readonly tie: boolean;
}

/** One outcome: its count and the parameters that raise it, by number and weight. */
interface Outcome {
  readonly count: number;
  readonly terms: readonly (readonly [number, number])[];
}

/** The log-likelihood as a function of n strengths, order effect and tie parameter. */
export function likelihoodOf(
  n: number,
  pairs: readonly PairCounts[],
  model: PairModel,
): (at: Float64Array) => Likelihood {
  const sets = pairs.map((pair) => outcomesOf(n, pair, model));
  return (at) => {
    const gradient = new Float64Array(n + 2);
    const information = zeroMatrix(n + 2, n + 2);
    let value = 0;
    for (const outcomes of sets) value += addPair(outcomes, at, gradient, information.data);
    // A parameter that is not in the model is held where it is.
    if (!model.orderEffect) information.data[n * (n + 2) + n] = 1;
    if (!model.tie) information.data[(n + 1) * (n + 2) + n + 1] = 1;
    return { value, gradient, information };
  };
}

/** 2 (ln L of the votes' own shares - ln L), where L is of this model. */
export function deviance(pairs: readonly PairCounts[], logLikelihood: number): number {
  const own = pairs.reduce((sum, { firstWins, secondWins, ties }) => {
    const total = firstWins + secondWins + ties;
    const terms = [firstWins, secondWins, ties].map((x) => (x > 0 ? x * Math.log(x / total) : 0));
    return sum + terms.reduce((a, b) => a + b, 0);
  }, 0);
  return 2 * (own - logLikelihood);
}

function outcomesOf(n: number, pair: PairCounts, { orderEffect, tie }: PairModel): Outcome[] {
  const { first, second } = pair;
  const order = orderEffect ? [[n, 1] as const] : [];
  const both = [
    [first, 0.5],
    [second, 0.5],
    [n + 1, 1],
  ] as const;
  return [
    { count: pair.firstWins, terms: [[first, 1], ...order] },
    { count: pair.secondWins, terms: [[second, 1]] },
    ...(tie ? [{ count: pair.ties, terms: both }] : []),
  ];
}

/** Adds one pair's share to gradient and information, and returns its log-likelihood. */
function addPair(
  outcomes: readonly Outcome[],
  at: Float64Array,
  gradient: Float64Array,
  information: Float64Array,
): number {
  const size = gradient.length;
  const scores = outcomes.map(({ terms }) => terms.reduce((sum, [i, w]) => sum + w * at[i]!, 0));
  const logTotal = logSumExp(scores);
  const shares = scores.map((s) => Math.exp(s - logTotal));
  const trials = outcomes.reduce((sum, { count }) => sum + count, 0);
  const expected = new Map<number, number>();
  outcomes.forEach(({ count, terms }, o) => {
    for (const [i, w] of terms) {
      gradient[i]! += w * (count - trials * shares[o]!);
      expected.set(i, (expected.get(i) ?? 0) + w * shares[o]!);
      for (const [j, v] of terms) information[i * size + j]! += trials * shares[o]! * w * v;
    }
  });
  for (const [i, x] of expected) {
    for (const [j, y] of expected) information[i * size + j]! -= trials * x * y;
  }
  return outcomes.reduce(
    (sum, { count }, o) => (count > 0 ? sum + count * (scores[o]! - logTotal) : sum),
    0,
  );
}
