import { describe, expect, it } from "vitest";
import { Novelty, novelty } from "genarch/metrics";

const training = ["the cat sat on the mat", "the dog ran"];

describe("novelty", () => {
  it("is the share of n-grams that the training texts lack, and names the longest copied run", () => {
    const result = novelty({ generated: ["a cat sat on a mat"], training }, { n: 2 });
    expect(result.value).toBe(1 - 2 / 5); // "cat sat" and "sat on" were there
    expect(result.parts).toMatchObject({
      seenNgrams: 2,
      longestRun: 3,
      runs: [{ length: 3, start: 1 }],
    });
  });

  it("is 0 for a copy and 1 for other words", () => {
    expect(novelty({ generated: ["on the mat"], training }, { n: 2 }).value).toBe(0);
    expect(novelty({ generated: ["x y z"], training }, { n: 2 }).value).toBe(1);
  });

  it("follows no run from one training text into the next", () => {
    const { parts } = novelty({ generated: ["the mat the dog"], training }, { n: 2 });
    expect(parts?.seenNgrams).toBe(2);
    expect(parts?.longestRun).toBe(2);
  });

  it("reads code points where asked", () => {
    const sets = { generated: ["xab😀"], training: ["ab😀c"] };
    expect(novelty(sets, { n: 3, unit: "character" }).parts).toMatchObject({
      ngrams: 2,
      seenNgrams: 1,
      longestRun: 3,
    });
  });

  it("agrees with a search through all substrings, on random texts of three letters", () => {
    let state = 7;
    const letter = () => "abc"[(state = (state * 75 + 74) % 65537) % 3]!;
    const text = (length: number) => Array.from({ length }, letter).join("");
    for (let round = 0; round < 20; round++) {
      const [known, fresh] = [text(60), text(40)];
      const longest = Math.max(
        ...Array.from(fresh, (_, i) => {
          let length = 0;
          while (i + length < fresh.length && known.includes(fresh.slice(i, i + length + 1)))
            length++;
          return length;
        }),
      );
      const starts = Array.from({ length: 36 }, (_, i) => fresh.slice(i, i + 5));
      const seen = starts.filter((gram) => known.includes(gram)).length;
      const result = novelty(
        { generated: [fresh], training: [known] },
        { n: 5, unit: "character" },
      );
      expect(result.parts).toMatchObject({ longestRun: longest, seenNgrams: seen });
    }
  });

  it("merges only with the same training set, and needs it again after JSON", () => {
    const half = new Novelty(training, { n: 2 }).add("the cat");
    const thawed = Novelty.fromJSON(half.toJSON(), training).add("a dog ran");
    expect(thawed.result()).toEqual(
      half.merge(new Novelty(training, { n: 2 }).add("a dog ran")).result(),
    );
    expect(() => half.merge(new Novelty(["x"], { n: 2 }))).toThrow("different settings");
  });

  it("gives a reason for texts that are too short", () => {
    expect(novelty({ generated: ["the"], training })).toMatchObject({ reason: "no-ngrams" });
  });
});
