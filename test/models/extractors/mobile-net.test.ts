// MobileNets that others trained on ImageNet, from their 8-bit weights: what they see in pictures,
// and the features and logits that PyTorch computed from the same weights.
import { beforeAll, describe, expect, it } from "vitest";
import { use, wasm } from "genarch";
import { Safetensors } from "genarch/data";
import { extractFeatures, type Extractor, type Image, type PixelBuffer } from "genarch/metrics";
import { MobileNet, mobileNetExtractor, type MobileNetGraph } from "genarch/models";
import { close, noLeaks } from "../../support.js";
import { bytesOf, isHere, jsonOf } from "../trained.js";
import { formulaImage } from "./formula-image.js";

const GOLDEN = "golden/mobilenet-imagenet.json";
const FOLDER = "weights/mobilenet-imagenet";
type Item = {
  input: string;
  top5: [number, string, number][];
  logits_first16: number[];
  logits_sum: number;
  logits_max: number;
  feature_dim: number;
  feature_first16: number[];
  feature_mean: number;
  feature_l2: number;
};

const SIDES = { "mobilenet_v1_0.25_128_quant": 128, "mobilenet_v2_1.0_224_quant": 224 };

/** A raw RGB file, or a picture by formula. */
function picture(input: string, side: number): PixelBuffer {
  if (input.startsWith("formula:")) return formulaImage(Number(input.slice(8)), side);
  return { shape: [side, side, 3], data: bytesOf(`${FOLDER}/${input}`) };
}

beforeAll(() => use(wasm));

describe("MobileNet", () => {
  it("says which weights it misses", () => {
    const graph: MobileNetGraph = {
      input: { tensor: 0, shape: [1, 8, 8, 3], scale: 1, zero: 0 },
      ops: [
        {
          op: "conv", inputs: [0], output: 1, out_shape: [1, 4, 4, 2], clamp: [0, 6],
          weight: "op0.weight", bias: "op0.bias", weight_scale: 1, weight_zero: 0, bias_scale: 1,
          stride: [2, 2], padding: "SAME",
        },
      ],
    }; // prettier-ignore
    expect(() => new MobileNet(graph, new Safetensors([], {}))).toThrow(
      "MobileNet: the graph names op0.weight, which the weights do not hold with four axes. " +
        "Give the two files of one network.",
    );
  });

  if (!isHere(GOLDEN) || !isHere(FOLDER)) return;
  const golden = jsonOf<{ models: Record<string, Item[]> }>(GOLDEN).models;

  describe.each(Object.entries(SIDES))("%s", (name, side) => {
    const items = golden[name]!;
    const images = items.map(({ input }) => picture(input, side));
    let features: Extractor<Image>;
    let logits: Extractor<Image>;
    beforeAll(async () => {
      const files = {
        graph: jsonOf<MobileNetGraph>(`${FOLDER}/${name}.graph.json`),
        weights: bytesOf(`${FOLDER}/${name}.safetensors`),
      };
      features = await mobileNetExtractor(files);
      logits = await mobileNetExtractor(files, { output: "logits" });
    });

    it("features are PyTorch's", async () => {
      const { data } = await extractFeatures(features, images, { batch: 3 });
      items.forEach((item, k) => {
        expect(features.dimension).toBe(item.feature_dim);
        const row = data.subarray(k * item.feature_dim, (k + 1) * item.feature_dim);
        close(row.subarray(0, 16), item.feature_first16, TOLERANCE, item.input);
        const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
        close([mean, Math.hypot(...row)], [item.feature_mean, item.feature_l2], TOLERANCE);
      });
    });

    it("logits and the five likeliest classes are PyTorch's", async () => {
      const { data } = await extractFeatures(logits, images, { batch: 3 });
      items.forEach((item, k) => {
        const row = data.subarray(k * 1001, (k + 1) * 1001);
        close(row.subarray(0, 16), item.logits_first16, TOLERANCE, item.input);
        close([Math.max(...row)], [item.logits_max], TOLERANCE);
        close([row.reduce((sum, x) => sum + x, 0)], [item.logits_sum], { absolute: 0.05 });
        const best = likeliest(row, 5);
        expect(best.map(([label]) => label)).toEqual(item.top5.map(([label]) => label));
        close(best.map(([, p]) => p), item.top5.map(([, , p]) => p), { relative: 0, absolute: 1e-4 }); // prettier-ignore
      });
    });

    it("leaves nothing behind", () => noLeaks(() => features.embed(images.slice(0, 1))));
  });
});

const TOLERANCE = { relative: 0, absolute: 1e-3 };

/** [class, probability], the likeliest first. */
function likeliest(logits: Float64Array, count: number): [number, number][] {
  const top = Math.max(...logits);
  const total = logits.reduce((sum, x) => sum + Math.exp(x - top), 0);
  return Array.from(logits, (x, label): [number, number] => [label, Math.exp(x - top) / total])
    .sort(([, a], [, b]) => b - a)
    .slice(0, count);
}
