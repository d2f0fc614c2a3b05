// Mode coverage on a mixture of Gaussians whose centres are known, the toy on which GANs are seen
// to drop modes (Srivastava et al., 2017; Lin et al., 2018): each sample goes to its nearest centre
// and is of high quality within a few standard deviations of it.

import {
  type Matrix,
  requireSameColumns,
  type Rows,
  rowsOf,
  squaredDistance,
  toMatrix,
} from "../linalg/index.js";
import { requirePositive } from "../options.js";
import {
  type Accumulator,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";

export interface ModeCoverageOptions {
  /** The standard deviation of every mode. */
  readonly sigma: number;
  /** How many of them a sample of high quality may lie away. */
  readonly threshold?: number;
}

export interface ModeCoverageParts {
  /** Modes with at least one sample of high quality. */
  readonly modes: number;
  /** The share of samples of high quality. */
  readonly highQuality: number;
  readonly counts: readonly number[]; // per mode, all samples
  readonly highQualityCounts: readonly number[];
  /** KL divergence, in nats, of the modes' shares from equal shares: all samples; high quality. */
  readonly divergence: number;
  readonly highQualityDivergence: number | null;
}

export type ModeCoverageResult = Result<ModeCoverageParts, "no-items">;

/** How many of the modes are covered; the value is their share of all modes, 0 to 1. */
export function modeCoverage(
  { samples, centers }: { readonly samples: Rows; readonly centers: Rows },
  options: ModeCoverageOptions,
): ModeCoverageResult {
  return new ModeCoverage(centers, options).add(samples).result();
}

export interface ModeCoverageState {
  readonly options: ModeCoverageOptions;
  readonly centers: readonly (readonly number[])[];
  readonly counts: readonly number[];
  readonly highQualityCounts: readonly number[];
}

/** Counts samples by mode; whole numbers, so any order of merging gives the same. */
export class ModeCoverage implements Accumulator<Rows, ModeCoverageResult, ModeCoverageState> {
  readonly #options: ModeCoverageOptions;
  readonly #centers: Matrix;
  readonly #counts: number[];
  readonly #high: number[];

  constructor(centers: Rows, options: ModeCoverageOptions) {
    const { sigma, threshold = 3 } = options;
    requirePositive(sigma, "sigma");
    requirePositive(threshold, "threshold");
    this.#options = options;
    this.#centers = toMatrix(centers, "centers");
    this.#counts = new Array<number>(this.#centers.rows).fill(0);
    this.#high = [...this.#counts];
  }

  /** Takes samples [b, d] in. */
  add(samples: Rows): this {
    const x = toMatrix(samples, "samples");
    requireSameColumns(x, this.#centers, ["sample", "center"]);
    if (this.#centers.rows === 0) return this;
    const { sigma, threshold = 3 } = this.#options;
    for (let i = 0; i < x.rows; i++) {
      const distances = Array.from(this.#counts, (_, m) => squaredDistance(x, this.#centers, i, m));
      const nearest = distances.indexOf(Math.min(...distances));
      this.#counts[nearest]!++;
      if (Math.sqrt(distances[nearest]!) <= threshold * sigma) this.#high[nearest]!++;
    }
    return this;
  }

  merge(other: ModeCoverage): this {
    requireSameSettings(this.#settings(), other.#settings());
    other.#counts.forEach((count, m) => (this.#counts[m]! += count));
    other.#high.forEach((count, m) => (this.#high[m]! += count));
    return this;
  }

  result(): ModeCoverageResult {
    const n = this.#counts.reduce((a, b) => a + b, 0);
    const { sigma, threshold = 3 } = this.#options;
    const settings = { modes: this.#centers.rows, sigma, threshold };
    const about = { n, signature: signature("mode-coverage", settings) };
    const divergence = divergenceFromEqual(this.#counts);
    if (divergence === null) {
      return undecided("no-items", "Mode coverage needs samples and centers.", about);
    }
    const modes = this.#high.filter((count) => count > 0).length;
    const parts = {
      modes,
      highQuality: this.#high.reduce((a, b) => a + b, 0) / n,
      counts: [...this.#counts],
      highQualityCounts: [...this.#high],
      divergence,
      highQualityDivergence: divergenceFromEqual(this.#high),
    };
    return { value: modes / this.#centers.rows, parts, ...about };
  }

  toJSON(): ModeCoverageState {
    return {
      options: this.#options,
      centers: rowsOf(this.#centers).map((center) => [...center]),
      counts: [...this.#counts],
      highQualityCounts: [...this.#high],
    };
  }

  static fromJSON({
    options,
    centers,
    counts,
    highQualityCounts,
  }: ModeCoverageState): ModeCoverage {
    const result = new ModeCoverage(centers, options);
    counts.forEach((count, m) => (result.#counts[m] = count));
    highQualityCounts.forEach((count, m) => (result.#high[m] = count));
    return result;
  }

  #settings(): string {
    return JSON.stringify([this.#options, [...this.#centers.data]]);
  }
}

/** Σ p ln(p · modes) over the shares p; `null` where there is nothing to share. */
function divergenceFromEqual(counts: readonly number[]): number | null {
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return null;
  return counts.reduce((sum, count) => {
    const p = count / total;
    return p === 0 ? sum : sum + p * Math.log(p * counts.length);
  }, 0);
}
