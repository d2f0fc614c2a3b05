// Win rates of a blind test: the share of votes an item won, with its interval and an exact test
// against a coin.

import { addAll } from "../add-all.js";
import { requireCounts } from "../options.js";
import {
  type Accumulator,
  type Interval,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";
import {
  binomialTest,
  proportionInterval,
  type ProportionMethod,
} from "../statistics/proportion.js";
import { type Tally, type Vote, VoteTable } from "./votes.js";

export interface WinRateOptions {
  /** `half`: a tie is half a win. `drop`: ties are left out. */
  readonly ties?: "half" | "drop";
  readonly method?: ProportionMethod;
  readonly level?: number;
}

export interface Wins {
  readonly wins: number;
  readonly losses: number;
  readonly ties?: number;
}

export interface WinRateParts extends Required<Wins> {
  /** Two-sided exact test that wins and losses are equally likely; ties do not count. */
  readonly pValue: number;
}

export type WinRateResult = Result<WinRateParts, "no-votes">;

/** The share of wins; "no-votes" where nothing is left to divide by. */
export function winRate(
  { wins, losses, ties = 0 }: Wins,
  { ties: rule = "half", method = "wilson", level = 0.95 }: WinRateOptions = {},
): WinRateResult {
  requireCounts([wins, losses, ties], "Wins, losses and ties");
  const n = wins + losses + ties;
  const settings = { ties: rule, interval: method, level };
  const about = { n, signature: signature("win-rate", settings) };
  const trials = rule === "half" ? n : wins + losses;
  if (trials === 0) return undecided("no-votes", "A win rate needs votes; none count.", about);
  const successes = rule === "half" ? wins + ties / 2 : wins;
  const interval: Interval = proportionInterval({ successes, trials }, { method, level });
  const { twoSided } = binomialTest({ successes: wins, trials: wins + losses });
  return {
    value: successes / trials,
    parts: { wins, losses, ties, pValue: twoSided },
    interval,
    ...about,
  };
}

/** One cell of the table: how often `item` won against `against`, shown first or second. */
export interface PairedWinRate {
  readonly item: string;
  readonly against: string;
  readonly rate: WinRateResult;
}

/** The win rates of every item against every other that it met, both ways round. */
export function winRates(
  votes: readonly (Vote | Tally)[],
  options: WinRateOptions = {},
): PairedWinRate[] {
  return addAll(new WinRates(options), votes).result();
}

export interface WinRatesState {
  readonly options: WinRateOptions;
  readonly tallies: readonly Tally[];
}

/** Collects votes; whole numbers, so any order of merging gives the same. */
export class WinRates implements Accumulator<Vote | Tally, PairedWinRate[], WinRatesState> {
  readonly #options: WinRateOptions;
  readonly #votes = new VoteTable();

  constructor(options: WinRateOptions = {}) {
    this.#options = options;
  }

  add(vote: Vote | Tally): this {
    this.#votes.add(vote);
    return this;
  }

  merge(other: WinRates): this {
    requireSameSettings(JSON.stringify(this.#options), JSON.stringify(other.#options));
    return addAll(this, other.#votes.tallies());
  }

  result(): PairedWinRate[] {
    const items = this.#votes.items();
    const tallies = this.#votes.tallies();
    return items.flatMap((item) =>
      items.flatMap((against) => {
        const counts = winsAgainst(tallies, item, against);
        const met = counts.wins + counts.losses + counts.ties > 0;
        return met ? [{ item, against, rate: winRate(counts, this.#options) }] : [];
      }),
    );
  }

  toJSON(): WinRatesState {
    return { options: this.#options, tallies: this.#votes.tallies() };
  }

  static fromJSON({ options, tallies }: WinRatesState): WinRates {
    return addAll(new WinRates(options), tallies);
  }
}

function winsAgainst(tallies: readonly Required<Tally>[], item: string, against: string) {
  const counts = { wins: 0, losses: 0, ties: 0 };
  for (const { first, second, firstWins, secondWins, ties } of tallies) {
    const forwards = first === item && second === against;
    if (!forwards && !(first === against && second === item)) continue;
    counts.wins += forwards ? firstWins : secondWins;
    counts.losses += forwards ? secondWins : firstWins;
    counts.ties += ties;
  }
  return counts;
}
