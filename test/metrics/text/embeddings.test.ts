import { describe, expect, it } from "vitest";
import {
  BertScore,
  Coherence,
  Mauve,
  bertScore,
  coherence,
  idfWeights,
  mauve,
  mauveFromCounts,
} from "genarch/metrics";

describe("coherence", () => {
  it("is the mean cosine of sentences that follow one another, beside all pairs", () => {
    const { value, parts } = coherence([
      [1, 0],
      [2, 0],
      [0, 3],
    ]);
    expect(value).toBe(0.5);
    expect(parts?.adjacent).toEqual([1, 0]);
    expect(parts?.meanAllPairs).toBe(1 / 3);
  });
  it("sums all pairs as one by one, not by their number", () => {
    const rows = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i), (i % 5) - 2]);
    const cosine = (a: number[], b: number[]) =>
      a.reduce((sum, x, k) => sum + x * b[k]!, 0) / Math.hypot(...a) / Math.hypot(...b);
    const all = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => cosine(a, b)));
    const { parts } = coherence(rows);
    expect(parts?.allPairs).toBe(all.length);
    expect(parts?.meanAllPairs).toBeCloseTo(all.reduce((a, b) => a + b) / all.length, 13);
  });
  it("looks further with a window", () => {
    expect(
      coherence(
        [
          [1, 0],
          [0, 1],
          [1, 0],
        ],
        { window: 2 },
      ).value,
    ).toBe(1 / 3);
  });
  it("adds pairs over texts, in any order", () => {
    const texts = [
      [
        [1, 0],
        [1, 1],
      ],
      [
        [1, 2],
        [0, 1],
        [1, 0],
      ],
    ];
    const [a, b] = texts.map((text) => new Coherence().add(text));
    const one = Coherence.fromJSON(a!.toJSON()).merge(b!).result();
    expect(one).toEqual(b!.merge(a!).result());
  });
  it("has a reason for a single sentence, and takes a zero vector for unrelated", () => {
    expect(coherence([[1, 0]])).toMatchObject({ value: null, reason: "no-pairs" });
    expect(
      coherence([
        [1, 0],
        [0, 0],
      ]).value,
    ).toBe(0);
  });
});

describe("BERTScore", () => {
  const hypothesis = {
    embeddings: [
      [1, 0],
      [0, 1],
    ],
  };

  it("matches each token with the nearest of the other text", () => {
    const reference = {
      embeddings: [
        [2, 0],
        [3, 4],
      ],
    };
    const { value, parts } = bertScore({ hypothesis, reference });
    expect(parts?.precision).toBeCloseTo((1 + 0.8) / 2, 14);
    expect(parts?.recall).toBeCloseTo((1 + 0.8) / 2, 14);
    expect(value).toBeCloseTo(0.9, 14);
  });
  it("weighs tokens", () => {
    const weighted = {
      embeddings: [
        [1, 0],
        [0, 1],
      ],
      weights: [3, 1],
    };
    const reference = { embeddings: [[1, 0]] };
    expect(bertScore({ hypothesis: weighted, reference }).parts?.precision).toBe(0.75);
  });
  it("can be negative, alone as in a corpus", () => {
    const reference = { embeddings: [[-1, -1]] };
    const { value } = bertScore({ hypothesis, reference });
    expect(value).toBeCloseTo(-Math.SQRT1_2, 14);
  });
  it("takes two positions for an empty text only as bert_score does", () => {
    const both = { hypothesis, reference: hypothesis };
    expect(bertScore(both).value).toBe(1);
    const { parts } = bertScore(both, { compat: "bert_score" });
    expect(parts).toEqual({ precision: 0, recall: 0, f1: 1 }); // its F1 is taken before
    expect(bertScore({ hypothesis, reference: { embeddings: [] } }).value).toBe(0);
  });
  it("takes the best reference and averages segments", () => {
    const references = [{ embeddings: [[0, -1]] }, hypothesis];
    const corpus = new BertScore().add({ hypothesis, references });
    corpus.add({ hypothesis, references: [{ embeddings: [[-1, -1]] }] });
    expect(corpus.result().value).toBeCloseTo((1 - Math.SQRT1_2) / 2, 14);
  });
  it("makes weights of document frequencies", () => {
    const weights = idfWeights([["a", "b"], ["a"], ["a", "c", "c"]]);
    expect(weights(["a", "c", "new"])).toEqual([0, Math.log(2), Math.log(4)]);
  });
});

describe("MAUVE", () => {
  it("from counts: 1 for equal histograms, near 0 for disjoint ones", () => {
    const same = mauveFromCounts({ real: [3, 5, 2], generated: [3, 5, 2] });
    expect(same.value).toBeCloseTo(1, 6);
    expect(same.parts.frontierIntegral).toBe(0);
    const apart = mauveFromCounts({ real: [4, 0], generated: [0, 4] });
    expect(apart.value).toBeLessThan(0.01);
    expect(apart.parts.frontierIntegral).toBe(1);
    expect(apart.parts.mauveStar).toBeGreaterThan(apart.value);
  });

  it("draws its curve from (1, 0) to (0, 1) through exp(-c KL): one mixture, by hand", () => {
    const { parts } = mauveFromCounts(
      { real: [1, 1], generated: [1, 3] },
      { curvePoints: 3, scaling: 1 },
    );
    const [p, q] = [
      [0.5, 0.5],
      [0.25, 0.75],
    ];
    const r = p!.map((x, i) => (x + q![i]!) / 2);
    const kl = (a: number[]) => a.reduce((sum, x, i) => sum + x * Math.log(x / r[i]!), 0);
    expect(parts.curve[0]).toEqual([1, 0]);
    expect(parts.curve[4]).toEqual([0, 1]);
    expect(parts.curve[2]![0]).toBeCloseTo(Math.exp(-kl(q!)), 14);
    expect(parts.curve[2]![1]).toBeCloseTo(Math.exp(-kl(p!)), 14);
  });

  const cloud = (n: number, centre: number, phase: number) =>
    Array.from({ length: n }, (_, i) => [
      centre + Math.sin(i * 1.7 + phase),
      1 + Math.cos(i * 2.3),
      1,
    ]);

  it("is high for two draws of one cloud, low for two clouds, and the same for the same seed", () => {
    const real = cloud(100, 0, 0);
    const near = mauve({ real, generated: cloud(100, 0, 1) });
    const far = mauve({ real, generated: cloud(100, 40, 1) });
    expect(near.value).toBeGreaterThan(0.6);
    expect(far.value).toBeLessThan(0.05);
    expect(mauve({ real, generated: cloud(100, 0, 1) })).toEqual(near);
    expect(near.parts?.perClustering).toHaveLength(5);
  });

  it("does not depend on the order of adding, and goes through JSON", () => {
    const [real, generated] = [cloud(30, 0, 0), cloud(30, 1, 1)];
    const all = new Mauve();
    for (const features of [...generated].reverse()) all.add({ from: "generated", features });
    const rest = new Mauve();
    for (const features of real) rest.add({ from: "real", features });
    const thawed = Mauve.fromJSON(JSON.parse(JSON.stringify(all)));
    expect(thawed.merge(rest).result()).toEqual(mauve({ real, generated }));
  });

  it("says which options make no clustering", () => {
    expect(() => new Mauve({ clusters: 0 })).toThrow("clusters must be a whole number");
    expect(() => new Mauve({ repeats: 0 })).toThrow("repeats must be a whole number");
    expect(() => new Mauve({ explainedVariance: 90 })).toThrow("above 0 to 1, but it is 90.");
  });

  it("gives reasons for empty sets", () => {
    expect(mauve({ real: [], generated: [[1]] })).toMatchObject({ reason: "no-real" });
    expect(mauve({ real: [[1]], generated: [] })).toMatchObject({ reason: "no-generated" });
  });
});
