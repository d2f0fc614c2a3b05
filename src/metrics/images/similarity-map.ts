// Similarity at every place of an image, as SSIM averages it: the settings that programs differ in,
// windowed means, variances and covariance, and the two factors made of them.

import { requirePositive } from "../options.js";
import type { Settings } from "../result.js";
import type { Plane } from "./image.js";
import { requireRange } from "./psnr.js";
import { crop, filterInside, gaussianWindow, reflectBorder, uniformWindow } from "./window.js";

export interface SsimOptions {
  /** The distance from black to white: 255 for bytes, 1 for [0, 1]. It is never guessed. */
  readonly dataRange: number;
  /**
   * `wang` (the default): Gaussian, population variances, windows that fit in the image.
   * `scikit-image`: its default, a uniform 7 × 7 window and sample variances.
   * `torchmetrics`: as Wang, but windows over a mirrored border, too.
   */
  readonly compat?: SsimCompat;
  readonly window?: "gaussian" | "uniform";
  /** Width of a uniform window. */
  readonly size?: number;
  /** Of a Gaussian window: its deviation, and how many deviations it reaches. */
  readonly sigma?: number;
  readonly truncate?: number;
  readonly covariance?: "population" | "sample";
  readonly K1?: number;
  readonly K2?: number;
}

export type SsimCompat = "wang" | "scikit-image" | "torchmetrics";

/** The options with all that a `compat` says filled in. */
export interface SsimSettings {
  readonly weights: Float64Array; // along one axis
  readonly window: string;
  readonly covariance: "population" | "sample";
  readonly border: "inside" | "reflect";
  readonly K1: number;
  readonly K2: number;
  readonly dataRange: number;
}

export function ssimSettings(options: SsimOptions): SsimSettings {
  requireRange(options.dataRange);
  const { compat = "wang", sigma = 1.5, truncate = 3.5, K1 = 0.01, K2 = 0.03 } = options;
  const plain = compat === "scikit-image";
  const window = options.window ?? (plain ? "uniform" : "gaussian");
  const { size = plain ? 7 : 11 } = options;
  if (size % 2 !== 1)
    throw new RangeError(`A window of width ${size} has no middle: give an odd one.`);
  requirePositive(sigma, "sigma");
  requirePositive(truncate, "truncate");
  const reach = truncate === 3.5 ? "" : `x${truncate}`;
  return {
    weights: window === "gaussian" ? gaussianWindow(sigma, truncate) : uniformWindow(size),
    window: window === "gaussian" ? `gauss${sigma}${reach}` : `uniform${size}`,
    covariance: options.covariance ?? (plain ? "sample" : "population"),
    border: compat === "torchmetrics" ? "reflect" : "inside",
    K1,
    K2,
    dataRange: options.dataRange,
  };
}

/** What the signature says of the settings. */
export function describe({
  window,
  covariance,
  border,
  K1,
  K2,
  dataRange,
}: SsimSettings): Settings {
  return { window, covariance, border, K1, K2, range: dataRange };
}

/** How far the window reaches from its middle. */
export function radiusOf({ weights }: SsimSettings): number {
  return (weights.length - 1) / 2;
}

/** SSIM and its contrast factor at every place; the contrast never looks at a mirrored border. */
export function similarityMaps(
  { real, generated }: { readonly real: Plane; readonly generated: Plane },
  settings: SsimSettings,
): { similarity: Plane; contrast: Plane } {
  const radius = radiusOf(settings);
  const reflect = settings.border === "reflect";
  const [x, y] = reflect
    ? [reflectBorder(real, radius), reflectBorder(generated, radius)]
    : [real, generated];
  const local = localMeans(x, y, settings.weights);
  const { height, width } = local.x;
  const count = height * width;
  const [similarity, contrast] = [new Float64Array(count), new Float64Array(count)];
  const { K1, K2, dataRange } = settings;
  const [c1, c2] = [(K1 * dataRange) ** 2, (K2 * dataRange) ** 2];
  const n = settings.weights.length ** 2;
  const scale = settings.covariance === "sample" ? n / (n - 1) : 1;
  for (let i = 0; i < count; i++) {
    const mx = local.x.data[i]!;
    const my = local.y.data[i]!;
    const vx = scale * (local.xx.data[i]! - mx * mx);
    const vy = scale * (local.yy.data[i]! - my * my);
    const vxy = scale * (local.xy.data[i]! - mx * my);
    contrast[i] = (2 * vxy + c2) / (vx + vy + c2);
    similarity[i] = ((2 * mx * my + c1) / (mx * mx + my * my + c1)) * contrast[i]!;
  }
  const plane = { height, width, data: contrast };
  return {
    similarity: { height, width, data: similarity },
    contrast: reflect ? crop(plane, radius) : plane,
  };
}

/** Windowed means of x, y and of their products. */
function localMeans(x: Plane, y: Plane, weights: Float64Array) {
  const product = (a: Float64Array, b: Float64Array): Plane => {
    const data = new Float64Array(a.length);
    for (let i = 0; i < data.length; i++) data[i] = a[i]! * b[i]!;
    return filterInside({ ...x, data }, weights);
  };
  return {
    x: filterInside(x, weights),
    y: filterInside(y, weights),
    xx: product(x.data, x.data),
    yy: product(y.data, y.data),
    xy: product(x.data, y.data),
  };
}
