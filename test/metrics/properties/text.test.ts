// What holds for every text: order of merging, ranges, identity, symmetry, Unicode.

import fc from "fast-check";
import {
  type Accumulator,
  Bleu,
  BitsPer,
  bleu,
  Chrf,
  chrf,
  distinct,
  Distinct,
  Gleu,
  Meteor,
  meteor,
  NgramEntropy,
  NltkBleu,
  Repetition,
  Rouge,
  rouge,
  SelfBleu,
  sentenceBleu,
  Ter,
  ter,
  tokenizers,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";
import { anyText, corpus, line } from "./text.js";

const settings = { numRuns: 100, seed: 1 };

interface Made<Item> {
  readonly make: () => Accumulator<Item, { value: number | null }, object>;
  readonly read: (state: never) => Accumulator<Item, { value: number | null }, object>;
  readonly range: readonly [number, number];
}

/** Any split of the items, merged in any order and through JSON, gives the same result. */
function mergesInAnyOrder<Item>(
  items: readonly Item[],
  cut: number,
  { make, read, range }: Made<Item>,
) {
  const all = (some: readonly Item[]) => some.reduce((sum, item) => sum.add(item), make());
  const whole = all(items).result();
  const [first, second] = [items.slice(0, cut), items.slice(cut)];
  const backwards = all([...second].reverse()).merge(all(first));
  expect(backwards.result().value).toBe(whole.value);
  const resumed = read(JSON.parse(JSON.stringify(all(first))) as never).merge(all(second));
  expect(resumed.result()).toEqual(whole);
  if (whole.value === null) return;
  expect(whole.value).toBeGreaterThanOrEqual(range[0]);
  expect(whole.value).toBeLessThanOrEqual(range[1]);
}

const withReferences = {
  bleu: { make: () => new Bleu(), read: Bleu.fromJSON, range: [0, 100 + 1e-9] },
  "bleu, zh": {
    make: () => new Bleu({ tokenize: "zh", smoothMethod: "add-k" }),
    read: Bleu.fromJSON,
    range: [0, 100 + 1e-9],
  },
  "nltk bleu": {
    make: () => new NltkBleu({ smoothing: "method1" }),
    read: NltkBleu.fromJSON,
    range: [0, 1 + 1e-12],
  },
  gleu: { make: () => new Gleu(), read: Gleu.fromJSON, range: [0, 1] },
  "chrf++": { make: () => new Chrf({ wordOrder: 2 }), read: Chrf.fromJSON, range: [0, 100 + 1e-9] },
  ter: { make: () => new Ter({ normalized: true }), read: Ter.fromJSON, range: [0, Infinity] },
  meteor: { make: () => new Meteor(), read: Meteor.fromJSON, range: [0, 1] },
} as const;

describe("an accumulator of segments", () => {
  it.each(Object.entries(withReferences))("%s merges in any order, within range", (_, made) => {
    fc.assert(
      fc.property(corpus, fc.nat(8), (items, cut) => mergesInAnyOrder(items, cut, made)),
      settings,
    );
  });
  it("rouge merges in any order, within range", () => {
    const made = {
      make: () => new Rouge({ stemmer: true }),
      read: Rouge.fromJSON,
      range: [0, 1],
    } as const;
    fc.assert(
      fc.property(corpus, fc.nat(8), (items, cut) => {
        const pairs = items.map(({ hypothesis: prediction, references: targets }) => ({
          prediction,
          targets,
        }));
        mergesInAnyOrder(pairs, cut, made);
      }),
      settings,
    );
  });
});

const alone = {
  distinct: { make: () => new Distinct({ n: 1 }), read: Distinct.fromJSON, range: [0, 1] },
  repetition: { make: () => new Repetition({ n: 2 }), read: Repetition.fromJSON, range: [0, 1] },
  "self-bleu": { make: () => new SelfBleu({ n: 2 }), read: SelfBleu.fromJSON, range: [0, 1] },
  entropy: { make: () => new NgramEntropy(), read: NgramEntropy.fromJSON, range: [0, 20] },
} as const;

describe("an accumulator of texts", () => {
  it.each(Object.entries(alone))("%s merges in any order, within range", (_, made) => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 8 }), fc.nat(8), (texts, cut) => {
        const all = (some: readonly string[]) => some.reduce((sum, t) => sum.add(t), made.make());
        const whole = all(texts).result().value;
        const merged = all(texts.slice(cut)).merge(all(texts.slice(0, cut)) as never);
        const value = merged.result().value;
        if (whole === null) return void expect(value).toBeNull();
        expect(value).toBeCloseTo(whole, 12);
        expect(whole).toBeGreaterThanOrEqual(made.range[0]);
        expect(whole).toBeLessThanOrEqual(made.range[1] + 1e-12);
      }),
      settings,
    );
  });
});

describe("identity and symmetry", () => {
  const words = line.filter((text) => /[a-z]{3}/.test(text));

  it("a text is its own best translation", () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 5 }), (texts) => {
        expect(sentenceBleu(texts[0]!, [texts[0]!]).value).toBeCloseTo(100, 9);
        expect(chrf(texts, [texts]).value).toBeCloseTo(100, 9);
        expect(ter(texts, [texts]).value).toBe(0);
        expect(rouge(texts[0]!, texts[0]!).value).toBe(1);
      }),
      settings,
    );
  });

  it("ROUGE's recall one way is its precision the other way; F is the same", () => {
    const types = ["rouge1", "rouge2", "rougeL"] as const;
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const [there, back] = [rouge(a, b, { types }).parts!, rouge(b, a, { types }).parts!];
        for (const type of types) {
          expect(there[type]!.precision).toBe(back[type]!.recall);
          expect(there[type]!.fmeasure).toBeCloseTo(back[type]!.fmeasure, 14);
        }
      }),
      settings,
    );
  });

  it("another reference never lowers chrF's best or METEOR's best", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (text, one, two) => {
        const both = [[one], [two]];
        expect(chrf([text], both).value!).toBeGreaterThanOrEqual(chrf([text], [[one]]).value!);
        expect(meteor([text], both).value!).toBeGreaterThanOrEqual(meteor([text], [[one]]).value!);
      }),
      settings,
    );
  });

  it("BLEU does not know the order of references", () => {
    fc.assert(
      fc.property(corpus, (items) => {
        const of = (reversed: boolean) =>
          items.reduce((all, { hypothesis, references }) => {
            const list = reversed ? [...references].reverse() : references;
            return all.add({ hypothesis, references: list });
          }, new Bleu());
        expect(of(true).result()).toEqual(of(false).result());
      }),
      settings,
    );
  });
});

describe("Unicode", () => {
  it("tokenizers lose and make no character but white space and what they decode", () => {
    const squeeze = (text: string) => text.replace(/[\s\p{Cc}]/gu, "");
    fc.assert(
      fc.property(anyText, (text) => {
        for (const name of ["intl", "char", "zh"] as const) {
          expect(squeeze(tokenizers[name](text))).toBe(squeeze(text));
        }
      }),
      settings,
    );
  });

  it("counts code points, and splits no surrogate pair", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const characters = new BitsPer().add({ text, logProbabilities: [-1] }).result();
        expect(characters.parts!.characters).toBe([...text].length);
        expect(characters.parts!.bytes).toBe(new TextEncoder().encode(text).length);
        for (const token of tokenizers.char(text).split(" ")) {
          expect([...token].length).toBeLessThanOrEqual(1);
        }
      }),
      settings,
    );
  });

  it("U+FEFF is part of a word, as Python has it; U+0085 parts words", () => {
    expect(distinct(["\ufeffa a"], { n: 1 }).parts!.unique).toBe(2);
    expect(distinct(["a\u0085a"], { n: 1 }).parts).toMatchObject({ unique: 1, totalTokens: 2 });
    expect(bleu(["\ufeffa b c d"], [["a b c d"]]).parts!.counts).toEqual([3, 2, 1, 0]);
  });
});
