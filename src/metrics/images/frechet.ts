// The Fréchet distance between two Gaussians, and FID: that distance between the features of real
// and of generated images (Heusel et al., 2017).
//   d² = |μ₁ - μ₂|² + tr Σ₁ + tr Σ₂ - 2 tr √(Σ₁Σ₂)
// The last trace is the sum of the singular values of F₁F₂ᵀ, where FᵀF = Σ. No matrix root is
// taken, so nothing can turn imaginary, and fewer samples than dimensions lose no digit.

import {
  Covariance,
  type CovarianceState,
  factorOfCovariance,
  type Matrix,
  nuclearNorm,
  requireSameColumns,
  rowProducts,
  type Rows,
  toMatrix,
} from "../linalg/index.js";
import { type Accumulator, type Result, signature, undecided } from "../result.js";

/** A Gaussian by its mean [d] and covariance [d, d]. */
export interface Gaussian {
  readonly mean: ArrayLike<number>;
  readonly covariance: Rows;
}

/** The terms of the distance: value = meanTerm + traceReal + traceGenerated - 2 crossTrace. */
export interface FrechetParts {
  readonly meanTerm: number;
  readonly traceReal: number;
  readonly traceGenerated: number;
  readonly crossTrace: number;
  /** Ranks of the two covariances' factors; a low one means too few samples for the dimensions. */
  readonly rankReal: number;
  readonly rankGenerated: number;
  readonly dimension: number;
}

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

/** The distance between two Gaussians that are given by mean and covariance. */
export function frechetDistance({
  real,
  generated,
}: {
  readonly real: Gaussian;
  readonly generated: Gaussian;
}): Result<FrechetParts> {
  const [one, two] = [sideOf(real, "real"), sideOf(generated, "generated")];
  requireSameColumns(one.factor, two.factor, ["real", "generated"]);
  const d = one.mean.length;
  const about = { n: d, signature: signature("frechet", { d, root: "singular-values" }) };
  if (d === 0) return undecided("no-items", "Gaussians of no dimensions have no distance.", about);
  return { ...distance(one, two), ...about };
}

/** FID of features: see `Fid` for sets that do not fit in memory. */
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
    if (this.#options.extractor !== other.#options.extractor) {
      throw new Error(
        `Cannot merge FID of extractor "${this.#options.extractor}" with FID of ` +
          `"${other.#options.extractor}".`,
      );
    }
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
      const message = `FID needs 2 samples a side for a covariance; ${real} real and ${generated} generated came.`;
      return undecided("too-few-samples", message, about);
    }
    const { value, parts } = distance(sideOfSamples(this.#real), sideOfSamples(this.#generated));
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
      if (came !== (d ??= came)) {
        throw new RangeError(
          `Features of ${came} dimensions cannot be measured against ones of ${d}. ` +
            "Make both sides with the same extractor.",
        );
      }
    }
  }
}

function merged(mine: Covariance | undefined, other: Covariance | undefined) {
  return other ? (mine ?? new Covariance(other.dimension)).merge(other) : mine;
}

interface Side {
  readonly mean: Float64Array;
  readonly factor: Matrix; // [r, d], factorᵀ factor = covariance
  readonly trace: number;
}

function sideOfSamples(samples: Covariance): Side {
  const factor = samples.factor();
  return { mean: samples.mean(), factor, trace: squareSum(factor) };
}

function sideOf({ mean, covariance }: Gaussian, name: string): Side {
  const sigma = toMatrix(covariance, `${name} covariance`);
  const d = mean.length;
  if (sigma.rows !== d || sigma.columns !== d) {
    throw new RangeError(
      `The ${name} mean has ${d} numbers, so its covariance must be ${d} × ${d}; ` +
        `it is ${sigma.rows} × ${sigma.columns}.`,
    );
  }
  const trace = Array.from({ length: d }, (_, i) => sigma.data[i * d + i]!).reduce(
    (a, b) => a + b,
    0,
  );
  return { mean: Float64Array.from(mean), factor: factorOfCovariance(sigma), trace };
}

function squareSum({ data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
  return sum;
}

function distance(real: Side, generated: Side): { value: number; parts: FrechetParts } {
  const meanTerm = real.mean.reduce((sum, x, i) => sum + (x - generated.mean[i]!) ** 2, 0);
  const crossTrace = nuclearNorm(rowProducts(real.factor, generated.factor));
  const parts = {
    meanTerm,
    traceReal: real.trace,
    traceGenerated: generated.trace,
    crossTrace,
    rankReal: real.factor.rows,
    rankGenerated: generated.factor.rows,
    dimension: real.mean.length,
  };
  // Rounding may leave equal sets at -1e-10; a squared distance is not negative.
  const value = Math.max(0, meanTerm + (real.trace + generated.trace - 2 * crossTrace));
  return { value, parts };
}
