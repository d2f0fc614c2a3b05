// Fréchet Inception Distance (Heusel et al., 2017): the Fréchet distance between Gaussians with the
// means and covariances (divisor n - 1) of the features of real and of generated images.

import {
  Covariance,
  type CovarianceState,
  dot,
  type Matrix,
  requireDimension,
  type Rows,
  toMatrix,
} from "../linalg/index.js";
import { type Accumulator, requireSameSettings, type Result, signature } from "../result.js";
import { type FrechetParts, gaussianDistance, type GaussianSide } from "./frechet.js";
import { tooFewSamples } from "./sample-sizes.js";

export interface FidParts extends FrechetParts {
  readonly real: number;
  readonly generated: number;
  /** Fewer samples than dimensions on a side: the value is exact, but biased upwards. */
  readonly fewSamples: boolean;
}

/** Two sets of features, which may come a batch at a time and one side at a time. */
export interface FeaturePair {
  readonly real: Rows; // [n, d]
  readonly generated: Rows; // [m, d]
}

export interface FidOptions {
  /** The extractor's `id`, for the signature. */
  readonly extractor?: string;
}

/**
 * FID of features: from 0 up, lower is better, in squared units of the features. It falls with the
 * number of samples, so compare at equal numbers. See `Fid` for sets that do not fit in memory.
 */
export function fid(
  features: FeaturePair,
  options: FidOptions = {},
): Result<FidParts, "too-few-samples"> {
  return new Fid(options).add(features).result();
}

/** A `Fid` as plain JSON. */
export interface FidState {
  readonly options: FidOptions;
  readonly real?: CovarianceState;
  readonly generated?: CovarianceState;
}

/** Streams features of both sides; holds two means and covariances, never all samples. */
export class Fid implements Accumulator<
  Partial<FeaturePair>,
  Result<FidParts, "too-few-samples">,
  FidState
> {
  readonly #options: FidOptions;
  #real: Covariance | undefined;
  #generated: Covariance | undefined;

  constructor(options: FidOptions = {}) {
    this.#options = options;
  }

  /** Takes a batch of one side, or of both. */
  add({ real, generated }: Partial<FeaturePair>): this {
    const [one, two] = [
      real && toMatrix(real, "real features"),
      generated && toMatrix(generated, "generated features"),
    ];
    this.#requireDimension(one, two);
    if (one?.rows) this.#real = (this.#real ?? new Covariance(one.columns)).add(one);
    if (two?.rows) this.#generated = (this.#generated ?? new Covariance(two.columns)).add(two);
    return this;
  }

  merge(other: Fid): this {
    requireSameSettings(JSON.stringify(this.#options), JSON.stringify(other.#options));
    this.#requireDimension(other.#real, other.#generated);
    this.#real = merged(this.#real, other.#real);
    this.#generated = merged(this.#generated, other.#generated);
    return this;
  }

  result(): Result<FidParts, "too-few-samples"> {
    const [real, generated] = [this.#real?.count ?? 0, this.#generated?.count ?? 0];
    const d = this.#dimension ?? 0;
    const settings = {
      n: `${real}/${generated}`,
      d,
      ddof: 1,
      extractor: this.#options.extractor ?? "given",
    };
    const about = { n: real + generated, signature: signature("fid", settings) };
    if (!this.#real || !this.#generated || real < 2 || generated < 2) {
      const need = "FID needs 2 samples a side for a covariance";
      return tooFewSamples(need, real, generated, about);
    }
    const { value, parts } = gaussianDistance(
      sideOfSamples(this.#real),
      sideOfSamples(this.#generated),
    );
    const fewSamples = real <= d || generated <= d;
    return { value, parts: { ...parts, real, generated, fewSamples }, ...about };
  }

  toJSON(): FidState {
    return {
      options: this.#options,
      real: this.#real?.toJSON(),
      generated: this.#generated?.toJSON(),
    };
  }

  static fromJSON({ options, real, generated }: FidState): Fid {
    const result = new Fid(options);
    if (real) result.#real = Covariance.fromJSON(real);
    if (generated) result.#generated = Covariance.fromJSON(generated);
    return result;
  }

  get #dimension(): number | undefined {
    return this.#real?.dimension ?? this.#generated?.dimension;
  }

  #requireDimension(...sides: (Matrix | Covariance | undefined)[]): void {
    let d = this.#dimension;
    for (const side of sides) {
      if (!side || ("rows" in side && side.rows === 0)) continue;
      const came = "rows" in side ? side.columns : side.dimension;
      requireDimension(came, (d ??= came));
    }
  }
}

function merged(mine: Covariance | undefined, other: Covariance | undefined) {
  return other ? (mine ?? new Covariance(other.dimension)).merge(other) : mine;
}

function sideOfSamples(samples: Covariance): GaussianSide {
  const factor = samples.factor();
  return { mean: samples.mean(), factor, trace: dot(factor.data, factor.data) };
}
