// Bradley & Terry (1952): item i beats item j with probability eˢⁱ / (eˢⁱ + eˢʲ). Strengths by
// maximum likelihood with standard errors; ties as half a win each, or by Davidson (1970); an
// advantage of the item shown first, if asked for. Strengths have mean 0.

import { requireItems } from "./votes.js";
import { addAll } from "../add-all.js";
import {
  type Accumulator,
  requireSameSettings,
  type Result,
  type Settings,
  signature,
  undecided,
} from "../result.js";
import { withPrior } from "./bradley-terry-prior.js";
import { connectivityProblem } from "./connectivity.js";
import { maximize } from "./newton.js";
import { likelihoodOf, type PairCounts } from "./pair-likelihood.js";
import {
  type BradleyTerryOptions,
  type BradleyTerryParts,
  modelOf,
  resultOf,
} from "./strengths.js";
import { type Tally, type Vote, VoteTable } from "./votes.js";

export type BradleyTerryReason = "no-items" | "disconnected" | "separated";
/** The value is the log-likelihood. */
export type BradleyTerryResult = Result<BradleyTerryParts, BradleyTerryReason>;

/** Strengths of the items from pairwise votes or tallies. */
export function bradleyTerry(
  votes: readonly (Vote | Tally)[],
  options: BradleyTerryOptions = {},
): BradleyTerryResult {
  return addAll(new BradleyTerry(options), votes).result();
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
    if (options.prior && options.orderEffect) {
      throw new RangeError("Strengths under a prior know no order effect: leave one of them out.");
    }
    this.#options = options;
  }

  add(vote: Vote | Tally): this {
    requireItems([vote.first, vote.second], this.#options.items, "A vote");
    this.#votes.add(vote);
    return this;
  }

  merge(other: BradleyTerry): this {
    requireSameSettings(this.#signature(), other.#signature());
    return addAll(this, other.#votes.tallies());
  }

  result(): BradleyTerryResult {
    const items = this.#options.items ?? this.#votes.items();
    const about = { n: this.#votes.count(), signature: this.#signature() };
    if (about.n === 0) return undecided("no-items", "Strengths need votes; none came.", about);
    const { prior, ties } = this.#options;
    const pairs = pairCounts(this.#votes, items, prior ? "half" : ties); // priors know no ties
    const fit = { items, pairs, options: this.#options };
    if (prior) return { ...resultOf(fit, withPrior(items.length, pairs, prior)), ...about };
    const problem = connectivityProblem(items, pairs.flatMap(winsOf)) ?? this.#separated(pairs);
    if (problem) return undecided(problem.reason, problem.message, about);
    const model = modelOf(pairs, this.#options);
    const best = maximize(
      likelihoodOf(items.length, pairs, model),
      new Float64Array(items.length + 2),
      free(items.length),
    );
    if (!best) return undecided(SEPARATED.reason, SEPARATED.message, about);
    return { ...resultOf(fit, best), ...about };
  }

  toJSON(): BradleyTerryState {
    return { options: this.#options, tallies: this.#votes.tallies() };
  }

  static fromJSON({ options, tallies }: BradleyTerryState): BradleyTerry {
    return addAll(new BradleyTerry(options), tallies);
  }

  #separated(pairs: readonly PairCounts[]) {
    const won = (by: "firstWins" | "secondWins") => pairs.some((pair) => pair[by] > 0);
    const oneSided = this.#options.orderEffect && !(won("firstWins") && won("secondWins"));
    return oneSided || !(won("firstWins") || won("secondWins")) ? SEPARATED : undefined;
  }

  #signature(): string {
    const { ties = "half", orderEffect = false, prior } = this.#options;
    const settings: Settings = {
      ties: prior ? "half" : ties,
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
