// Cases of metrics of feature vectors: Fréchet distance, KID, Inception Score, precision and
// recall, CLIP score, mode coverage.

import {
  clipScore,
  Fid,
  fid,
  frechetDistance,
  inceptionScore,
  kid,
  type Matrix,
  matrixSquareRoot,
  maximumMeanDiscrepancy,
  modeCoverage,
  prdc,
  type Rows,
} from "../../metrics/index.js";
import { given, kind, type Kind } from "../case.js";

type Numbers = number[][];

interface KernelParams {
  readonly kernel?: "poly" | "rbf" | null;
  readonly kernel_poly_degree?: number | null;
  readonly kernel_poly_gamma?: number | null;
  readonly kernel_poly_coef0?: number | null;
  readonly kernel_rbf_sigma?: number | null;
}

function nested({ rows, columns, data }: Matrix): Numbers {
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);
}

function streamed({ batches_1, batches_2 }: { batches_1: Numbers[]; batches_2: Numbers[] }): Fid {
  const all = new Fid();
  for (const real of batches_1) all.add({ real });
  for (const generated of batches_2) all.add({ generated });
  return all;
}

/** 100 · cos and 2.5 · max(cos, 0), pair by pair and in the mean. */
function clipAnswer(
  { image_embeddings: images, text_embeddings: texts }: Record<string, Numbers>,
  scale: number,
  perPairWanted: boolean,
) {
  const pairs = { images: images!, texts: texts! };
  const paper = clipScore(pairs);
  const cosines = paper.parts?.cosines ?? [];
  const mean = clipScore(pairs, { compat: "torchmetrics" }).value;
  return {
    per_pair: cosines.map((cosine) => scale * cosine),
    mean_clamped: mean === null ? null : (scale / 100) * mean,
    clipscore_2_5: perPairWanted ? cosines.map((cosine) => 2.5 * Math.max(0, cosine)) : paper.value,
  };
}

export const featureKinds: Readonly<Record<string, Kind>> = {
  "fid.features": kind<{ features_1: Rows; features_2: Rows }>(
    ({ features_1: real, features_2: generated }) => ({ fid: fid({ real, generated }).value }),
  ),
  "fid.statistics": kind<{ mu_1: number[]; mu_2: number[]; sigma_1: Numbers; sigma_2: Numbers }>(
    (inputs) => {
      const real = { mean: inputs.mu_1, covariance: inputs.sigma_1 };
      const generated = { mean: inputs.mu_2, covariance: inputs.sigma_2 };
      return { fid: frechetDistance({ real, generated }).value };
    },
  ),
  "fid.streaming": kind<{ batches_1: Numbers[]; batches_2: Numbers[] }>((inputs) => ({
    fid: streamed(inputs).result().value,
  })),
  matrixSqrtSPD: kind<{ matrix: Numbers }>(({ matrix }) => {
    const n = matrix.length;
    const root = matrixSquareRoot({ rows: n, columns: n, data: Float64Array.from(matrix.flat()) });
    const trace = Array.from({ length: n }, (_, i) => root.data[i * n + i]!).reduce(
      (a, b) => a + b,
      0,
    );
    return { sqrt: nested(root), trace };
  }),
  kid: kind<Record<`${"features" | "subset_indices"}_${1 | 2}`, Numbers>, KernelParams>(
    (inputs, params) => {
      const features = { real: inputs.features_1, generated: inputs.features_2 };
      const { value, parts } = kid(features, {
        kernel: given(params.kernel),
        degree: given(params.kernel_poly_degree),
        gamma: params.kernel_poly_gamma,
        coefficient: given(params.kernel_poly_coef0),
        sigma: given(params.kernel_rbf_sigma),
        subsetIndices: { real: inputs.subset_indices_1, generated: inputs.subset_indices_2 },
      });
      return { mean: value, std: parts?.standardDeviation, per_subset: parts?.perSubset };
    },
  ),
  mmd2: kind<
    { features_1: Rows; features_2: Rows },
    { kernel?: "poly"; degree?: number | null; gamma?: number | null; coef0?: number | null }
  >(({ features_1: real, features_2: generated }, { kernel, degree, gamma, coef0 }) => {
    const options = { kernel, degree: given(degree), gamma, coefficient: given(coef0) };
    const { parts } = maximumMeanDiscrepancy({ real, generated }, options);
    return {
      unbiased: parts?.unbiased,
      biased: parts?.biased,
      "u-statistic": parts?.uStatistic,
    };
  }),
  inceptionScore: kind<
    { logits: Rows; permutation: number[] },
    { splits?: number | null; std_ddof?: number | null }
  >(({ logits, permutation }, { splits }) => {
    const { value, parts } = inceptionScore(logits, {
      splits: given(splits),
      permutation: given(permutation),
      compat: "torch-fidelity",
    });
    return { mean: value, std: parts?.standardDeviation ?? null, error_or_nan: value === null };
  }),
  prdc: kind<{ real_features: Rows; fake_features: Rows }, { nearest_k: number }>(
    ({ real_features: real, fake_features: generated }, { nearest_k: nearestK }) => {
      const { parts } = prdc({ real, generated }, { nearestK });
      return {
        precision: parts?.precision,
        recall: parts?.recall,
        density: parts?.density,
        coverage: parts?.coverage,
        improved_precision_le: parts?.improvedPrecision,
        improved_recall_le: parts?.improvedRecall,
      };
    },
  ),
  clipScore: kind<Record<string, Numbers>, { scale?: number | null }>(
    (inputs, { scale }, expected) =>
      clipAnswer(inputs, scale ?? 100, Array.isArray(expected["clipscore_2_5"])),
  ),
  modeCoverage: kind<
    { centers: Rows; points: Rows },
    { sigma: number; threshold_sigmas?: number | null }
  >(({ centers, points }, { sigma, threshold_sigmas }) => {
    const options = { sigma, threshold: given(threshold_sigmas) };
    const { parts } = modeCoverage({ samples: points, centers }, options);
    return {
      counts_all: parts?.counts,
      counts_high_quality: parts?.highQualityCounts,
      high_quality: parts?.highQuality,
      modes_covered: parts?.modes,
      kl_to_uniform_nats: parts?.divergence,
    };
  }),
};
