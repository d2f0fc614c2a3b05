// The design of a blind test: which rater sees which pair of systems on which prompt, in which
// order. Every pair of systems is judged equally often and either system comes first equally often;
// raters get equal shares, of every pair too; nobody judges the same pair on the same prompt twice.

import { rangeOf } from "../statistics/summary.js";
import { type Random, randomInteger, seededRandom, shuffled } from "../statistics/random.js";

export interface BlindTestOptions {
  readonly systems: readonly string[];
  readonly prompts: readonly string[];
  readonly raters: readonly string[];
  /** How many raters judge each pair on each prompt. */
  readonly ratersPerPair?: number;
  readonly seed?: string;
}

/** One question to one rater: which is better, `first` or `second`, on this prompt? */
export interface Judgement {
  readonly rater: string;
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
}

/** How even the design came out: the least and the most of each count. */
export interface Balance {
  readonly perRater: Range;
  readonly perPair: Range;
  /** How often a pair of systems was shown in one order less how often in the other. */
  readonly orderGapPerPair: Range;
  readonly orderGapPerRater: Range;
  readonly perRaterAndPair: Range;
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface BlindTest {
  /** In the order to show them, rater by rater. */
  readonly judgements: readonly Judgement[];
  readonly balance: Balance;
  readonly seed: string;
}

/** Lays out a balanced blind test; the same options and seed give the same test. */
export function designBlindTest(options: BlindTestOptions): BlindTest {
  const { systems, prompts, raters, ratersPerPair = 1, seed = "genarch" } = options;
  requireDesign(options);
  const random = seededRandom(seed);
  const pairs = systems.flatMap((a, i) =>
    systems.slice(i + 1).map((b): [string, string] => [a, b]),
  );
  const book = new Assignments(raters, random);
  // Rounds of all pairs, so that any prefix of the slots is nearly balanced, too.
  const order = new Map(pairs.map((pair) => [pair, shuffled(random, prompts)]));
  for (let round = 0; round < prompts.length; round++) {
    for (const pair of shuffled(random, pairs)) {
      book.assign(pair, order.get(pair)![round]!, ratersPerPair);
    }
  }
  const judgements = raters.flatMap((rater) => shuffled(random, book.of(rater)));
  return { judgements, balance: balanceOf(judgements, raters, pairs), seed };
}

/** Who has got what so far: each new question goes where it keeps the counts even. */
class Assignments {
  readonly #raters: readonly string[];
  readonly #random: Random;
  readonly #given = new Map<string, Judgement[]>();
  readonly #seen = new Map<string, number>(); // rater and pair: how many
  readonly #lead = new Map<string, number>(); // pair, or rater: orders a-b less orders b-a

  constructor(raters: readonly string[], random: Random) {
    this.#raters = raters;
    this.#random = random;
    for (const rater of raters) this.#given.set(rater, []);
  }

  of(rater: string): readonly Judgement[] {
    return this.#given.get(rater)!;
  }

  /** Gives a pair on a prompt to `count` raters: those with least, of this pair, in this order. */
  assign(pair: readonly [string, string], prompt: string, count: number): void {
    const key = JSON.stringify(pair);
    const load = (rater: string) => this.of(rater).length;
    const seen = (rater: string) => this.#seen.get(rater + key) ?? 0;
    let left = shuffled(this.#random, this.#raters);
    for (let i = 0; i < count; i++) {
      const owed = -this.#leadOf(`pair ${key}`);
      const lean = (rater: string) => owed * this.#leadOf(`rater ${rater}`);
      left.sort((a, b) => load(a) - load(b) || seen(a) - seen(b) || lean(a) - lean(b));
      const rater = left[0]!;
      left = left.slice(1);
      this.#seen.set(rater + key, seen(rater) + 1);
      const [first, second] = this.#ordered(pair, key, rater);
      this.#given.get(rater)!.push({ rater, prompt, first, second });
    }
  }

  #leadOf(key: string): number {
    return this.#lead.get(key) ?? 0;
  }

  /** The order that evens out the pair; where that is even, the rater; else a coin. */
  #ordered(pair: readonly [string, string], key: string, rater: string): readonly [string, string] {
    const [ofPair, ofRater] = [this.#leadOf(`pair ${key}`), this.#leadOf(`rater ${rater}`)];
    const step = Math.sign(-ofPair || -ofRater || randomInteger(this.#random, 2) - 0.5);
    this.#lead.set(`pair ${key}`, ofPair + step);
    this.#lead.set(`rater ${rater}`, ofRater + step);
    return step > 0 ? pair : [pair[1], pair[0]];
  }
}

function balanceOf(
  judgements: readonly Judgement[],
  raters: readonly string[],
  pairs: readonly (readonly [string, string])[],
): Balance {
  const isPair = (j: Judgement, [a, b]: readonly [string, string]) =>
    (j.first === a && j.second === b) || (j.first === b && j.second === a);
  const inOrder = new Set(pairs.map((pair) => JSON.stringify(pair)));
  const gap = (some: readonly Judgement[]) =>
    Math.abs(
      some.reduce((sum, j) => sum + (inOrder.has(JSON.stringify([j.first, j.second])) ? 1 : -1), 0),
    );
  const byRater = raters.map((rater) => judgements.filter((j) => j.rater === rater));
  const byPair = pairs.map((pair) => judgements.filter((j) => isPair(j, pair)));
  return {
    perRater: rangeOf(byRater.map((some) => some.length)),
    perPair: rangeOf(byPair.map((some) => some.length)),
    orderGapPerPair: rangeOf(byPair.map(gap)),
    orderGapPerRater: rangeOf(byRater.map(gap)),
    perRaterAndPair: rangeOf(
      byRater.flatMap((some) => pairs.map((pair) => some.filter((j) => isPair(j, pair)).length)),
    ),
  };
}

function requireDesign({ systems, prompts, raters, ratersPerPair = 1 }: BlindTestOptions): void {
  for (const [what, names, least] of [
    ["systems", systems, 2],
    ["prompts", prompts, 1],
    ["raters", raters, 1],
  ] as const) {
    if (new Set(names).size === names.length && names.length >= least) continue;
    throw new RangeError(
      `A blind test needs ${least} or more different ${what}; ` +
        `${names.length} came: ${names.join(", ")}.`,
    );
  }
  if (Number.isInteger(ratersPerPair) && ratersPerPair >= 1 && ratersPerPair <= raters.length)
    return;
  throw new RangeError(
    `${ratersPerPair} raters a pair cannot be had from ${raters.length}: ` +
      "nobody judges the same pair on the same prompt twice.",
  );
}
