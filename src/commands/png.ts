// PNG files as pixels, read by `fast-png`, an optional peer: who scores no images need not have it.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { decode } from "fast-png";
import type { PixelBuffer } from "../metrics/index.js";

/** An image: [height, width, channels], numbers from 0 to 1; alpha is dropped. */
export interface NamedImage {
  readonly name: string;
  readonly pixels: PixelBuffer & { readonly data: Float64Array };
}

type Decode = typeof decode;

/** Reads the PNG files of a folder one after another, in the order of their names. */
export async function* readImages(folder: string): AsyncGenerator<NamedImage> {
  const read = await loadDecoder();
  for (const name of await pngNames(folder)) {
    yield { name, pixels: pixelsOf(await readFile(path.join(folder, name)), read, name) };
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

async function loadDecoder(): Promise<Decode> {
  try {
    return (await import("fast-png")).decode;
  } catch (cause) {
    const sentence = "metrics: images are read by fast-png, which is not installed: npm i fast-png";
    throw new Error(sentence, { cause });
  }
}

function pixelsOf(bytes: Uint8Array, read: Decode, name: string): NamedImage["pixels"] {
  const { width, height, data, channels, depth, palette } = read(bytes);
  if (depth < 8) {
    throw new Error(`metrics: ${name} has ${depth} bits a channel; save it with 8 or 16.`);
  }
  const most = depth === 16 ? 65535 : 255;
  const colours = palette ? 3 : channels - ((channels + 1) % 2); // 2 and 4 end with alpha
  const pixels = new Float64Array(width * height * colours);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < colours; c++) {
      const value = palette ? palette[data[i]!]![c]! : data[i * channels + c]!;
      pixels[i * colours + c] = value / most;
    }
  }
  return { shape: [height, width, colours], data: pixels };
}
