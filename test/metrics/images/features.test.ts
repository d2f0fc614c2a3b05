// FID, KID, precision and recall, Inception Score: on features that anyone can check by hand, and
// against the reference implementations where ../shared is there.

import {
  cached,
  extractFeatures,
  type Extractor,
  Fid,
  fid,
  frechetDistance,
  InceptionScore,
  inceptionScore,
  Kid,
  kid,
  maximumMeanDiscrepancy,
  Prdc,
  prdc,
  proportionInterval,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";
import { expectNear, randomRows } from "../linalg/numbers.js";
import { cases, expectClose } from "../text/vectors.js";

describe("the Fréchet distance", () => {
  it("of Gaussians with diagonal covariances is |μ₁ - μ₂|² + Σ (σ₁ - σ₂)²", () => {
    const real = {
      mean: [1, 2, 3],
      covariance: [
        [4, 0, 0],
        [0, 9, 0],
        [0, 0, 0],
      ],
    };
    const generated = {
      mean: [1, 0, 3],
      covariance: [
        [1, 0, 0],
        [0, 25, 0],
        [0, 0, 16],
      ],
    };
    const result = frechetDistance({ real, generated });
    expect(result.value).toBeCloseTo(4 + 1 + 4 + 16, 12);
    expect(result.parts).toMatchObject({ meanTerm: 4, traceReal: 13, traceGenerated: 42 });
    expect(result.signature).toMatch(/^frechet\|d:3\|root:singular-values\|version:/);
  });

  it("of full covariances takes the root of their product", () => {
    // Σ₁Σ₂ of commuting matrices with eigenvectors (1, 1) and (1, -1).
    const real = {
      mean: [0, 0],
      covariance: [
        [5, 4],
        [4, 5],
      ],
    }; // 9, 1
    const generated = {
      mean: [0, 0],
      covariance: [
        [10, 6],
        [6, 10],
      ],
    }; // 16, 4
    expect(frechetDistance({ real, generated }).value).toBeCloseTo(1 + 1, 12);
  });

  it("says which side is misshapen", () => {
    const good = { mean: [0], covariance: [[1]] };
    expect(() =>
      frechetDistance({ real: good, generated: { mean: [0, 1], covariance: [[1]] } }),
    ).toThrow("The generated mean has 2 numbers, so its covariance must be 2 × 2; it is 1 × 1.");
    expect(() =>
      frechetDistance({ real: good, generated: { mean: [0], covariance: [[-1]] } }),
    ).toThrow("The generated covariance is none, see [0, 0]");
    const triangle = {
      mean: [0, 0],
      covariance: [
        [1, 5],
        [0, 1],
      ],
    };
    expect(() => frechetDistance({ real: triangle, generated: good })).toThrow(
      "see [1, 0]: it must be symmetric, its diagonal not below 0.",
    );
  });
});

describe("FID", () => {
  const real = randomRows("real", 300, 6);
  const generated = randomRows("generated", 310, 6).map((row) => row.map((x) => 1.5 * x + 0.2));

  it("is exact with two samples in fifty dimensions", () => {
    const along = (axis: number, x: number) =>
      Array.from({ length: 50 }, (_, i) => (i === axis ? x : 0));
    const pair = (axis: number, x: number) => [along(axis, x), along(axis, -x)]; // variance 2x²
    const same = fid({ real: pair(0, 3), generated: pair(0, 5) });
    expect(same.value).toBeCloseTo(2 * (5 - 3) ** 2, 12);
    const across = fid({ real: pair(0, 3), generated: pair(1, 5) });
    expect(across.value).toBeCloseTo(2 * 9 + 2 * 25, 12);
    expect(across.parts).toMatchObject({ fewSamples: true, rankReal: 2, dimension: 50 });
  });

  it("of a set with itself is zero, and never below", () => {
    const value = fid({ real, generated: real }).value!;
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1e-12);
  });

  it("moves with a shift by its square, and is the same both ways", () => {
    const shifted = real.map((row) => row.map((x) => x + 2));
    expect(fid({ real, generated: shifted }).value).toBeCloseTo(6 * 4, 10);
    const there = fid({ real, generated });
    const back = fid({ real: generated, generated: real });
    expect(there.value!).toBeCloseTo(back.value!, 12);
    expect(there.value!).toBeGreaterThan(0.5);
  });

  it("splits over workers: any order of batches and merges, through JSON too", () => {
    const whole = fid({ real, generated }).value!;
    const first = new Fid().add({ real: real.slice(0, 40) }).add({ generated });
    const second = new Fid().add({ real: real.slice(40) });
    const resumed = Fid.fromJSON(JSON.parse(JSON.stringify(second)));
    expect(resumed.merge(first).result().value).toBeCloseTo(whole, 12);
    expect(first.merge(second).result().value).toBeCloseTo(whole, 12);
  });

  it("gives a reason instead of a number for one sample, an error for unequal dimensions", () => {
    expect(fid({ real: real.slice(0, 1), generated })).toMatchObject({
      value: null,
      reason: "too-few-samples",
      message: "FID needs 2 samples a side for a covariance; 1 real and 310 generated came.",
    });
    expect(() => fid({ real: [[1], [2]], generated })).toThrow(
      "The later features have 6 dimensions, the earlier ones 1. Make both with the same extractor.",
    );
    expect(() => new Fid({ extractor: "a" }).merge(new Fid({ extractor: "b" }))).toThrow(
      /"a".*"b"/,
    );
  });

  it("agrees with the reference implementations", () => {
    for (const one of cases("fid.json", "fid.features")) {
      const { features_1: ours, features_2: theirs } = one.inputs;
      expectClose({ fid: fid({ real: ours!, generated: theirs! }).value }, one.expected, one);
    }
  });
});

describe("KID", () => {
  it("by hand: two numbers a side, kernel (x y + 1)³", () => {
    const features = { real: [[0], [1]], generated: [[1], [2]] };
    // k(0,1) = 1; k(1,2) = 27; mixed: k(0,1) k(0,2) k(1,1) k(1,2) = 1, 1, 8, 27.
    const all = maximumMeanDiscrepancy(features);
    expect(all.value).toBeCloseTo(1 + 27 - (2 * 37) / 4, 12);
    // with the diagonals k(0,0) = 1, k(1,1) = 8, and k(1,1) = 8, k(2,2) = 125
    expect(all.parts?.biased).toBeCloseTo((2 + 9) / 4 + (54 + 133) / 4 - 74 / 4, 12);
    expect(all.parts?.uStatistic).toBeCloseTo(28 - (2 * (37 - 1 - 27)) / 2, 12);
    expect(kid(features, { subsets: 3, subsetSize: 2 }).parts).toMatchObject({
      standardDeviation: 0,
    });
  });

  it("is about zero for two draws from one distribution, and may be negative", () => {
    const result = kid(
      { real: randomRows("a", 200, 4), generated: randomRows("b", 200, 4) },
      { subsets: 20, subsetSize: 50 },
    );
    expect(Math.abs(result.value!)).toBeLessThan(0.05);
    expect(Math.min(...result.parts!.perSubset)).toBeLessThan(0);
  });

  it("is the same whether kernel values are looked up or made anew for each subset", () => {
    const [real, generated] = [randomRows("a", 60, 5), randomRows("b", 70, 5)];
    // A row may be taken twice, as in a draw with replacement.
    const rows = { real: [3, 1, 4, 1, 59, 26], generated: [2, 7, 18, 28, 4, 59] };
    const times = (n: number) => ({
      real: Array.from({ length: n }, () => rows.real),
      generated: Array.from({ length: n }, () => rows.generated),
    });
    const anew = kid({ real, generated }, { subsetIndices: times(1) }); // 144 values, not 8450
    const lookedUp = kid({ real, generated }, { subsetIndices: times(200) });
    expect(lookedUp.value).toBeCloseTo(anew.value!, 12);
    const some = (all: number[][], take: number[]) => take.map((i) => all[i]!);
    const direct = { real: some(real, rows.real), generated: some(generated, rows.generated) };
    expect(anew.value).toBeCloseTo(maximumMeanDiscrepancy(direct).value!, 12);
    const wrong = { real: [[60, 0]], generated: [[0, 1]] };
    expect(() => kid({ real, generated }, { subsetIndices: wrong })).toThrow(
      "A subset names row 60, but the rows are 0 to 59.",
    );
    expect(() => kid({ real, generated }, { subsets: 0 })).toThrow(
      "subsets must be a whole number of at least 1, but it is 0.",
    );
  });

  it("has a Gaussian kernel as well", () => {
    const rbf = { kernel: "rbf", sigma: 2 } as const;
    const k = (gap: number) => Math.exp(-(gap * gap) / 8);
    const result = maximumMeanDiscrepancy({ real: [[0], [1]], generated: [[3], [5]] }, rbf);
    expect(result.value).toBeCloseTo(k(1) + k(2) - (k(3) + k(5) + k(2) + k(4)) / 2, 12);
  });

  it("depends on the seed, not on the order in which features came", () => {
    const [real, generated] = [randomRows("a", 90, 3), randomRows("b", 80, 3)];
    const options = { subsets: 5, subsetSize: 30, seed: "one" };
    const forward = kid({ real, generated }, options);
    const parts = [real.slice(50), real.slice(0, 50)].map((some) =>
      new Kid(options).add({ real: some }),
    );
    const merged = parts[0]!.merge(parts[1]!).add({ generated: [...generated].reverse() });
    expect(merged.result()).toEqual(forward);
    expect(Kid.fromJSON(JSON.parse(JSON.stringify(merged))).result()).toEqual(forward);
    expect(kid({ real, generated }, { ...options, seed: "two" }).value).not.toBe(forward.value);
  });

  it("says which subsets and kernels make no mean", () => {
    const features = { real: randomRows("a", 6, 2), generated: randomRows("b", 6, 2) };
    const given = (generated: number[][]) => ({
      subsetIndices: {
        real: [
          [0, 1],
          [2, 3],
        ],
        generated,
      },
    });
    expect(() => kid(features, given([[0, 1]]))).toThrow(
      "subsetIndices need as many subsets of either side, of 2 rows or more.",
    );
    expect(() => kid(features, given([[0, 1], [2]]))).toThrow("of 2 rows or more");
    expect(() => kid(features, { subsetSize: 2.5 })).toThrow(
      "subsetSize must be a whole number of at least 2, but it is 2.5.",
    );
    expect(() => kid(features, { kernel: "rbf", sigma: 0 })).toThrow(
      "sigma must be a number above 0, but it is 0.",
    );
    const [small, large] = [new Kid({ subsetSize: 2 }), new Kid({ subsetSize: 3 })];
    expect(() => small.merge(large)).toThrow("different settings");
  });

  it("agrees with torch-fidelity", () => {
    for (const one of cases("kid.json", "kid")) {
      const { features_1, features_2, subset_indices_1, subset_indices_2 } = one.inputs;
      const subsetIndices = { real: subset_indices_1!, generated: subset_indices_2! };
      const result = kid({ real: features_1!, generated: features_2! }, { subsetIndices });
      const { standardDeviation: std, perSubset: per_subset } = result.parts!;
      expectClose({ mean: result.value, std, per_subset }, one.expected, one);
    }
  });
});

describe("precision, recall, density, coverage", () => {
  it("by hand on a line: balls reach to the nearest neighbour", () => {
    const real = [[0], [1], [3]]; // radii 1, 1, 2
    const generated = [[0.5], [4], [10]]; // radii 3.5, 3.5, 6
    const { parts } = prdc({ real, generated }, { nearestK: 1 });
    expect(parts).toMatchObject({
      precision: 2 / 3, // 0.5 in the balls of 0 and 1, 4 in that of 3; 10 in none
      recall: 1,
      density: 3 / 3,
      coverage: 1,
    });
  });

  it("on the rim counts as inside only for the improved pair", () => {
    const { parts } = prdc({ real: [[0], [1]], generated: [[2], [9]] }, { nearestK: 1 });
    expect(parts).toMatchObject({ precision: 0, improvedPrecision: 0.5 });
  });

  it("equals all pairs at once, over block borders and with ties", () => {
    const round = (row: number[]) => row.map((x) => Math.round(3 * x));
    const [real, generated] = [
      randomRows("r", 150, 9).map(round),
      randomRows("g", 131, 9).map(round),
    ];
    const square = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);
    // Sorted, the first distance is a vector's own; so the k-th neighbour is entry k.
    const radii = (all: number[][]) =>
      all.map((x) => all.map((y) => square(x, y)).sort((a, b) => a - b)[4]!);
    const [ofReal, ofGenerated] = [radii(real), radii(generated)];
    const inside = (x: number[], all: number[][], radius: number[]) =>
      all.filter((y, i) => square(x, y) < radius[i]!).length;
    const density = generated.map((x) => inside(x, real, ofReal));
    const found = real.filter((x) => inside(x, generated, ofGenerated));
    const { parts } = prdc({ real, generated }, { nearestK: 4 });
    expect(parts!.precision).toBeCloseTo(density.filter(Boolean).length / 131, 14);
    expect(parts!.density).toBeCloseTo(density.reduce((a, b) => a + b, 0) / 131 / 4, 14);
    expect(parts!.recall).toBeCloseTo(found.length / 150, 14);
  });

  it("merges to the same result, and needs more than k samples", () => {
    const [real, generated] = [randomRows("r", 30, 2), randomRows("g", 20, 2)];
    const half = new Prdc().add({ real: real.slice(15), generated });
    const merged = new Prdc().add({ real: real.slice(0, 15) }).merge(half);
    expect(merged.result()).toEqual(prdc({ real, generated }));
    expect(Prdc.fromJSON(JSON.parse(JSON.stringify(merged))).result()).toEqual(merged.result());
    const { value, parts, ...rest } = prdc({ real, generated });
    const { precision, density } = parts!.intervals;
    const all = generated.length; // precision is a share of them, density a mean over them
    const successes = parts!.precision * all;
    expect(precision).toEqual(proportionInterval({ successes, trials: all }));
    expect(density!.low).toBeLessThan(parts!.density);
    expect(rest).toMatchObject({ interval: { method: "jackknife", level: 0.95 } });
    expect(value).toBeGreaterThan(0);
    expect(prdc({ real, generated: generated.slice(0, 5) })).toMatchObject({
      value: null,
      reason: "too-few-samples",
    });
    expect(() => prdc({ real, generated }, { nearestK: 0 })).toThrow(
      "nearestK must be a whole number of at least 1",
    );
  });

  it("agrees with prdc and torch-fidelity", () => {
    for (const one of cases("prdc.json", "prdc")) {
      const { real_features: real, fake_features: generated } = one.inputs;
      const { parts } = prdc(
        { real: real!, generated: generated! },
        { nearestK: one.params["nearest_k"]! },
      );
      const { improvedPrecision, improvedRecall, ...rest } = parts!;
      const named = {
        improved_precision_le: improvedPrecision,
        improved_recall_le: improvedRecall,
      };
      expectClose({ ...rest, ...named }, one.expected, one);
    }
  });
});

describe("the Inception Score", () => {
  const sure = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 4 }, (__, c) => (c === i % 4 ? 900 : 0)),
  );

  it("is 1 where the classifier says nothing, the number of classes where it is sure of all", () => {
    expect(inceptionScore(Array.from({ length: 20 }, () => [1, 1, 1])).value).toBeCloseTo(1, 14);
    const permutation = Array.from({ length: 40 }, (_, i) => i);
    expect(inceptionScore(sure, { splits: 2, permutation }).value).toBeCloseTo(4, 12);
  });

  it("by hand: two images, p = (3/4, 1/4) and (1/4, 3/4)", () => {
    const logits = [
      [Math.log(3), 0],
      [0, Math.log(3)],
    ];
    const kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
    expect(inceptionScore(logits, { splits: 1 }).value).toBeCloseTo(Math.exp(kl), 14);
  });

  it("counts a class that vanishes in a whole split as 0, which torch-fidelity cannot", () => {
    const logits = [
      [0, 0, -900],
      [1, 0, -900],
    ];
    expect(inceptionScore(logits, { splits: 1 }).value).toBeGreaterThan(1);
    expect(inceptionScore(logits, { splits: 1, compat: "torch-fidelity" })).toMatchObject({
      value: null,
      reason: "class-underflow",
    });
  });

  it("takes splits as the named library does", () => {
    const logits = randomRows("logits", 10, 3);
    const permutation = [...logits.keys()];
    const ours = inceptionScore(logits, { splits: 4, permutation }); // 2, 3, 2, 3
    const theirs = inceptionScore(logits, { splits: 4, permutation, compat: "torchmetrics" }); // 3, 3, 3, 1
    const alone = (from: number, to: number) =>
      inceptionScore(logits.slice(from, to), { splits: 1 }).value!;
    expectNear(ours.parts!.perSplit, [alone(0, 2), alone(2, 5), alone(5, 7), alone(7, 10)]);
    expectNear(theirs.parts!.perSplit, [alone(0, 3), alone(3, 6), alone(6, 9), alone(9, 10)]);
    expect(theirs.parts!.standardDeviation).not.toBeCloseTo(ours.parts!.standardDeviation!, 3);
  });

  it("merges in any order, and says why there is no score", () => {
    const logits = randomRows("logits", 30, 3);
    const all = inceptionScore(logits, { splits: 3 });
    const [a, b] = [logits.slice(0, 11), logits.slice(11)].map((some) =>
      new InceptionScore({ splits: 3 }).add(some),
    );
    expect(b!.merge(a!).result()).toEqual(all);
    expect(InceptionScore.fromJSON(JSON.parse(JSON.stringify(b))).result()).toEqual(all);
    expect(inceptionScore(logits.slice(0, 5))).toMatchObject({
      value: null,
      reason: "fewer-than-splits",
    });
    expect(inceptionScore([])).toMatchObject({ value: null, reason: "no-items" });
    expect(() => inceptionScore(logits, { splits: 2, permutation: [1, 0] })).toThrow(
      "permutation has 2 places, not 30.",
    );
  });

  it("agrees with torch-fidelity", () => {
    for (const one of cases("inception_score.json", "inceptionScore")) {
      const { logits, permutation } = one.inputs;
      const result = inceptionScore(logits!, {
        splits: one.params["splits"]!,
        permutation: permutation!,
      });
      expectClose({ mean: result.value, std: result.parts?.standardDeviation }, one.expected, one);
    }
  });
});

describe("extractors", () => {
  const lengths: Extractor<string> = {
    id: "lengths",
    dimension: 2,
    embed: (batch) => batch.map((text) => [text.length, 1]),
  };

  it("are asked a batch at a time", async () => {
    const done: number[] = [];
    const options = { batch: 2, progress: (count: number) => done.push(count) };
    const features = await extractFeatures(lengths, ["a", "bb", "ccc"], options);
    expect([...features.data]).toEqual([1, 1, 2, 1, 3, 1]);
    expect(done).toEqual([2, 3]);
  });

  it("are not asked twice when cached", async () => {
    const asked: string[] = [];
    const watched = {
      ...lengths,
      embed: (batch: readonly string[]) => (asked.push(...batch), lengths.embed(batch)),
    };
    const saving = cached(watched, (text) => text);
    await extractFeatures(saving, ["a", "bb"]);
    const again = await extractFeatures(saving, ["bb", "ccc"]);
    expect([...again.data]).toEqual([2, 1, 3, 1]);
    expect(asked).toEqual(["a", "bb", "ccc"]);
  });

  it("are told when they give something else than they said", async () => {
    const wrong = { ...lengths, embed: () => [[1, 2, 3]] };
    await expect(extractFeatures(wrong, ["a"])).rejects.toThrow(
      "asked for 1 rows of 2 features and gave 1 of 3",
    );
  });
});
