// Byte pair encoding: the merges of the paper's example, and what a caption in two languages comes to.
import { describe, expect, it } from "vitest";
import { BPETokenizer } from "genarch/data";

/** Sennrich, Haddow and Birch (2016), algorithm 1, with the mark of a word before it instead of after it. */
const paper = [
  ...Array<string>(5).fill("low"),
  ...Array<string>(2).fill("lower"),
  ...Array<string>(6).fill("newest"),
  ...Array<string>(3).fill("widest"),
];

describe("BPETokenizer", () => {
  const tokenizer = new BPETokenizer(paper, 19);
  const tokens = (text: string) =>
    Array.from(tokenizer.encode(text), (id) => tokenizer.vocabulary[id]);

  it("merges the most frequent pair first, and of equals the one found first", () => {
    const characters = ["d", "e", "i", "l", "n", "o", "r", "s", "t", "w", "▁"];
    // es and est 9 times, then "▁l", "ow" and what they make 7, then what "newest" begins with 6
    const pairs = ["es", "est", "▁l", "ow", "▁low", "▁n", "ew"];
    expect(tokenizer.vocabulary).toEqual(["�", ...characters, ...pairs]);
  });

  it("splits a word that it has not seen into parts that it has", () => {
    expect(tokens("lowest")).toEqual(["▁low", "est"]);
    expect(tokenizer.decode(tokenizer.encode("LOWEST, new!"))).toBe("lowest new");
  });

  it("writes the unknown as token 0", () => {
    expect(Array.from(tokenizer.encode("z"))).toEqual([tokenizer.vocabulary.indexOf("▁"), 0]);
    expect(Array.from(tokenizer.encode(" … "))).toEqual([]);
  });

  it("stems Russian words, with ё as е", () => {
    const texts = ["красное яблоко", "красная роза", "красный круг", "зелёное яблоко"];
    const russian = new BPETokenizer(texts, 60);
    const stem = russian.encode("красная")[0];
    expect(russian.encode("красную")[0]).toBe(stem);
    expect(russian.vocabulary[stem!]).toBe("▁красн");
    expect(russian.encode("зеленое")).toEqual(russian.encode("зелёное"));
    expect(russian.encode("яблоко")).toHaveLength(1);
  });

  it("has no more tokens than it was given, and fewer where no pair comes twice", () => {
    expect(tokenizer.vocabulary).toHaveLength(19);
    expect(new BPETokenizer(["ab"], 100).vocabulary).toEqual(["�", "a", "b", "▁"]);
  });

  it("says what is wrong", () => {
    expect(() => new BPETokenizer(["!"], 9)).toThrow(
      "BPETokenizer: the texts hold no word to learn from.",
    );
    expect(() => new BPETokenizer(["abc"], 4)).toThrow(
      "BPETokenizer: a size of 4 has no room for the 4 characters of the texts; give more.",
    );
    expect(() => tokenizer.decode([19])).toThrow(
      "BPETokenizer: the token 19 is not in the vocabulary, whose ids are 0 to 18.",
    );
  });
});
