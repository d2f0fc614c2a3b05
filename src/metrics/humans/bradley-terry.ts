// Bradley & Terry (1952): item i beats item j with probability eˢⁱ / (eˢⁱ + eˢʲ). Strengths by
// maximum likelihood with standard errors; ties as half a win each, or by Davidson (1970); an
// advantage of the item shown first, if asked for. Strengths have mean 0.

import {
  type Accumulator,
  requireSameSettings,
  type Result,
  type Settings,
  signature,
  undecided,
} from "../result.js";
import { normalQuantile } from "../statistics/distributions.js";
import { type Prior, withPrior } from "./bradley-terry-prior.js";
import { connectivityProblem } from "./connectivity.js";
import { maximize, type Maximum } from "./newton.js";
import { deviance, likelihoodOf, type PairCounts } from "./pair-likelihood.js";
import { type Tally, type Vote, VoteTable } from "./votes.js";

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

export type BradleyTerryReason = "no-items" | "disconnected" | "separated";
/** The value is the log-likelihood. */
export type BradleyTerryResult = Result<BradleyTerryParts, BradleyTerryReason>;

/** Strengths of the items from pairwise votes or tallies. */
export function bradleyTerry(
  votes: readonly (Vote | Tally)[],
  options: BradleyTerryOptions = {},
): BradleyTerryResult {
  const all = new BradleyTerry(options);
  for (const vote of votes) all.add(vote);
  return all.result();
}

export interface BradleyTerryState {
  readonly options: BradleyTerryOptions;
  readonly tallies: readonly Tally[];
}

/** Collects votes; the result does not depend on their order. */
export class BradleyTerry implements Accumulator<
  Vote | Tally,
  BradleyTerryResult,
  BradleyTerryState
> {
  readonly #options: BradleyTerryOptions;
  readonly #votes = new VoteTable();

  constructor(options: BradleyTerryOptions = {}) {
    this.#options = options;
  }

  add(vote: Vote | Tally): this {
    const { items } = this.#options;
    const unknown = [vote.first, vote.second].find((name) => items && !items.includes(name));
    if (unknown !== undefined) {
      throw new RangeError(`A vote names "${unknown}", which is not among the items given.`);
    }
    this.#votes.add(vote);
    return this;
  }

  merge(other: BradleyTerry): this {
    requireSameSettings(this.#signature(), other.#signature());
    for (const tally of other.#votes.tallies()) this.add(tally);
    return this;
  }

  result(): BradleyTerryResult {
    const items = this.#options.items ?? this.#votes.items();
    const about = { n: this.#votes.count(), signature: this.#signature() };
    if (about.n === 0) return undecided("no-items", "Strengths need votes; none came.", about);
    const pairs = pairCounts(this.#votes, items, this.#options.ties);
    if (this.#options.prior) {
      const strengths = withPrior(items.length, pairs, this.#options.prior);
      return { ...resultOf({ items, pairs, options: this.#options }, strengths), ...about };
    }
    const problem = connectivityProblem(items, pairs.flatMap(winsOf)) ?? this.#separated(pairs);
    if (problem) return undecided(problem.reason, problem.message, about);
    const model = modelOf(pairs, this.#options);
    const best = maximize(
      likelihoodOf(items.length, pairs, model),
      new Float64Array(items.length + 2),
      free(items.length),
    );
    if (!best) return undecided(SEPARATED.reason, SEPARATED.message, about);
    return { ...resultOf({ items, pairs, options: this.#options }, best), ...about };
  }

  toJSON(): BradleyTerryState {
    return { options: this.#options, tallies: this.#votes.tallies() };
  }

  static fromJSON({ options, tallies }: BradleyTerryState): BradleyTerry {
    const result = new BradleyTerry(options);
    for (const tally of tallies) result.add(tally);
    return result;
  }

  #separated(pairs: readonly PairCounts[]) {
    const won = (by: "firstWins" | "secondWins") => pairs.some((pair) => pair[by] > 0);
    const oneSided = this.#options.orderEffect && !(won("firstWins") && won("secondWins"));
    return oneSided || !(won("firstWins") || won("secondWins")) ? SEPARATED : undefined;
  }

  #signature(): string {
    const { ties = "half", orderEffect = false, prior } = this.#options;
    const settings: Settings = {
      ties,
      order: orderEffect,
      prior: prior ? `${prior.kind}:${prior.alpha}` : "none",
    };
    return signature("bradley-terry", settings);
  }
}

const SEPARATED = {
  reason: "separated",
  message:
    "The votes can be explained without doubt by one side of a parameter, so it has no finite " +
    "estimate: collect more votes, or ask for fewer effects.",
} as const;

function modelOf(pairs: readonly PairCounts[], { orderEffect = false }: BradleyTerryOptions) {
  return { orderEffect, tie: pairs.some(({ ties }) => ties > 0) };
}

function pairCounts(votes: VoteTable, items: readonly string[], ties = "half"): PairCounts[] {
  const half = ties === "half";
  return votes.tallies().map((t) => ({
    first: items.indexOf(t.first),
    second: items.indexOf(t.second),
    firstWins: t.firstWins + (half ? t.ties / 2 : 0),
    secondWins: t.secondWins + (half ? t.ties / 2 : 0),
    ties: half ? 0 : t.ties,
  }));
}

/** Who beat whom; a tie counts both ways. */
function winsOf({ first, second, firstWins, secondWins, ties }: PairCounts): [number, number][] {
  return [
    ...(firstWins > 0 || ties > 0 ? [[first, second] as [number, number]] : []),
    ...(secondWins > 0 || ties > 0 ? [[second, first] as [number, number]] : []),
  ];
}

/** The direction in which strengths can move together without any effect. */
function free(count: number): Float64Array {
  return new Float64Array(count + 2).fill(1 / Math.sqrt(count), 0, count);
}

interface Fit {
  readonly items: readonly string[];
  readonly pairs: readonly PairCounts[];
  readonly options: BradleyTerryOptions;
}

/** Puts names to a maximum, or to strengths that come without errors. */
function resultOf({ items, pairs, options }: Fit, found: Maximum | Float64Array) {
  const n = items.length;
  const at = found instanceof Float64Array ? found : found.at;
  const model =
    found instanceof Float64Array ? { orderEffect: false, tie: false } : modelOf(pairs, options);
  const covariance = found instanceof Float64Array ? undefined : found.covariance;
  const variance = (i: number, j: number) => covariance?.data[i * covariance.columns + j] ?? null;
  const rootOf = (i: number, j = i) => differenceError(variance, i, j);
  const reference = Math.max(0, items.indexOf(options.reference ?? items[0]!));
  const z = -normalQuantile((1 - (options.level ?? 0.95)) / 2);
  const total = at.subarray(0, n).reduce((sum, s) => sum + Math.exp(s), 0);
  const estimate = (i: number): Estimate => ({ estimate: at[i]!, standardError: rootOf(i) });
  const logLikelihood = likelihoodOf(
    n,
    pairs,
    model,
  )(Float64Array.from({ length: n + 2 }, (_, i) => at[i] ?? 0)).value;
  const parts: BradleyTerryParts = {
    items: items.map((item, i) => {
      const [strength, error] = [at[i]!, rootOf(i)];
      const fromReference = {
        estimate: strength - at[reference]!,
        standardError: i === reference ? (error === null ? null : 0) : rootOf(i, reference),
      };
      const bound = (sign: number) => (error === null ? null : strength + sign * z * error);
      const elo = 1000 + (400 / Math.LN10) * strength;
      return {
        item,
        strength,
        standardError: error,
        low: bound(-1),
        high: bound(1),
        fromReference,
        elo,
        probability: Math.exp(strength) / total,
      };
    }),
    orderEffect: model.orderEffect ? estimate(n) : null,
    tie: model.tie ? estimate(n + 1) : null,
    logLikelihood,
    deviance: deviance(pairs, logLikelihood),
  };
  return { value: logLikelihood, parts };
}

/** The standard error of parameter i, or of its difference from parameter j. */
function differenceError(
  variance: (i: number, j: number) => number | null,
  i: number,
  j: number,
): number | null {
  const own = variance(i, i);
  if (own === null) return null;
  if (i === j) return Math.sqrt(own);
  return Math.sqrt(own + variance(j, j)! - 2 * variance(i, j)!);
}
