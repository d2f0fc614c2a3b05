// Peak signal-to-noise ratio: 10 log₁₀(range² / mean squared error), in decibels.

import { type Result, type Settings, signature } from "../result.js";
import type { RowState } from "../rows.js";
import { sum } from "../statistics/summary.js";
import { type ImagePair, planePairs } from "./image.js";
import { ItemMean } from "./item-mean.js";

export interface PsnrOptions {
  /** The distance from black to white: 255 for bytes, 1 for [0, 1]. It is never guessed. */
  readonly dataRange: number;
}

export interface PsnrParts {
  readonly meanSquaredError: number;
  /** Root mean squared error over the root mean square of the real image; `null` if it is black. */
  readonly normalizedRootError: number | null;
}

/** PSNR of one image in decibels, higher is closer; equal images have Infinity. */
export function psnr(pair: ImagePair, { dataRange }: PsnrOptions): Result<PsnrParts> {
  requireRange(dataRange);
  const planes = planePairs(pair);
  const count = planes.reduce((total, { real }) => total + real.data.length, 0);
  const mean = (of: (a: number, b: number) => number) =>
    sum(
      planes.map(({ real, generated }) => sum(real.data.map((a, i) => of(a, generated.data[i]!)))),
    ) / count;
  const meanSquaredError = mean((a, b) => (a - b) ** 2);
  const power = mean((a) => a * a);
  return {
    value: 10 * Math.log10((dataRange * dataRange) / meanSquaredError),
    parts: {
      meanSquaredError,
      normalizedRootError: power > 0 ? Math.sqrt(meanSquaredError / power) : null,
    },
    n: 1,
    signature: signature("psnr", settingsOf({ dataRange })),
  };
}

/** PSNR's mean over many images. */
export class Psnr extends ItemMean<ImagePair, PsnrOptions> {
  constructor(options: PsnrOptions) {
    super("psnr", options, { settings: settingsOf(options), score: (pair) => psnr(pair, options) });
  }

  static fromJSON(state: RowState<PsnrOptions>): Psnr {
    return new Psnr(state.options).resume(state);
  }
}

/** Throws unless the range is a positive number. */
export function requireRange(dataRange: number): void {
  if (dataRange > 0 && Number.isFinite(dataRange)) return;
  throw new RangeError(
    `dataRange is the distance from black to white, as 255 or 1; ${dataRange} came.`,
  );
}

function settingsOf({ dataRange }: PsnrOptions): Settings {
  return { range: dataRange };
}
