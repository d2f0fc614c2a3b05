// The Fréchet distance between two Gaussians (Dowson & Landau, 1982):
//   d² = |μ₁ - μ₂|² + tr Σ₁ + tr Σ₂ - 2 tr √(Σ₁Σ₂)
// The last trace is the sum of the singular values of F₁F₂ᵀ, where FᵀF = Σ. No matrix root is
// taken, so nothing can turn imaginary, and fewer samples than dimensions lose no digit.

import {
  factorOfCovariance,
  type Matrix,
  nuclearNorm,
  requireSameColumns,
  rowProducts,
  type Rows,
  toMatrix,
} from "../linalg/index.js";
import { type Result, signature, undecided } from "../result.js";

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

/** The squared distance between two Gaussians given by mean and covariance: from 0 (equal) up. */
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
  return { ...gaussianDistance(one, two), ...about };
}

/** A Gaussian as the distance takes it. */
export interface GaussianSide {
  readonly mean: Float64Array;
  readonly factor: Matrix; // [r, d], factorᵀ factor = covariance
  readonly trace: number;
}

function sideOf({ mean, covariance }: Gaussian, name: string): GaussianSide {
  const sigma = toMatrix(covariance, `${name} covariance`);
  const d = mean.length;
  if (sigma.rows !== d || sigma.columns !== d) {
    throw new RangeError(
      `The ${name} mean has ${d} numbers, so its covariance must be ${d} × ${d}; ` +
        `it is ${sigma.rows} × ${sigma.columns}.`,
    );
  }
  const odd = Array.from(mean).find((x) => !Number.isFinite(x));
  if (odd !== undefined)
    throw new RangeError(`The ${name} mean holds ${odd}; give finite numbers.`);
  requireCovariance(sigma, name);
  const trace = Array.from({ length: d }, (_, i) => sigma.data[i * d + i]!).reduce(
    (a, b) => a + b,
    0,
  );
  return { mean: Float64Array.from(mean), factor: factorOfCovariance(sigma), trace };
}

/** Throws where a variance is negative, or the halves differ by more than float32 would. */
function requireCovariance({ columns: d, data }: Matrix, name: string): void {
  const deviation = (i: number) => Math.sqrt(data[i * d + i]!); // NaN below 0
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const gap = Math.abs(data[i * d + j]! - data[j * d + i]!);
      if (gap <= 1e-3 * deviation(i) * deviation(j)) continue;
      throw new RangeError(
        `The ${name} covariance is none, see [${i}, ${j}]: it must be symmetric, its diagonal not below 0.`,
      );
    }
  }
}

/** The distance and its terms. */
export function gaussianDistance(
  real: GaussianSide,
  generated: GaussianSide,
): { value: number; parts: FrechetParts } {
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
