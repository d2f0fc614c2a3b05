// Many images as one picture, rows of samples as papers show them.

import type { PixelRange } from "./images.js";

/** Bytes, row by row, with the channels of a pixel side by side: 1 grey, 3 colours, 4 with alpha. */
export type Picture = {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array<ArrayBuffer>;
};

export type SheetOptions = {
  /** √count by default. */
  columns?: number;
  /** What the numbers mean; others are cut off at black and white. */
  range?: PixelRange;
  /** Pixels between images, and around them. */
  gap?: number;
  /** How many times larger. */
  scale?: number;
};

/**
 * Images [count, channels, height, width] on a sheet, left to right and top to bottom, on black.
 * @throws RangeError where numbers and shape do not fit.
 */
export function sheet(
  images: ArrayLike<number>,
  [count, channels, height, width]: readonly [number, number, number, number],
  { columns = Math.ceil(Math.sqrt(count)), range = "unit", gap = 1, scale = 1 }: SheetOptions = {},
): Picture {
  const wanted = count * channels * height * width;
  if (images.length !== wanted) {
    throw new RangeError(`The images want ${wanted} numbers; ${images.length} came.`);
  }
  const rows = Math.ceil(count / columns);
  const [across, down] = [width * scale + gap, height * scale + gap];
  const wide = columns * across + gap;
  const high = rows * down + gap;
  const data = new Uint8Array(wide * high * channels);
  const put = (image: number, y: number, x: number, channel: number, value: number) => {
    const top = gap + Math.floor(image / columns) * down + y;
    const left = gap + (image % columns) * across + x;
    data[(top * wide + left) * channels + channel] = value;
  };
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++)
      for (let y = 0; y < height * scale; y++)
        for (let x = 0; x < width * scale; x++) {
          const [row, column] = [Math.floor(y / scale), Math.floor(x / scale)];
          const from = ((image * channels + channel) * height + row) * width + column;
          put(image, y, x, channel, byteOf(images[from]!, range));
        }
  return { width: wide, height: high, channels, data };
}

/** 0 to 255; NaN is black. */
function byteOf(value: number, range: PixelRange): number {
  const unit = range === "unit" ? value : (value + 1) / 2;
  return Math.round(255 * Math.min(1, Math.max(0, unit || 0)));
}
