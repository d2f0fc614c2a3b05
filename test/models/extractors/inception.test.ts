// Inception V3 as torchvision and pytorch-fid lay it out, against torchvision's own code with the
// same weights by formula; and as Keras does, with weights that others trained.
import { beforeAll, describe, expect, it } from "vitest";
import { count, load, tensor, tidy, use, walk, wasm } from "genarch";
import { Safetensors, writeSafetensors, type StoredTensor } from "genarch/data";
import { extractFeatures, type PixelBuffer } from "genarch/metrics";
import { imageBatch, inceptionExtractor, InceptionV3, type InceptionLayout } from "genarch/models";
import vectors from "../../vectors/torch/inception.json" with { type: "json" };
import { close, numbers, noLeaks } from "../../support.js";
import { formulaImage } from "./formula-image.js";

type Summary = { first: number[][]; mean: number[]; norm: number[] };
type Case = { layout: string; classes: number; features: Record<string, Summary>; logits: Summary };

/** Numbers of [0, 1) by the formula of scripts/inception-vectors.py. */
const drawn = (k: number, length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => ((((i * i) % 10007) * 31 + i * 7919 + k * 101) % 10007) / 10007); // prettier-ignore

/** The k-th tensor of the state dict. */
function byFormula(name: string, shape: readonly number[], k: number): StoredTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if (name.endsWith("num_batches_tracked"))
    return { dtype: "I32", shape: [], data: Int32Array.of(0) };
  const spread = 2 * Math.sqrt((6 * shape[0]!) / size); // He et al. (2015): √(6/fanIn) either way
  const scaled = (u: number): number => {
    if (name.endsWith("running_var")) return 0.5 + u;
    if (name.endsWith("bn.weight")) return 0.75 + u / 2;
    return (u - 0.5) * (shape.length === 1 ? 0.2 : spread);
  };
  return { dtype: "F32", shape: [...shape], data: Float32Array.from(drawn(k, size), scaled) };
}

/** All numbers by formula; our order of fields is that of PyTorch's state dict. */
const stateDict = (model: InceptionV3) =>
  Array.from(walk(model), ([name, item], k): [string, StoredTensor] => [
    name,
    byFormula(name, "value" in item ? item.value.shape : item.shape, k),
  ]);

/** [B, 3, side, side] from −1 to 1 */
const signed = (images: readonly PixelBuffer[]) => {
  const [height, width] = images[0]!.shape as [number, number];
  return imageBatch(images, { channels: 3, size: [height, width] }).mul(2 / 255).sub(1); // prettier-ignore
};

function compare(rows: number[], wanted: Summary, what: string): void {
  const width = rows.length / wanted.mean.length;
  wanted.mean.forEach((mean, k) => {
    const row = rows.slice(k * width, (k + 1) * width);
    close(row.slice(0, 12), wanted.first[k]!, { relative: 1e-4, absolute: 1e-4 }, what);
    const found = [row.reduce((sum, x) => sum + x, 0) / width, Math.hypot(...row)];
    close(found, [mean, wanted.norm[k]!], { relative: 1e-5, absolute: 1e-6 }, what);
  });
}

beforeAll(() => use(wasm));

describe("Inception V3", () => {
  const { side, cases } = vectors as { side: number; cases: Case[] };
  const images = [formulaImage(0, side), formulaImage(1, side)];

  it.each(cases)(
    "$layout: all four features and logits",
    { timeout: 240_000 },
    async ({ layout, ...wanted }) => {
      const model = new InceptionV3({ layout: layout as InceptionLayout });
      load(model, new Safetensors(stateDict(model), {}));
      const { features, logits } = tidy(() => {
        const x = signed(images);
        return { features: model.features(x), logits: model.logits(x) };
      });
      for (const [width, y] of Object.entries(features)) {
        expect(y.shape).toEqual([2, Number(width)]);
        compare(await numbers(y), wanted.features[width]!, `features ${width}`);
      }
      expect(logits.shape).toEqual([2, wanted.classes]);
      compare(await numbers(logits), wanted.logits, "logits");
    },
  );

  it("has 27 million numbers less the auxiliary classifier's", () => {
    expect(count(new InceptionV3({ layout: "torchvision" }))).toBe(23_834_568);
    expect(count(new InceptionV3({ layout: "keras", classes: null }))).toBe(21_785_568);
  });

  it("says what it cannot do", () => {
    const model = new InceptionV3({ layout: "pytorch-fid", classes: null });
    expect(() => model.features(tensor(new Float32Array(3 * 74 * 80), { shape: [1, 3, 74, 80] }))).toThrow(
      "InceptionV3: images of 74 × 80 are too small; 75 × 75 is the least, resize them",
    ); // prettier-ignore
    expect(() => model.logits(signed(images))).toThrow(
      "InceptionV3: it was made without classes, so there are no logits",
    );
  });
});

describe("the extractor", () => {
  const image = formulaImage(0, 64);
  const model = new InceptionV3({ layout: "pytorch-fid", classes: 12 });
  const state = stateDict(model);
  const auxiliary: [string, StoredTensor] = [
    "AuxLogits.fc.bias",
    { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) },
  ];
  const file = writeSafetensors([...state, auxiliary]);

  it("resizes, and reads files with an auxiliary classifier", async () => {
    load(model, new Safetensors(state, {}));
    const extractor = await inceptionExtractor(file, { layout: "pytorch-fid" });
    expect(extractor.dimension).toBe(2048);
    expect(extractor.id).toMatch(/^inception-v3-pytorch-fid-2048-sha256:[0-9a-f]{8}$/);
    const { data } = await extractFeatures(extractor, [image]);
    const wanted = tidy(() => {
      const x = imageBatch([image], { channels: 3, size: [299, 299] }).mul(2 / 255).sub(1); // prettier-ignore
      return model.features(x)[2048];
    });
    close(data, await numbers(wanted), { relative: 1e-5, absolute: 1e-5 });
    await noLeaks(() => extractor.embed([image]));
  });

  it("gives logits with and without their bias, the latter also from features", async () => {
    const output = async (output: "logits" | "logits-unbiased") => {
      const extractor = await inceptionExtractor(file, { layout: "pytorch-fid", output });
      return (await extractFeatures(extractor, [image])).data;
    };
    const [biased, unbiased] = [await output("logits"), await output("logits-unbiased")];
    const bias = new Map(state).get("fc.bias")!.data;
    close(biased, unbiased.map((x, k) => x + bias[k]!), { relative: 0, absolute: 1e-5 }); // prettier-ignore
    const { head, embed } = await inceptionExtractor(file, { layout: "pytorch-fid" });
    const fromFeatures = { id: head!.id, dimension: 12, embed: head!.logits };
    const features = await extractFeatures({ id: "2048", dimension: 2048, embed }, [image]);
    close((await extractFeatures(fromFeatures, [features.data])).data, unbiased, { relative: 1e-5, absolute: 1e-5 }); // prettier-ignore
  });

  it("lists what a file lacks", async () => {
    const file = writeSafetensors(
      state.filter(([name]) => name !== "Mixed_6b.branch1x1.bn.weight"),
    );
    await expect(inceptionExtractor(file, { layout: "torchvision" })).rejects.toThrow(
      "load: 1 name missing (Mixed_6b.branch1x1.bn.weight); pass a rename, or fit the names",
    );
  });
});
