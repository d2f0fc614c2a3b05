/**
 * The judge of drawn digits: a small classifier that each run trains itself, so that nobody has to trust its weights. Its
 * features stand for an image in FID, precision and recall, its classes in the Inception Score.
 */
import { ImageDataset } from "../../data/index.js";
import type { Matrix } from "../../metrics/index.js";
import { DigitClassifier } from "../../models/index.js";
import { backprop, dispose, load, save, tensor, tidy } from "../../tensor/index.js";
import { readSafetensors } from "../../tensor/safetensors/index.js";
import { adam, crossEntropy, warmupCosine } from "../../train/index.js";
import type { Context } from "../experiment.js";

export const SIDE = 28;
export const AREA = SIDE * SIDE;

/** Pixels from 0 to 1, [count, 1, 28, 28]. */
export type Pixels = Float32Array;
/** What the judge sees: features [n, 64] and logits [n, 10]. */
export type Seen = { features: Matrix; logits: Matrix };

const BATCH = 128;
const AT_ONCE = 250;
/** Of the budget of one contestant. */
const SHARE = 0.25;

export class Judge {
  private constructor(private readonly model: DigitClassifier) {}

  /** Trains it, or takes the one that this run has trained before. */
  static async of(context: Context, digits: ImageDataset): Promise<Judge> {
    await context.part("judge", async () => {
      const pupil = new DigitClassifier();
      const trained = await teach(context, pupil, digits);
      await context.keep("judge weights", await save(pupil, {}));
      dispose(pupil);
      return trained;
    });
    const weights = await context.kept("judge weights");
    if (!weights)
      throw new Error("compare: the weights of the judge of digits are gone; run without --resume");
    const model = new DigitClassifier();
    load(model, readSafetensors(weights));
    return new Judge(model);
  }

  dispose(): void {
    dispose(this.model);
  }

  async sees(pixels: Pixels): Promise<Seen> {
    const rows = pixels.length / AREA;
    const features = { rows, columns: 64, data: new Float64Array(rows * 64) };
    const logits = { rows, columns: 10, data: new Float64Array(rows * 10) };
    for (let first = 0; first < rows; first += AT_ONCE) {
      const some = pixels.slice(first * AREA, (first + AT_ONCE) * AREA);
      const made = tidy(() => {
        const x = tensor(some, { shape: [some.length / AREA, 1, SIDE, SIDE] }).mul(255);
        const h = this.model.features(x);
        return { h, classes: this.model.head.forward(h) };
      });
      features.data.set(await made.h.data(), first * 64);
      logits.data.set(await made.classes.data(), first * 10);
      made.h.dispose();
      made.classes.dispose();
    }
    return { features, logits };
  }

  /** The share of `count` digits that it tells right. */
  async accuracy(digits: ImageDataset): Promise<number> {
    const { logits } = await this.sees(unit(digits));
    return told(logits).filter((digit, k) => digit === digits.labels![k]).length / digits.count;
  }
}

/** The digit that each row of logits stands for. */
export function told({ rows, columns, data }: Matrix): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = data.subarray(row * columns, (row + 1) * columns);
    return own.indexOf(Math.max(...own));
  });
}

/** The pixels of a dataset from 0 to 1. */
export const unit = ({ pixels }: ImageDataset): Pixels => Float32Array.from(pixels, (x) => x / 255);

/** The first digit of each label that was not taken yet. */
export function firstOf(digits: ImageDataset, labels: readonly number[]): ImageDataset {
  const next = Array<number>(10).fill(0);
  const pixels = new Uint8Array(labels.length * AREA);
  labels.forEach((label, k) => {
    const place = digits.labels!.indexOf(label, next[label]);
    next[label] = place + 1;
    pixels.set(digits.pixels.subarray(place * AREA, (place + 1) * AREA), k * AREA);
  });
  return new ImageDataset(pixels, digits.shape, Int32Array.from(labels));
}

async function teach(context: Context, model: DigitClassifier, digits: ImageDataset) {
  const optimizer = adam(model);
  const schedule = warmupCosine({ lr: 3e-3, minLr: 0, warmup: 50, steps: 1000 });
  const trained = await context.train({
    name: "judge",
    share: SHARE,
    parts: { model, optimizer },
    batches: (start) => digits.batches({ batch: BATCH, steps: Number.MAX_SAFE_INTEGER, seed: context.seed, start }), // prettier-ignore
    step: async ({ x, label, shape }, way) => {
      using pixels = tensor(x, { shape });
      using answer = tensor(label);
      using result = backprop(model, () => crossEntropy(model.logits(pixels.mul(255)), answer));
      optimizer.lr = schedule(1000 * way);
      optimizer.step(result.grads);
      return result.loss.item();
    },
  });
  dispose(optimizer);
  return trained;
}
