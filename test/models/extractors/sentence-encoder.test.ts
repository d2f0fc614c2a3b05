// The sentence embedder: Universal Sentence Encoder lite on our layers gives the ids and vectors
// that TensorFlow.js gave.
import { beforeAll, describe, expect, it } from "vitest";
import { use, wasm } from "genarch";
import { coherence, extractFeatures, type Extractor } from "genarch/metrics";
import { readSentenceFiles, sentenceExtractor, SentencePieces } from "genarch/models";
import { close, noLeaks } from "../../support.js";
import { isHere, jsonOf } from "../trained.js";

const GOLDEN = "golden/use-lite.json";
type Golden = { sentences: string[]; ids: number[][]; embeddings: number[][] };

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, x, k) => sum + x * b[k]!, 0);

describe("pieces", () => {
  const pieces = new SentencePieces([
    ["<unknown>", 0],
    ["▁a", -2],
    ["▁", -3],
    ["a", -3],
    ["b", -4],
    ["ab", -4.5],
    ["▁ab", -7],
    ["𝄞", -5],
  ]);

  it("are the likeliest way through a text", () => {
    expect(pieces.encode("ab")).toEqual([1, 4]); // −2 − 4 beats −7 and −3 − 4.5
    expect(pieces.encode("bab")).toEqual([2, 4, 5]); // −4.5 beats −3 − 4
    expect(pieces.encode("a a")).toEqual([1, 1]);
  });

  it("a run of unknown characters is one 0; a character may be two UTF-16 units", () => {
    expect(pieces.encode("?!a")).toEqual([2, 0, 3]);
    expect(pieces.encode("𝄞😀😀𝄞")).toEqual([2, 7, 0, 7]);
  });

  it("forms are composed by NFKC, control symbols are no text, and no text is no pieces", () => {
    expect(pieces.encode("ａ")).toEqual([1]); // full-width
    expect(pieces.encode("<unknown>")).toEqual([2, 0]);
    expect(pieces.encode("")).toEqual([]);
  });

  it("want a vocabulary with probabilities", () => {
    expect(() => new SentencePieces([["<s>", 0]])).toThrow(
      "SentencePieces: the vocabulary has no piece with a log probability other than 0.",
    );
  });
});

describe("Universal Sentence Encoder lite", () => {
  let extractor: Extractor<string>;
  beforeAll(async () => {
    await use(wasm);
    extractor = await sentenceExtractor();
  });

  it("paraphrases are near, other sentences are far", async () => {
    const sentences = ["How old are you?", "What is your age?", "The recipe needs two eggs."];
    const [old, age, recipe] = rowsOf((await extractFeatures(extractor, sentences)).data);
    expect(dot(old!, old!)).toBeCloseTo(1, 5);
    expect(dot(old!, age!)).toBeGreaterThan(0.7);
    expect(dot(old!, recipe!)).toBeLessThan(0.3);
  });

  it("a sentence's vector does not depend on the batch around it", async () => {
    const sentences = [
      "Short.",
      "A much longer sentence, which has more pieces than that one.",
      "",
    ];
    const together = rowsOf((await extractFeatures(extractor, sentences)).data);
    const apart = rowsOf((await extractFeatures(extractor, sentences, { batch: 1 })).data);
    together.forEach((row, k) => close(apart[k]!, row, { relative: 0, absolute: 1e-6 }));
  });

  it("leaves nothing behind, and says what it is", async () => {
    await noLeaks(() => extractor.embed(["One.", "Two, and a little more."]));
    expect(extractor.id).toMatch(/^use-lite-sha256:[0-9a-f]{8}$/);
    expect(await extractor.embed([])).toEqual([]);
  });

  it("serves coherence", async () => {
    const tale = ["The cat sat on the mat.", "A kitten was sitting on a rug."];
    const jump = ["The cat sat on the mat.", "Stock markets fell sharply today."];
    const of = async (text: string[]) => coherence(await extractor.embed(text)).value ?? NaN;
    expect(await of(tale)).toBeGreaterThan((await of(jump)) + 0.3);
  });

  if (!isHere(GOLDEN)) return;
  const golden = jsonOf<Golden>(GOLDEN);

  it("piece ids are TensorFlow.js'", async () => {
    const pieces = new SentencePieces((await readSentenceFiles()).vocabulary);
    expect(golden.sentences.map((sentence) => pieces.encode(sentence))).toEqual(golden.ids);
  });

  it("vectors are TensorFlow.js'", async () => {
    const { data } = await extractFeatures(extractor, golden.sentences);
    // The golden file asks for 1e-4; its numbers are rounded to 1e-6.
    close(data, golden.embeddings.flat(), { relative: 0, absolute: 5e-6 });
  });
});

const rowsOf = (data: Float64Array) =>
  Array.from({ length: data.length / 512 }, (_, k) => data.subarray(k * 512, (k + 1) * 512));
