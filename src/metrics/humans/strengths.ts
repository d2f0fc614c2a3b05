// From a fitted Bradley–Terry model to what is reported of it: strengths with errors and intervals,
// differences from a reference, Elo's scale, probabilities.

import type { Matrix } from "../linalg/index.js";
import { normalQuantile } from "../statistics/distributions.js";
import type { Prior } from "./bradley-terry-prior.js";
import type { Maximum } from "./newton.js";
import { deviance, likelihoodOf, type PairCounts, type PairModel } from "./pair-likelihood.js";

export interface BradleyTerryOptions {
  /** All items in the order of the result; by name where it is missing. */
  readonly items?: readonly string[];
  /** `half`: a tie is half a win for each. `davidson`: a third outcome with its own parameter. */
  readonly ties?: "half" | "davidson";
  /** Estimate the advantage of the item shown first. */
  readonly orderEffect?: boolean;
  /** The item that `fromReference` compares with; the first where it is missing. */
  readonly reference?: string;
  /** Pulls strengths together, so that items that never lost have one, too. */
  readonly prior?: Prior;
  readonly level?: number;
}

/** An estimate with its standard error; `null` under priors without a likelihood. */
export interface Estimate {
  readonly estimate: number;
  readonly standardError: number | null;
}

export interface ItemStrength {
  readonly item: string;
  readonly strength: number; // mean 0 over the items
  readonly standardError: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Strength and error as a difference from the reference item. */
  readonly fromReference: Estimate;
  /** 1000 + 400 · strength / ln 10. */
  readonly elo: number;
  /** eˢ over its sum: the probability to be the best of all at once. */
  readonly probability: number;
}

export interface BradleyTerryParts {
  readonly items: readonly ItemStrength[];
  /** Log odds that the item shown first gains by it. */
  readonly orderEffect: Estimate | null;
  /** Davidson's ln ν; a tie of two equals has probability ν / (2 + ν). */
  readonly tie: Estimate | null;
  readonly logLikelihood: number;
  /** Twice the log-likelihood lost against a model with its own odds for every ordered pair. */
  readonly deviance: number;
}

/** What was fitted, to what. */
export interface Fit {
  readonly items: readonly string[];
  readonly pairs: readonly PairCounts[];
  readonly options: BradleyTerryOptions;
}

/** Puts names to a maximum, or to strengths that come without errors. */
export function resultOf(fit: Fit, found: Maximum | Float64Array) {
  const { items, pairs, options } = fit;
  const n = items.length;
  const bare = found instanceof Float64Array;
  const at = Float64Array.from({ length: n + 2 }, (_, i) => (bare ? found : found.at)[i] ?? 0);
  const model = bare ? { orderEffect: false, tie: false } : modelOf(pairs, options);
  const errorOf = errorsFrom(bare ? undefined : found.covariance);
  const estimate = (i: number): Estimate => ({ estimate: at[i]!, standardError: errorOf(i) });
  const logLikelihood = likelihoodOf(n, pairs, model)(at).value;
  const parts: BradleyTerryParts = {
    items: itemStrengths(fit, at, errorOf),
    orderEffect: model.orderEffect ? estimate(n) : null,
    tie: model.tie ? estimate(n + 1) : null,
    logLikelihood,
    deviance: deviance(pairs, logLikelihood),
  };
  return { value: logLikelihood, parts };
}

/** The standard error of parameter i, or of its difference from parameter j. */
type ErrorOf = (i: number, j?: number) => number | null;

function errorsFrom(covariance: Matrix | undefined): ErrorOf {
  if (!covariance) return () => null;
  const { columns, data } = covariance;
  return (i, j) => {
    if (j === undefined) return Math.sqrt(data[i * columns + i]!);
    if (i === j) return 0;
    return Math.sqrt(data[i * columns + i]! + data[j * columns + j]! - 2 * data[i * columns + j]!);
  };
}

function itemStrengths({ items, options }: Fit, at: Float64Array, errorOf: ErrorOf) {
  const reference = items.indexOf(options.reference ?? items[0]!);
  if (reference < 0) {
    throw new RangeError(
      `The reference "${options.reference}" is none of the items: ${items.join(", ")}.`,
    );
  }
  const z = -normalQuantile((1 - (options.level ?? 0.95)) / 2);
  const total = items.reduce((sum, _, i) => sum + Math.exp(at[i]!), 0);
  return items.map((item, i): ItemStrength => {
    const [strength, standardError] = [at[i]!, errorOf(i)];
    const bound = (sign: number) =>
      standardError === null ? null : strength + sign * z * standardError;
    return {
      item,
      strength,
      standardError,
      low: bound(-1),
      high: bound(1),
      fromReference: {
        estimate: strength - at[reference]!,
        standardError: errorOf(i, reference),
      },
      elo: 1000 + (400 / Math.LN10) * strength,
      probability: Math.exp(strength) / total,
    };
  });
}

/** Which effects are estimated from these votes. */
export function modelOf(
  pairs: readonly PairCounts[],
  { orderEffect = false }: BradleyTerryOptions,
): PairModel {
  return { orderEffect, tie: pairs.some(({ ties }) => ties > 0) };
}
