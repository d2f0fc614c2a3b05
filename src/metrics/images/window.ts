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
export function reflectBorder({ height, width, data }: Plane, border: number): Plane {
  const mirror = (i: number, size: number) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  return planeOf(height + 2 * border, width + 2 * border, (y, x) => {
    return data[mirror(y - border, height) * width + mirror(x - border, width)]!;
  });
}

/** The plane without `border` pixels a side. */
export function crop({ height, width, data }: Plane, border: number): Plane {
  const [h, w] = [height, width].map((size) => Math.max(0, size - 2 * border));
  return planeOf(h!, w!, (y, x) => data[(y + border) * width + border + x]!);
}

/** Means of 2 × 2 blocks; an odd last row or column is dropped. */
export function halve({ height, width, data }: Plane): Plane {
  return planeOf(height >> 1, width >> 1, (y, x) => {
    const at = 2 * y * width + 2 * x;
    return (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
  });
}

/** A plane from what stands at row y, column x. */
function planeOf(height: number, width: number, at: (y: number, x: number) => number): Plane {
  const data = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = at(y, x);
  }
  return { height, width, data };
}
