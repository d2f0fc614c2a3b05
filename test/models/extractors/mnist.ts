/** MNIST's digits as images for the metrics. */
import { mnist } from "genarch/data";
import type { PixelBuffer } from "genarch/metrics";

/** The first `count` digits of a split, with pixels 0 to 255, and their labels. */
export async function digits(split: "train" | "test", count: number) {
  const { pixels, labels, shape } = (await mnist({ split })).take(count);
  const [, height, width] = shape;
  const images = Array.from({ length: count }, (_, k): PixelBuffer => {
    const data = pixels.subarray(k * height * width, (k + 1) * height * width);
    return { shape: [height, width], data };
  });
  return { images, labels: Array.from(labels ?? []) };
}
