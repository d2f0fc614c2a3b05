// Elo ratings (1978): after each game both move by K times the surprise. The result depends on the
// order of the games, so it is a function of a list and cannot be merged; for an answer that does
// not depend on the order use `bradleyTerry`.

import { type Result, signature, undecided } from "../result.js";
import { requireTwo, winnerOf, type Vote } from "./votes.js";

export interface EloOptions {
  /** How far one game can move a rating. */
  readonly k?: number;
  /** A lead of `scale` points means odds of `base` to 1. */
  readonly scale?: number;
  readonly base?: number;
  readonly initial?: number;
  /** Items to list even if they never played. */
  readonly items?: readonly string[];
}

export interface EloParts {
  readonly ratings: Readonly<Record<string, number>>;
}

/** Ratings after all games, in the order given; the value is the highest. */
export function elo(games: readonly Vote[], options: EloOptions = {}): Result<EloParts> {
  const { k = 4, scale = 400, base = 10, initial = 1000, items = [] } = options;
  const settings = { k, scale, base, initial };
  const odd = Object.entries(settings).find(([, x]) => !Number.isFinite(x));
  if (odd) throw new RangeError(`Elo's ${odd[0]} must be a finite number, got ${odd[1]}.`);
  if (!(scale > 0 && base > 1)) {
    throw new RangeError(`Elo needs scale > 0 and base > 1; ${scale} and ${base} came.`);
  }
  const about = { n: games.length, signature: signature("elo", settings) };
  const ratings = new Map<string, number>(items.map((item) => [item, initial]));
  games.forEach(requireTwo);
  const winners = games.map(winnerOf);
  for (const [n, { first, second }] of games.entries()) {
    const [a, b] = [ratings.get(first) ?? initial, ratings.get(second) ?? initial];
    const expected = 1 / (1 + base ** ((b - a) / scale));
    const score = winners[n] === "tie" ? 0.5 : winners[n] === "first" ? 1 : 0;
    ratings.set(first, a + k * (score - expected));
    ratings.set(second, b - k * (score - expected));
  }
  if (ratings.size === 0) return undecided("no-items", "Elo needs games; none came.", about);
  const parts = { ratings: Object.fromEntries(ratings) };
  return { value: Math.max(...ratings.values()), parts, ...about };
}
