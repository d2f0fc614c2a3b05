/** A larger canvas around an image, for samplers' `keep`: outpainting is inpainting of what lies outside. */
import { ones, type Tensor } from "../tensor/index.js";

export type Borders = { top?: number; bottom?: number; left?: number; right?: number };

/** image [B, C, H, W] → itself with zeros around it, and a mask [1, 1, H', W'] that is true on the image. */
export function extended(image: Tensor, borders: Borders): { image: Tensor; mask: Tensor } {
  const { top = 0, bottom = 0, left = 0, right = 0 } = borders;
  const around = (x: Tensor) => x.pad(-2, top, bottom).pad(-1, left, right);
  const [H, W] = image.shape.slice(-2) as [number, number];
  return { image: around(image), mask: around(ones([1, 1, H, W])).gt(0.5) };
}
