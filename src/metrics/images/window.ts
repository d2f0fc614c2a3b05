// Sliding windows over a plane for SSIM: weights along one axis, used along both.

import type { Plane } from "./image.js";

/** Weights of a Gaussian window of radius ⌊truncate · sigma + ½⌋, summing to 1. */
export function gaussianWindow(sigma: number, truncate = 3.5): Float64Array {
  const radius = Math.floor(truncate * sigma + 0.5);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/** Equal weights. */
export function uniformWindow(size: number): Float64Array {
  return new Float64Array(size).fill(1 / size);
}

/** The weighted means at all places where the window fits: [h - w + 1, w' - w + 1]. */
export function filterInside(plane: Plane, window: Float64Array): Plane {
  const { height, width, data } = plane;
  const size = window.length;
  const across = width - size + 1;
  const down = height - size + 1;
  const half = new Float64Array(height * across);
  for (let y = 0; y < height; y++) {
    for (let x = 0, from = y * width; x < across; x++, from++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += window[k]! * data[from + k]!;
      half[y * across + x] = sum;
    }
  }
  const result = new Float64Array(down * across);
  for (let y = 0; y < down; y++) {
    for (let x = 0, from = y * across; x < across; x++, from++) {
      let sum = 0;
      for (let k = 0, at = from; k < size; k++, at += across) sum += window[k]! * half[at]!;
      result[from] = sum;
    }
  }
  return { height: down, width: across, data: result };
}

/** The plane with `border` more pixels a side, mirrored without repeating the edge. */
export function reflectBorder(plane: Plane, border: number): Plane {
  const { height, width, data } = plane;
  const [h, w] = [height + 2 * border, width + 2 * border];
  const mirror = (i: number, size: number) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  const result = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    const from = mirror(y - border, height) * width;
    for (let x = 0; x < w; x++) result[y * w + x] = data[from + mirror(x - border, width)]!;
  }
  return { height: h, width: w, data: result };
}

/** The plane without `border` pixels a side. */
export function crop(plane: Plane, border: number): Plane {
  const h = Math.max(0, plane.height - 2 * border);
  const w = Math.max(0, plane.width - 2 * border);
  const data = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    const from = (y + border) * plane.width + border;
    data.set(plane.data.subarray(from, from + w), y * w);
  }
  return { height: h, width: w, data };
}

/** Means of 2 × 2 blocks; an odd last row or column is dropped. */
export function halve({ height, width, data }: Plane): Plane {
  const [h, w] = [height >> 1, width >> 1];
  const result = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x;
      result[y * w + x] =
        (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
    }
  }
  return { height: h, width: w, data: result };
}
