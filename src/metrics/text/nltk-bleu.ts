// BLEU as NLTK 3.8 computes it (nltk.translate.bleu_score), from 0 to 1, over tokens.
// It parts from sacreBLEU in the denominators (at least 1 a segment), in what an order without
// a match counts, and in Chen & Cherry's (2014) smoothing methods, which it numbers 0 to 7.

import { brevity } from "./clipped-counts.js";
import { sumRows } from "../jackknife.js";
import { addAll } from "../add-all.js";
import { exactSum } from "../exact-sum.js";
import { signature, undecided } from "../result.js";
import type { Defined, Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { SMOOTHING, value } from "./nltk-smoothing.js";
import type { LastSegment, NltkBleuOptions } from "./nltk-smoothing.js";
import { clippedCounts, closestLength } from "./clipped-counts.js";
import { givenReferences, segmentsOf, tokensOf } from "./segments.js";
import type { ReferenceStreams, Segment, Sentence } from "./segments.js";

export interface NltkBleuParts {
  /** After smoothing; index 0 is order 1. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  readonly numerators: readonly number[];
  readonly denominators: readonly number[];
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

interface Tokenized {
  readonly hypothesis: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** [hypothesis length, closest reference length, numerators, denominators]. */
function nltkRow({ hypothesis, references }: Tokenized, orders: number): number[] {
  const { correct, total } = clippedCounts(hypothesis, references, orders);
  const lengths = references.map((reference) => reference.length);
  const closest = closestLength(lengths, hypothesis.length);
  return [hypothesis.length, closest, ...correct, ...total.map((count) => Math.max(1, count))];
}

/** Score and parts from a sum of rows; methods 5 to 7 also need the last segment. */
function nltkScore(
  sums: readonly number[],
  options: NltkBleuOptions,
  last: LastSegment,
): { score: number; parts: NltkBleuParts } {
  const { weights = [0.25, 0.25, 0.25, 0.25] } = options;
  const orders = weights.length;
  const [hypothesisLength = 0, referenceLength = 0] = sums;
  const numerators = sums.slice(2, 2 + orders);
  const denominators = sums.slice(2 + orders, 2 + 2 * orders);
  const brevityPenalty = brevity(hypothesisLength, referenceLength);
  const fractions = numerators.map((over, i) => ({ over, under: denominators[i]! }));
  const lengths = { hypothesisLength, referenceLength };
  const parts = { brevityPenalty, numerators, denominators, ...lengths };
  if (!numerators[0]) return { score: 0, parts: { precisions: fractions.map(value), ...parts } };
  const smooth = SMOOTHING[options.smoothing ?? "method0"];
  const precisions = smooth(fractions, { ...options, last, length: hypothesisLength }).map(value);
  const logs = precisions.map((p, i) => (p > 0 ? weights[i]! * Math.log(p) : 0));
  return { score: brevityPenalty * Math.exp(exactSum(logs)), parts: { precisions, ...parts } };
}

const NO_LAST: LastSegment = { fiveGram: { over: 0, under: 1 }, length: 0 };
const READS_LAST: readonly string[] = ["method5", "method6", "method7"];

function settingsOf(options: NltkBleuOptions): Settings {
  const { weights = [0.25, 0.25, 0.25, 0.25], smoothing = "method0" } = options;
  const { epsilon = 0.1, alpha = 5, k = 5 } = options;
  return {
    weights: weights.join("/"),
    smooth: smoothing,
    ...(smoothing === "method1" && { epsilon }),
    ...(smoothing === "method6" && { alpha }),
    ...((smoothing === "method4" || smoothing === "method7") && { k }),
  };
}

const METRIC = "bleu-nltk";

/** The score of one row of counts, for the methods that do not read the last segment. */
export function nltkBleuFromRow(row: readonly number[], options: NltkBleuOptions): number {
  return nltkScore(row, options, NO_LAST).score;
}

/**
 * NLTK's corpus BLEU as an accumulator, for methods 0 to 4: methods 5 to 7 read the last segment
 * of a corpus and so depend on its order; `nltkBleu` and `nltkSentenceBleu` offer these.
 */
export class NltkBleu extends RowAccumulator<Segment<Sentence>, NltkBleuParts, NltkBleuOptions> {
  protected override readonly range = [0, 1] as const;

  constructor(options: NltkBleuOptions = {}) {
    super(METRIC, options);
    if (!READS_LAST.includes(options.smoothing ?? "")) return;
    throw new RangeError(
      `${options.smoothing} reads the last segment of a corpus, so it cannot be merged. ` +
        "Use nltkBleu for a corpus in its order, or method0 to method4.",
    );
  }

  static fromJSON(state: RowState<NltkBleuOptions>): NltkBleu {
    return new NltkBleu(state.options).restore(state);
  }

  protected row(segment: Segment<Sentence>): number[] {
    return nltkRow(tokenized(segment), this.options.weights?.length ?? 4);
  }
  protected score(sums: readonly number[]): number {
    return nltkScore(sums, this.options, NO_LAST).score;
  }
  protected parts(sums: readonly number[]): NltkBleuParts {
    return nltkScore(sums, this.options, NO_LAST).parts;
  }
  protected settings(): Settings {
    return settingsOf(this.options);
  }
}

function tokenized(segment: Segment<Sentence>): Tokenized {
  const references = givenReferences(segment).map(tokensOf);
  return { hypothesis: tokensOf(segment.hypothesis), references };
}

/** NLTK's corpus BLEU (0 to 1), `references[stream][segment]`, all smoothing methods. */
export function nltkBleu(
  hypotheses: readonly Sentence[],
  references: ReferenceStreams<Sentence>,
  options: NltkBleuOptions = {},
): Result<NltkBleuParts> {
  const segments = segmentsOf(hypotheses, references);
  const last = segments.at(-1);
  if (!last) {
    const about = { n: 0, signature: signature(METRIC, settingsOf(options)) };
    return undecided("no-items", `${METRIC} needs at least one item; none came.`, about);
  }
  if (READS_LAST.includes(options.smoothing ?? "")) return inOrder(segments, last, options);
  return addAll(new NltkBleu(options), segments).result();
}

function inOrder(
  segments: readonly Segment<Sentence>[],
  last: Segment<Sentence>,
  options: NltkBleuOptions,
): Defined<NltkBleuParts> {
  const orders = options.weights?.length ?? 4;
  const rows = segments.map((segment) => nltkRow(tokenized(segment), orders));
  const sums = sumRows(rows);
  const words = tokenized(last);
  const five = nltkRow(words, 5);
  const fiveGram = { over: five[2 + 4]!, under: five[2 + 5 + 4]! };
  const { score, parts } = nltkScore(sums, options, { fiveGram, length: words.hypothesis.length });
  const n = segments.length;
  return { value: score, parts, n, signature: signature(METRIC, settingsOf(options)) };
}

/** NLTK's BLEU of one sentence (0 to 1). */
export function nltkSentenceBleu(
  hypothesis: Sentence,
  references: readonly Sentence[],
  options: NltkBleuOptions = {},
): Defined<NltkBleuParts> {
  const streams = references.map((reference) => [reference]);
  return nltkBleu([hypothesis], streams, options) as Defined<NltkBleuParts>; // one segment came
}
