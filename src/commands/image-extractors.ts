// The extractors that `genarch metrics` offers for image folders, by name.

import { readFile } from "node:fs/promises";
import type { Extractor, PixelBuffer } from "../metrics/index.js";
import { oneOf } from "./options.js";

export interface ExtractorChoice {
  readonly name: string;
  /** A safetensors file, for the networks whose weights are the user's. */
  readonly weights: string | undefined;
  readonly layout: string;
  /** The package's folder, where the weights of the digit classifier lie. */
  readonly root: URL;
}

type Open = (choice: ExtractorChoice) => Promise<Extractor<PixelBuffer>>;

const extractors: Readonly<Record<string, Open>> = {
  grid: () => Promise.resolve(gridExtractor),
  digits: async ({ weights, root }) => {
    const { digitExtractor } = await import("../models/extractors/digit-classifier.js");
    const file = weights ?? new URL("weights/digits.safetensors", root);
    return ofGrey(await digitExtractor(await bytesOf(file)));
  },
  inception: async ({ weights, layout }) => {
    if (weights === undefined) {
      throw new Error(
        "metrics: --extractor inception needs --weights FILE, a state dict of Inception V3 as " +
          "safetensors; docs/extractors.md tells which and how to convert it.",
      );
    }
    const { inceptionExtractor } = await import("../models/extractors/inception.js");
    return inceptionExtractor(await bytesOf(weights), {
      layout: oneOf("metrics: --layout", layout, inceptionLayouts),
    });
  },
};

/** The names of all extractors. */
export const extractorNames = Object.keys(extractors);
/** The layouts of Inception V3, the one that published FIDs are made with first. */
export const inceptionLayouts = ["pytorch-fid", "torchvision", "keras"] as const;

/** Opens the extractor that was asked for, with its weights. */
export async function openExtractor(choice: ExtractorChoice): Promise<Extractor<PixelBuffer>> {
  return extractors[oneOf("metrics: --extractor", choice.name, extractorNames)]!(choice);
}

async function bytesOf(file: string | URL): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new Error(`metrics: the weights ${String(file)} cannot be read.`, { cause });
  });
}

/** The extractor of one-channel images for colours too: their mean. */
function ofGrey(extractor: Extractor<PixelBuffer>): Extractor<PixelBuffer> {
  return { ...extractor, embed: (batch) => extractor.embed(batch.map(greyOf)) };
}

function greyOf({ shape, data }: PixelBuffer): PixelBuffer {
  const [height = 0, width = 0, channels = 1] = shape;
  const mean = (i: number) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[i * channels + c]!;
    return sum / channels;
  };
  const grey = Float64Array.from({ length: height * width }, (_, i) => mean(i));
  return { shape: [height, width], data: grey };
}

const GRID = 8; // cells a side

/**
 * Features that need no network: mean colours, 0 to 1, of an 8 × 8 grid. They see layout and colour,
 * nothing finer; two scores by different extractors are never comparable, and the signature names this one.
 */
const gridExtractor: Extractor<PixelBuffer> = {
  id: `grid-${GRID}x${GRID}x3`,
  dimension: GRID * GRID * 3,
  embed: (batch) => batch.map(gridOf),
};

function gridOf({ shape, data }: PixelBuffer): Float64Array {
  const [height = 0, width = 0, channels = 1] = shape;
  const cells = new Float64Array(GRID * GRID * 3);
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const [top, bottom] = span(row, height);
      const [left, right] = span(column, width);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            sum += data[(y * width + x) * channels + Math.min(c, channels - 1)]! / 255;
          }
        }
        cells[(row * GRID + column) * 3 + c] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return cells;
}

/** The pixels of one of GRID parts, at least one. */
function span(part: number, size: number): [number, number] {
  const from = Math.min(size - 1, Math.floor((part * size) / GRID));
  return [from, Math.max(from + 1, Math.floor(((part + 1) * size) / GRID))];
}
