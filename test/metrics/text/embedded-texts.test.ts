import { describe, expect, it } from "vitest";
import { bertScoreOf, coherenceOf, mauveOf, sentencesOf } from "genarch/metrics";

/** Counts of a, b, c and of all else: enough to tell texts apart. */
const letters = (text: string) => {
  const counts = [0, 0, 0, 0];
  for (const letter of text) counts["abc".includes(letter) ? "abc".indexOf(letter) : 3]!++;
  return counts;
};
const extractor = {
  id: "letters-1",
  dimension: 4,
  embed: (texts: readonly string[]) => texts.map(letters),
};
const tokenEmbedder = {
  id: "words-1",
  embed: (texts: readonly string[]) =>
    texts.map((text) => {
      const tokens = text.split(" ");
      return { tokens, embeddings: tokens.map(letters) };
    }),
};

describe("metrics of texts through an extractor", () => {
  it("coherence parts sentences, embeds them, and names the extractor", async () => {
    expect(sentencesOf("One here. Two there?  Three!")).toEqual([
      "One here.",
      "Two there?",
      "Three!",
    ]);
    const result = await coherenceOf(["aa", "a", "b"], extractor);
    expect(result.parts?.adjacent).toEqual([1, 0]);
    expect(result.signature).toContain("extractor:letters-1");
  });

  it("does not depend on the size of batches", async () => {
    const texts = ["ab", "ac", "bc", "abc", "a"];
    const whole = await coherenceOf(texts, extractor, { batch: 5 });
    expect(await coherenceOf(texts, extractor, { batch: 2 })).toEqual(whole);
  });

  it("MAUVE tells texts of other letters apart", async () => {
    const texts = (letter: string) =>
      Array.from({ length: 40 }, (_, i) => letter.repeat(1 + (i % 3)) + "z");
    const real = texts("a");
    expect((await mauveOf({ real, generated: texts("a") }, extractor)).value).toBeGreaterThan(0.9);
    expect((await mauveOf({ real, generated: texts("b") }, extractor)).value).toBeLessThan(0.1);
  });

  it("BERTScore weighs by idf where asked: the word that all references have counts nothing", async () => {
    const corpus = [["z a", "z q"], [["z a", "z b"]]] as const;
    const plain = await bertScoreOf(...corpus, tokenEmbedder);
    const idf = await bertScoreOf(...corpus, tokenEmbedder, { idf: true });
    expect(plain.parts?.recall).toBe((1 + 0.5) / 2);
    expect(idf.parts?.recall).toBe((1 + 0) / 2);
    expect(idf.signature).toContain("words-1+idf");
  });
});
