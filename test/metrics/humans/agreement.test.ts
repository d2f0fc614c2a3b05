// Agreement of raters, on the examples of the papers and textbooks, and McNemar's test.

import {
  bootstrap,
  CohenKappa,
  cohenKappa,
  cohenKappaOfTable,
  FleissKappa,
  fleissKappa,
  KrippendorffAlpha,
  krippendorffAlpha,
  type Level,
  McNemar,
  mcnemar,
  raterAgreement,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";
import { cases, expectClose } from "../text/vectors.js";

describe("Krippendorff's alpha", () => {
  const o = null;
  // Krippendorff (2011), "Computing Krippendorff's alpha-reliability", example C.
  const ratings = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, o, o, o],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, o, 3],
    [o, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, o],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, o],
  ];

  it.each<[Level, number]>([
    ["nominal", 0.743],
    ["ordinal", 0.815],
    ["interval", 0.849],
    ["ratio", 0.797],
  ])("at the %s level is the paper's %f", (level, alpha) => {
    const result = krippendorffAlpha(ratings, { level });
    expect(result.value).toBeCloseTo(alpha, 3);
    expect(result.parts).toMatchObject({ units: 11, ratings: 40 });
  });

  it("is 1 in full agreement, and below 0 in systematic disagreement", () => {
    expect(
      krippendorffAlpha(
        [
          ["x", "y"],
          ["x", "y"],
        ],
        { level: "nominal" },
      ).value,
    ).toBe(1);
    // Two units of two ratings, all different within: Dₒ = 1, Dₑ = 8 / 12.
    expect(
      krippendorffAlpha(
        [
          ["x", "y"],
          ["y", "x"],
        ],
        { level: "nominal" },
      ).value,
    ).toBeCloseTo(-0.5, 14);
  });

  it("takes names in a given order at the ordinal level", () => {
    const words = ["bad", "fair", "good"];
    const named = [
      ["bad", "fair", "good", "good"],
      ["bad", "good", "good", "fair"],
    ];
    const numbers = named.map((row) => row.map((word) => words.indexOf(word)));
    const ordinal = krippendorffAlpha(named, { level: "ordinal", domain: words });
    expect(ordinal.value).toBe(krippendorffAlpha(numbers, { level: "ordinal" }).value);
    expect(() => krippendorffAlpha(named, { level: "ordinal" })).toThrow(
      "give their order as `domain`",
    );
    expect(() => krippendorffAlpha(named, { level: "ratio" })).toThrow("give numbers");
    expect(() => krippendorffAlpha([[1], [4]], { level: "nominal", domain: [1, 2] })).toThrow(
      "4 is not among",
    );
  });

  it("gives reasons where chance or pairs are missing", () => {
    expect(
      krippendorffAlpha(
        [
          [1, 1],
          [1, 1],
        ],
        { level: "interval" },
      ),
    ).toMatchObject({
      value: null,
      reason: "single-category",
    });
    expect(
      krippendorffAlpha(
        [
          [1, null],
          [null, 2],
        ],
        { level: "interval" },
      ),
    ).toMatchObject({ reason: "no-pairs" });
  });

  it("does not depend on the order of units or merges, and has intervals", () => {
    const whole = krippendorffAlpha(ratings, { level: "interval" });
    const units = ratings[0]!.map((_, u) => ratings.map((row) => row[u]));
    const [left, right] = [0, 1].map(() => new KrippendorffAlpha({ level: "interval" }));
    [...units].reverse().forEach((unit, i) => (i % 3 ? left : right)!.add(unit));
    const merged = left!.merge(right!);
    expect(merged.result()).toEqual(whole);
    expect(KrippendorffAlpha.fromJSON(JSON.parse(JSON.stringify(merged))).result()).toEqual(whole);
    const { interval } = bootstrap(merged.statistics(), { resamples: 200 }) as {
      interval: { low: number };
    };
    expect(interval.low).toBeGreaterThan(0.4);
    expect(interval.low).toBeLessThan(whole.value!);
  });

  it("agrees with fast-krippendorff", () => {
    for (const one of cases("agreement.json", "krippendorffAlpha")) {
      const { value } = krippendorffAlpha(one.inputs["ratings"]!, { level: one.params["level"]! });
      expectClose({ alpha: value }, one.expected, one);
    }
  });
});

describe("Fleiss' kappa", () => {
  // Fleiss (1971) as retold in textbooks: 14 raters, 10 items, 5 categories.
  const counts = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
  ];

  it("is the textbook's 0.210, from 0.378 observed and 0.213 expected", () => {
    const result = fleissKappa(counts);
    expect(result.value).toBeCloseTo(0.21, 3);
    expect(result.parts!.observed).toBeCloseTo(0.378, 3);
    expect(result.parts!.expected).toBeCloseTo(0.213, 3);
    expect(result.parts!.randolph).toBeCloseTo((result.parts!.observed - 0.2) / 0.8, 14);
  });

  it("merges, and gives reasons and errors", () => {
    const [a, b] = [new FleissKappa(), new FleissKappa()];
    counts.forEach((row, i) => (i < 4 ? a : b).add(row));
    const merged = FleissKappa.fromJSON(JSON.parse(JSON.stringify(b.merge(a))));
    expect(merged.result().value).toBe(fleissKappa(counts).value);
    expect(
      fleissKappa([
        [3, 0],
        [3, 0],
      ]),
    ).toMatchObject({ value: null, reason: "single-category" });
    expect(
      fleissKappa([
        [1, 0],
        [0, 1],
      ]),
    ).toMatchObject({ value: null, reason: "too-few-raters" });
    expect(fleissKappa([])).toMatchObject({ value: null, reason: "no-items" });
    expect(() =>
      fleissKappa([
        [2, 0],
        [1, 0],
      ]),
    ).toThrow("An item has 1 ratings in 2 categories, the first had 2");
  });
});

describe("Cohen's kappa", () => {
  it("of a table is (observed - expected) / (1 - expected)", () => {
    const result = cohenKappaOfTable([
      [20, 5],
      [10, 15],
    ]);
    expect(result.value).toBeCloseTo(0.4, 14);
    expect(result.parts).toMatchObject({ observed: 0.7, expected: 0.5 });
    // At zero agreement: √(pₑ + pₑ² - Σ r c (r + c)) / ((1 - pₑ) √n), here r = ½, ½; c = .6, .4.
    const zero = Math.sqrt(0.5 + 0.25 - 0.5 * 0.6 * 1.1 - 0.5 * 0.4 * 0.9) / (0.5 * Math.sqrt(50));
    expect(result.parts!.standardErrorAtZero).toBeCloseTo(zero, 12);
  });

  it("weighs disagreements by their distance", () => {
    const first = [1, 2, 3, 3];
    const second = [1, 2, 3, 1];
    // One item of four is off by the largest distance; chance pairs every label with every other.
    const chance = (power: number) =>
      first
        .flatMap((a) => second.map((b) => (Math.abs(a - b) / 2) ** power))
        .reduce((x, y) => x + y, 0) / 16;
    const { parts } = cohenKappa({ first, second });
    expect(parts!.linear).toBeCloseTo(1 - 0.25 / chance(1), 14);
    expect(parts!.quadratic).toBeCloseTo(1 - 0.25 / chance(2), 14);
    expect(cohenKappa({ first, second }, { weights: "linear" }).value).toBe(parts!.linear);
  });

  it("puts numbers in order as numbers, names as given", () => {
    const { parts } = cohenKappa({ first: [2, 10, 1], second: [2, 10, 2] });
    expect(parts!.labels).toEqual([1, 2, 10]);
    const labels = ["low", "mid", "high"];
    const named = cohenKappa({ first: ["low", "high"], second: ["low", "mid"] }, { labels });
    expect(named.parts!.labels).toEqual(labels);
    expect(() => cohenKappa({ first: ["x"], second: ["low"] }, { labels })).toThrow(
      '"x" is not among',
    );
  });

  it("merges, and gives reasons", () => {
    const pairs = [
      ["a", "a"],
      ["b", "a"],
      ["b", "b"],
      ["a", "a"],
    ] as const;
    const whole = cohenKappa({ first: pairs.map((p) => p[0]), second: pairs.map((p) => p[1]) });
    const [left, right] = [new CohenKappa(), new CohenKappa()];
    pairs.forEach(([first, second], i) => (i < 1 ? left : right).add({ first, second }));
    const merged = CohenKappa.fromJSON(JSON.parse(JSON.stringify(right.merge(left))));
    expect(merged.result()).toEqual(whole);
    expect(cohenKappa({ first: ["a"], second: ["a"] })).toMatchObject({
      reason: "single-category",
    });
    expect(cohenKappa({ first: [], second: [] })).toMatchObject({ reason: "no-items" });
    const idle = cohenKappa({ first: ["a", "a", "a", "a"], second: ["a", "b", "a", "b"] });
    expect(idle).toMatchObject({
      value: 0,
      parts: { standardErrorAtZero: 0, z: null, pValue: null },
    });
    expect(() => cohenKappa({ first: ["a"], second: [] })).toThrow("has 1 labels, the second 0");
  });
});

describe("agreements side by side", () => {
  it("by hand: two raters, four items, two labels", () => {
    const { parts } = raterAgreement([
      ["x", "x", "y", "y"],
      ["x", "y", "y", "y"],
    ]);
    expect(parts!.observed).toBe(0.75);
    expect(parts!.bennettS).toBeCloseTo(0.5, 14);
    expect(parts!.scottPi).toBeCloseTo((0.75 - 34 / 64) / (1 - 34 / 64), 14); // (3² + 5²) / 8²
    expect(parts!.meanCohenKappa).toBeCloseTo(0.5, 14); // chance ½ ¼ + ½ ¾
    expect(parts!.daviesFleissKappa).toBeCloseTo(0.5, 14);
    expect(parts!.krippendorffAlpha).toBeCloseTo(1 - 0.25 / (30 / 56), 14); // 2 · 3 · 5 / (8 · 7)
  });

  it("gives reasons and errors", () => {
    expect(raterAgreement([["x"]])).toMatchObject({ reason: "too-few-raters" });
    expect(raterAgreement([["x"], ["x"]])).toMatchObject({ reason: "single-category" });
    expect(() => raterAgreement([["x"], []])).toThrow("Every rater must have labelled every item");
  });
});

describe("McNemar's test", () => {
  it("looks at the items on which the two differ", () => {
    const result = mcnemar([
      [101, 121],
      [59, 33],
    ]);
    expect(result.value).toBeCloseTo(62 ** 2 / 180, 12);
    expect(result.parts!.corrected.chiSquare).toBeCloseTo(61 ** 2 / 180, 12);
    expect(result.parts!.pValue).toBeCloseTo(3.8152e-6, 9); // P(χ² > 21.3556)
  });

  it("is exact for few", () => {
    expect(
      mcnemar([
        [0, 1],
        [5, 0],
      ]).parts!.exactPValue,
    ).toBeCloseTo((2 * (1 + 6)) / 64, 14);
    expect(
      mcnemar([
        [0, 3],
        [3, 0],
      ]).parts!.exactPValue,
    ).toBe(1);
    expect(
      mcnemar([
        [4, 0],
        [0, 4],
      ]),
    ).toMatchObject({ value: null, reason: "no-difference" });
  });

  it("counts outcomes, merges and trips through JSON", () => {
    const [a, b] = [new McNemar(), new McNemar()];
    a.add({ baseline: true, system: false }).add({ baseline: true, system: true });
    b.add({ baseline: false, system: true }).add({ baseline: false, system: false });
    expect(a.merge(b).toJSON()).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(McNemar.fromJSON(a.toJSON()).result()).toEqual(
      mcnemar([
        [1, 1],
        [1, 1],
      ]),
    );
  });
});
