// Images as networks take them: one tensor [B, channels, height, width] of the pixels as they
// come (0 to 255), each image brought to the network's size.

import type { Image } from "../../metrics/index.js";
import { planesOf, type Plane } from "../../metrics/images/image.js";
import { concat, resize, ShapeError, tensor, type Tensor } from "../../tensor/index.js";

export type ImageBatchOptions = {
  /** 1 or 3: grey images are repeated where colours are wanted, but not the other way round. */
  readonly channels: number;
  /** [height, width]; images of another size are resized by bilinear interpolation. */
  readonly size: readonly [number, number];
};

/** Images → [B, channels, height, width]. */
export function imageBatch(images: readonly Image[], options: ImageBatchOptions): Tensor {
  const planes = images.map((image, k) => channelsOf(planesOf(image, `${k}th`), options.channels));
  const [height, width] = options.size;
  const fits = planes.every(([plane]) => plane!.height === height && plane!.width === width);
  if (fits) return ofPlanes(planes);
  return concat(planes.map((image) => resize(ofPlanes([image]), options.size, "bilinear")));
}

function channelsOf(planes: readonly Plane[], channels: number): readonly Plane[] {
  if (planes.length === channels) return planes;
  if (planes.length === 1) return Array.from({ length: channels }, () => planes[0]!);
  throw new ShapeError(
    `imageBatch: an image has ${planes.length} channels, and the network takes ${channels}; ` +
      "leave out the opacity, or mix the colours to grey, before",
  );
}

/** Images of one size: [B, C, H, W]. */
function ofPlanes(images: readonly (readonly Plane[])[]): Tensor {
  const [{ height, width }] = images[0] as readonly [Plane];
  const size = height * width;
  const channels = images[0]!.length;
  const pixels = new Float32Array(images.length * channels * size);
  images.flat().forEach(({ data }, k) => pixels.set(data, k * size));
  return tensor(pixels, { shape: [images.length, channels, height, width] });
}
