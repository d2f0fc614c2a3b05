// CLIPScore (Hessel et al., 2021): how well a caption fits an image, by the cosine of their
// embeddings from one CLIP model: 2.5 · max(cos, 0), averaged over the pairs.

import { dot, rowOf, type Rows, toMatrix } from "../linalg/index.js";
import {
  type Accumulator,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";
import { exactSum } from "../exact-sum.js";
import { jackknifed, meanOf } from "../jackknife.js";

export interface ClipScoreOptions {
  /** `torchmetrics`: the mean of 100 · cos, made 0 if negative. */
  readonly compat?: "paper" | "torchmetrics";
  /** The CLIP model's `id`, for the signature. */
  readonly extractor?: string;
}

export interface ClipScoreParts {
  /** The bare cosine of each pair, in the order in which they were added. */
  readonly cosines: readonly number[];
}

/** Embeddings of images and of their captions, row by row. */
export interface CaptionedImages {
  readonly images: Rows; // [n, d]
  readonly texts: Rows; // [n, d]
}

export type ClipScoreResult = Result<ClipScoreParts, "no-items" | "zero-embedding">;

/** The CLIP score of images with their captions: 0 to 2.5, higher fits better. */
export function clipScore(pairs: CaptionedImages, options: ClipScoreOptions = {}): ClipScoreResult {
  return new ClipScore(options).add(pairs).result();
}

export interface ClipScoreState {
  readonly options: ClipScoreOptions;
  readonly cosines: readonly (number | null)[]; // null: an embedding without direction
}

/** Collects batches of captioned images. */
export class ClipScore implements Accumulator<CaptionedImages, ClipScoreResult, ClipScoreState> {
  readonly #options: ClipScoreOptions;
  readonly #cosines: (number | null)[] = [];

  constructor(options: ClipScoreOptions = {}) {
    this.#options = options;
  }

  add({ images, texts }: CaptionedImages): this {
    const [x, y] = [toMatrix(images, "image embeddings"), toMatrix(texts, "text embeddings")];
    if (x.rows !== y.rows || x.columns !== y.columns) {
      throw new RangeError(
        `${x.rows} image embeddings of ${x.columns} numbers cannot be paired with ` +
          `${y.rows} text embeddings of ${y.columns}: give one caption an image, from one model.`,
      );
    }
    for (let i = 0; i < x.rows; i++) this.#cosines.push(cosine(rowOf(x, i), rowOf(y, i)));
    return this;
  }

  merge(other: ClipScore): this {
    requireSameSettings(this.#signature(), other.#signature());
    for (const cosine of [...other.#cosines]) this.#cosines.push(cosine);
    return this;
  }

  result(): ClipScoreResult {
    const about = { n: this.#cosines.length, signature: this.#signature() };
    if (about.n === 0) {
      return undecided("no-items", "The CLIP score needs a pair; none came.", about);
    }
    const cosines = this.#cosines.filter((c) => c !== null);
    if (cosines.length < about.n) {
      return undecided("zero-embedding", "An embedding is all zeros and has no direction.", about);
    }
    const { compat = "paper" } = this.#options;
    const scores = cosines.map((c) => (compat === "paper" ? 2.5 * Math.max(c, 0) : 100 * c));
    const value = Math.max(0, exactSum(scores) / scores.length);
    const interval = jackknifed(meanOf(scores), value, [0, Infinity]);
    return { value, parts: { cosines }, ...interval, ...about };
  }

  toJSON(): ClipScoreState {
    return { options: this.#options, cosines: [...this.#cosines] };
  }

  static fromJSON({ options, cosines }: ClipScoreState): ClipScore {
    const result = new ClipScore(options);
    for (const cosine of cosines) result.#cosines.push(cosine);
    return result;
  }

  #signature(): string {
    const { compat = "paper", extractor = "given" } = this.#options;
    return signature("clip-score", { compat, extractor });
  }
}

function cosine(a: Float64Array, b: Float64Array): number | null {
  const lengths = dot(a, a) * dot(b, b);
  return lengths === 0 ? null : dot(a, b) / Math.sqrt(lengths);
}
