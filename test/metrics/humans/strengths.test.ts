// Strengths from votes: Bradley–Terry, Elo, Plackett–Luce, win rates.

import {
  BradleyTerry,
  bradleyTerry,
  elo,
  PlackettLuce,
  plackettLuce,
  type Tally,
  type Vote,
  winRate,
  WinRates,
  winRates,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";
import { expectNear } from "../linalg/numbers.js";
import { cases, expectClose } from "../text/vectors.js";

const tally = (
  first: string,
  second: string,
  firstWins: number,
  secondWins: number,
  ties = 0,
): Tally => ({
  first,
  second,
  firstWins,
  secondWins,
  ties,
});

describe("Bradley–Terry", () => {
  it("of two items is the log odds of the wins, with its error", () => {
    const { parts } = bradleyTerry([tally("a", "b", 30, 10)]);
    const [a, b] = parts!.items;
    expect(a!.strength - b!.strength).toBeCloseTo(Math.log(3), 12);
    expect(a!.strength + b!.strength).toBeCloseTo(0, 12);
    // Var(log odds) = 1/30 + 1/10; each strength is half the difference.
    expect(b!.fromReference.standardError).toBeCloseTo(Math.sqrt(1 / 30 + 1 / 10), 12);
    expect(a!.standardError).toBeCloseTo(Math.sqrt(1 / 30 + 1 / 10) / 2, 12);
    expect(a!.high! - a!.low!).toBeCloseTo(2 * 1.959963984540054 * a!.standardError!, 12);
    expect(a!.probability).toBeCloseTo(0.75, 12);
    expect(a!.elo - b!.elo).toBeCloseTo(400 * Math.log10(3), 9);
    expect(parts!.logLikelihood).toBeCloseTo(30 * Math.log(0.75) + 10 * Math.log(0.25), 12);
    expect(parts!.deviance).toBeCloseTo(0, 10);
  });

  it("finds strengths again from the shares that they imply", () => {
    const strength = { w: 1.2, x: 0.3, y: -0.4, z: -1.1 };
    const names = Object.keys(strength) as (keyof typeof strength)[];
    const votes = names.flatMap((a, i) =>
      names.slice(i + 1).map((b) => {
        const p = 1 / (1 + Math.exp(strength[b] - strength[a]));
        return tally(a, b, 1000 * p, 1000 * (1 - p));
      }),
    );
    const { parts } = bradleyTerry(votes);
    expectNear(
      parts!.items.map((x) => x.strength),
      Object.values(strength),
      1e-12,
    );
  });

  it("counts a tie as half a win each", () => {
    const tied = bradleyTerry([tally("a", "b", 3, 1, 2)]);
    const halves = bradleyTerry([tally("a", "b", 4, 2)]);
    expectNear(
      tied.parts!.items.map((x) => x.strength),
      halves.parts!.items.map((x) => x.strength),
    );
  });

  it("or as an outcome of its own, by Davidson", () => {
    const { parts } = bradleyTerry([tally("a", "b", 8, 2, 12)], { ties: "davidson" });
    // As many parameters as free shares, so they fit: sₐ - s_b = ln 4, ν = 12 / √(8 · 2).
    expect(parts!.items[0]!.strength * 2).toBeCloseTo(Math.log(4), 10);
    expect(parts!.tie!.estimate).toBeCloseTo(Math.log(3), 10);
    expect(parts!.deviance).toBeCloseTo(0, 10);
  });

  it("tells the advantage of being shown first", () => {
    const votes = [tally("a", "b", 60, 20), tally("b", "a", 40, 40)];
    const { parts } = bradleyTerry(votes, { orderEffect: true });
    // logit 3 = s + γ, logit 1 = -s + γ
    expect(parts!.orderEffect!.estimate).toBeCloseTo(Math.log(3) / 2, 12);
    expect(parts!.items[0]!.strength * 2).toBeCloseTo(Math.log(3) / 2, 12);
    const error = Math.sqrt(1 / 60 + 1 / 20 + 1 / 40 + 1 / 40) / 2;
    expect(parts!.orderEffect!.standardError).toBeCloseTo(error, 12);
    expect(bradleyTerry(votes).parts!.orderEffect).toBeNull();
  });

  it("has no answer where no chain of wins leads both ways, and says who is to blame", () => {
    const apart = [tally("a", "b", 1, 1), tally("c", "d", 1, 1)];
    expect(bradleyTerry(apart)).toMatchObject({
      value: null,
      reason: "disconnected",
      message: "No vote links c, d with a, b: compare across the groups.",
    });
    const unbeaten = [tally("a", "b", 5, 0), tally("b", "c", 2, 2), tally("a", "c", 1, 0)];
    expect(bradleyTerry(unbeaten)).toMatchObject({ value: null, reason: "separated" });
    expect(bradleyTerry(unbeaten)).toHaveProperty(
      "message",
      expect.stringContaining("a never lost"),
    );
    expect(bradleyTerry([])).toMatchObject({ value: null, reason: "no-items" });
    const firstAlways = [tally("a", "b", 4, 0), tally("b", "a", 4, 0)];
    expect(bradleyTerry(firstAlways, { orderEffect: true })).toMatchObject({ reason: "separated" });
    // a always wins first; shown second it is even: a's strength and the order run off together.
    const subtle = [tally("a", "b", 4, 0), tally("b", "a", 2, 2)];
    expect(bradleyTerry(subtle, { orderEffect: true })).toMatchObject({ reason: "separated" });
    expect(bradleyTerry(firstAlways).value).toBeCloseTo(8 * Math.log(0.5), 12);
  });

  it("has one under each of three priors, which are not the same", () => {
    const unbeaten = [tally("a", "b", 5, 0)];
    const gap = (kind: "l2" | "dirichlet" | "spectral", alpha: number) => {
      const { parts } = bradleyTerry(unbeaten, { prior: { kind, alpha } });
      return parts!.items[0]!.strength - parts!.items[1]!.strength;
    };
    // l2: 5 / (1 + eᵍ) = alpha g, the derivative of 5 ln(1 + e⁻ᵍ) + alpha g² / 2.
    expect(5 / (1 + Math.exp(gap("l2", 0.5)))).toBeCloseTo(0.5 * gap("l2", 0.5), 10);
    // dirichlet: weights add to 2, so the sum of every pair's weights is 2.
    expect(gap("dirichlet", 0.5)).toBeCloseTo(Math.log(5.5 / 0.5), 10);
    // spectral: rates 5/2 + alpha one way, alpha the other.
    expect(gap("spectral", 0.5)).toBeCloseTo(Math.log(3 / 0.5), 10);
    expect(() => gap("l2", 0)).toThrow("alpha must be a number above 0");
    const tied = bradleyTerry([tally("a", "b", 3, 1, 2)], {
      ties: "davidson", // priors know no ties: half a win each
      prior: { kind: "dirichlet", alpha: 1 },
    });
    expect(tied.parts!.items[0]!.strength * 2).toBeCloseTo(Math.log(5 / 3), 10);
    expect(tied.parts!.items[0]).toMatchObject({ standardError: null, low: null });
    expect(tied.parts!.deviance).toBeGreaterThanOrEqual(0);
  });

  it("refuses a reference that is none of the items, and an order effect beside a prior", () => {
    const votes = [tally("a", "b", 3, 1)];
    expect(() => bradleyTerry(votes, { reference: "c" })).toThrow(
      'The reference "c" is none of the items: a, b.',
    );
    const prior = { kind: "l2", alpha: 1 } as const;
    expect(() => bradleyTerry(votes, { prior, orderEffect: true })).toThrow(
      "Strengths under a prior know no order effect: leave one of them out.",
    );
  });

  it("does not depend on the order of votes, merges and trips through JSON", () => {
    const vote = (first: string, second: string, winner: Vote["winner"]): Vote => ({
      first,
      second,
      winner,
    });
    const votes = [
      vote("a", "b", "first"),
      vote("b", "c", "first"),
      vote("c", "a", "first"),
      vote("b", "a", "tie"),
      vote("a", "c", "first"),
    ];
    const whole = bradleyTerry(votes);
    const [left, right] = [new BradleyTerry(), new BradleyTerry()];
    votes.forEach((v, i) => (i % 2 ? left : right).add(v));
    const back = BradleyTerry.fromJSON(JSON.parse(JSON.stringify(right.merge(left))));
    expect(back.result()).toEqual(whole);
    expect(() => new BradleyTerry().add(vote("a", "a", "tie"))).toThrow("compared with itself");
    expect(() => new BradleyTerry({ items: ["a"] }).add(votes[0]!)).toThrow('names "b"');
    expect(() => left.merge(new BradleyTerry({ ties: "davidson" }))).toThrow("different settings");
  });

  it("agrees with choix", () => {
    for (const one of cases("bradley_terry.json", "bradleyTerry")) {
      const items = one.inputs["items"] as unknown as string[];
      const pairs = one.inputs["pairs"] as unknown as number[][];
      const votes = pairs.map(([i, j, w, l]) => tally(items[i!]!, items[j!]!, w!, l!));
      const { parts } = bradleyTerry(votes, { items });
      const got = {
        strength_mean_zero: parts?.items.map((x) => x.strength),
        se_mean_zero: parts?.items.map((x) => x.standardError),
        probability_softmax: parts?.items.map((x) => x.probability),
        log_likelihood: parts?.logLikelihood,
      };
      expectClose(got, one.expected, one);
    }
  });
});

describe("Elo", () => {
  it("moves both by K times the surprise", () => {
    const games: Vote[] = [
      { first: "a", second: "b", winner: "first" },
      { first: "a", second: "b", winner: "tie" },
    ];
    const { parts } = elo(games, { k: 32, items: ["c"] });
    const expected = 1 / (1 + 10 ** (-32 / 400));
    expect(parts!.ratings["a"]).toBeCloseTo(1016 + 32 * (0.5 - expected), 10);
    expect(parts!.ratings["a"]! + parts!.ratings["b"]!).toBeCloseTo(2000, 10);
    expect(parts!.ratings["c"]).toBe(1000);
    expect(elo([])).toMatchObject({ value: null, reason: "no-items" });
  });
});

describe("votes from a file", () => {
  it("that name the winner, where its place is wanted, are refused by all that count them", () => {
    const file = '{ "first": "gan", "second": "vae", "winner": "gan" }';
    const votes = [JSON.parse(file) as Vote];
    const says =
      'A vote\'s winner is "first", "second" or "tie", by place and not by name; "gan" came.';
    for (const count of [bradleyTerry, winRates, elo]) expect(() => count(votes)).toThrow(says);
    const table = new BradleyTerry().add({ first: "gan", second: "vae", winner: "first" });
    expect(() => table.add(votes[0]!)).toThrow(says);
    expect(table.result().n).toBe(1);
    const itself: Vote = { first: "gan", second: "gan", winner: "first" };
    for (const count of [bradleyTerry, winRates, elo]) {
      expect(() => count([itself])).toThrow('"gan" was compared with itself');
    }
  });
});

describe("Plackett–Luce", () => {
  it("of rankings of two is Bradley–Terry", () => {
    const rankings = [
      ["a", "b"],
      ["a", "b"],
      ["b", "c"],
      ["c", "a"],
      ["c", "b"],
    ];
    const votes = rankings.map(([a, b]) => tally(a!, b!, 1, 0));
    const [pl, bt] = [plackettLuce(rankings).parts!, bradleyTerry(votes).parts!];
    expectNear(
      pl.items.map((x) => x.strength),
      bt.items.map((x) => x.strength),
      1e-12,
    );
    expectNear(
      pl.items.map((x) => x.standardError),
      bt.items.map((x) => x.standardError!),
      1e-12,
    );
  });

  it("of all orders equally often finds no difference", () => {
    const all = [
      ["a", "b", "c"],
      ["a", "c", "b"],
      ["b", "a", "c"],
      ["b", "c", "a"],
      ["c", "a", "b"],
      ["c", "b", "a"],
    ];
    const { parts } = plackettLuce(all);
    expectNear(
      parts!.items.map((x) => x.strength),
      [0, 0, 0],
    );
    expect(parts!.logLikelihood).toBeCloseTo(6 * Math.log(1 / 6), 12);
  });

  it("finds strengths again from the shares that they imply", () => {
    const weight: Record<string, number> = { a: 4, b: 2, c: 1 };
    const names = Object.keys(weight);
    const share = ([x, y]: string[]) => (weight[x!]! / 7) * (weight[y!]! / (7 - weight[x!]!));
    const orders = names.flatMap((x) =>
      names.filter((y) => y !== x).map((y) => [x, y, names.find((z) => z !== x && z !== y)!]),
    );
    const rankings = orders.flatMap((order) =>
      Array.from({ length: Math.round(210 * share(order)) }, () => order),
    );
    const { parts } = plackettLuce(rankings);
    const [a, b, c] = parts!.items.map((x) => x.strength);
    expect(a! - b!).toBeCloseTo(Math.LN2, 12); // 210 · share is whole for all six orders
    expect(b! - c!).toBeCloseTo(Math.LN2, 12);
  });

  it("gives reasons, merges, and refuses a name twice", () => {
    expect(plackettLuce([["a", "b"]])).toMatchObject({ value: null, reason: "separated" });
    expect(plackettLuce([["a"]])).toMatchObject({ value: null, reason: "no-items" });
    expect(() => plackettLuce([["a", "a"]])).toThrow("names an item twice");
    const rankings = [
      ["a", "b", "c"],
      ["c", "a"],
      ["b", "c", "a"],
    ];
    const parts = rankings.map((ranking) => new PlackettLuce().add(ranking));
    const merged = parts[2]!.merge(parts[0]!).merge(parts[1]!);
    expect(PlackettLuce.fromJSON(JSON.parse(JSON.stringify(merged))).result()).toEqual(
      plackettLuce(rankings),
    );
  });
});

describe("win rates", () => {
  it("say what is no count", () => {
    expect(() => winRate({ wins: 1, losses: 1, ties: NaN })).toThrow(
      "Wins, losses and ties must be counts of 0 or more; NaN came.",
    );
  });

  it("count ties as half, or leave them out", () => {
    expect(winRate({ wins: 6, losses: 2, ties: 2 }).value).toBeCloseTo(0.7, 14);
    const dropped = winRate({ wins: 6, losses: 2, ties: 2 }, { ties: "drop" });
    expect(dropped.value).toBeCloseTo(0.75, 14);
    expect(dropped.parts!.pValue).toBeCloseTo((2 * (1 + 8 + 28)) / 256, 12); // P(K ≤ 2) twice
    expect(winRate({ wins: 0, losses: 0, ties: 3 }, { ties: "drop" })).toMatchObject({
      reason: "no-votes",
    });
  });

  it("come as a table of all pairs that met", () => {
    const table = winRates([tally("a", "b", 3, 1), tally("b", "a", 1, 3), tally("b", "c", 2, 2)]);
    const cell = (item: string, against: string) =>
      table.find((x) => x.item === item && x.against === against)?.rate.value;
    expect(cell("a", "b")).toBe(0.75);
    expect(cell("b", "a")).toBe(0.25);
    expect(cell("c", "b")).toBe(0.5);
    expect(cell("a", "c")).toBeUndefined();
    const merged = new WinRates()
      .add(tally("b", "a", 1, 3))
      .merge(new WinRates().add(tally("a", "b", 3, 1)).add(tally("b", "c", 2, 2)));
    expect(WinRates.fromJSON(JSON.parse(JSON.stringify(merged))).result()).toEqual(table);
  });
});
