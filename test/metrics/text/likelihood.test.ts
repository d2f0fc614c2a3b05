import { describe, expect, it } from "vitest";
import { BitsPer, Perplexity, bitsPer, perplexity } from "genarch/metrics";

describe("perplexity", () => {
  it("is the size of the vocabulary under a uniform model", () => {
    expect(
      perplexity(
        [
          [
            [0, 0, 0, 0],
            [5, 5, 5, 5],
          ],
        ],
        [[1, 3]],
      ).value,
    ).toBeCloseTo(4, 14);
  });

  it("counts tokens over all sequences, and gives the mean over sequences beside it", () => {
    // Probabilities 1/2, 1/2, 1/2 and 1/8.
    const scores = [
      [
        [0.5, 0.5],
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      [[0.125, 0.875]],
    ];
    const { value, parts } = perplexity(scores, [[0, 1, 0], [0]], { from: "probabilities" });
    expect(value).toBeCloseTo(2 ** (6 / 4), 14);
    expect(parts?.bitsPerToken).toBeCloseTo(1.5, 14);
    expect(parts?.meanOfSequences).toBeCloseTo((2 + 8) / 2, 14);
    expect(parts?.count).toBe(4);
  });

  it("stays a number for a gap of 800 between logits, where softmax underflows", () => {
    expect(
      perplexity(
        [
          [
            [0, 800],
            [0, 0],
          ],
        ],
        [[0, 0]],
      ).parts?.totalNats,
    ).toBeCloseTo(800 + Math.LN2);
  });

  it("leaves ignored targets out, and says so where none remains", () => {
    const scores = [
      [
        [0, 0],
        [9, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ];
    const result = perplexity(
      scores,
      [
        [1, -100],
        [-100, -100],
      ],
      { ignoreIndex: -100 },
    );
    expect(result.value).toBeCloseTo(2, 14);
    expect(result.parts?.perSequence).toEqual([expect.closeTo(2, 14), null]);
    const none = perplexity([[[0, 0]]], [[-100]], { ignoreIndex: -100 });
    expect(none).toMatchObject({ value: null, reason: "no-tokens" });
  });

  it("is as other libraries have it where they are named", () => {
    const logits = [[[0, 0]], [[Math.log(3), 0]]]; // p = 1/2 and 1/4
    const [targets, gap] = [[[0], [1]], [[[800, 0]]]];
    expect(perplexity(logits, targets).value).toBeCloseTo(Math.sqrt(8), 14);
    expect(perplexity(logits, targets, { compat: "evaluate" }).value).toBeCloseTo(3, 14);
    expect(perplexity(gap, [[1]], { compat: "torchmetrics" }).value).toBe(Infinity);
    expect(perplexity(logits, targets, { compat: "torchmetrics" }).value).toBeCloseTo(Math.sqrt(8));
    const far = new Perplexity({ compat: "evaluate" }).add({ scores: [[800, 0]], targets: [1] });
    far.add({ scores: [[0, 0]], targets: [1] });
    expect(far.result().value).toBe(Infinity); // e⁸⁰⁰ is no number
    expect(Perplexity.fromJSON(far.toJSON()).result()).toEqual(far.result());
    expect(far.result().signature).toContain("mean:sequences");
  });

  it("is infinite for an impossible target, also after a trip through JSON", () => {
    const all = new Perplexity({ from: "probabilities" }).add({ scores: [[0, 1]], targets: [0] });
    const thawed = Perplexity.fromJSON(
      JSON.parse(JSON.stringify(all)) as typeof all extends { toJSON(): infer S } ? S : never,
    );
    expect(thawed.result().value).toBe(Infinity);
  });

  it("names a target that the vocabulary has not", () => {
    expect(() => perplexity([[[0, 0]]], [[-1]])).toThrow(
      "Target -1 is not in a vocabulary of 2. If it marks padding, pass it as ignoreIndex.",
    );
  });

  it("does not take logits for probabilities, nor probabilities for their logarithms", () => {
    const logits = [[[3.2, 1]]];
    for (const from of ["probabilities", "log-probabilities"] as const) {
      expect(() => perplexity(logits, [[0]], { from })).toThrow(
        `The scores of a position are no ${from}: target 0 has 3.2.`,
      );
    }
    const rounded = [[[1.0000001, 0]]]; // as float32 may have it
    expect(perplexity(rounded, [[0]], { from: "probabilities" }).value).toBeCloseTo(1, 6);
  });
});

describe("bits per character and byte", () => {
  it("counts code points and UTF-8 bytes, not UTF-16 units", () => {
    const { value, parts } = bitsPer(["aé😀 漢"], [[-5, -5]], { base: 2 });
    expect(parts).toMatchObject({
      characters: 5,
      bytes: 1 + 2 + 4 + 1 + 3,
      words: 2,
      totalBits: 10,
    });
    expect(value).toBe(2);
    expect(parts?.bitsPerByte).toBe(10 / 11);
    expect(parts?.characterPerplexity).toBe(4);
    expect(parts?.wordPerplexity).toBe(32);
  });
  it("takes nats unless told, and any tokens", () => {
    expect(bitsPer(["ab"], [[-Math.LN2]]).value).toBeCloseTo(0.5, 14);
    expect(bitsPer(["ab"], [[-Math.LN2]], { unit: "byte" }).signature).toContain("unit:byte");
  });
  it("gives a reason for empty texts", () => {
    expect(bitsPer([""], [[]])).toMatchObject({ value: null, reason: "no-text" });
    expect(bitsPer(["  "], [[-1]]).parts?.wordPerplexity).toBeNull();
  });
  it("merges in any order to the last digit", () => {
    const item = (n: number) => ({ text: "ab".repeat(n), logProbabilities: [-0.1 * n, -1 / n] });
    const all = (...ns: number[]) => ns.reduce((sum, n) => sum.add(item(n)), new BitsPer());
    expect(all(3, 1).merge(all(2, 7)).result()).toEqual(
      all(7, 3).merge(all(1)).add(item(2)).result(),
    );
  });
});
