// Pairwise votes of a blind test, and their tally by ordered pair: whole numbers, so that tallies
// of several raters or machines merge exactly. Bradley–Terry, Elo and win rates start from here.

import { requireCounts } from "../options.js";

/** One judgement: two items in the order in which they were shown, and which was better. */
export interface Vote {
  readonly first: string;
  readonly second: string;
  readonly winner: "first" | "second" | "tie";
}

/** Many judgements of one ordered pair. */
export interface Tally {
  readonly first: string;
  readonly second: string;
  readonly firstWins: number;
  readonly secondWins: number;
  readonly ties?: number;
}

/** Counts votes by ordered pair. */
export class VoteTable {
  readonly #cells = new Map<string, Required<Tally>>();

  add(vote: Vote | Tally): this {
    const more = countsOf(vote);
    const key = JSON.stringify([more.first, more.second]);
    const cell = this.#cells.get(key);
    this.#cells.set(key, {
      ...more,
      firstWins: (cell?.firstWins ?? 0) + more.firstWins,
      secondWins: (cell?.secondWins ?? 0) + more.secondWins,
      ties: (cell?.ties ?? 0) + more.ties,
    });
    return this;
  }

  /** The tallies, sorted by names: the same for every order of the votes. */
  tallies(): Required<Tally>[] {
    const keys = [...this.#cells.keys()].sort();
    return keys.flatMap((key) => this.#cells.get(key) ?? []);
  }

  /** The names of all items, sorted. */
  items(): string[] {
    return [...new Set(this.tallies().flatMap(({ first, second }) => [first, second]))].sort();
  }

  /** How many votes came. */
  count(): number {
    return this.tallies().reduce((sum, t) => sum + t.firstWins + t.secondWins + t.ties, 0);
  }
}

/** Votes come from files, too: a name in the place of "first" must not count as a loss. */
export function winnerOf({ winner }: Vote): Vote["winner"] {
  if (winner === "first" || winner === "second" || winner === "tie") return winner;
  throw new RangeError(
    `A vote's winner is "first", "second" or "tie", by place and not by name; "${String(winner)}" came.`,
  );
}

/** Throws where items were given and a name is none of them. */
export function requireItems(
  names: readonly string[],
  items: readonly string[] | undefined,
  what: string,
): void {
  const unknown = names.find((name) => items && !items.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(`${what} names "${unknown}", which is not among the items given.`);
}

/** A vote is on two items: none is better than itself. */
export function requireTwo({ first, second }: Vote | Tally): void {
  if (first !== second) return;
  throw new RangeError(`"${first}" was compared with itself: a vote needs two different items.`);
}

function tallyOf(vote: Vote): Tally {
  const winner = winnerOf(vote);
  return {
    first: vote.first,
    second: vote.second,
    firstWins: +(winner === "first"),
    secondWins: +(winner === "second"),
    ties: +(winner === "tie"),
  };
}

function countsOf(vote: Vote | Tally): Required<Tally> {
  const {
    first,
    second,
    firstWins,
    secondWins,
    ties = 0,
  } = "winner" in vote ? tallyOf(vote) : vote;
  requireTwo(vote);
  requireCounts([firstWins, secondWins, ties], `The votes on "${first}" and "${second}"`);
  return { first, second, firstWins, secondWins, ties };
}
