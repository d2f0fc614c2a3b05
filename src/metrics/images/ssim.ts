// Structural similarity (Wang, Bovik, Sheikh & Simoncelli, 2004):
//   SSIM = (2 μx μy + C₁)(2 σxy + C₂) / ((μx² + μy² + C₁)(σx² + σy² + C₂)),  C = (K · range)²
// under a sliding window, then averaged over the image and its channels. Programs differ in the
// window, the divisor of the variances and the border; `compat` names them.

import { type Result, signature, undecided } from "../result.js";
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

export interface SsimParts {
  /** The mean of the second factor alone: contrast and structure; `null` if all is border. */
  readonly contrast: number | null;
  readonly perChannel: readonly number[];
}

export type SsimResult = Result<SsimParts, "smaller-than-window">;

/** SSIM of one image: -1 to 1, 1 for equal images. */
export function ssim(pair: ImagePair, options: SsimOptions): SsimResult {
  const settings = ssimSettings(options);
  const planes = planePairs(pair);
  const about = { n: 1, signature: signature("ssim", describe(settings)) };
  const problem = sizeProblem(planes[0]!.real, settings);
  if (problem) return undecided("smaller-than-window", problem, about);
  const maps = planes.map((plane) => similarityMaps(plane, settings));
  const perChannel = maps.map(({ similarity }) => mean(similarity.data));
  const inside = maps.every((map) => map.contrast.data.length > 0);
  const contrast = inside ? mean(maps.map((map) => mean(map.contrast.data))) : null;
  return { value: mean(perChannel), parts: { contrast, perChannel }, ...about };
}

/** The similarity at every place where the window fits: one map [h, w] a channel. */
export function ssimMap(pair: ImagePair, options: SsimOptions): Plane[] {
  const settings = ssimSettings(options);
  const planes = planePairs(pair);
  const problem = sizeProblem(planes[0]!.real, settings);
  if (problem) throw new RangeError(problem);
  return planes.map((plane) => similarityMaps(plane, settings).similarity);
}

function sizeProblem({ height, width }: Plane, settings: SsimSettings): string | undefined {
  const need = settings.border === "reflect" ? radiusOf(settings) + 1 : settings.weights.length;
  if (Math.min(height, width) >= need) return undefined;
  return (
    `An image of ${height} × ${width} is smaller than ${need} × ${need}, ` +
    "which the window needs."
  );
}

/** SSIM's mean over many images. */
export class Ssim extends ItemMean<ImagePair, SsimOptions> {
  constructor(options: SsimOptions) {
    const settings = describe(ssimSettings(options));
    super("ssim", options, { settings, score: (pair) => ssim(pair, options) });
  }

  static fromJSON(state: RowState<SsimOptions>): Ssim {
    return new Ssim(state.options).resume(state);
  }
}
