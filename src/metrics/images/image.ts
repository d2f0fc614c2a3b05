// Images as the pixel metrics take them: numbers in rows, one plane a channel.

/** Pixels with their sizes, row after row: [height, width] or [height, width, channels]. */
export interface PixelBuffer {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** `CHW`: the shape is [channels, height, width]. */
  readonly layout?: "HWC" | "CHW";
}

/** A pixel buffer, or nested lists of the same shape. */
export type Image =
  PixelBuffer | readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];

/** One channel of an image. */
export interface Plane {
  readonly height: number;
  readonly width: number;
  readonly data: Float64Array;
}

/** Two images that are compared pixel by pixel. */
export interface ImagePair {
  readonly real: Image;
  readonly generated: Image;
}

/** The planes of both images, channel by channel; throws where the sizes differ. */
export function planePairs({ real, generated }: ImagePair): { real: Plane; generated: Plane }[] {
  const [ours, theirs] = [planesOf(real, "real"), planesOf(generated, "generated")];
  const [a, b] = [sizeOf(ours), sizeOf(theirs)];
  if (a !== b) {
    throw new RangeError(`The real image is ${a}, the generated one ${b}: bring them to one size.`);
  }
  return ours.map((plane, c) => ({ real: plane, generated: theirs[c]! }));
}

function sizeOf(planes: readonly Plane[]): string {
  return `${planes[0]?.height} × ${planes[0]?.width} × ${planes.length}`;
}

/** The channels of an image as planes of finite numbers. */
export function planesOf(image: Image, what: string): Plane[] {
  const { shape, data, layout = "HWC" } = isBuffer(image) ? image : bufferOf(image);
  const ordered = layout === "HWC" || shape.length === 2 ? shape : [...shape.slice(1), shape[0]!];
  const [height = 0, width = 0, channels = 1] = ordered;
  const pixels = height * width * channels;
  if (shape.length < 2 || shape.length > 3 || pixels !== data.length || pixels === 0) {
    throw new RangeError(
      `The ${what} image is said to be [${shape.join(", ")}] and holds ${data.length} numbers. ` +
        "Give [height, width] or [height, width, channels] and as many pixels.",
    );
  }
  const size = height * width;
  const [ofChannel, ofPixel] = layout === "CHW" ? [size, 1] : [1, channels];
  return Array.from({ length: channels }, (_, c) => {
    const plane = new Float64Array(size);
    for (let i = 0, at = c * ofChannel; i < size; i++, at += ofPixel) plane[i] = data[at]!;
    if (!plane.every(Number.isFinite)) {
      throw new RangeError(`Channel ${c} of the ${what} image holds numbers that are not finite.`);
    }
    return { height, width, data: plane };
  });
}

function isBuffer(image: Image): image is PixelBuffer {
  return !Array.isArray(image);
}

function bufferOf(image: Exclude<Image, PixelBuffer>): PixelBuffer {
  const [row] = image;
  const pixel = row?.[0];
  const channels = typeof pixel === "object" ? pixel.length : undefined;
  const shape = [image.length, row?.length ?? 0, ...(channels === undefined ? [] : [channels])];
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  let at = 0;
  for (const line of image) {
    if (line.length !== shape[1]) {
      throw new RangeError(
        `A row of the image has ${line.length} pixels, the first has ${shape[1]}: give one length.`,
      );
    }
    for (const entry of line) {
      const values = typeof entry === "number" ? [entry] : entry;
      if (values.length !== (channels ?? 1)) {
        throw new RangeError("A pixel of the image has other channels than the first.");
      }
      for (const x of values) data[at++] = x;
    }
  }
  return { shape, data };
}
