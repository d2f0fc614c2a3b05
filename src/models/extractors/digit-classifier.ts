/**
 * A small convolutional classifier of handwritten digits, in the manner of LeNet-5 (LeCun et al., 1998): the judge
 * of generated digits. Its weights, weights/digits.safetensors of this package, were trained by
 * examples/train-digit-classifier.ts on the 60,000 digits of MNIST.
 */
import { Conv2d, Linear } from "../../layers/index.js";
import type { Extractor, Image } from "../../metrics/index.js";
import { load, type Tensor } from "../../tensor/index.js";
import { readSafetensors } from "../../tensor/safetensors/index.js";
import { imageBatch } from "./image-batch.js";
import { networkExtractor } from "./network-extractor.js";

const SIDE = 28;
/** Of the pixels of MNIST's training digits, brought to 0..1. */
const [MEAN, DEVIATION] = [0.1307, 0.3081];
const SIZES = { features: 64, logits: 10 };

export class DigitClassifier {
  readonly conv1 = new Conv2d(1, 16, 5, { stride: 2, padding: 2 });
  readonly conv2 = new Conv2d(16, 32, 5, { stride: 2, padding: 2 });
  readonly conv3 = new Conv2d(32, 48, 3, { stride: 2, padding: 1 });
  readonly hidden = new Linear(48 * 4 * 4, SIZES.features);
  readonly head = new Linear(SIZES.features, SIZES.logits);

  /** digits [B, 1, 28, 28], white on black, pixels 0 to 255 → [B, 64], from 0 */
  features(digits: Tensor): Tensor {
    let x = digits.mul(1 / 255).sub(MEAN).mul(1 / DEVIATION); // prettier-ignore
    for (const layer of [this.conv1, this.conv2, this.conv3]) x = layer.forward(x).relu();
    return this.hidden.forward(x.flatten(1)).relu(); // [B, 48, 4, 4] → [B, 64]
  }

  /** → [B, 10] */
  logits(digits: Tensor): Tensor {
    return this.head.forward(this.features(digits));
  }
}

/**
 * The extractor of digits, for FID, KID, precision and recall ("features") or the Inception Score ("logits").
 * `weights` are the bytes of `genarch/weights/digits.safetensors`. Images are white on black, 0 to 255, and are
 * resized to 28 × 28.
 */
export async function digitExtractor(
  weights: Uint8Array,
  { output = "features" }: { output?: "features" | "logits" } = {},
): Promise<Extractor<Image>> {
  const model = new DigitClassifier();
  load(model, readSafetensors(weights));
  const head = {
    name: "digits-logits",
    classes: SIZES.logits,
    forward: (features: Tensor) => model.head.forward(features),
  };
  return networkExtractor<Image>({
    name: `digits-${output}`,
    weights: [weights],
    dimension: SIZES[output],
    ...(output === "features" && { head }),
    forward: (batch) => model[output](imageBatch(batch, { channels: 1, size: [SIDE, SIDE] })),
  });
}
