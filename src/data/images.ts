// Images as training data: bytes in memory, and batches of them as numbers. A batch depends on
// (seed, step) alone, so that a run that resumes at step k meets the batches it would have met.

import seedrandom from "seedrandom";
import { requireCount } from "./counts.js";

/** Pixels as numbers of [0, 1], or of [−1, 1], as generators with tanh and diffusions want them. */
export type PixelRange = "unit" | "signed";

export type ImageBatch = {
  step: number;
  x: Float32Array<ArrayBuffer>; // [batch, channels, height, width]
  label: Int32Array<ArrayBuffer>; // [batch]; −1 where there are no labels
  shape: [batch: number, channels: number, height: number, width: number];
};

export type ShuffledBatches = {
  batch: number;
  /** The step to stop before; also the number of batches, where `start` is 0. */
  steps: number;
  range?: PixelRange;
  seed?: number | string;
  /** The first step: where a resumed run goes on. */
  start?: number;
};

/** Images of one size. */
export class ImageDataset {
  readonly count: number;

  /**
   * @param pixels bytes, [count, channels, height, width]
   * @throws RangeError where pixels, labels and shape do not fit.
   */
  constructor(
    readonly pixels: Uint8Array,
    readonly shape: readonly [channels: number, height: number, width: number],
    readonly labels: Uint8Array | Int32Array | null = null,
  ) {
    this.count = pixels.length / this.#size;
    if (!Number.isInteger(this.count) || this.count < 1) {
      throw new RangeError(
        `${pixels.length} pixels are not a whole number of images of ${this.#size}, [${shape.join(", ")}].`,
      );
    }
    if (labels && labels.length !== this.count) {
      throw new RangeError(`There are ${this.count} images, but ${labels.length} labels.`);
    }
  }

  get #size(): number {
    return this.shape[0] * this.shape[1] * this.shape[2];
  }

  /** The first `count` images. */
  take(count: number): ImageDataset {
    const labels = this.labels?.slice(0, count) ?? null;
    return new ImageDataset(this.pixels.subarray(0, count * this.#size), this.shape, labels);
  }

  /** Images in a new order in every pass; a rest below a batch waits for another pass. */
  *batches(options: ShuffledBatches): Generator<ImageBatch, void> {
    const { batch, steps, range = "unit", seed = 0, start = 0 } = options;
    requireCount("batch", batch);
    if (batch > this.count) {
      throw new RangeError(
        `A batch of ${batch} wants more than the ${this.count} images there are.`,
      );
    }
    const perPass = Math.floor(this.count / batch);
    let order: Uint32Array = new Uint32Array(0);
    for (let step = start; step < steps; step++) {
      const place = step % perPass;
      if (place === 0 || step === start)
        order = shuffled(this.count, [seed, Math.floor(step / perPass)]);
      yield this.#gather(step, order.subarray(place * batch, (place + 1) * batch), range);
    }
  }

  /** Each image once, in order; the last batch may be smaller. */
  *sequential({
    batch,
    range = "unit",
  }: {
    batch: number;
    range?: PixelRange;
  }): Generator<ImageBatch, void> {
    requireCount("batch", batch);
    for (let first = 0, step = 0; first < this.count; first += batch, step++) {
      const rows = Math.min(batch, this.count - first);
      yield this.#gather(
        step,
        Uint32Array.from({ length: rows }, (_, k) => first + k),
        range,
      );
    }
  }

  #gather(step: number, places: Uint32Array, range: PixelRange): ImageBatch {
    const size = this.#size;
    const x = new Float32Array(places.length * size);
    const label = new Int32Array(places.length).fill(-1);
    const [scale, shift] = range === "unit" ? [1 / 255, 0] : [2 / 255, -1];
    places.forEach((place, row) => {
      for (let k = 0; k < size; k++)
        x[row * size + k] = this.pixels[place * size + k]! * scale + shift;
      if (this.labels) label[row] = this.labels[place]!;
    });
    return { step, x, label, shape: [places.length, ...this.shape] };
  }
}

/** 0 … count − 1 in a random order: Fisher and Yates. */
function shuffled(count: number, seed: unknown): Uint32Array {
  const random = seedrandom(JSON.stringify(seed));
  const order = Uint32Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  return order;
}
