// LPIPS (Zhang et al., 2018) from features that a network made: at every place the vectors over
// the channels are brought to length 1, their squared difference is weighted by channel (the
// trained "lin" layers), averaged over the places and summed over the layers.

import { type Result, type Settings, signature, undecided } from "../result.js";
import type { RowState } from "../rows.js";
import { sum } from "../statistics/summary.js";
import { type Image, type Plane, planesOf } from "./image.js";
import { ItemMean } from "./item-mean.js";

/** One layer's features: [channels, height, width], nested or with `shape` and `data`. */
export type FeatureMap =
  { readonly shape: readonly number[]; readonly data: ArrayLike<number> } | Image;

/** Features of one image pair, layer by layer. */
export interface LayerPair {
  readonly real: readonly FeatureMap[];
  readonly generated: readonly FeatureMap[];
}

export interface LpipsOptions {
  /** One weight a channel for every layer; 1 for all where it is missing. */
  readonly weights?: readonly ArrayLike<number>[];
  /** `torchmetrics` divides by √(Σx² + 1e-8), the original by √Σx² + 1e-10. */
  readonly compat?: "original" | "torchmetrics";
  /** The network's `id`, for the signature. */
  readonly extractor?: string;
}

export interface LpipsParts {
  readonly perLayer: readonly number[];
}

/** The perceptual distance of one image pair: from 0 (equal) up. */
export function lpips(
  { real, generated }: LayerPair,
  options: LpipsOptions = {},
): Result<LpipsParts> {
  const about = { n: 1, signature: signature("lpips", settingsOf(options)) };
  if (real.length !== generated.length) {
    throw new RangeError(
      `The real image has features of ${real.length} layers, the generated one of ` +
        `${generated.length}: give the same layers of both.`,
    );
  }
  if (real.length === 0)
    return undecided("no-items", "LPIPS needs the features of a layer.", about);
  const perLayer = real.map((layer, i) =>
    layerDistance(channelsOf(layer), channelsOf(generated[i]!), options.weights?.[i], options),
  );
  return { value: sum(perLayer), parts: { perLayer }, ...about };
}

/** LPIPS's mean over many image pairs. */
export class Lpips extends ItemMean<LayerPair, LpipsOptions> {
  constructor(options: LpipsOptions = {}) {
    super("lpips", options, {
      settings: settingsOf(options),
      score: (pair) => lpips(pair, options),
    });
  }

  static fromJSON(state: RowState<LpipsOptions>): Lpips {
    return new Lpips(state.options).resume(state);
  }
}

function settingsOf({ compat = "original", extractor = "given", weights }: LpipsOptions): Settings {
  return { compat, extractor, ...(!weights && { weights: "equal" }) };
}

/** The channels of a feature map, which come first in its shape. */
function channelsOf(map: FeatureMap): Plane[] {
  if ("shape" in map)
    return planesOf({ shape: map.shape, data: map.data, layout: "CHW" }, "feature");
  const channels = map as readonly (readonly (readonly number[])[])[];
  const shape = [channels.length, channels[0]?.length ?? 0, channels[0]?.[0]?.length ?? 0];
  return planesOf({ shape, data: channels.flat(2), layout: "CHW" }, "feature");
}

function layerDistance(
  real: readonly Plane[],
  generated: readonly Plane[],
  weights: ArrayLike<number> | undefined,
  { compat = "original" }: LpipsOptions,
): number {
  const places = real[0]!.data.length;
  const same = generated.length === real.length && generated[0]?.data.length === places;
  if (!same || (weights && weights.length !== real.length)) {
    throw new RangeError(
      `A layer has ${real.length} channels of ${places} places for the real image, ` +
        `${generated.length} of ${generated[0]?.data.length} for the generated one and ` +
        `${weights?.length ?? "no"} weights: they must agree.`,
    );
  }
  const distances = Float64Array.from({ length: places }, (_, at) => {
    const [a, b] = [lengthAt(real, at, compat), lengthAt(generated, at, compat)];
    return sum(
      real.map((plane, c) => {
        const difference = plane.data[at]! / a - generated[c]!.data[at]! / b;
        return (weights?.[c] ?? 1) * difference * difference;
      }),
    );
  });
  return sum(distances) / places;
}

function lengthAt(planes: readonly Plane[], at: number, compat: LpipsOptions["compat"]): number {
  const square = sum(planes.map(({ data }) => data[at]! ** 2));
  return compat === "torchmetrics" ? Math.sqrt(square + 1e-8) : Math.sqrt(square) + 1e-10;
}
