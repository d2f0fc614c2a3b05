import { describe, expect, it } from "vitest";
import {
  Distinct,
  NgramEntropy,
  Repetition,
  SelfBleu,
  bleuAgainstSet,
  distinct,
  ngramEntropy,
  nltkSentenceBleu,
  repetition,
  selfBleu,
} from "genarch/metrics";
import { cases, expectClose } from "./vectors.js";

describe("distinct-n", () => {
  it("names the four definitions in use: unique bigrams {ab, ba, bc} of 4, in 6 tokens", () => {
    const { value, parts } = distinct(["a b a b", "b c"], { n: 2 });
    expect(value).toBe(3 / 4);
    expect(parts).toEqual({
      pooledOverNgrams: 3 / 4,
      pooledOverTokens: 3 / 6,
      macroOverTokens: (2 / 4 + 1 / 2) / 2,
      macroOverNgrams: (2 / 3 + 1) / 2,
      uniquePerSentence: 3 / 2,
      unique: 3,
      totalNgrams: 4,
      totalTokens: 6,
    });
  });

  it("takes no two n-grams for one, whatever the tokens contain", () => {
    expect(
      distinct(
        [
          ["a b", "c"],
          ["a", "b c"],
        ],
        { n: 2 },
      ).parts?.unique,
    ).toBe(2);
    expect(
      distinct(
        [
          ['a","b', "c"],
          ["a", 'b","c'],
        ],
        { n: 2 },
      ).parts?.unique,
    ).toBe(2);
  });

  it("gives reasons for nothing to count", () => {
    expect(distinct([])).toMatchObject({ value: null, reason: "no-items" });
    expect(distinct(["a"])).toMatchObject({ value: null, reason: "no-ngrams" });
  });

  it("merges in any order and goes through JSON", () => {
    const whole = new Distinct({ n: 1 }).add("a b").add("b c d").add("");
    const part = Distinct.fromJSON(JSON.parse(JSON.stringify(new Distinct({ n: 1 }).add("b c d"))));
    const other = new Distinct({ n: 1 }).add("").merge(part).add("a b");
    expect(other.result()).toEqual(whole.result());
  });

  for (const one of cases("diversity.json", "distinctN")) {
    it(`equals the reference: ${one.name}`, () => {
      const { parts } = distinct(one.inputs["sentences"]!, { n: one.params["n"]! });
      const got = {
        pooled_over_ngrams: parts?.pooledOverNgrams,
        pooled_over_tokens: parts?.pooledOverTokens,
        macro_over_ngrams: parts?.macroOverNgrams,
        macro_over_tokens: parts?.macroOverTokens,
        unique: parts?.unique,
        total_ngrams: parts?.totalNgrams,
        total_tokens: parts?.totalTokens,
      };
      expectClose(got, one.expected, one);
    });
  }
});

describe("n-gram entropy", () => {
  it("is log2 of the number of equally frequent n-grams, and 0 for one", () => {
    expect(ngramEntropy("a b c d").value).toBeCloseTo(2, 14);
    expect(ngramEntropy([7, 7, 7]).value).toBe(0);
    expect(ngramEntropy("a b a b a", { n: 2 }).parts?.nats).toBeCloseTo(Math.LN2, 14);
  });
  it("adds counts of sequences in any order", () => {
    const whole = new NgramEntropy().add("a b").add("b c").result();
    const thawed = NgramEntropy.fromJSON(new NgramEntropy().add("b c").toJSON());
    expect(thawed.merge(new NgramEntropy().add("a b")).result()).toEqual(whole);
  });
  it("gives a reason for a sequence that is too short", () => {
    expect(ngramEntropy("a", { n: 2 })).toMatchObject({ value: null, reason: "no-ngrams" });
  });
});

describe("seq-rep-n", () => {
  it("is the share of n-grams that came before, averaged over sequences", () => {
    const { value, parts } = repetition(["a b a b", "a b c d", [1, 1, 1, 1]], { n: 2 });
    expect(parts?.perSequence).toEqual([1 - 2 / 3, 0, 1 - 1 / 3]);
    expect(value).toBeCloseTo(1 / 3, 14);
  });
  it("is 0 for a sequence without an n-gram, and has a reason without a sequence", () => {
    expect(repetition(["a"], { n: 2 }).value).toBe(0);
    expect(repetition([])).toMatchObject({ value: null, reason: "no-items" });
  });
  it("does not depend on the order of merging, interval included", () => {
    const make = (...texts: string[]) =>
      texts.reduce((all, text) => all.add(text), new Repetition({ n: 1 }));
    const { value, ...one } = make("a a b", "c c c c d", "e").result();
    const { value: other, ...two } = make("e")
      .merge(make("a a b").merge(make("c c c c d")))
      .result();
    expect(other).toBe(value);
    expect("interval" in two && two.interval).toEqual("interval" in one && one.interval);
  });
});

describe("self-BLEU", () => {
  const sentences = ["a b c d", "a b c e", "x y", "a b a b", "x y"];

  it("is the mean of NLTK's BLEU of each sentence against the others", () => {
    const options = { smoothing: "method1", weights: [1 / 3, 1 / 3, 1 / 3] } as const;
    const scores = sentences.map(
      (sentence, i) =>
        nltkSentenceBleu(
          sentence,
          sentences.filter((_, j) => j !== i),
          options,
        ).value,
    );
    const result = selfBleu(sentences, { n: 3 });
    result.parts?.perSentence.forEach((score, i) => expect(score).toBeCloseTo(scores[i]!, 14));
    expect(result.value).toBeCloseTo(scores.reduce((a, b) => a + b) / 5, 14);
  });

  it("compares with the nearest length of the others, and of two as near the shorter", () => {
    // "a b c" has others of 2 and of 4 words: with the shorter there is no brevity penalty.
    expect(selfBleu(["a b c", "a b", "a b c d"], { n: 1 }).parts?.perSentence[0]).toBe(1);
    // "a" alone has 3 words to reach, and may not take its own length for theirs.
    const { parts } = selfBleu(["a", "a b c", "a b c d"], { n: 1 });
    expect(parts?.perSentence[0]).toBeCloseTo(Math.exp(1 - 3), 14);
    const copies = selfBleu(["a", "a", "a b c"], { n: 1 });
    expect(copies.parts?.perSentence[0]).toBe(1);
  });

  it("scores a sample, of at least one sentence", () => {
    expect(selfBleu(sentences, { sample: 2 }).parts?.perSentence).toHaveLength(2);
    expect(() => selfBleu(sentences, { sample: 0 })).toThrow(
      "sample must be a whole number of at least 1, but it is 0.",
    );
  });

  it("is 1 for copies of one sentence, and undecided for a single one", () => {
    expect(selfBleu(["a b c d", "a b c d"]).value).toBe(1);
    expect(selfBleu(["a b c d"])).toMatchObject({ value: null, reason: "too-few-sentences" });
  });

  it("merges and goes through JSON", () => {
    const half = SelfBleu.fromJSON(new SelfBleu().add("a b c d").toJSON());
    const other = new SelfBleu().add("a b c d");
    const before = half.toJSON();
    expect(half.merge(other).result().value).toBe(1);
    expect(before.sentences).toHaveLength(1); // what went to JSON stays as it was
  });

  it("scores hypotheses against a whole set of references", () => {
    const sets = { hypotheses: ["a b", "b c"], referenceSet: ["a b x", "c b"] };
    const each = sets.hypotheses.map(
      (h) => nltkSentenceBleu(h, sets.referenceSet, { weights: [1], smoothing: "method1" }).value,
    );
    expect(bleuAgainstSet(sets, { n: 1 }).parts?.perSentence).toEqual(each);
  });

  for (const one of cases("diversity.json", "selfBleu")) {
    it(`equals Texygen: ${one.name}`, () => {
      const { n, epsilon } = one.params;
      const result = selfBleu(one.inputs["sentences"]!, { n: n!, epsilon: epsilon! });
      expectClose(result.value, one.expected["score"], one);
    });
  }
});
