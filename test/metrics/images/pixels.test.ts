// PSNR, SSIM, MS-SSIM, LPIPS, CLIP score, mode coverage, path length: closed forms first.

import {
  ClipScore,
  clipScore,
  type Image,
  lpips,
  Lpips,
  ModeCoverage,
  modeCoverage,
  MsSsim,
  msSsim,
  type Defined,
  pathLength,
  Psnr,
  psnr,
  Ssim,
  ssim,
  ssimMap,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";
import { expectNear, randomRows } from "../linalg/numbers.js";
import { cases, expectClose } from "../text/vectors.js";

const flat = (value: number, size: number): number[][] =>
  Array.from({ length: size }, () => new Array<number>(size).fill(value));
const noise = (seed: string, size: number): number[][] =>
  randomRows(seed, size, size).map((row) => row.map((x) => Math.round(127.5 + 127.5 * x)));

describe("PSNR", () => {
  it("is 10 log₁₀(range² / mse), with the mse and its root beside it", () => {
    const result = psnr(
      {
        real: [
          [0, 3],
          [4, 0],
        ],
        generated: [
          [0, 0],
          [0, 0],
        ],
      },
      { dataRange: 10 },
    );
    expect(result.value).toBeCloseTo(10 * Math.log10(100 / 6.25), 12);
    expect(result.parts).toEqual({ meanSquaredError: 6.25, normalizedRootError: 1 });
  });

  it("of equal images is infinite, of unequal sizes an error", () => {
    expect(psnr({ real: flat(3, 4), generated: flat(3, 4) }, { dataRange: 255 }).value).toBe(
      Infinity,
    );
    expect(() => psnr({ real: flat(3, 4), generated: flat(3, 5) }, { dataRange: 255 })).toThrow(
      "The real image is 4 × 4 × 1, the generated one 5 × 5 × 1: bring them to one size.",
    );
    expect(() => psnr({ real: flat(3, 4), generated: flat(3, 4) }, { dataRange: 0 })).toThrow(
      "dataRange",
    );
  });

  it("keeps infinity through JSON, and refuses images of nothing", () => {
    const all = new Psnr({ dataRange: 1 }).add({ real: flat(1, 2), generated: flat(1, 2) });
    expect(Psnr.fromJSON(JSON.parse(JSON.stringify(all))).result().value).toBe(Infinity);
    expect(() => all.add({ real: [], generated: [] })).toThrow("holds 0 numbers");
    expect(() => all.add({ real: [[1, 2], [3]], generated: [[1, 2], [3]] })).toThrow(
      "give one length",
    );
    expect(() => all.add({ real: [[NaN]], generated: [[1]] })).toThrow("not finite");
    const colours = [[[1, 2, 3]], [[1, 2]]];
    expect(() => all.add({ real: colours, generated: colours })).toThrow(
      "A pixel of the image has other channels than the first.",
    );
  });

  it("averages over images with an interval", () => {
    const [x, y, z] = [noise("x", 8), noise("y", 8), noise("z", 8)];
    const all = new Psnr({ dataRange: 255 })
      .add({ real: x, generated: y })
      .add({ real: x, generated: z });
    const single = (generated: Image) => psnr({ real: x, generated }, { dataRange: 255 }).value!;
    const result = all.result();
    expect(result.value).toBeCloseTo((single(y) + single(z)) / 2, 12);
    expect(result.value !== null && result.interval?.method).toBe("jackknife");
    expect(Psnr.fromJSON(JSON.parse(JSON.stringify(all))).result()).toEqual(result);
  });
});

describe("SSIM", () => {
  const options = { dataRange: 255 };

  it("of an image with itself is 1", () => {
    for (const compat of ["wang", "scikit-image", "torchmetrics"] as const) {
      const pair = { real: noise("a", 24), generated: noise("a", 24) };
      expect(ssim(pair, { ...options, compat }).value).toBeCloseTo(1, 12);
    }
  });

  it("of two flat images is the luminance term alone", () => {
    const c1 = (0.01 * 255) ** 2;
    const result = ssim({ real: flat(100, 16), generated: flat(60, 16) }, options);
    expect(result.value).toBeCloseTo((2 * 6000 + c1) / (10_000 + 3600 + c1), 12);
    expect(result.parts?.contrast).toBeCloseTo(1, 10);
  });

  it("of one window is the formula, with sample or population variances", () => {
    const [x, y] = [noise("x", 7), noise("y", 7)];
    const [a, b] = [x.flat(), y.flat()];
    const mean = (v: number[]) => v.reduce((s, p) => s + p, 0) / 49;
    const moment = (v: number[], w: number[], n: number) =>
      v.reduce((s, p, i) => s + (p - mean(v)) * (w[i]! - mean(w)), 0) / n;
    for (const [covariance, n] of [
      ["sample", 48],
      ["population", 49],
    ] as const) {
      const [c1, c2] = [2.55 ** 2, 7.65 ** 2];
      const luminance = (2 * mean(a) * mean(b) + c1) / (mean(a) ** 2 + mean(b) ** 2 + c1);
      const structure = (2 * moment(a, b, n) + c2) / (moment(a, a, n) + moment(b, b, n) + c2);
      const got = ssim(
        { real: x, generated: y },
        { ...options, compat: "scikit-image", covariance },
      );
      expect(got.value).toBeCloseTo(luminance * structure, 12);
    }
  });

  it("averages channels, whichever way they are laid out", () => {
    const [r, g] = [noise("r", 16).flat(), noise("g", 16).flat()];
    const [s, h] = [noise("s", 16).flat(), noise("h", 16).flat()];
    const chw = (a: number[], b: number[]): Image => ({
      shape: [2, 16, 16],
      data: [...a, ...b],
      layout: "CHW",
    });
    const hwc = (a: number[], b: number[]): Image => ({
      shape: [16, 16, 2],
      data: a.flatMap((x, i) => [x, b[i]!]),
    });
    const gray = (data: number[]): Image => ({ shape: [16, 16], data });
    const one = ssim({ real: chw(r, g), generated: chw(s, h) }, options);
    expect(ssim({ real: hwc(r, g), generated: hwc(s, h) }, options).value).toBe(one.value);
    const channels = [
      [r, s],
      [g, h],
    ].map(([a, b]) => ssim({ real: gray(a!), generated: gray(b!) }, options).value);
    expectNear(one.parts!.perChannel, channels.map(Number), 1e-15);
  });

  it("has a map of all windows, whose mean it is", () => {
    const pair = { real: noise("a", 20), generated: noise("b", 20) };
    const [map] = ssimMap(pair, options);
    expect([map!.height, map!.width]).toEqual([10, 10]);
    expect(map!.data.reduce((sum, x) => sum + x, 0) / 100).toBeCloseTo(
      ssim(pair, options).value!,
      12,
    );
  });

  it("says where the window does not fit", () => {
    expect(ssim({ real: flat(1, 9), generated: flat(1, 9) }, options)).toMatchObject({
      value: null,
      reason: "smaller-than-window",
    });
    expect(() =>
      ssim({ real: flat(1, 9), generated: flat(1, 9) }, { ...options, window: "uniform", size: 4 }),
    ).toThrow("A window of width 4 has no middle");
    expect(() => new Ssim({ ...options, sigma: 0 })).toThrow("sigma must be a number above 0");
    const narrow = ssim({ real: flat(1, 9), generated: flat(1, 9) }, { ...options, truncate: 2 });
    expect(narrow.signature).toContain("window:gauss1.5x2|"); // another number, another signature
    expect(() => new Ssim(options).add({ real: flat(1, 9), generated: flat(1, 9) })).toThrow(
      "smaller",
    );
  });

  it("and PSNR agree with scikit-image and torchmetrics", () => {
    for (const one of cases("image.json", "image.quality")) {
      const pair = { real: one.inputs["image_1"]!, generated: one.inputs["image_2"]! };
      const of = (rest: object) =>
        ssim(pair, { dataRange: one.params["data_range"]!, ...rest }).value;
      const noise = psnr(pair, { dataRange: one.params["data_range"]! });
      const got = {
        ssim_gaussian_wang: of({}),
        ssim_uniform7_sample: of({ compat: "scikit-image" }),
        ssim_uniform7_population: of({ compat: "scikit-image", covariance: "population" }),
        ssim_uniform11: of({ compat: "scikit-image", size: 11 }),
        ssim_torchmetrics_gaussian: of({ compat: "torchmetrics" }),
        psnr: noise.value,
        mse: noise.parts?.meanSquaredError,
        nrmse_euclidean: noise.parts?.normalizedRootError,
      };
      expectClose(got, one.expected, one);
    }
  });
});

describe("MS-SSIM", () => {
  it("of an image with itself is 1; of flat images it is luminance to the last power", () => {
    const options = { dataRange: 255, betas: [0.5, 0.25] };
    const same = { real: noise("a", 32), generated: noise("a", 32) };
    expect(msSsim(same, options).value).toBeCloseTo(1, 12);
    const flatPair = { real: flat(100, 32), generated: flat(60, 32) };
    const luminance = ssim(flatPair, { dataRange: 255 }).value!;
    expect(msSsim(flatPair, options).value).toBeCloseTo(luminance ** 0.25, 10);
  });

  it("of one scale to the power 1 is SSIM", () => {
    const pair = { real: noise("a", 30), generated: noise("b", 30) };
    const one = msSsim(pair, { dataRange: 255, betas: [1] });
    expect(one.value).toBe(ssim(pair, { dataRange: 255 }).value);
  });

  it("says where it has no value, and averages where it has", () => {
    const inverse = noise("a", 32).map((row) => row.map((x) => 255 - x));
    const opposite = { real: noise("a", 32), generated: inverse };
    const options = { dataRange: 255, betas: [0.5, 0.5] };
    expect(msSsim(opposite, options)).toMatchObject({ value: null, reason: "negative-structure" });
    expect(msSsim(opposite, { ...options, normalize: "relu" }).value).toBe(0);
    expect(msSsim(opposite, { dataRange: 255 })).toMatchObject({
      value: null,
      reason: "too-small",
    });
    const all = new MsSsim(options).add({ real: noise("a", 32), generated: noise("a", 32) });
    expect(MsSsim.fromJSON(JSON.parse(JSON.stringify(all))).result().value).toBeCloseTo(1, 12);
  });
});

describe("LPIPS from features", () => {
  const real = [[[[3]], [[4]]]]; // one layer, two channels, one place: unit vector (0.6, 0.8)
  const generated = [[[[4]], [[3]]]]; // (0.8, 0.6)

  it("by hand: unit vectors, squared difference, channel weights", () => {
    const weights = [[10, 1]];
    expect(lpips({ real, generated }, { weights }).value).toBeCloseTo(0.04 * 11, 10);
    expect(lpips({ real, generated }).value).toBeCloseTo(0.08, 10);
    expect(lpips({ real, generated: real }).value).toBe(0);
  });

  it("differs in its guard against zero from torchmetrics", () => {
    const [a, b] = [[[[[1e-5]]]], [[[[0]]]]];
    expect(lpips({ real: a, generated: b }).value).toBeCloseTo(1, 4);
    const theirs = lpips({ real: a, generated: b }, { compat: "torchmetrics" });
    expect(theirs.value).toBeCloseTo(1e-10 / (1e-10 + 1e-8), 10);
  });

  it("adds layers up, averages places, and checks shapes", () => {
    const layer = { shape: [1, 1, 2], data: [1, 1] };
    const other = { shape: [1, 1, 2], data: [1, -1] };
    const result = lpips({ real: [layer, layer], generated: [other, layer] });
    expectNear(result.parts!.perLayer, [2, 0], 1e-9); // (0² + 2²) / 2 places
    expect(new Lpips().add({ real, generated }).result().value).toBeCloseTo(0.08, 10);
    expect(() => lpips({ real, generated: [] })).toThrow("1 layers, the generated one of 0");
    expect(() => lpips({ real, generated }, { weights: [[1]] })).toThrow("they must agree");
  });
});

describe("the CLIP score", () => {
  const images = [
    [1, 0],
    [0, 2],
    [1, 1],
  ];
  const texts = [
    [3, 0],
    [0, -1],
    [1, 0],
  ]; // cosines 1, -1, 1/√2

  it("is 2.5 max(cos, 0) a pair, or torchmetrics' 100 cos", () => {
    const result = clipScore({ images, texts });
    expectNear(result.parts!.cosines, [1, -1, Math.SQRT1_2]);
    expect(result.value).toBeCloseTo((2.5 * (1 + Math.SQRT1_2)) / 3, 12);
    expect(clipScore({ images, texts }, { compat: "torchmetrics" }).value).toBeCloseTo(
      (100 * Math.SQRT1_2) / 3,
      10,
    );
  });

  it("takes batches and merges", () => {
    const [head, tail] = [new ClipScore(), new ClipScore()];
    head.add({ images: images.slice(0, 1), texts: texts.slice(0, 1) });
    tail.add({ images: images.slice(1), texts: texts.slice(1) });
    const merged = ClipScore.fromJSON(JSON.parse(JSON.stringify(tail.merge(head))));
    expect(merged.result().value).toBe(clipScore({ images, texts }).value);
    expect(() => merged.merge(new ClipScore({ compat: "torchmetrics" }))).toThrow(
      "different settings",
    );
  });

  it("gives reasons and errors", () => {
    expect(clipScore({ images: [[0, 0]], texts: [[1, 0]] })).toMatchObject({
      reason: "zero-embedding",
    });
    expect(clipScore({ images: [], texts: [] })).toMatchObject({ reason: "no-items" });
    expect(() => clipScore({ images, texts: [[1, 2]] })).toThrow("give one caption an image");
  });
});

describe("mode coverage", () => {
  it("counts the modes that were hit, and how evenly", () => {
    const centers = [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ];
    const samples = [
      [0, 0.01],
      [0.02, 0],
      [1, 0.5],
      [2.01, 0],
    ]; // the third is nobody's
    const result = modeCoverage({ samples, centers }, { sigma: 0.05 });
    expect(result.value).toBe(0.5);
    expect(result.parts).toMatchObject({
      modes: 2,
      highQuality: 0.75,
      counts: [2, 1, 1, 0],
      highQualityCounts: [2, 0, 1, 0],
    });
    expect(result.parts!.divergence).toBeCloseTo(Math.log(4) - 1.5 * Math.LN2, 12); // H = 1.5 bits
  });

  it("takes batches and merges", () => {
    const [centers, options] = [[[0], [1], [2]], { sigma: 0.1 }] as const;
    const [head, tail] = [
      [[0], [1.5]],
      [[2], [0.02]],
    ].map((samples) => new ModeCoverage(centers, options).add(samples));
    const merged = ModeCoverage.fromJSON(JSON.parse(JSON.stringify(tail!.merge(head!))));
    const whole = modeCoverage({ samples: [[0], [1.5], [2], [0.02]], centers }, options);
    expect(merged.result()).toEqual(whole);
    expect(() => merged.merge(new ModeCoverage([[9]], options))).toThrow("different settings");
  });

  it("is even at zero divergence", () => {
    const centers = [[0], [1]];
    const result = modeCoverage({ samples: centers, centers }, { sigma: 0.1 });
    expect(result.parts).toMatchObject({ divergence: 0, highQualityDivergence: 0 });
    expect(modeCoverage({ samples: [], centers }, { sigma: 1 })).toMatchObject({
      reason: "no-items",
    });
  });
});

describe("path length", () => {
  const distance = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);

  it("of a generator that does nothing is the squared distance of the ends", async () => {
    const ends = [
      [0, 0],
      [3, 4],
    ].map((v) => Float64Array.from(v));
    let next = 0;
    const result = await pathLength({
      generate: (latents) => latents,
      distance,
      dimension: 2,
      path: "lerp",
      latents: () => ends[next++ % 2]!,
      samples: 10,
    });
    expect(result.value).toBeCloseTo(25, 6);
  });

  it("along the sphere is the squared angle, times what the generator stretches", async () => {
    const ends = [
      [2, 0],
      [0, 5],
    ].map((v) => Float64Array.from(v));
    let next = 0;
    const stretch = (latents: readonly Float64Array[]) => latents.map((z) => z.map((x) => 3 * x));
    const options = { generate: stretch, distance, dimension: 2, latents: () => ends[next++ % 2]! };
    const result = await pathLength({ ...options, samples: 5, epsilon: 1e-3 });
    expect(result.value).toBeCloseTo(9 * (Math.PI / 2) ** 2, 4);
  });

  it("repeats with its seed", async () => {
    const options = {
      generate: (z: readonly Float64Array[]) => z,
      distance,
      dimension: 5,
      samples: 40,
    };
    const [a, b] = [await pathLength(options), await pathLength({ ...options, batch: 7 })];
    expect(a).toEqual(b);
    expect((await pathLength({ ...options, seed: "other" })).value).not.toBe(a.value);
    expect(await pathLength({ ...options, samples: 1 })).toMatchObject({ reason: "too-few-paths" });
    const { value, interval } = a as Defined<unknown>; // the mean of 38 paths with its spread
    expect(interval).toMatchObject({ method: "jackknife", level: 0.95 });
    expect(value - interval!.low).toBeCloseTo(interval!.high - value, 10);
    const blind = pathLength({ ...options, distance: () => NaN });
    await expect(blind).rejects.toThrow("The distance of two outputs came as NaN");
  });
});
