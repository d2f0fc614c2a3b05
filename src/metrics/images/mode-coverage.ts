// Mode coverage on a mixture of Gaussians whose centres are known, the toy on which GANs are seen
// to drop modes (Srivastava et al., 2017; Lin et al., 2018): each sample goes to its nearest centre
// and is of high quality within a few standard deviations of it.

import { type Rows, toMatrix } from "../linalg/index.js";
import { type Result, signature, undecided } from "../result.js";
import { squaredDistance } from "./nearest.js";

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

/** How many of the modes are covered; the value is their share of all modes. */
export function modeCoverage(
  { samples, centers }: { readonly samples: Rows; readonly centers: Rows },
  { sigma, threshold = 3 }: ModeCoverageOptions,
): Result<ModeCoverageParts, "no-items"> {
  const [x, modes] = [toMatrix(samples, "samples"), toMatrix(centers, "centers")];
  const settings = { modes: modes.rows, sigma, threshold };
  const about = { n: x.rows, signature: signature("mode-coverage", settings) };
  if (x.rows === 0 || modes.rows === 0) {
    return undecided("no-items", "Mode coverage needs samples and centers.", about);
  }
  if (x.columns !== modes.columns) {
    throw new RangeError(
      `Samples of ${x.columns} numbers have no place among centers of ${modes.columns}.`,
    );
  }
  const counts = new Array<number>(modes.rows).fill(0);
  const high = new Array<number>(modes.rows).fill(0);
  for (let i = 0; i < x.rows; i++) {
    const distances = Array.from(counts, (_, m) => squaredDistance(x, modes, i, m, Infinity));
    const nearest = distances.indexOf(Math.min(...distances));
    counts[nearest]!++;
    if (Math.sqrt(distances[nearest]!) <= threshold * sigma) high[nearest]!++;
  }
  const covered = high.filter((count) => count > 0).length;
  const parts = {
    modes: covered,
    highQuality: high.reduce((a, b) => a + b, 0) / x.rows,
    counts,
    highQualityCounts: high,
    divergence: divergenceFromEqual(counts)!,
    highQualityDivergence: divergenceFromEqual(high),
  };
  return { value: covered / modes.rows, parts, ...about };
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
