import { describe, expect, it } from "vitest";
import { Gleu, NltkBleu, gleu, nltkBleu, nltkSentenceBleu } from "genarch/metrics";
import type { NltkSmoothing } from "genarch/metrics";
import { cases, expectClose } from "./vectors.js";

const hypothesis =
  "It is a guide to action which ensures that the military always obeys the commands of the party";
const reference =
  "It is a guide to action that ensures that the military will forever heed Party commands";

describe("BLEU in NLTK's way", () => {
  // The examples of NLTK's own documentation.
  const published: [NltkSmoothing, number][] = [
    ["method0", 0.4118],
    ["method1", 0.4118],
    ["method2", 0.4452],
    ["method3", 0.4118],
    ["method4", 0.4118],
    ["method5", 0.4905],
    ["method6", 0.4135],
    ["method7", 0.4905],
  ];
  it.each(published)("gives the documentation's number with %s", (smoothing, value) => {
    const score = nltkSentenceBleu(hypothesis, [reference], { smoothing }).value;
    expect(Math.floor(score * 1e4) / 1e4).toBe(value);
  });

  it("is almost, but not quite, 0 where an order has no match, and 0 without any match", () => {
    expect(nltkSentenceBleu("a b c d", ["a b x y"]).value).toBeLessThan(1e-100);
    expect(nltkSentenceBleu("a b c d", ["a b x y"]).value).toBeGreaterThan(0);
    expect(nltkSentenceBleu("a b c d", ["w x y z"]).value).toBe(0);
  });

  it("adds the counts of a corpus, each denominator at least 1 a segment", () => {
    const result = nltkBleu(["a b", "a b c d"], [["a b", "a b c d"]], { smoothing: "method1" });
    expect(result.parts?.numerators).toEqual([6, 4, 2, 1]);
    expect(result.parts?.denominators).toEqual([6, 4, 3, 2]);
    expect(result.value).toBeCloseTo(((2 / 3) * (1 / 2)) ** 0.25, 12);
  });

  it("halves by hand: method3 makes 1/(2·2) and 1/(4·1) of two missing orders", () => {
    const result = nltkSentenceBleu("a b c d", ["a b x y"], { smoothing: "method3" });
    expect(result.parts.precisions).toEqual([2 / 4, 1 / 3, 1 / 4, 1 / 4]);
  });

  it("merges for the methods that do not read the last segment only", () => {
    expect(() => new NltkBleu({ smoothing: "method5" })).toThrow("cannot be merged");
    for (const smoothing of ["method0", "method5"] as const) {
      expect(nltkBleu([], [[]], { smoothing })).toMatchObject({ value: null, reason: "no-items" });
    }
    const [a, b] = ["a b c", "a b d"].map((h) => ({ hypothesis: h, references: ["a b c"] }));
    const one = new NltkBleu().add(a!).merge(new NltkBleu().add(b!)).result();
    expect(one).toEqual(new NltkBleu().add(b!).add(a!).result());
  });

  for (const one of cases("bleu.json", "bleu.nltkCorpus")) {
    it(`equals NLTK: ${one.name}`, () => {
      const { weights, smoothing, epsilon } = one.params;
      const [h, r] = [one.inputs["hypotheses"]!, one.inputs["references"]!];
      const options = { weights: weights!, smoothing: smoothing!, epsilon: epsilon! };
      expectClose(nltkBleu(h, r, options).value, one.expected["score"], one);
    });
  }
});

describe("GLEU", () => {
  it("gives the numbers of NLTK's documentation", () => {
    expect(gleu(["the the the the the the the"], [["the cat is on the mat"]]).value).toBe(2 / 22);
    expect(gleu([hypothesis], [[reference]]).value).toBeCloseTo(0.4393, 3);
  });
  it("takes the best reference and is 0, not NaN, for empty texts", () => {
    expect(gleu(["a b"], [["x y"], ["a b"]]).value).toBe(1);
    expect(gleu([""], [[""]]).value).toBe(0);
    expect(() => new Gleu({ minOrder: 0 })).toThrow("minOrder must be a whole number");
    expect(() => new Gleu({ minOrder: 5 })).toThrow(
      "maxOrder must be a whole number of at least 5, but it is 4.",
    );
  });
  it("goes through JSON", () => {
    const half = new Gleu().add({ hypothesis: "a b", references: ["a c"] });
    expect(Gleu.fromJSON(half.toJSON()).result()).toEqual(half.result());
  });
});
