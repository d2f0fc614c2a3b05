// Distributions, intervals and tests: closed forms, textbook values, and sacreBLEU where ../shared is.

import {
  Bleu,
  type ItemStatistics,
  approximateRandomization,
  binomialTest,
  bitsPer,
  bootstrap,
  compareSystems,
  elo,
  frechetDistance,
  holm,
  krippendorffAlpha,
  mauveFromCounts,
  meanStatistics,
  modeCoverage,
  pairedBootstrap,
  pairedTTest,
  proportion,
  proportionInterval,
  wilcoxonTest,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";
import {
  betaQuantile,
  binomialCumulative,
  chiSquareUpperTail,
  normalCumulative,
  normalQuantile,
  normalUpperTail,
  studentTwoSided,
} from "../../../src/metrics/statistics/distributions.js";
import { lnGamma, regularizedBeta } from "../../../src/metrics/statistics/gamma.js";
import { quantile, sum } from "../../../src/metrics/statistics/summary.js";
import { cases, expectClose } from "../text/vectors.js";

describe("distributions", () => {
  it("normal: tables, tails and quantiles", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(normalCumulative(1)).toBeCloseTo(0.8413447460685429, 15);
    expect(normalUpperTail(10) / 7.619853024160527e-24).toBeCloseTo(1, 12);
    for (const p of [1e-200, 1e-9, 0.02, 0.3, 0.5, 0.8]) {
      expect(normalCumulative(normalQuantile(p)) / p).toBeCloseTo(1, 11);
    }
    expect([0, 1].map(normalQuantile)).toEqual([-Infinity, Infinity]);
  });

  it("t: with one degree of freedom it is Cauchy's, with many the normal", () => {
    for (const t of [0.1, 1, 5]) {
      expect(studentTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 13);
    }
    expect(studentTwoSided(1.96, 1e7)).toBeCloseTo(2 * normalUpperTail(1.96), 7);
    expect(chiSquareUpperTail(3.841458820694124)).toBeCloseTo(0.05, 12);
  });

  it("gamma and beta: factorials, and I_x(1, b) = 1 - (1 - x)ᵇ", () => {
    expect(Math.exp(lnGamma(11))).toBeCloseTo(3_628_800, 6);
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
    expect(regularizedBeta(0.2, 1, 7)).toBeCloseTo(1 - 0.8 ** 7, 14);
    expect(betaQuantile(0.05, 1, 20)).toBeCloseTo(1 - 0.95 ** (1 / 20), 14);
    expect(betaQuantile(0.3, 40, 1)).toBeCloseTo(0.3 ** (1 / 40), 14);
  });

  it("binomial: sums of its probabilities", () => {
    expect(binomialCumulative(2, 5, 0.3)).toBeCloseTo(
      0.7 ** 5 + 5 * 0.3 * 0.7 ** 4 + 10 * 0.09 * 0.343,
      14,
    );
    expect([binomialCumulative(-1, 5, 0.3), binomialCumulative(5, 5, 0.3)]).toEqual([0, 1]);
  });
});

describe("sums and quantiles", () => {
  it("add by halves, so that rounding stays small", () => {
    expect(sum(new Float64Array(1_000_000).fill(0.1))).toBeCloseTo(100_000, 8);
  });

  it("interpolate as numpy does", () => {
    expect([0, 0.1, 0.5, 1].map((p) => quantile([10, 20, 40], p))).toEqual([10, 12, 20, 40]);
  });
});

describe("proportions", () => {
  it("Wilson's interval solves (p̂ - p)² = z² p (1 - p) / n", () => {
    const { low, high } = proportionInterval({ successes: 7, trials: 20 });
    for (const p of [low, high]) {
      expect((0.35 - p) ** 2).toBeCloseTo((1.959963984540054 ** 2 * p * (1 - p)) / 20, 12);
    }
  });

  it("Clopper and Pearson's leaves half of the error beyond either end", () => {
    const { low, high } = proportionInterval(
      { successes: 3, trials: 12 },
      { method: "clopper-pearson" },
    );
    expect(binomialCumulative(3, 12, high)).toBeCloseTo(0.025, 12);
    expect(1 - binomialCumulative(2, 12, low)).toBeCloseTo(0.025, 12);
    const none = proportionInterval({ successes: 0, trials: 10 }, { method: "clopper-pearson" });
    expect(none.low).toBe(0);
    expect(none.high).toBeCloseTo(1 - 0.025 ** (1 / 10), 12);
  });

  it.each(["wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald"] as const)(
    "%s mirrors when successes and failures change places",
    (method) => {
      const [a, b] = [4, 11].map((k) =>
        proportionInterval({ successes: k, trials: 15 }, { method }),
      );
      expect(a!.low).toBeCloseTo(1 - b!.high, 12);
      expect(a!.high).toBeCloseTo(1 - b!.low, 12);
    },
  );

  it("give a reason for no trials, an error for nonsense", () => {
    expect(proportion({ successes: 0, trials: 0 })).toMatchObject({
      value: null,
      reason: "no-trials",
    });
    expect(proportion({ successes: 1, trials: 4 }, { method: "wald" })).toMatchObject({
      value: 0.25,
      n: 4,
    });
    expect(() => proportion({ successes: 3, trials: 2 })).toThrow(
      "3 successes in 2 trials cannot be",
    );
  });

  it("are tested exactly", () => {
    const test = binomialTest({ successes: 8, trials: 10 });
    expect(test.greater).toBeCloseTo(56 / 1024, 14);
    expect(test.less).toBeCloseTo(1013 / 1024, 14);
    expect(test.twoSided).toBeCloseTo(112 / 1024, 14);
    const biased = binomialTest({ successes: 0, trials: 4 }, 0.25); // as likely or less: 0.3164, 0.2109, …
    expect(biased.twoSided).toBeCloseTo(1 - 4 * 0.25 * 0.75 ** 3, 14);
  });
});

describe("the bootstrap", () => {
  const items = meanStatistics([1, 2, 3, 10]);
  const indices = [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
    [2, 2, 2, 2],
    [3, 3, 3, 3],
    [0, 1, 2, 3],
  ];

  it("takes quantiles of the resampled scores", () => {
    const result = bootstrap(items, { indices, level: 0.5 }); // scores 1, 2, 3, 10, 4
    expect(result).toMatchObject({ value: 4, parts: { median: 3, mean: 4 } });
    expect(result.value !== null && result.interval).toMatchObject({
      low: 2,
      high: 4,
      resamples: 5,
    });
    expect(result.parts!.standardError).toBeCloseTo(Math.sqrt(50 / 4), 12);
  });

  it("BCa corrects by bias and acceleration", () => {
    const result = bootstrap(items, { indices, method: "bca" });
    expect(result.parts!.bias).toBeCloseTo(normalQuantile(3 / 5), 12); // 1, 2 and 3 are below 4
    // Jackknife means 5, 14/3, 13/3, 2 about 4: differences -1, -2/3, -1/3, 2.
    const cubes = -1 - 8 / 27 - 1 / 27 + 8;
    const squares = 1 + 4 / 9 + 1 / 9 + 4;
    expect(result.parts!.acceleration).toBeCloseTo(cubes / (6 * squares ** 1.5), 12);
    const half = bootstrap(items, { indices, method: "bca", ties: "half" });
    expect(half.parts!.bias).toBeCloseTo(normalQuantile(3.5 / 5), 12);
  });

  it("covers a mean about as often as it says", () => {
    const { interval } = bootstrap(
      meanStatistics(Array.from({ length: 400 }, (_, i) => i % 20)),
    ) as {
      interval: { low: number; high: number };
    };
    const half = 1.96 * Math.sqrt(33.25 / 400);
    expect(interval.low).toBeCloseTo(9.5 - half, 0);
    expect(interval.high).toBeCloseTo(9.5 + half, 0);
  });

  it("repeats with its seed, and gives reasons", () => {
    expect(bootstrap(items, { seed: "s" })).toEqual(bootstrap(items, { seed: "s" }));
    expect(bootstrap(items, { seed: "s" }).parts).not.toEqual(
      bootstrap(items, { seed: "t" }).parts,
    );
    expect(bootstrap(meanStatistics([]))).toMatchObject({ value: null, reason: "no-items" });
    expect(bootstrap(meanStatistics([1, 1, 1]), { method: "bca" })).toMatchObject({
      reason: "no-spread",
    });
    expect(() => bootstrap(items, { indices: [[4]] })).toThrow(
      "Resample 0 names item 4, but the items are 0 to 3.",
    );
    expect(() => bootstrap(items, { resamples: 0 })).toThrow(
      "resamples must be a whole number of at least 1, but it is 0.",
    );
    expect(() => bootstrap(items, { indices: [[]] })).toThrow("Resample 0 names no item at all.");
  });
});

describe("paired tests of two systems", () => {
  const baseline = meanStatistics([1, 2, 3, 4]);
  const system = meanStatistics([2, 3, 4, 5]);

  it("the bootstrap centres the differences and counts those beyond", () => {
    const result = pairedBootstrap(
      { baseline, system },
      {
        indices: [
          [0, 0, 0, 0],
          [3, 3, 3, 3],
        ],
      },
    );
    // All differences are 1; less their mean they are 0, and none exceeds 1: p = 1 / 3.
    expect(result).toMatchObject({ value: 1, parts: { pValue: 1 / 3, system: { score: 3.5 } } });
    expect(result.parts!.baseline).toEqual({ score: 2.5, mean: 2.5, halfWidth: 1.5 });
  });

  it("randomization swaps outputs: of all sixteen, two keep the difference", () => {
    const swap = Array.from({ length: 16 }, (_, k) => [0, 1, 2, 3].map((bit) => (k >> bit) & 1));
    const result = approximateRandomization({ baseline, system }, { swap });
    expect(result.parts!.pValue).toBe(1 / 17); // none exceeds it
    const mixed = approximateRandomization(
      { baseline, system: meanStatistics([2, 3, 2, 5]) },
      { swap },
    );
    // d = (1, 1, -1, 1) / 4 sums to ½; ±1 ±1 ±1 ±1 beyond 2 in size: all plus, all minus.
    expect(mixed.parts!.pValue).toBe(3 / 17);
  });

  it("find a clear difference, and none where there is none", () => {
    const noise = (shift: number, step: number) =>
      meanStatistics(Array.from({ length: 60 }, (_, i) => ((i * step) % 17) / 17 + shift));
    for (const test of ["bootstrap", "randomization"] as const) {
      const systems = { same: noise(0, 11), better: noise(0.5, 11) };
      const [same, better] = compareSystems(
        { baseline: noise(0, 7), systems },
        { test, resamples: 400 },
      );
      expect(same!.adjustedPValue).toBeGreaterThan(0.2);
      expect(better!.adjustedPValue).toBeLessThan(0.02);
    }
  });

  it("want the same items, and some", () => {
    expect(() => pairedBootstrap({ baseline, system: meanStatistics([1]) })).toThrow(
      "has 4 items, the system 1",
    );
    const none = meanStatistics([]);
    expect(approximateRandomization({ baseline: none, system: none })).toMatchObject({
      reason: "no-items",
    });
  });

  it("agree with sacreBLEU on BLEU", () => {
    for (const one of cases("significance.json", "pairedBootstrap")) {
      const inputs = one.inputs as unknown as Record<"baseline" | "system", string[]> & {
        references: string[][];
        indices: number[][];
      };
      const statistics = (hypotheses: string[]): ItemStatistics => {
        const all = new Bleu({});
        hypotheses.forEach((hypothesis, i) =>
          all.add({ hypothesis, references: inputs.references.map((stream) => stream[i]!) }),
        );
        return all.statistics();
      };
      const pair = { baseline: statistics(inputs.baseline), system: statistics(inputs.system) };
      const { parts } = pairedBootstrap(pair, { indices: inputs.indices });
      const got = {
        baseline_score: parts!.baseline.score,
        baseline_mean: parts!.baseline.mean,
        baseline_ci: parts!.baseline.halfWidth,
        system_score: parts!.system.score,
        system_mean: parts!.system.mean,
        system_ci: parts!.system.halfWidth,
        p_value: parts!.pValue,
      };
      expectClose(got, one.expected, one);
    }
  });
});

describe("Holm's correction", () => {
  it("multiplies the smallest p-value most, and keeps the order", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, i) => expect(adjusted[i]).toBeCloseTo(p, 14));
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe("classical paired tests", () => {
  it("t by hand: differences 1, 2, 3", () => {
    const result = pairedTTest({ baseline: [0, 0, 0], system: [1, 2, 3] });
    expect(result.value).toBeCloseTo(2 / (1 / Math.sqrt(3)), 12);
    // With two degrees of freedom P(|T| > t) = 1 - t / √(2 + t²).
    expect(result.parts!.pValue).toBeCloseTo(1 - Math.sqrt(12 / 14), 12);
    expect(pairedTTest({ baseline: [0, 0], system: [1, 1] })).toMatchObject({
      reason: "no-spread",
    });
    expect(pairedTTest({ baseline: [0], system: [1] })).toMatchObject({ reason: "too-few" });
  });

  it("Wilcoxon by hand, with a zero and a tie", () => {
    const result = wilcoxonTest({ baseline: [0, 0, 0, 0, 0], system: [0, 1, -1, 2, 3] });
    // |d| 1, 1, 2, 3: ranks 1.5, 1.5, 3, 4; minus 1.5, plus 8.5; variance 7.5 - 6 / 48.
    expect(result).toMatchObject({ value: 1.5, parts: { plus: 8.5, minus: 1.5 } });
    const z = (5 - 1.5) / Math.sqrt(7.5 - 6 / 48);
    expect(result.parts!.pValue).toBeCloseTo(2 * normalUpperTail(z), 12);
    expect(wilcoxonTest({ baseline: [1], system: [1] })).toMatchObject({ reason: "no-spread" });
  });
});

describe("numbers that are none", () => {
  const scores = meanStatistics([1, 2, 3]);
  const infinite = { rows: scores.rows, score: () => Infinity };

  it("are named where they came in", () => {
    for (const bad of [NaN, Infinity]) {
      const pair = { baseline: [1, bad], system: [1, 2] };
      expect(() => pairedTTest(pair)).toThrow(`Item 1 scores ${bad} and 2, whose difference`);
      expect(() => wilcoxonTest(pair)).toThrow("leave such items out of both");
      expect(() => meanStatistics([1, bad])).toThrow(`Item 1 scores ${bad}`);
    }
    expect(() => holm([0.1, NaN])).toThrow("p-values lie in 0 to 1; NaN does not.");
  });

  it("are a reason where resamples make them", () => {
    const reason = { value: null, reason: "not-finite" };
    expect(bootstrap(infinite)).toMatchObject(reason);
    expect(pairedBootstrap({ baseline: infinite, system: scores })).toMatchObject(reason);
    expect(approximateRandomization({ baseline: infinite, system: scores })).toMatchObject(reason);
  });

  it("are refused by every other metric that would pass them on", () => {
    const game = [{ first: "a", second: "b", winner: "first" }] as const;
    expect(() => elo(game, { k: NaN })).toThrow("Elo's k must be a finite number, got NaN.");
    expect(() => elo(game, { base: 0 })).toThrow("Elo needs scale > 0 and base > 1");
    const samples = [[0]];
    expect(() => modeCoverage({ samples, centers: samples }, { sigma: NaN })).toThrow(
      "sigma must be a number above 0, but it is NaN.",
    );
    expect(() => mauveFromCounts({ real: [-1, 2], generated: [1, 0] })).toThrow("-1 came");
    expect(() => bitsPer(["a"], [[Infinity]])).toThrow("A log-probability is Infinity");
    expect(() => bitsPer(["a"], [[2.3]])).toThrow(
      "A log-probability is 2.3; give log p of each token, from -Infinity to 0: not p, and not a loss, which is -log p.",
    );
    expect(() => krippendorffAlpha([[1, Infinity]], { level: "ratio" })).toThrow("A rating is Inf");
    const one = { mean: [NaN], covariance: [[1]] };
    const other = { mean: [0], covariance: [[1]] };
    expect(() => frechetDistance({ real: one, generated: other })).toThrow("real mean holds NaN");
  });
});
