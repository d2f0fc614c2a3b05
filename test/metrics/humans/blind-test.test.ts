import { designBlindTest } from "genarch/metrics";
import { describe, expect, it } from "vitest";

const names = (what: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${what}${i + 1}`);

describe("the blind-test designer", () => {
  it.each([
    // systems, prompts, raters, raters a pair
    [2, 1, 1, 1],
    [2, 20, 3, 1],
    [3, 12, 3, 2],
    [4, 10, 5, 3],
    [5, 30, 7, 2],
    [6, 4, 4, 4],
  ])("lays out %i systems, %i prompts, %i raters evenly", (s, p, r, each) => {
    const options = { systems: names("s", s), prompts: names("p", p), raters: names("r", r) };
    const { judgements, balance } = designBlindTest({ ...options, ratersPerPair: each });
    const pairs = (s * (s - 1)) / 2;
    expect(judgements).toHaveLength(pairs * p * each);
    expect(balance.perPair).toEqual({ least: p * each, most: p * each });
    expect(balance.perRater.most - balance.perRater.least).toBeLessThanOrEqual(1);
    expect(balance.orderGapPerPair.most).toBeLessThanOrEqual(1);
    const questions = judgements.map((j) =>
      JSON.stringify([j.rater, j.prompt, [j.first, j.second].sort()]),
    );
    expect(new Set(questions).size).toBe(questions.length); // nobody is asked twice
  });

  it("gives raters about as much of every pair, and either order", () => {
    const { balance } = designBlindTest({
      systems: names("s", 4),
      prompts: names("p", 30),
      raters: names("r", 6),
      ratersPerPair: 2,
    });
    expect(balance.perRaterAndPair).toEqual({ least: 10, most: 10 });
    expect(balance.orderGapPerRater.most).toBeLessThanOrEqual(2); // of 60
  });

  it("repeats with its seed, and changes with another", () => {
    const options = { systems: names("s", 3), prompts: names("p", 8), raters: names("r", 4) };
    expect(designBlindTest(options)).toEqual(designBlindTest(options));
    const other = designBlindTest({ ...options, seed: "other" });
    expect(other.judgements).not.toEqual(designBlindTest(options).judgements);
  });

  it("does not follow the order in which things were named", () => {
    const { judgements } = designBlindTest({
      systems: ["a", "b"],
      prompts: names("p", 40),
      raters: ["r"],
    });
    const shown = judgements.map((j) => j.prompt);
    expect(shown).not.toEqual(names("p", 40));
    expect(judgements.filter((j) => j.first === "a")).toHaveLength(20);
  });

  it("takes a crowd of raters", () => {
    const { balance } = designBlindTest({
      systems: names("s", 20),
      prompts: ["p"],
      raters: names("r", 800), // with 190 pairs each, more counts than a call has arguments
    });
    expect(balance.perRaterAndPair).toEqual({ least: 0, most: 1 });
  });

  it("says what cannot be laid out", () => {
    const options = { systems: ["a", "b"], prompts: ["p"], raters: ["r"] };
    expect(() => designBlindTest({ ...options, systems: ["a"] })).toThrow(
      "2 or more different systems; 1 came: a.",
    );
    expect(() => designBlindTest({ ...options, raters: ["r", "r"] })).toThrow("different raters");
    expect(() => designBlindTest({ ...options, ratersPerPair: 2 })).toThrow(
      "2 raters a pair cannot be had from 1",
    );
  });
});
