import { describe, expect, it } from "vitest";
import { Chrf, chrf, sentenceChrf } from "genarch/metrics";
import { cases, expectClose } from "./vectors.js";

describe("chrF", () => {
  it("is 100 for a copy, whatever its white space, and 0 without a shared character", () => {
    expect(chrf(["ab cd"], [["a bcd"]]).value).toBe(100);
    expect(chrf(["ab cd"], [["a bcd"]], { whitespace: true }).value).toBeLessThan(100);
    expect(chrf(["ab"], [["xy"]]).value).toBe(0);
    expect(chrf([""], [["xy"]]).value).toBe(0);
  });

  it("weighs recall beta times: 'abc' in 'abcd' by hand", () => {
    const { value, parts } = chrf(["abc"], [["abcd"]], { charOrder: 2 });
    expect(parts?.precisions).toEqual([100, 100]);
    expect(parts?.recalls).toEqual([75, 100 * (2 / 3)]);
    const r = (3 / 4 + 2 / 3) / 2;
    expect(value).toBeCloseTo((100 * 5 * r) / (4 + r), 12);
  });

  it("averages over the orders that both texts have, with eps smoothing over all", () => {
    expect(chrf(["ab"], [["ab"]]).value).toBe(100);
    expect(chrf(["ab"], [["ab"]], { epsSmoothing: true }).value).toBeCloseTo(100 / 3, 10);
  });

  it("chrF++ adds words, with one punctuation mark cut off each: (hi) is (hi and )", () => {
    const options = { charOrder: 1, wordOrder: 1 };
    expect(chrf(["hi )"], [["hi)"]], options).value).toBe(100);
    expect(chrf(["( hi )"], [["(hi)"]], options).value).toBeLessThan(100);
    expect(chrf(["a"], [["a"]], { wordOrder: 2 }).parts?.name).toBe("chrF2++");
  });

  it("counts code points: an emoji is one character", () => {
    expect(chrf(["😀"], [["😁"]], { charOrder: 1 }).value).toBe(0);
  });

  it("takes the best of several references", () => {
    expect(sentenceChrf("abc", ["xyz", "abc"]).value).toBe(100);
  });

  it("merges in any order and goes through JSON", () => {
    const [a, b] = ["abc", "abd"].map((hypothesis) => ({ hypothesis, references: ["abcd"] }));
    const thawed = Chrf.fromJSON(JSON.parse(JSON.stringify(new Chrf().add(b!))));
    expect(thawed.merge(new Chrf().add(a!)).result()).toEqual(new Chrf().add(a!).add(b!).result());
  });

  for (const one of cases("chrf.json", "chrf.corpus")) {
    it(`equals sacreBLEU: ${one.name}`, () => {
      const result = chrf(one.inputs["hypotheses"]!, one.inputs["references"]!, {
        charOrder: one.params["char_order"]!,
        wordOrder: one.params["word_order"]!,
        beta: one.params["beta"]!,
        lowercase: one.params["lowercase"]!,
        whitespace: one.params["whitespace"]!,
        epsSmoothing: one.params["eps_smoothing"]!,
      });
      expectClose(result.value, one.expected["score"], one);
      expect(result.parts?.name).toBe(one.expected["name"]);
    });
  }
});
