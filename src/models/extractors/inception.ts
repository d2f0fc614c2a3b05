/**
 * Inception V3 (Szegedy et al., 2016), the network of FID and of the Inception Score, with torchvision's names, so
 * that a state dict saved as safetensors loads. Weights are the user's. The published copies differ in their pooling:
 *
 * | layout        | mean of 3 × 3 in A, C, E | in Mixed_7c | classes | its weights                       |
 * | torchvision   | the border counts        | mean        | 1000    | inception_v3_google               |
 * | pytorch-fid   | does not count           | largest     | 1008    | pt_inception-2015-12-05, FID's own |
 * | keras         | does not count           | mean        | 1000    | keras.applications                |
 */
import { Linear } from "../../layers/index.js";
import type { Extractor, Image } from "../../metrics/index.js";
import { load, walk, type Tensor } from "../../tensor/index.js";
import { readSafetensors, Safetensors, type StoredTensor } from "../../tensor/safetensors/index.js"; // prettier-ignore
import { imageBatch } from "./image-batch.js";
import {
  BasicConv2d,
  halving,
  InceptionA,
  InceptionB,
  InceptionC,
  InceptionD,
  InceptionE,
  largest,
  meanWithBorder,
  meanWithin,
  type Pool,
} from "./inception-blocks.js";
import { networkExtractor } from "./network-extractor.js";

export type InceptionLayout = "torchvision" | "pytorch-fid" | "keras";
export type InceptionConfig = {
  layout: InceptionLayout;
  /** Rows of the last layer; null leaves it out. */
  classes?: number | null;
};
/** The mean over places of what comes out after the first and second pooling, Mixed_6e and Mixed_7c. */
export type InceptionOutputs = Record<64 | 192 | 768 | 2048, Tensor>;

type Layout = readonly [mean: Pool, inMixed7c: Pool, classes: number];
const LAYOUTS: Readonly<Record<InceptionLayout, Layout>> = {
  torchvision: [meanWithBorder, meanWithBorder, 1000],
  "pytorch-fid": [meanWithin, largest, 1008],
  keras: [meanWithin, meanWithin, 1000],
};
const SIDE = 299;
/** Where the last pooling has one place left. */
const SMALLEST = 75;

export class InceptionV3 {
  readonly Conv2d_1a_3x3 = new BasicConv2d(3, 32, 3, { stride: 2 });
  readonly Conv2d_2a_3x3 = new BasicConv2d(32, 32, 3);
  readonly Conv2d_2b_3x3 = new BasicConv2d(32, 64, 3, { padding: 1 });
  readonly Conv2d_3b_1x1 = new BasicConv2d(64, 80, 1);
  readonly Conv2d_4a_3x3 = new BasicConv2d(80, 192, 3);
  readonly Mixed_5b: InceptionA;
  readonly Mixed_5c: InceptionA;
  readonly Mixed_5d: InceptionA;
  readonly Mixed_6a = new InceptionB();
  readonly Mixed_6b: InceptionC;
  readonly Mixed_6c: InceptionC;
  readonly Mixed_6d: InceptionC;
  readonly Mixed_6e: InceptionC;
  readonly Mixed_7a = new InceptionD();
  readonly Mixed_7b: InceptionE;
  readonly Mixed_7c: InceptionE;
  readonly fc: Linear | null;

  constructor({ layout, classes = LAYOUTS[layout][2] }: InceptionConfig) {
    const [mean, last] = LAYOUTS[layout];
    this.Mixed_5b = new InceptionA(192, 32, mean);
    this.Mixed_5c = new InceptionA(256, 64, mean);
    this.Mixed_5d = new InceptionA(288, 64, mean);
    this.Mixed_6b = new InceptionC(128, mean);
    this.Mixed_6c = new InceptionC(160, mean);
    this.Mixed_6d = new InceptionC(160, mean);
    this.Mixed_6e = new InceptionC(192, mean);
    this.Mixed_7b = new InceptionE(1280, mean);
    this.Mixed_7c = new InceptionE(2048, last);
    this.fc = classes === null ? null : new Linear(2048, classes);
  }

  /** images [B, 3, H, W], −1 to 1, at least 75 × 75 (299 × 299 as published) → features [B, 64], [B, 192], … */
  features(images: Tensor): InceptionOutputs {
    const { H, W } = images.dims("B C H W", "InceptionV3");
    if (Math.min(H, W) < SMALLEST)
      throw new RangeError(
        `InceptionV3: images of ${H} × ${W} are too small; ${SMALLEST} × ${SMALLEST} is the least, resize them`,
      );
    const a = images.pipe(this.Conv2d_1a_3x3, this.Conv2d_2a_3x3, this.Conv2d_2b_3x3, halving);
    const b = a.pipe(this.Conv2d_3b_1x1, this.Conv2d_4a_3x3, halving);
    const c = b.pipe(this.Mixed_5b, this.Mixed_5c, this.Mixed_5d, this.Mixed_6a)
      .pipe(this.Mixed_6b, this.Mixed_6c, this.Mixed_6d, this.Mixed_6e); // prettier-ignore
    const d = c.pipe(this.Mixed_7a, this.Mixed_7b, this.Mixed_7c);
    const overPlaces = (x: Tensor) => x.mean([2, 3]);
    return { 64: overPlaces(a), 192: overPlaces(b), 768: overPlaces(c), 2048: overPlaces(d) };
  }

  /** [B, 3, H, W] → [B, classes]; torch-fidelity's Inception Score leaves the bias out. */
  logits(images: Tensor, { bias = true } = {}): Tensor {
    if (!this.fc)
      throw new RangeError("InceptionV3: it was made without classes, so there are no logits");
    const features = this.features(images)[2048];
    return bias ? this.fc.forward(features) : features.affine(this.fc.weight);
  }
}

export type InceptionOptions = {
  /** Whose weights they are; pytorch-fid's are the ones that published FIDs are made with. */
  layout: InceptionLayout;
  /** 2048 by default; earlier layers are for fewer images than that. */
  output?: keyof InceptionOutputs | "logits" | "logits-unbiased";
};

/**
 * The extractor of an Inception V3 from the bytes of a safetensors file, for FID and KID (2048) or the Inception Score
 * ("logits"). Images of 0 to 255 are resized to 299 × 299 (bilinear, without antialiasing, as pytorch-fid does).
 */
export async function inceptionExtractor(
  weights: Uint8Array,
  { layout, output = 2048 }: InceptionOptions,
): Promise<Extractor<Image>> {
  const stored = readSafetensors(weights);
  const classes = stored.get("fc.bias")?.shape[0] ?? null;
  const model = new InceptionV3({ layout, classes });
  load(model, completed(model, stored));
  const name = `inception-v3-${layout}`;
  const { fc } = model;
  const head = fc && {
    name: `${name}-logits-unbiased`,
    classes: fc.outputs,
    forward: (features: Tensor) => features.affine(fc.weight), // as torch-fidelity's Inception Score
  };
  return networkExtractor<Image>({
    name: `${name}-${output}`,
    weights: [weights],
    dimension: typeof output === "number" ? output : (classes ?? 0),
    ...(output === 2048 && head && { head }),
    forward: (batch) => {
      const x = imageBatch(batch, { channels: 3, size: [SIDE, SIDE] }).mul(2 / 255).sub(1); // prettier-ignore
      if (typeof output === "number") return model.features(x)[output];
      return model.logits(x, { bias: output === "logits" });
    },
  });
}

/** Without the auxiliary classifier, which serves training only, and with the counts of batches, which older files lack. */
function completed(model: InceptionV3, stored: Safetensors): Safetensors {
  const count: StoredTensor = { dtype: "I32", shape: [], data: Int32Array.of(0) };
  const counts = Array.from(walk(model), ([path]) => path)
    .filter((path) => path.endsWith("num_batches_tracked"))
    .map((path) => [path, count] as const);
  const own = [...stored].filter(
    ([name]) => !name.startsWith("AuxLogits.") && !name.endsWith("num_batches_tracked"),
  );
  return new Safetensors([...own, ...counts], {});
}
