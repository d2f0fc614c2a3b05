// The ways in which cases write games and home matches down, read as votes.

import type { Tally, Vote } from "../../metrics/index.js";

type Written = number | string;

/** [first, second, outcome], items by place or by name; or the same as a record. */
export type WrittenGame = readonly Written[] | Readonly<Record<string, Written>>;

/** [home, away, wins of home, wins of away]; or the same as a record. */
export type WrittenRow = readonly Written[] | Readonly<Record<string, Written>>;

/** The vote that a game stands for. The outcome is the first's score, or says who won. */
export function outcomeOf(game: WrittenGame, items: readonly string[]): Vote {
  const [first, second, outcome = 1] = fields(game, [
    ["first", "a", "i", "model_a", "player_a", "winner_item"],
    ["second", "b", "j", "model_b", "player_b", "loser_item"],
    ["outcome", "winner", "score", "result", "score_a"],
  ]);
  const name = (item: Written | undefined) =>
    typeof item === "number" ? (items[item] ?? String(item)) : String(item);
  return { first: name(first), second: name(second), winner: winnerOf(outcome, name(first)) };
}

function winnerOf(outcome: Written, first: string): Vote["winner"] {
  if (typeof outcome === "number") {
    return outcome === 0.5 ? "tie" : outcome > 0.5 ? "first" : "second";
  }
  if (/^(tie|draw)/i.test(outcome)) return "tie";
  const names = ["first", "a", "model_a", "player_a", "win", "i", "1", first.toLowerCase()];
  return names.includes(outcome.toLowerCase()) ? "first" : "second";
}

/** The tally of an ordered pair, the home team first. */
export function homeTally(row: WrittenRow): Tally {
  const [first, second, firstWins, secondWins] = fields(row, [
    ["home", "home_team", "home.team", "first"],
    ["away", "away_team", "away.team", "second"],
    ["home_wins", "home.wins", "wins_home", "first_wins"],
    ["away_wins", "away.wins", "wins_away", "second_wins"],
  ]);
  return {
    first: String(first),
    second: String(second),
    firstWins: Number(firstWins),
    secondWins: Number(secondWins),
  };
}

/** The entries of a row by place, or of a record by the first name that it has. */
function fields(
  row: readonly Written[] | Readonly<Record<string, Written>>,
  names: readonly (readonly string[])[],
): (Written | undefined)[] {
  if (isList(row)) return [...row];
  return names.map((aliases) => {
    const name = aliases.find((alias) => row[alias] !== undefined);
    return name === undefined ? undefined : row[name];
  });
}

function isList(
  row: readonly Written[] | Readonly<Record<string, Written>>,
): row is readonly Written[] {
  return Array.isArray(row);
}
