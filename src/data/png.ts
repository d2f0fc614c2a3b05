// Pictures as PNG files and back, by the optional package fast-png.

import type * as FastPng from "fast-png";
import type { Picture } from "./sheet.js";

/** A picture with the depth of its file: numbers from 0 to 2^depth - 1. */
export type DeepPicture = Omit<Picture, "data"> &
  ({ depth: 8; data: Uint8Array<ArrayBuffer> } | { depth: 16; data: Uint16Array<ArrayBuffer> });

export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { encode } = await fastPng();
  return encode({ ...picture, depth: 8 });
}

/** 8 bits a channel; of 16, the upper half; palettes become colours. @throws RangeError for other depths. */
export async function decodePng(file: Uint8Array): Promise<Picture> {
  const { width, height, channels, ...deep } = await decodeDeepPng(file);
  const data = deep.depth === 8 ? deep.data : Uint8Array.from(deep.data, (value) => value >> 8);
  return { width, height, channels, data };
}

/** As `decodePng`, but of 16 bits a channel all are kept: for what measures, not for what shows. */
export async function decodeDeepPng(file: Uint8Array): Promise<DeepPicture> {
  const { decode, convertIndexedToRgb } = await fastPng();
  const png = decode(file);
  const { width, height, channels, depth } = png;
  if (png.palette) {
    const data = Uint8Array.from(convertIndexedToRgb(png));
    return { width, height, channels: data.length / (width * height), depth: 8, data };
  }
  if (depth === 16) return { width, height, channels, depth, data: Uint16Array.from(png.data) };
  if (depth === 8) return { width, height, channels, depth, data: Uint8Array.from(png.data) };
  throw new RangeError(`A PNG of ${depth} bits a channel is not read; save it with 8 or 16.`);
}

async function fastPng(): Promise<typeof FastPng> {
  return import("fast-png").catch(() => {
    throw new Error("PNG files want the package fast-png; run `npm install fast-png`.");
  });
}
