// Inception V3 in Keras' layout, with the 8-bit weights of npm nsfwjs: features and probabilities
// are those that TensorFlow.js computed. The package (43 MB) is a dependency of bench/, not of the
// library: `npm ci --prefix bench`.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { load, tidy, use, walk, wasm, type Tensor } from "genarch";
import { Safetensors, type StoredTensor } from "genarch/data";
import { Linear } from "genarch/layers";
import {
  imageBatch,
  InceptionV3,
  readTensorflowWeights,
  type TensorflowManifest,
} from "genarch/models";
import { close, numbers } from "../../support.js";
import { isHere, jsonOf } from "../trained.js";
import { formulaImage } from "./formula-image.js";

const GOLDEN = "golden/inception-nsfwjs.json";
const FOLDER = fileURLToPath(
  new URL("../../../bench/node_modules/nsfwjs/dist/models/inception_v3/", import.meta.url),
);
type Golden = { items: { input: string; feature: number[]; probs: number[] }[] };

/** The package's files are CommonJS modules: the model's JSON, and shards in base64. */
function readPackage(): Safetensors {
  const require = createRequire(import.meta.url);
  const { weightsManifest } = require(`${FOLDER}model.min.js`) as {
    weightsManifest: TensorflowManifest;
  };
  const names = readdirSync(FOLDER).filter((name) => name.startsWith("group1")).sort(); // prettier-ignore
  const shards = names.map((name) => Buffer.from(require(FOLDER + name) as string, "base64"));
  return readTensorflowWeights(weightsManifest, shards);
}

/** [R, S, in, out] → [out, in, R, S] */
function convolution({ dtype, shape, data }: StoredTensor): StoredTensor {
  const [R, S, C, O] = shape as [number, number, number, number];
  const turned = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const [o, c, cell] = [at % O, Math.floor(at / O) % C, Math.floor(at / O / C)];
    turned[(o * C + c) * R * S + cell] = data[at]!;
  }
  return { dtype, shape: [O, C, R, S], data: turned };
}

/** [in, out] → [out, in] */
const matrix = ({ shape: [rows = 0, columns = 0], ...stored }: StoredTensor): StoredTensor => ({
  ...convolution({ ...stored, shape: [1, 1, rows, columns] }),
  shape: [columns, rows],
});

/** Keras numbers its convolutions and norms in the order of our fields, and its norms have no scale. */
function renamed(model: InceptionV3, keras: Safetensors): Safetensors {
  let convolutions = 0;
  const tensors = Array.from(walk(model), ([path, item]): [string, StoredTensor] => {
    const { shape } = "value" in item ? item.value : item;
    if (path.endsWith("conv.weight"))
      return [path, convolution(keras.get(`conv2d_${++convolutions}/kernel`)!)];
    const norm = (name: string) => keras.get(`batch_normalization_${convolutions}/${name}`)!;
    if (path.endsWith("bn.bias")) return [path, norm("beta")];
    if (path.endsWith("running_mean")) return [path, norm("moving_mean")];
    if (path.endsWith("running_var")) return [path, norm("moving_variance")];
    if (path.endsWith("bn.weight"))
      return [path, { dtype: "F32", shape: [...shape], data: new Float32Array(shape[0]!).fill(1) }];
    return [path, { dtype: "I32", shape: [], data: Int32Array.of(0) }];
  });
  expect(convolutions).toBe(94);
  return new Safetensors(tensors, {});
}

/** What follows the features in nsfwjs: three layers to five classes. */
class Head {
  readonly dense_1 = new Linear(2048, 256);
  readonly dense_2 = new Linear(256, 128);
  readonly dense_3 = new Linear(128, 5);

  constructor(keras: Safetensors) {
    const of = (name: string): [string, StoredTensor][] => [
      [`${name}.weight`, matrix(keras.get(`${name}/kernel`)!)],
      [`${name}.bias`, keras.get(`${name}/bias`)!],
    ];
    load(this, new Safetensors(["dense_1", "dense_2", "dense_3"].flatMap(of), {}));
  }

  forward(features: Tensor): Tensor {
    const x = this.dense_1.forward(features).relu();
    return this.dense_3.forward(this.dense_2.forward(x).relu()).softmax();
  }
}

describe("Inception V3 with Keras' weights", () => {
  beforeAll(() => use(wasm));
  const here = existsSync(FOLDER);
  if (!here) console.log("bench/node_modules/nsfwjs is not there: npm ci --prefix bench");

  it("quantized weights are stored·scale + min, and shards are joined", () => {
    const manifest: TensorflowManifest = [
      {
        weights: [
          { name: "a", shape: [2], dtype: "float32", quantization: { dtype: "uint8", min: -1, scale: 0.5 } },
          { name: "skipped", shape: [], dtype: "int32" },
          { name: "b", shape: [1], dtype: "float32" },
        ],
      },
    ]; // prettier-ignore
    const shards = [Uint8Array.of(0, 255, 1, 0, 0), Uint8Array.of(0, 0, 0, 0, 0x40)];
    const found = readTensorflowWeights(manifest, shards);
    expect([...found.keys()]).toEqual(["a", "b"]);
    expect(found.get("a")!.data).toEqual(Float32Array.of(-1, 126.5));
    expect(found.get("b")!.data).toEqual(Float32Array.of(2));
    expect(() => readTensorflowWeights(manifest, [shards[0]!])).toThrow(
      "readTensorflowWeights: skipped ends at byte 6, but the shards hold 5. " +
        "Give all of them, in their order.",
    );
  });

  if (!here || !isHere(GOLDEN)) return;
  it("features and probabilities are TensorFlow.js'", { timeout: 240_000 }, async () => {
    const { items } = jsonOf<Golden>(GOLDEN);
    const keras = readPackage();
    const model = new InceptionV3({ layout: "keras", classes: null });
    load(model, renamed(model, keras));
    const head = new Head(keras);
    for (const { input, feature, probs } of items) {
      const image = formulaImage(Number(input.slice("formula:".length)), 299);
      const { features, shares } = tidy(() => {
        const x = imageBatch([image], { channels: 3, size: [299, 299] }).mul(1 / 255);
        const features = model.features(x)[2048];
        return { features, shares: head.forward(features) };
      });
      close(await numbers(features), feature, { relative: 0, absolute: 1e-4 }, input);
      close(await numbers(shares), probs, { relative: 0, absolute: 1e-4 }, input);
    }
  });
});
