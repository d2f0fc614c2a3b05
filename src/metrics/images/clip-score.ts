// CLIPScore (Hessel et al., 2021): how well a caption fits an image, by the cosine of their
// embeddings from one CLIP model: 2.5 · max(cos, 0), averaged over the pairs.

import { type Rows, toMatrix } from "../linalg/index.js";
import { type Result, type Settings, signature, undecided } from "../result.js";
import { exactSum } from "../exact-sum.js";
import { jackknifeInterval } from "../jackknife.js";

export interface ClipScoreOptions {
  /** `torchmetrics`: the mean of 100 · cos, made 0 if negative. */
  readonly compat?: "paper" | "torchmetrics";
  /** The CLIP model's `id`, for the signature. */
  readonly extractor?: string;
}

export interface ClipScoreParts {
  /** The bare cosine of each pair. */
  readonly cosines: readonly number[];
}

/** The CLIP score of images [n, d] with their captions [n, d], pair by pair. */
export function clipScore(
  { images, texts }: { readonly images: Rows; readonly texts: Rows },
  options: ClipScoreOptions = {},
): Result<ClipScoreParts, "no-items" | "zero-embedding"> {
  const [x, y] = [toMatrix(images, "image embeddings"), toMatrix(texts, "text embeddings")];
  if (x.rows !== y.rows || x.columns !== y.columns) {
    throw new RangeError(
      `${x.rows} image embeddings of ${x.columns} numbers cannot be paired with ` +
        `${y.rows} text embeddings of ${y.columns}: give one caption an image, from one model.`,
    );
  }
  const about = { n: x.rows, signature: signature("clip-score", settingsOf(options)) };
  if (x.rows === 0) return undecided("no-items", "The CLIP score needs a pair; none came.", about);
  const cosines = Array.from({ length: x.rows }, (_, i) => {
    const [a, b] = [row(x, i), row(y, i)];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  });
  if (cosines.some(Number.isNaN)) {
    return undecided("zero-embedding", "An embedding is all zeros and has no direction.", about);
  }
  const { scores, value } = scored(cosines, options);
  const rows = scores.map((s) => [s, 1]);
  const interval = jackknifeInterval({ rows, score: ([s, n]) => s! / n! }, value, [0, Infinity]);
  return { value, parts: { cosines }, ...(interval && { interval }), ...about };
}

function scored(cosines: readonly number[], { compat = "paper" }: ClipScoreOptions) {
  const scores = cosines.map((c) => (compat === "paper" ? 2.5 * Math.max(c, 0) : 100 * c));
  return { scores, value: Math.max(0, exactSum(scores) / scores.length) };
}

function settingsOf({ compat = "paper", extractor = "given" }: ClipScoreOptions): Settings {
  return { compat, extractor };
}

function row({ columns, data }: { columns: number; data: Float64Array }, i: number): Float64Array {
  return data.subarray(i * columns, (i + 1) * columns);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
