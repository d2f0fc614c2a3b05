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
  if (shape.length < 2 || shape.length > 3 || height * width * channels !== data.length) {
    throw new RangeError(
      `The ${what} image is said to be [${shape.join(", ")}] and holds ${data.length} numbers. ` +
        "Give [height, width] or [height, width, channels] and as many pixels.",
    );
  }
  const bad = Array.from(data).findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw new RangeError(`The ${what} image holds ${data[bad]} at position ${bad}.`);
  const size = height * width;
  const at =
    layout === "CHW"
      ? (c: number, i: number) => c * size + i
      : (c: number, i: number) => i * channels + c;
  return Array.from({ length: channels }, (_, c) => ({
    height,
    width,
    data: Float64Array.from({ length: size }, (__, i) => data[at(c, i)]!),
  }));
}

function isBuffer(image: Image): image is PixelBuffer {
  return !Array.isArray(image);
}

function bufferOf(image: Exclude<Image, PixelBuffer>): PixelBuffer {
  const [row] = image;
  const pixel = row?.[0];
  const shape = [image.length, row?.length ?? 0, ...(Array.isArray(pixel) ? [pixel.length] : [])];
  return { shape, data: (image as readonly unknown[]).flat(2) as number[] };
}
