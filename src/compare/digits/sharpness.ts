/** How sharp images are: the variance of the Laplacian, a measure of focus (Pech-Pacheco et al., 2000, LAPV). */
import { AREA, SIDE, type Pixels } from "./judge.js";

/** Mean over images of the variance of up + down + left + right − 4·centre, over pixels that have all four neighbours. */
export function sharpness(pixels: Pixels): number {
  const images = pixels.length / AREA;
  let total = 0;
  for (let image = 0; image < images; image++)
    total += variance(edges(pixels.subarray(image * AREA, (image + 1) * AREA)));
  return total / images;
}

function edges(image: Pixels): number[] {
  const found: number[] = [];
  for (let y = 1; y < SIDE - 1; y++)
    for (let x = 1; x < SIDE - 1; x++) {
      const at = y * SIDE + x;
      const around = image[at - SIDE]! + image[at + SIDE]! + image[at - 1]! + image[at + 1]!;
      found.push(around - 4 * image[at]!);
    }
  return found;
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
}
