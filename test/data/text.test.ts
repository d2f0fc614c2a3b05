import { existsSync, readFileSync } from "node:fs";
import { describe, expect, expectTypeOf, it } from "vitest";
import { CharacterTokenizer, textDataset, windows, type TokenBatch } from "genarch/data";

const russian = "Мой дядя самых честных правил,\nКогда не в шутку занемог,\n";

describe("CharacterTokenizer", () => {
  it("numbers the distinct characters by code point", () => {
    const tokenizer = new CharacterTokenizer("hello");
    expect(tokenizer.vocabulary).toEqual(["e", "h", "l", "o"]);
    expect([...tokenizer.encode("hole")]).toEqual([1, 3, 2, 0]);
    expect(tokenizer.decode([1, 3, 2, 0])).toBe("hole");
  });

  it("gives back Russian text as it was", () => {
    const tokenizer = new CharacterTokenizer(russian);
    expect(tokenizer.vocabulary[0]).toBe("\n");
    expect(tokenizer.vocabulary).toContain("я");
    expect(tokenizer.decode(tokenizer.encode(russian))).toBe(russian);
  });

  it("takes an emoji of two UTF-16 units as one character, sorted above all of U+FFFF", () => {
    const tokenizer = new CharacterTokenizer("a😀\uffeeb");
    expect(tokenizer.vocabulary).toEqual(["a", "b", "\uffee", "😀"]);
    expect([...tokenizer.encode("😀a")]).toEqual([3, 0]);
  });

  it("keeps a lone surrogate apart from the pair it is half of", () => {
    const text = "\ud83d😀\ude00";
    const tokenizer = new CharacterTokenizer(text);
    expect(tokenizer.vocabulary).toHaveLength(3);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("encodes the empty string to no tokens", () => {
    expect(new CharacterTokenizer("ab").encode("")).toHaveLength(0);
    expect(new CharacterTokenizer("ab").decode([])).toBe("");
  });

  it("names an unknown character and its position, counted in characters", () => {
    expect(() => new CharacterTokenizer("ab😀").encode("a😀ж")).toThrow(
      'The character "ж" (U+0436) at position 2 is not in the vocabulary of 3 characters. ' +
        "Encode only characters of the text it was made from.",
    );
    expect(() => new CharacterTokenizer("ab").encode("\n")).toThrow(
      'The character "\\n" (U+000A) at position 0',
    );
  });

  it.each([5, -1, 0.5, NaN])("refuses the token %s", (token) => {
    expect(() => new CharacterTokenizer("ab").decode([0, token])).toThrow(
      `The token ${token} at position 1 is not in the vocabulary, whose ids are 0 to 1.`,
    );
  });

  it("refuses an empty text and a text of one distinct character", () => {
    expect(() => new CharacterTokenizer("")).toThrow(
      "A tokenizer needs text to learn its characters from; this one is empty.",
    );
    expect(() => new CharacterTokenizer("aaaa")).toThrow(
      'The text is all "a" (U+0061): with a single distinct character there is nothing to predict.',
    );
  });
});

describe("textDataset", () => {
  const text = Array.from({ length: 100 }, (_, i) => String.fromCodePoint(0x400 + i)).join("");
  const dataset = textDataset(text, { context: 4, split: 0.8 }); // token i is character i

  it("cuts the tokens into a beginning and an end that share one vocabulary", () => {
    expect(dataset.vocab).toBe(100);
    expect([...dataset.train]).toEqual(Array.from({ length: 80 }, (_, i) => i));
    expect([...dataset.validation]).toEqual(Array.from({ length: 20 }, (_, i) => 80 + i));
    expect(textDataset(text, { context: 4 }).train).toHaveLength(90);
  });

  it("yields plain batches whose targets are the inputs one token later", () => {
    const batches = [...dataset.batches({ batch: 3, steps: 5 })];
    expect(batches.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    for (const { x, y, batch, context } of batches) {
      expect({ batch, context, size: x.length }).toEqual({ batch: 3, context: 4, size: 12 });
      x.forEach((token, i) => {
        expect(y[i]).toBe(token + 1);
        if (i % 4 > 0) expect(token).toBe(x[i - 1]! + 1); // a row is one stretch of the text
      });
    }
    expectTypeOf(dataset.batches({ batch: 1, steps: 1 })).toEqualTypeOf<Iterable<TokenBatch>>();
  });

  it("draws the same batches from the same seed, each time it is walked", () => {
    const batches = dataset.batches({ batch: 8, steps: 3, seed: "a" });
    expect([...batches]).toHaveLength(3);
    expect([...batches]).toEqual([...dataset.batches({ batch: 8, steps: 3, seed: "a" })]);
    expect([...batches]).not.toEqual([...dataset.batches({ batch: 8, steps: 3, seed: "b" })]);
  });

  it("draws another batch at each step", () => {
    const rows = [...dataset.batches({ batch: 8, steps: 20 })].map(({ x }) => x.join());
    expect(new Set(rows).size).toBe(20);
  });

  it("goes on at step k with the batches that a run from 0 meets there", () => {
    const whole = [...dataset.batches({ batch: 4, steps: 10, seed: 7 })];
    const resumed = [...dataset.batches({ batch: 4, steps: 10, seed: 7, start: 6 })];
    expect(resumed).toEqual(whole.slice(6));
  });

  it("reaches every place of a split, the first and the last among them, about equally often", () => {
    const starts = [...dataset.batches({ batch: 100, steps: 76 })].flatMap(({ x }) =>
      [...x].filter((_, i) => i % 4 === 0),
    );
    const counts = new Map<number, number>();
    for (const start of starts) counts.set(start, (counts.get(start) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 76 }, (_, i) => i), // 80 tokens, windows of 4 and one more for the target
    );
    expect(Math.min(...counts.values())).toBeGreaterThan(60); // 100 expected, σ = 10
    expect(Math.max(...counts.values())).toBeLessThan(140);
  });

  it("takes random batches from validation where asked", () => {
    const [first] = dataset.batches({ batch: 50, steps: 1, split: "validation" });
    expect(Math.min(...first!.x)).toBeGreaterThanOrEqual(80);
    expect(Math.max(...first!.y)).toBe(99);
  });

  it("walks a split in order, each target once, with a small last batch", () => {
    const batches = [...dataset.sequential({ batch: 3 })]; // 20 tokens: 4 windows of 4, and 4 left
    expect(batches.map(({ batch }) => batch)).toEqual([3, 1]);
    expect(batches.flatMap(({ x }) => [...x])).toEqual(
      Array.from({ length: 16 }, (_, i) => 80 + i),
    );
    expect(batches.flatMap(({ y }) => [...y])).toEqual(
      Array.from({ length: 16 }, (_, i) => 81 + i),
    );
    expect([...dataset.sequential({ batch: 100, split: "train" })][0]!.batch).toBe(19);
  });

  it("leaves the validation split empty where split is 1", () => {
    const all = textDataset(russian, { context: 8, split: 1 });
    expect(all.validation).toHaveLength(0);
    expect(() => all.sequential({ batch: 1 })).toThrow("The validation split has 0 characters");
  });

  it("takes a text of exactly context + 1 characters, and says what is wrong with one less", () => {
    const [only] = textDataset("abcde", { context: 4, split: 1 }).batches({ batch: 2, steps: 1 });
    expect([...only!.x]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect([...only!.y]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(() => textDataset("abcd", { context: 4 })).toThrow(
      "The text has 4 characters, but a window of context 4 and its targets take 5. " +
        "Give a longer text or a smaller context.",
    );
  });

  it("says at the call, not at the first batch, which split is too short", () => {
    const short = textDataset("abcdefghij", { context: 4 });
    expect(() => short.batches({ batch: 1, steps: 1, split: "validation" })).toThrow(
      "The validation split has 1 characters, but a window of context 4 and its targets take 5.",
    );
  });

  it("refuses counts and parts that make no sense", () => {
    const refuse = (call: () => unknown, sentence: string) => expect(call).toThrow(sentence);
    refuse(
      () => textDataset(text, { context: 0 }),
      "context must be a whole number, 1 or more; 0 came.",
    );
    refuse(
      () => textDataset(text, { context: 4, split: 1.5 }),
      "split is the part to train on, above 0 and at most 1; 1.5 came.",
    );
    refuse(() => textDataset(text, { context: 4, split: NaN }), "split is the part");
    refuse(
      () => dataset.batches({ batch: 0, steps: 1 }),
      "batch must be a whole number, 1 or more",
    );
    refuse(
      () => dataset.batches({ batch: 1, steps: 1.5 }),
      "steps must be a whole number, 0 or more",
    );
    refuse(
      () => dataset.batches({ batch: 1, steps: 1, start: -1 }),
      "start must be a whole number",
    );
    refuse(
      () => dataset.sequential({ batch: NaN }),
      "batch must be a whole number, 1 or more; NaN",
    );
    refuse(() => textDataset("", { context: 4 }), "this one is empty");
    refuse(() => textDataset("aaaaaaaa", { context: 4 }), "a single distinct character");
  });
});

describe("windows", () => {
  it("reads each window at the place that the random number points to", () => {
    const draws = [0, 0.999, 0.5];
    const { x, y } = windows(Int32Array.of(10, 11, 12, 13, 14), 2, 3, () => draws.shift()!);
    expect([...x]).toEqual([10, 11, 12, 13, 11, 12]);
    expect([...y]).toEqual([11, 12, 13, 14, 12, 13]);
  });
});

describe("real texts of ../shared", () => {
  const folder = new URL("../../../shared/data/text/", import.meta.url);
  const there = existsSync(folder);
  if (!there) console.log("test/data/text: ../shared is not there, so its texts were not read");

  it("has the 65 characters of tinyshakespeare, and gives Onegin back whole", () => {
    if (!there) return;
    const shakespeare = readFileSync(new URL("tinyshakespeare.txt", folder), "utf8");
    const dataset = textDataset(shakespeare, { context: 256 });
    expect(dataset.vocab).toBe(65);
    expect([dataset.train.length, dataset.validation.length]).toEqual([1_003_854, 111_540]);
    const onegin = readFileSync(new URL("onegin.txt", folder), "utf8");
    const { tokenizer, train, validation } = textDataset(onegin, { context: 64 });
    expect(tokenizer.decode(train) + tokenizer.decode(validation)).toBe(onegin);
  });
});
