// BERTScore (Zhang et al. 2020, "BERTScore: evaluating text generation with BERT", section 3):
// every token is matched with the most similar one of the other text, by the cosine of contextual
// embeddings, which may come from any model. Weighted by idf where weights are given.

import { requireDimension } from "../linalg/index.js";
import type { Matrix, Rows } from "../linalg/index.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { rowProduct, unitRows } from "./cosine.js";

/** A text as embeddings of its tokens [T, D], and a weight for each (all 1 if left out). */
export interface EmbeddedText {
  readonly embeddings: Rows;
  readonly weights?: ArrayLike<number>;
}

export interface EmbeddedSegment {
  readonly hypothesis: EmbeddedText;
  readonly references: readonly EmbeddedText[];
}

export interface BertScoreOptions {
  /**
   * "bert_score" counts a text of exactly two positions as empty, since these are the two marks
   * that BERT puts around every text: precision and recall are 0 then, but F1 is left as it was.
   */
  readonly compat?: "bert_score";
  /** What made the embeddings, and whether weights are idf, for the signature. */
  readonly extractor?: string;
}

export interface BertScoreParts {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Mean F1 over segments, each against its best reference; -1 to 1. An empty text scores 0. */
export class BertScore extends RowAccumulator<EmbeddedSegment, BertScoreParts, BertScoreOptions> {
  protected override readonly range = [-1, 1] as const;

  constructor(options: BertScoreOptions = {}) {
    super("bertscore", options);
  }

  static fromJSON(state: RowState<BertScoreOptions>): BertScore {
    return new BertScore(state.options).restore(state);
  }

  protected row({ hypothesis, references }: EmbeddedSegment): number[] {
    const scores = references.map((reference) => this.#compare(hypothesis, reference));
    if (scores.length === 0)
      throw new RangeError("A segment needs at least one reference; none came.");
    const { precision, recall, f1 } = scores.reduce((a, b) => (b.f1 > a.f1 ? b : a));
    return [precision, recall, f1, 1];
  }

  #compare(hypothesis: EmbeddedText, reference: EmbeddedText): BertScoreParts {
    const [own, other] = [hypothesis, reference].map((text) => prepared(text));
    if (own!.unit.rows === 0 || other!.unit.rows === 0) return { precision: 0, recall: 0, f1: 0 };
    requireDimension(own!.unit.columns, other!.unit.columns, ["hypothesis", "reference"]);
    const precision = weightedBest(own!, other!.unit);
    const recall = weightedBest(other!, own!.unit);
    const sum = precision + recall;
    const f1 = sum === 0 ? 0 : (2 * precision * recall) / sum;
    const bare = [own!, other!].some(({ unit }) => unit.rows === 2);
    if (bare && this.options.compat === "bert_score") return { precision: 0, recall: 0, f1 };
    return { precision, recall, f1 };
  }

  protected score(sums: readonly number[]): number {
    return sums[2]! / sums[3]!;
  }
  protected parts([p = 0, r = 0, f = 0, segments = 0]: readonly number[]): BertScoreParts {
    return { precision: p / segments, recall: r / segments, f1: f / segments };
  }
  protected settings(): Settings {
    const { compat = "none", extractor = "given" } = this.options;
    return { compat, extractor };
  }
}

interface Prepared {
  readonly unit: Matrix;
  readonly weights: readonly number[];
}

function prepared({ embeddings, weights }: EmbeddedText): Prepared {
  const unit = unitRows(embeddings, "token embeddings");
  const list = weights ? Array.from(weights) : new Array<number>(unit.rows).fill(1);
  if (list.length === unit.rows && list.every((weight) => weight >= 0))
    return { unit, weights: list };
  throw new RangeError(
    `A text has ${unit.rows} token embeddings and ${list.length} weights: ` +
      "give one weight a token, none below 0.",
  );
}

/**
 * Mean over tokens of the best cosine in the other text, eq. 1 and 2 with idf; no weight, no
 * score.
 */
function weightedBest({ unit, weights }: Prepared, other: Matrix): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return 0;
  return weights.reduce((sum, weight, i) => sum + (weight / total) * bestCosine(unit, i, other), 0);
}

function bestCosine(unit: Matrix, row: number, other: Matrix): number {
  let best = -Infinity;
  for (let j = 0; j < other.rows; j++) best = Math.max(best, rowProduct(unit, row, other, j));
  return best;
}

/**
 * BERTScore of one embedded text with another, -1 to 1, higher is closer; see the class for
 * corpora.
 */
export function bertScore(
  texts: { readonly hypothesis: EmbeddedText; readonly reference: EmbeddedText },
  options: BertScoreOptions = {},
): Result<BertScoreParts> {
  const segment = { hypothesis: texts.hypothesis, references: [texts.reference] };
  return new BertScore(options).add(segment).result();
}

/**
 * Inverse document frequencies of tokens over reference texts: log((N + 1) / (texts with it + 1)),
 * and log(N + 1) for a token that none has.
 */
export function idfWeights(
  references: readonly (readonly string[])[],
): (tokens: readonly string[]) => number[] {
  const counts = new Map<string, number>();
  for (const tokens of references) {
    for (const token of new Set(tokens)) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const above = references.length + 1;
  return (tokens) => tokens.map((token) => Math.log(above / ((counts.get(token) ?? 0) + 1)));
}
