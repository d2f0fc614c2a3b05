import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  BertScore,
  BitsPer,
  Bleu,
  Chrf,
  Coherence,
  Distinct,
  ExactSum,
  Gleu,
  Meteor,
  NgramEntropy,
  NltkBleu,
  Perplexity,
  Repetition,
  Rouge,
  SelfBleu,
  Ter,
  VERSION,
  exactSum,
  jackknifeInterval,
  signature,
} from "genarch/metrics";
import type { Accumulator, Result } from "genarch/metrics";

/** Small whole numbers from a seed, the same everywhere. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

const WORDS = [
  "the",
  "cat",
  "кот",
  "猫",
  "e\u0301",
  "😀",
  "\ufeffx",
  "\ud800",
  "a.b,",
  "12.5",
  "(hi)",
  "नमस्ते",
];

function text(next: (below: number) => number): string {
  return Array.from({ length: next(9) }, () => WORDS[next(WORDS.length)]!).join(" ");
}

function vectors(next: (below: number) => number, count: number): number[][] {
  return Array.from({ length: count }, () => [next(7) - 3, next(7) - 3, next(7) + 1]);
}

type AnyAccumulator<Item> = Accumulator<Item, Result<unknown, string>>;

interface Kind<Item> {
  readonly make: () => AnyAccumulator<Item>;
  readonly thaw: (state: never) => AnyAccumulator<Item>;
  readonly item: (next: (below: number) => number) => Item;
  readonly range: readonly [number, number];
}

function kind<Item>(all: Kind<Item>): Kind<unknown> {
  return all as unknown as Kind<unknown>;
}

const segment = (next: (below: number) => number) => ({
  hypothesis: text(next),
  references: [text(next), `${text(next)} end`],
});

const kinds: Record<string, Kind<unknown>> = {
  bleu: kind({ make: () => new Bleu(), thaw: Bleu.fromJSON, item: segment, range: [0, 100] }),
  chrf: kind({
    make: () => new Chrf({ wordOrder: 2 }),
    thaw: Chrf.fromJSON,
    item: segment,
    range: [0, 100],
  }),
  ter: kind({ make: () => new Ter(), thaw: Ter.fromJSON, item: segment, range: [0, Infinity] }),
  nltk: kind({ make: () => new NltkBleu(), thaw: NltkBleu.fromJSON, item: segment, range: [0, 1] }),
  gleu: kind({ make: () => new Gleu(), thaw: Gleu.fromJSON, item: segment, range: [0, 1] }),
  meteor: kind({ make: () => new Meteor(), thaw: Meteor.fromJSON, item: segment, range: [0, 1] }),
  rouge: kind({
    make: () => new Rouge({ tokenize: "unicode", stemmer: true }),
    thaw: Rouge.fromJSON,
    item: (next) => ({ prediction: text(next), targets: [text(next)] }),
    range: [0, 1],
  }),
  distinct: kind({
    make: () => new Distinct({ n: 1 }),
    thaw: Distinct.fromJSON,
    item: text,
    range: [0, 1],
  }),
  entropy: kind({
    make: () => new NgramEntropy(),
    thaw: NgramEntropy.fromJSON,
    item: text,
    range: [0, Math.log2(WORDS.length)],
  }),
  repetition: kind({
    make: () => new Repetition({ n: 1 }),
    thaw: Repetition.fromJSON,
    item: text,
    range: [0, 1],
  }),
  selfBleu: kind({
    make: () => new SelfBleu(),
    thaw: SelfBleu.fromJSON,
    item: text,
    range: [0, 1],
  }),
  perplexity: kind({
    make: () => new Perplexity(),
    thaw: Perplexity.fromJSON,
    item: (next) => ({ scores: vectors(next, 4), targets: [0, 1, 2, 1] }),
    range: [1, Infinity],
  }),
  bitsPer: kind({
    make: () => new BitsPer(),
    thaw: BitsPer.fromJSON,
    item: (next) => ({ text: `${text(next)}.`, logProbabilities: [-0.1 * next(50), -1 / 3] }),
    range: [0, Infinity],
  }),
  coherence: kind({
    make: () => new Coherence(),
    thaw: Coherence.fromJSON,
    item: (next) => vectors(next, 2 + next(3)),
    range: [-1, 1],
  }),
  bertScore: kind({
    make: () => new BertScore(),
    thaw: BertScore.fromJSON,
    item: (next) => ({
      hypothesis: { embeddings: vectors(next, 1 + next(3)) },
      references: [{ embeddings: vectors(next, 1 + next(3)) }],
    }),
    range: [-1, 1],
  }),
};

/** What may not depend on the order of adding: all but the lists of parts. */
function outcome(accumulator: AnyAccumulator<unknown>): unknown {
  const { parts: _, ...rest } = accumulator.result();
  return rest;
}

describe.each(Object.entries(kinds))("accumulator of %s", (_, { make, thaw, item, range }) => {
  const next = numbers(11);
  const items = Array.from({ length: 24 }, () => item(next));
  const whole = items.reduce((all: AnyAccumulator<unknown>, one) => all.add(one), make());

  it("gives the same to the last digit, split over workers in any way, and through JSON", () => {
    for (let round = 0; round < 5; round++) {
      const workers = [make(), make(), make()];
      for (const one of items.map((it) => [next(99), it] as const).sort((a, b) => a[0] - b[0])) {
        workers[next(3)]!.add(one[1]);
      }
      const thawed = workers.map((w) => thaw(JSON.parse(JSON.stringify(w)) as never));
      const [first, second, third] = thawed;
      expect(outcome(third!.merge(first!.merge(second!)))).toEqual(outcome(whole));
    }
  });

  it("stays within its range, and so does its interval", () => {
    const result = whole.result();
    expect(result.value).toBeGreaterThanOrEqual(range[0]);
    expect(result.value).toBeLessThanOrEqual(range[1] * (1 + 1e-12));
    if (result.value === null || !result.interval) return;
    expect(result.interval.low).toBeGreaterThanOrEqual(range[0]);
    expect(result.interval.high).toBeLessThanOrEqual(range[1]);
    expect(result.interval.low).toBeLessThanOrEqual(result.value);
  });

  it("has a reason and a sentence while it is empty, and signs every result", () => {
    const empty = make().result();
    expect(empty).toMatchObject({ value: null, parts: null, n: 0 });
    expect("message" in empty && empty.message).toMatch(/\.$/);
    expect(whole.result().signature).toMatch(/^[a-z-]+\|.*version:genarch-/);
  });

  it("can be asked in between without harm", () => {
    const asked = make();
    for (const one of items) {
      asked.result();
      asked.add(one);
    }
    expect(outcome(asked)).toEqual(outcome(whole));
  });
});

describe("bad input", () => {
  it("leaves an accumulator as it was, and is answered by a sentence", () => {
    const all = new Bleu().add({ hypothesis: "a", references: ["a"] });
    const before = all.result();
    expect(() => all.add({ hypothesis: "a", references: [null] })).toThrow("has no reference");
    expect(() => all.add({ hypothesis: "a", references: "a" as never })).toThrow("must be a list");
    expect(all.result()).toEqual(before);
  });
  it("is not taken in from JSON", () => {
    const { options, rows } = new Bleu().add({ hypothesis: "a", references: ["a"] }).toJSON();
    const broken = { options, rows: [...rows, [1, 2]] };
    expect(() => Bleu.fromJSON(broken)).toThrow("holds a row that is not 11 numbers: [1,2]");
  });
});

describe("exact sums", () => {
  it("lose nothing: 1e100 + 1 - 1e100 is 1", () => {
    expect(exactSum([1e100, 1, -1e100])).toBe(1);
    expect(exactSum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    expect(exactSum([])).toBe(0);
    expect(exactSum([1e308, 1, 1e308])).toBe(Infinity); // as any sum, and not NaN
    expect(exactSum([-1e308, -1e308])).toBe(-Infinity);
  });
  it("round once, to even: 2^53 + 1 + 2^-60 is above the middle", () => {
    expect(exactSum([2 ** 53, 1])).toBe(2 ** 53);
    expect(exactSum([2 ** 53, 1, 2 ** -60])).toBe(2 ** 53 + 2);
  });
  it("merge and go through JSON", () => {
    const half = ExactSum.fromJSON(new ExactSum().add(1e100).add(1).toJSON());
    expect(half.merge(new ExactSum().add(-1e100)).value()).toBe(1);
  });
  it("keep infinities", () => {
    expect(exactSum([1, Infinity, 2])).toBe(Infinity);
  });
});

describe("jackknife", () => {
  it("of a mean is the textbook interval, 1.96 s / √n", () => {
    const values = [1, 4, 2, 8, 5];
    const statistics = {
      rows: values.map((x) => [x, 1]),
      score: ([sum, count]: readonly number[]) => sum! / count!,
    };
    const s = Math.sqrt(values.reduce((sum, x) => sum + (x - 4) ** 2, 0) / 4);
    const interval = jackknifeInterval(statistics, 4);
    expect(interval?.standardError).toBeCloseTo(s / Math.sqrt(5), 14);
    expect(interval?.high).toBeCloseTo(4 + (1.959963984540054 * s) / Math.sqrt(5), 13);
  });
});

describe("signatures", () => {
  it("name the metric, its settings and the version of the package", () => {
    expect(signature("ter", { case: "lc", norm: false })).toBe(
      `ter|case:lc|norm:no|version:genarch-${VERSION}`,
    );
    const file = new URL("../../../package.json", import.meta.url);
    expect(VERSION).toBe((JSON.parse(readFileSync(file, "utf8")) as { version: string }).version);
  });
});
