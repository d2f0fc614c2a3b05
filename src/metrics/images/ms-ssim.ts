// Multi-scale SSIM (Wang, Simoncelli & Bovik, 2003): contrast and structure at each of several
// scales, halved by 2 × 2 means, luminance at the last; each to its power, multiplied.

import { type Result, type Settings, signature, undecided } from "../result.js";
import type { RowState } from "../rows.js";
import { mean } from "../statistics/summary.js";
import { type ImagePair, type Plane, planePairs } from "./image.js";
import { ItemMean } from "./item-mean.js";
import {
  describe,
  radiusOf,
  similarityMaps,
  type SsimOptions,
  type SsimSettings,
  ssimSettings,
} from "./similarity-map.js";
import { halve } from "./window.js";

export interface MsSsimOptions extends SsimOptions {
  /** The power of each scale, the finest first; as many scales as powers. */
  readonly betas?: readonly number[];
  /** What is done to a negative term: kept (a power of it may not exist), or made 0. */
  readonly normalize?: "none" | "relu";
}

/** The terms of the product, before their powers. */
export interface MsSsimParts {
  readonly perScale: readonly number[];
}

export type MsSsimResult = Result<MsSsimParts, "too-small" | "negative-structure">;

const BETAS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]; // table 1 of the paper

/** MS-SSIM of one image: at most 1, for equal images. */
export function msSsim(pair: ImagePair, options: MsSsimOptions): MsSsimResult {
  const { betas = BETAS, normalize = "none", compat } = options;
  const settings = ssimSettings(options);
  let planes = planePairs(pair);
  const about = { n: 1, signature: signature("ms-ssim", describeScales(options)) };
  const { height, width } = planes[0]!.real;
  const need = smallestSide(settings, betas.length, compat === "torchmetrics");
  if (Math.min(height, width) < need) {
    const message =
      `${betas.length} scales need an image of ${need} × ${need}; ` +
      `this is ${height} × ${width}.`;
    return undecided("too-small", message, about);
  }
  const perScale = betas.map((_, scale) => {
    if (scale > 0) planes = planes.map(halvePair);
    const maps = planes.map((plane) => similarityMaps(plane, settings));
    const last = scale === betas.length - 1;
    const term = mean(maps.map((map) => mean((last ? map.similarity : map.contrast).data)));
    return normalize === "relu" ? Math.max(0, term) : term;
  });
  // torchmetrics keeps the powers in float32.
  const powers = compat === "torchmetrics" ? betas.map(Math.fround) : betas;
  const value = perScale.reduce((product, term, i) => product * term ** powers[i]!, 1);
  if (Number.isNaN(value)) {
    const message =
      "A scale's structure is negative, and a power of it does not exist: " +
      "normalize by relu, or look at the parts.";
    return undecided("negative-structure", message, about);
  }
  return { value, parts: { perScale }, ...about };
}

/** MS-SSIM's mean over many images. */
export class MsSsim extends ItemMean<ImagePair, MsSsimOptions> {
  constructor(options: MsSsimOptions) {
    super("ms-ssim", options, {
      settings: describeScales(options),
      score: (pair) => msSsim(pair, options),
    });
  }

  static fromJSON(state: RowState<MsSsimOptions>): MsSsim {
    return new MsSsim(state.options).resume(state);
  }
}

function describeScales(options: MsSsimOptions): Settings {
  const { betas = BETAS, normalize = "none" } = options;
  return { ...describe(ssimSettings(options)), betas: betas.join(","), normalize };
}

function halvePair({ real, generated }: { real: Plane; generated: Plane }) {
  return { real: halve(real), generated: halve(generated) };
}

/** The window must fit at the last scale; torchmetrics asks for more, see its checks. */
function smallestSide(settings: SsimSettings, scales: number, torchmetrics: boolean): number {
  const halvings = 2 ** (scales - 1);
  if (!torchmetrics) return settings.weights.length * halvings;
  const share = Math.max(1, scales - 1) ** 2; // size / share must exceed 10
  return Math.max(2 * halvings, 11 * share, (radiusOf(settings) + 1) * halvings);
}
