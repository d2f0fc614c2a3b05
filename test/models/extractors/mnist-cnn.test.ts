// FID and Inception Score through an extractor: a digit classifier that others trained gives the
// numbers that PyTorch and SciPy gave for it.
import { beforeAll, expect, it } from "vitest";
import { load, maxPool2d, tensor, use, wasm, type Tensor } from "genarch";
import { readSafetensors, Safetensors } from "genarch/data";
import { BatchNorm2d, Conv2d, Linear } from "genarch/layers";
import { extractFeatures, fid, inceptionScore, type PixelBuffer } from "genarch/metrics";
import { imageBatch, networkExtractor } from "genarch/models";
import { close, noLeaks } from "../../support.js";
import { bytesOf, isHere, jsonOf } from "../trained.js";
import { digits } from "./mnist.js";

const GOLDEN = "golden/mnist-cnn.json";
const WEIGHTS = "weights/mnist-cnn/mnist.safetensors";
type Golden = {
  logits: number[][];
  feature_first8: number[][];
  fid: Record<string, number>;
  inception_score: Record<string, number>;
};

/** tinygrad's beautiful_mnist: a list of layers, and functions between them that have no weights. */
class BeautifulMnist {
  readonly layers = {
    0: new Conv2d(1, 32, 5),
    2: new Conv2d(32, 32, 5),
    4: new BatchNorm2d(32),
    6: new Conv2d(32, 64, 3),
    8: new Conv2d(64, 64, 3),
    10: new BatchNorm2d(64),
    13: new Linear(576, 10),
  };

  /** images [B, 1, 28, 28] of pixels 0 to 255 → [B, 576] */
  features(images: Tensor): Tensor {
    const { 0: a, 2: b, 4: norm, 6: c, 8: d, 10: last } = this.layers;
    const low = maxPool2d(norm.forward(relu(b, relu(a, images))), 2);
    return maxPool2d(last.forward(relu(d, relu(c, low))), 2).flatten(1);
  }

  logits(images: Tensor): Tensor {
    return this.layers[13].forward(this.features(images));
  }
}

const relu = (layer: Conv2d, x: Tensor): Tensor => layer.forward(x).relu();

/** Its count of batches is [1] in the file, where ours has no axes. */
function weights(): Safetensors {
  const file = readSafetensors(bytesOf(WEIGHTS));
  const scalar = ([name, stored]: [string, NonNullable<ReturnType<typeof file.get>>]) =>
    [name, name.endsWith("num_batches_tracked") ? { ...stored, shape: [] } : stored] as const;
  return new Safetensors([...file].map(scalar), file.metadata);
}

/** The n-th image with a pattern added that depends on n. */
const noisy = ({ shape, data }: PixelBuffer, n: number): PixelBuffer => ({
  shape,
  data: Uint8Array.from(data, (pixel, at) => {
    const [row, column] = [Math.floor(at / 28), at % 28];
    return Math.min(255, pixel + ((row * 37 + column * 91 + n * 13) % 96));
  }),
});

const extractorOf = (model: BeautifulMnist, layer: "features" | "logits") =>
  networkExtractor<PixelBuffer>({
    name: `mnist-cnn-${layer}`,
    weights: [bytesOf(WEIGHTS)],
    dimension: layer === "features" ? 576 : 10,
    forward: (batch) => model[layer](imageBatch(batch, { channels: 1, size: [28, 28] })),
  });

const SLOW = { timeout: 240_000 };

beforeAll(() => use(wasm));

it("a network's extractor is named after its weights, and its rows are checked", async () => {
  const sums = (weights: Uint8Array[], dimension = 1) =>
    networkExtractor<number[]>({
      name: "sums",
      weights,
      dimension,
      forward: (batch) => tensor(batch).sum(1, { keepAxes: true }),
    });
  const [one, two] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  const extractor = await sums([one, two]);
  expect(extractor.id).toBe("sums-sha256:9f64a747"); // of the bytes 1, 2, 3, 4
  expect((await sums([two, one])).id).not.toBe(extractor.id);
  const items = [[1, 2], [3, 4], [5, 6]]; // prettier-ignore
  expect(Array.from((await extractFeatures(extractor, items, { batch: 2 })).data)).toEqual([3, 7, 11]); // prettier-ignore
  await noLeaks(() => extractor.embed(items));
  const wrong = await sums([one], 2);
  await expect(extractFeatures(wrong, items)).rejects.toThrow(
    `The extractor ${wrong.id} was asked for 3 rows of 2 features and gave 3 of 1.`,
  );
});

if (isHere(GOLDEN) && isHere(WEIGHTS)) {
  const golden = jsonOf<Golden>(GOLDEN);
  const model = new BeautifulMnist();
  const test = (await digits("test", 2000)).images;

  it("features and logits of eight digits are PyTorch's", async () => {
    load(model, weights());
    const extractor = await extractorOf(model, "features");
    expect(extractor.id).toMatch(/^mnist-cnn-features-sha256:[0-9a-f]{8}$/);
    const features = await extractFeatures(extractor, test.slice(0, 8));
    const logits = await extractFeatures(await extractorOf(model, "logits"), test.slice(0, 8));
    golden.feature_first8.forEach((wanted, k) =>
      close(features.data.slice(k * 576, k * 576 + 8), wanted, { relative: 0, absolute: 1e-3 }),
    );
    close(logits.data, golden.logits.flat(), { relative: 0, absolute: 1e-2 });
  });

  it("FID of training digits, and of a noisy copy, against 2,000 test digits", SLOW, async () => {
    const extractor = await extractorOf(model, "features");
    const features = (images: readonly PixelBuffer[]) =>
      extractFeatures(extractor, images, { batch: 100 });
    const real = await features(test);
    const options = { extractor: extractor.id };
    const sides = {
      "train[0:2000] vs test[0:2000]": await features((await digits("train", 2000)).images),
      "test[0:2000] vs noisy(96) of the same": await features(test.map(noisy)),
    };
    for (const [name, generated] of Object.entries(sides)) {
      const { value, signature } = fid({ real, generated }, options);
      close([value ?? NaN], [golden.fid[name]!], { relative: 1e-3, absolute: 0 }, name);
      expect(signature).toContain(extractor.id);
    }
  });

  it("Inception Score of 2,000 test digits, and of a noisy copy", SLOW, async () => {
    const extractor = await extractorOf(model, "logits");
    const score = async (images: readonly PixelBuffer[]) => {
      const logits = await extractFeatures(extractor, images, { batch: 100 });
      return inceptionScore(logits, { splits: 1, extractor: extractor.id }).value ?? NaN;
    };
    const found = [await score(test), await score(test.map(noisy))];
    const wanted = ["test[0:2000]", "noisy(96) of test[0:2000]"];
    close(found, wanted.map((name) => golden.inception_score[name]!), { relative: 0, absolute: 1e-4 }); // prettier-ignore
  });
}
