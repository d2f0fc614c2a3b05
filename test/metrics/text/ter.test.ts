import { describe, expect, it } from "vitest";
import { Ter, sentenceTer, ter, tokenizeTer } from "genarch/metrics";
import { cases, expectClose } from "./vectors.js";

const edits = (hypothesis: string, reference: string) =>
  sentenceTer(hypothesis, [reference]).parts?.edits;

describe("TER", () => {
  it("counts words added, dropped and put for others", () => {
    expect(edits("a b c", "a b c")).toBe(0);
    expect(edits("a c", "a b c")).toBe(1);
    expect(edits("a b x c", "a b c")).toBe(1);
    expect(edits("a x c", "a b c")).toBe(1);
  });

  it("counts a moved phrase once, however long: the example of Snover et al. (2006)", () => {
    const hypothesis = "this week the saudis denied information published in the new york times";
    const reference =
      "saudi arabia denied this week information published in the american new york times";
    expect(edits(hypothesis, reference)).toBe(4);
    expect(sentenceTer(hypothesis, [reference]).value).toBeCloseTo(400 / 13, 10);
  });

  it("moves a phrase to either side", () => {
    expect(edits("c d a b", "a b c d")).toBe(1);
    expect(edits("b c d e a", "a b c d e")).toBe(1);
  });

  it("treats empty texts as rates, not as a division by zero", () => {
    expect(ter(["a b"], [[""]]).value).toBe(100);
    expect(ter([""], [[""]]).value).toBe(0);
    expect(ter([""], [["a b"]]).value).toBe(100);
  });

  it("takes the fewest edits of several references over their mean length", () => {
    const { parts } = ter(["a b c"], [["a b c"], ["a b c d e"]]);
    expect(parts).toEqual({ edits: 0, refLen: 4 });
  });

  it("survives long texts with every word shared, within its limit of candidates", () => {
    const words = Array.from({ length: 120 }, (_, i) => `w${i % 7}`);
    const result = ter([words.join(" ")], [[[...words].reverse().join(" ")]]);
    expect(result.value).toBeGreaterThan(0);
    expect(result.value).toBeLessThanOrEqual(100);
  });

  it("merges in any order and goes through JSON", () => {
    const [a, b] = ["a b", "c"].map((hypothesis) => ({
      hypothesis,
      references: ["a c", "c", "b a x"],
    }));
    const thawed = Ter.fromJSON(JSON.parse(JSON.stringify(new Ter().add(b!))));
    expect(thawed.merge(new Ter().add(a!)).result()).toEqual(new Ter().add(a!).add(b!).result());
  });

  for (const one of cases("ter.json", "ter.corpus")) {
    it(`equals sacreBLEU: ${one.name}`, () => {
      const { value, parts } = ter(one.inputs["hypotheses"]!, one.inputs["references"]!, {
        normalized: one.params["normalized"]!,
        noPunct: one.params["no_punct"]!,
        asianSupport: one.params["asian_support"]!,
        caseSensitive: one.params["case_sensitive"]!,
      });
      const got = { score: value, num_edits: parts?.edits, ref_length: parts?.refLen };
      expectClose(got, one.expected, one);
    });
  }
});

describe("Tercom's tokenizer", () => {
  it("lower-cases and leaves the rest, unless told", () => {
    expect(tokenizeTer("It's  5,000, A.")).toBe("it's 5,000, a.");
    expect(tokenizeTer("A", { caseSensitive: true })).toBe("A");
  });
  it("splits punctuation and possessives when it normalizes", () => {
    expect(tokenizeTer("It's 5,000, A&amp;B.", { normalized: true })).toBe("it 's 5,000 , a & b .");
  });
  it("takes punctuation out", () => {
    expect(tokenizeTer('"Yes," (no)?', { noPunct: true })).toBe("yes no");
  });
  it("parts ideograms and Asian marks with asianSupport, but not kana", () => {
    const options = { normalized: true, asianSupport: true };
    expect(tokenizeTer("漢字かな。", options)).toBe("漢 字 かな 。");
    expect(tokenizeTer("漢、字", { ...options, noPunct: true })).toBe("漢 字");
  });
});
