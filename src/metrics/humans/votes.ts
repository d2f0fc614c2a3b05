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
    const { first, second, firstWins, secondWins, ties } = countsOf(vote);
    const key = JSON.stringify([first, second]);
    const cell = this.#cells.get(key) ?? { first, second, firstWins: 0, secondWins: 0, ties: 0 };
    this.#cells.set(key, {
      ...cell,
      firstWins: cell.firstWins + firstWins,
      secondWins: cell.secondWins + secondWins,
      ties: cell.ties + ties,
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

/** A vote is on two items: none is better than itself. */
export function requireTwo({ first, second }: Vote | Tally): void {
  if (first !== second) return;
  throw new RangeError(`"${first}" was compared with itself: a vote needs two different items.`);
}

function countsOf(vote: Vote | Tally): Required<Tally> {
  const { first, second } = vote;
  const winner = "winner" in vote ? winnerOf(vote) : null;
  const counts =
    "winner" in vote
      ? {
          firstWins: +(winner === "first"),
          secondWins: +(winner === "second"),
          ties: +(winner === "tie"),
        }
      : { firstWins: vote.firstWins, secondWins: vote.secondWins, ties: vote.ties ?? 0 };
  requireTwo(vote);
  requireCounts(Object.values(counts), `The votes on "${first}" and "${second}"`);
  return { first, second, ...counts };
}
