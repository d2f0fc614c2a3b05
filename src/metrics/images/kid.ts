// Kernel Inception Distance (Bińkowski et al., 2018): the unbiased squared maximum mean
// discrepancy of features under a cubic kernel, as mean and spread over random subsets.
// Near zero it may be negative; that is right, and it is not clamped.

import { type Matrix, toMatrix } from "../linalg/index.js";
import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { randomSubset, seededRandom } from "../statistics/random.js";
import { mean, standardDeviation } from "../statistics/summary.js";
import { FeatureSets, type FeatureSetsState, requireRows, sortedRows } from "./feature-sets.js";
import type { FeaturePair } from "./fid.js";
import {
  type Discrepancy,
  discrepancy,
  type KernelOptions,
  subsetDiscrepancies,
} from "./kernel.js";
import { aboutSets, tooFewSamples } from "./sample-sizes.js";

export interface KidOptions extends KernelOptions {
  readonly subsets?: number;
  /** Rows of each side in a subset; at most as many as the smaller side has. */
  readonly subsetSize?: number;
  readonly seed?: string;
  /** Which rows each subset takes, in the order in which they were added. */
  readonly subsetIndices?: {
    readonly real: readonly ArrayLike<number>[];
    readonly generated: readonly ArrayLike<number>[];
  };
  /** The extractor's `id`, for the signature. */
  readonly extractor?: string;
}

/** Over the subsets: their values, and the spread with divisor n. */
export interface KidParts {
  readonly standardDeviation: number;
  readonly perSubset: readonly number[];
  readonly subsetSize: number;
}

export type KidResult = Result<KidParts, "too-few-samples">;

/** KID of two sets of features: about 0 for one distribution (also below), lower is better. */
export function kid(features: FeaturePair, options: KidOptions = {}): KidResult {
  return new Kid(options).add(features).result();
}

/** MMD² of all rows against all rows, in its three estimates; the value is the unbiased one. */
export function maximumMeanDiscrepancy(
  { real, generated }: FeaturePair,
  options: KernelOptions = {},
): Result<Discrepancy, "too-few-samples"> {
  const [x, y] = [toMatrix(real, "real features"), toMatrix(generated, "generated features")];
  const about = aboutSets("mmd2", x, y, kernelSettings(options));
  if (x.rows < 2 || y.rows < 2) return tooFew(x, y, about);
  const parts = discrepancy(x, y, options);
  return { value: parts.unbiased, parts, ...about };
}

/** Collects features of both sides for KID. */
export class Kid extends FeatureSets<KidOptions, KidResult> {
  constructor(options: KidOptions = {}) {
    super(options);
    const { subsetIndices: given, subsetSize = 1000 } = options;
    const subsets = given?.real.length ?? options.subsets ?? 100;
    requireWhole(subsets, "subsets");
    requireWhole(subsetSize, "subsetSize", 2);
    if (!given || [...given.real, ...given.generated].every(({ length }) => length > 1)) {
      if (given?.real.length === given?.generated.length) return;
    }
    throw new RangeError("subsetIndices need as many subsets of either side, of 2 rows or more.");
  }

  static fromJSON({ options, real, generated }: FeatureSetsState<KidOptions>): Kid {
    return new Kid(options).add({ real, generated });
  }

  protected measure(real: Matrix, generated: Matrix): KidResult {
    const { subsetSize = 1000, subsetIndices: given } = this.options;
    const size = given?.real[0]?.length ?? Math.min(subsetSize, real.rows, generated.rows);
    const about = aboutSets("kid", real, generated, { ...this.settings(), m: size });
    if (size < 2) return tooFew(real, generated, about);
    const [x, y] = given ? [real, generated] : [sortedRows(real), sortedRows(generated)];
    const subsets = subsetsOf(x, y, size, this.options);
    const perSubset = subsetDiscrepancies(x, y, subsets, this.options);
    const spread = standardDeviation(perSubset, 0);
    const parts = { standardDeviation: spread, perSubset, subsetSize: size };
    return { value: mean(perSubset), parts, ...about };
  }

  protected settings(): Settings {
    const { subsets = 100, seed = "genarch", subsetIndices: given, extractor } = this.options;
    const drawn = { subsets: given?.real.length ?? subsets, seed: given ? "given" : seed };
    return {
      m: this.options.subsetSize ?? 1000,
      ...drawn,
      ...kernelSettings(this.options),
      extractor: extractor ?? "given",
    };
  }
}

/** Row numbers of either side, subset by subset; the real side is drawn first. */
function subsetsOf(
  real: Matrix,
  generated: Matrix,
  size: number,
  { subsets = 100, seed = "genarch", subsetIndices: given }: KidOptions,
): [ArrayLike<number>, ArrayLike<number>][] {
  if (given) {
    return given.real.map((rows, i) => [
      requireRows(rows, real.rows),
      requireRows(given.generated[i]!, generated.rows),
    ]);
  }
  const random = seededRandom(seed);
  return Array.from({ length: subsets }, () => [
    randomSubset(random, real.rows, size),
    randomSubset(random, generated.rows, size),
  ]);
}

function kernelSettings(options: KernelOptions): Record<string, string | number> {
  const { kernel = "poly", degree = 3, gamma, coefficient = 1, sigma = 10 } = options;
  return kernel === "rbf"
    ? { kernel, sigma }
    : { kernel, degree, gamma: gamma ?? "1/d", coefficient };
}

function tooFew(x: Matrix, y: Matrix, about: { n: number; signature: string }) {
  return tooFewSamples("A discrepancy needs 2 samples a side", x.rows, y.rows, about);
}
