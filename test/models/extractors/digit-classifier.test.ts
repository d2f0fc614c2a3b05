// The judge of digits that the package ships: how often it is right, and what it says of digits
// that are not as they were.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { count, js, use, wasm } from "genarch";
import {
  extractFeatures,
  fid,
  inceptionScore,
  prdc,
  type Extractor,
  type Image,
  type PixelBuffer,
} from "genarch/metrics";
import { DigitClassifier, digitExtractor } from "genarch/models";
import { close, noLeaks } from "../../support.js";
import { digits } from "./mnist.js";

const weights = readFileSync(new URL("../../../weights/digits.safetensors", import.meta.url));

/** Every pixel that is not black turned to grey. */
const faded = ({ shape, data }: PixelBuffer): PixelBuffer => ({
  shape,
  data: Array.from(data, (pixel) => pixel / 4),
});
/** Only the upper half. */
const halved = ({ shape, data }: PixelBuffer): PixelBuffer => ({
  shape,
  data: Array.from(data, (pixel, at) => (at < data.length / 2 ? pixel : 0)),
});

describe("the classifier of digits", () => {
  let features: Extractor<Image>;
  let logits: Extractor<Image>;
  beforeAll(async () => {
    await use(wasm);
    features = await digitExtractor(weights);
    logits = await digitExtractor(weights, { output: "logits" });
  });
  const of = (extractor: Extractor<Image>, images: readonly Image[]) =>
    extractFeatures(extractor, images, { batch: 250 });

  it("is small", () => {
    expect(count(new DigitClassifier())).toBe(76_986);
    expect(weights.length).toBeLessThan(400_000);
  });

  it("is right on 99.42 % of the 10,000 test digits", async () => {
    const { images, labels } = await digits("test", 10_000);
    const { data } = await of(logits, images);
    const right = labels.filter((label, k) => {
      const row = data.subarray(k * 10, k * 10 + 10);
      return row.indexOf(Math.max(...row)) === label;
    });
    // On another processor a digit on the border of two classes may fall on the other side.
    expect(Math.abs(right.length - 9942)).toBeLessThanOrEqual(1);
  });

  it("tells digits from damaged digits, by FID, coverage and Inception Score", async () => {
    const [{ images: real }, { images: others }] = [
      await digits("train", 1000),
      await digits("test", 1000),
    ];
    const sets = [others, others.map(faded), others.map(halved)];
    const wanted = await of(features, real);
    const made = await Promise.all(sets.map((images) => of(features, images)));
    const distances = made.map((generated) => fid({ real: wanted, generated }).value ?? NaN);
    expect(distances[1]).toBeGreaterThan(3 * distances[0]!);
    expect(distances[2]).toBeGreaterThan(10 * distances[0]!);
    const coverage = made.map(
      (generated) => prdc({ real: wanted, generated }).parts?.coverage ?? NaN,
    );
    expect(coverage[0]).toBeGreaterThan(0.7);
    expect(coverage[2]).toBeLessThan(coverage[0]! / 2);
    const scores = await Promise.all(
      sets.map(async (images) => inceptionScore(await of(logits, images)).value ?? NaN),
    );
    expect(scores[0]).toBeGreaterThan(9); // ten classes give at most 10
    expect(scores[2]).toBeLessThan(scores[0]! - 1);
  });

  it("takes digits of other sizes, nested lists and CHW, and leaves nothing behind", async () => {
    const large = { shape: [56, 56], data: new Float32Array(56 * 56).fill(255) };
    const nested = Array.from({ length: 28 }, () => new Array<number>(28).fill(255));
    const planar = { shape: [1, 28, 28], data: new Uint8Array(784).fill(255), layout: "CHW" } as const; // prettier-ignore
    const { data, rows } = await of(features, [large, nested, planar]);
    expect(rows).toBe(3);
    const row = (k: number) => Array.from(data.subarray(k * 64, k * 64 + 64));
    row(1).forEach((x, k) => {
      expect(row(0)[k]).toBeCloseTo(x, 3);
      expect(row(2)[k]).toBeCloseTo(x, 4);
    });
    await noLeaks(() => features.embed([nested]));
  });

  it("features depend neither on the batch nor on the backend", async () => {
    const { images } = await digits("test", 6);
    const { data: wanted } = await of(features, images);
    const { data: apart } = await extractFeatures(features, images, { batch: 4 });
    close(apart, wanted, { relative: 1e-5, absolute: 1e-5 });
    await use(js);
    const { data: exact } = await of(await digitExtractor(weights), images);
    await use(wasm);
    close(exact, wanted, { relative: 1e-5, absolute: 1e-5 });
  });

  it("its head makes of features the logits that the whole network makes", async () => {
    const { images } = await digits("test", 3);
    const { id, classes, logits: embed } = features.head!;
    const { data } = await of(features, images);
    const rows = [0, 1, 2].map((k) => data.subarray(k * 64, k * 64 + 64));
    const made = await extractFeatures({ id, dimension: classes, embed }, rows);
    close(made.data, (await of(logits, images)).data, { relative: 1e-5, absolute: 1e-5 });
    expect(id).toBe(logits.id);
    await noLeaks(() => embed(rows));
    expect(await embed([])).toEqual([]);
  });

  it("says that it takes one channel", async () => {
    const rgb = { shape: [28, 28, 3], data: new Uint8Array(28 * 28 * 3) };
    await expect(features.embed([rgb])).rejects.toThrow(
      "imageBatch: an image has 3 channels, and the network takes 1; " +
        "leave out the opacity, or mix the colours to grey, before",
    );
  });
});
