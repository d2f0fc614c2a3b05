// Pictures as PNG files and back, by the optional package fast-png.

import type * as FastPng from "fast-png";
import type { Picture } from "./sheet.js";

export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { encode } = await fastPng();
  return encode({ ...picture, depth: 8 });
}

/** 8 bits a channel; of 16, the upper half; palettes become colours. @throws RangeError for other depths. */
export async function decodePng(file: Uint8Array): Promise<Picture> {
  const { decode, convertIndexedToRgb } = await fastPng();
  const png = decode(file);
  const { width, height, channels, depth } = png;
  if (png.palette) {
    const data = Uint8Array.from(convertIndexedToRgb(png));
    return { width, height, channels: data.length / (width * height), data };
  }
  if (depth !== 8 && depth !== 16) {
    throw new RangeError(`A PNG of ${depth} bits a channel is not read; save it with 8 or 16.`);
  }
  const data = Uint8Array.from(png.data, (value) => (depth === 16 ? value >> 8 : value));
  return { width, height, channels, data };
}

async function fastPng(): Promise<typeof FastPng> {
  return import("fast-png").catch(() => {
    throw new Error("PNG files want the package fast-png; run `npm install fast-png`.");
  });
}
