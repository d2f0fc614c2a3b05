// A folder of PNG files as images to measure.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { decodeDeepPng, type DeepPicture } from "../data/png.js";
import type { PixelBuffer } from "../metrics/index.js";

/** An image: [height, width, channels], numbers from 0 to 255; alpha is dropped. */
export interface NamedImage {
  readonly name: string;
  readonly pixels: PixelBuffer & { readonly data: Float64Array };
}

/** Reads the PNG files of a folder one after another, in the order of their names. */
export async function* readImages(folder: string): AsyncGenerator<NamedImage> {
  for (const name of await pngNames(folder)) {
    const picture = await decodeDeepPng(await readFile(path.join(folder, name))).catch((cause) => {
      throw errorOf(name, cause);
    });
    yield { name, pixels: pixelsOf(picture) };
  }
}

/** The names of a folder's PNG files. */
export async function pngNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => undefined);
  if (!names) throw new Error(`metrics: the folder ${folder} cannot be read.`);
  const found = names.filter((name) => /\.png$/i.test(name)).sort();
  if (found.length > 0) return found;
  throw new Error(`metrics: ${folder} holds no PNG file; other formats must be converted first.`);
}

/** What went wrong, with the file at which it did. */
export function errorOf(file: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`metrics: ${file}: ${why}`, { cause });
}

/** All 16 bits count, as fractions of the 255 steps that networks know. */
function pixelsOf({ width, height, channels, depth, data }: DeepPicture): NamedImage["pixels"] {
  const scale = depth === 16 ? 65535 / 255 : 1;
  const colours = channels - ((channels + 1) % 2); // 2 and 4 end with alpha
  const pixels = new Float64Array(width * height * colours);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < colours; c++) pixels[i * colours + c] = data[i * channels + c]! / scale;
  }
  return { shape: [height, width, colours], data: pixels };
}
