// BLEU of a corpus and of a sentence, equal to sacreBLEU 2.6 (Post 2018): tokenizers, several
// references, the closest reference length (ties to the shorter). Its row of counts a segment is
// [sysLen, refLen, correct per order, total per order, number of references].

import { addAll } from "../add-all.js";
import { requireWhole } from "../options.js";
import { signature } from "../result.js";
import type { Defined, Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { otherBleu, referenceLength, requireOtherSmoothing } from "./bleu-compat.js";
import type { BleuCompat } from "./bleu-compat.js";
import { bleuFromCounts, smoothingValue } from "./bleu-score.js";
import type { BleuParts, BleuSmoothing, SmoothMethod } from "./bleu-score.js";
import { clippedCounts } from "./clipped-counts.js";
import { givenReferences, referenceSettings, segmentsOf } from "./segments.js";
import type { ReferenceStreams, Segment } from "./segments.js";
import { spacers, tokenizers } from "./tokenizers.js";
import type { TokenizerName } from "./tokenizers.js";
import { splitWords, trimEnd } from "./white-space.js";

export interface BleuOptions extends BleuSmoothing {
  /** Default "13a"; "zh" for Chinese, "char" for Japanese and the like, "none" if tokenized. */
  readonly tokenize?: TokenizerName;
  /** Lower-case before tokenizing. Default false. */
  readonly lowercase?: boolean;
  /** Longest n-grams. Default 4. */
  readonly maxNgramOrder?: number;
  /** Whose number it is, 0 to 1 but for sacreBLEU's. torchmetrics splits at blanks by default. */
  readonly compat?: BleuCompat;
}

/** Corpus BLEU, 0 to 100, as an accumulator of segments. */
export class Bleu extends RowAccumulator<Segment, BleuParts, BleuOptions> {
  protected override readonly range: readonly [number, number];
  readonly #order: number;
  readonly #compat: BleuCompat;
  readonly #space: (line: string) => string;

  constructor(options: BleuOptions = {}) {
    super("bleu", options);
    this.#order = options.maxNgramOrder ?? 4;
    requireWhole(this.#order, "maxNgramOrder");
    this.#compat = options.compat ?? "sacrebleu";
    this.range = [0, this.#compat === "sacrebleu" ? 100 : 1];
    smoothingValue(this.#smoothing, null); // throws where there is none of that name
    if (this.#compat !== "sacrebleu") requireOtherSmoothing(this.#smoothing, this.#compat);
    const spacer = spacers[this.#tokenizer];
    if (!spacer) {
      const names = Object.keys(tokenizers).join(", ");
      throw new RangeError(`No tokenizer is called "${options.tokenize}"; there are ${names}.`);
    }
    this.#space = spacer;
  }

  static fromJSON(state: RowState<BleuOptions>): Bleu {
    return new Bleu(state.options).restore(state);
  }

  protected row(segment: Segment): number[] {
    const hypothesis = this.#tokens(segment.hypothesis);
    const references = givenReferences(segment).map((text) => this.#tokens(text));
    const lengths = references.map((tokens) => tokens.length);
    const counts = clippedCounts(hypothesis, references, this.#order);
    const length = referenceLength(lengths, hypothesis.length, this.#compat);
    return [hypothesis.length, length, ...counts.correct, ...counts.total, references.length];
  }

  protected score(sums: readonly number[]): number {
    return this.#bleuOf(sums).score;
  }

  protected parts(sums: readonly number[]): BleuParts {
    const { score: _, ...parts } = this.#bleuOf(sums);
    return parts;
  }

  protected settings(rows: readonly (readonly number[])[]): Settings {
    return {
      ...referenceSettings(rows),
      case: this.options.lowercase ? "lc" : "mixed",
      eff: this.options.effectiveOrder ?? false,
      tok: this.#tokenizer,
      smooth: smoothingName(this.#smoothing, this.options.smoothValue),
      ...(this.#order !== 4 && { order: this.#order }),
      ...(this.#compat !== "sacrebleu" && { compat: this.#compat }),
    };
  }

  get #smoothing() {
    return this.options.smoothMethod ?? (this.#compat === "sacrebleu" ? "exp" : "none");
  }

  get #tokenizer(): TokenizerName {
    return this.options.tokenize ?? (this.#compat === "torchmetrics" ? "none" : "13a");
  }

  #bleuOf(sums: readonly number[]) {
    if (this.#compat === "sacrebleu") return bleuFromCounts(this.#counts(sums), this.options);
    return otherBleu(this.#counts(sums), this.#compat, this.#smoothing);
  }

  #counts(sums: readonly number[]) {
    const [sysLen = 0, refLen = 0] = sums;
    const correct = sums.slice(2, 2 + this.#order);
    const total = sums.slice(2 + this.#order, 2 + 2 * this.#order);
    return { sysLen, refLen, correct, total };
  }

  #tokens(text: string): string[] {
    const cased = this.options.lowercase ? text.toLowerCase() : text;
    return splitWords(this.#space(trimEnd(cased)));
  }
}

/** The smoothing as signatures print it: with its value where it takes one. */
function smoothingName(method: SmoothMethod, value: number | null | undefined): string {
  const inForce = smoothingValue(method, value);
  return method === "floor" || method === "add-k" ? `${method}[${inForce.toFixed(2)}]` : method;
}

/**
 * Corpus BLEU of hypotheses against one list of references a stream: 0 to 100, higher is closer.
 * @example bleu(["the cat sat"], [["the cat sat"], ["a cat sat"]]).value
 */
export function bleu(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: BleuOptions = {},
): Result<BleuParts> {
  return addAll(new Bleu(options), segmentsOf(hypotheses, references)).result();
}

/** BLEU of one sentence, 0 to 100; `effectiveOrder` is on unless turned off, as in sacreBLEU. */
export function sentenceBleu(
  hypothesis: string,
  references: readonly string[],
  options: BleuOptions = {},
): Defined<BleuParts> {
  const sentence = new Bleu({ effectiveOrder: true, ...options }).add({ hypothesis, references });
  return sentence.result() as Defined<BleuParts>; // one segment is never "no-items"
}

/** BLEU from counts that were made elsewhere, as a result with a signature. */
export function bleuFromStatistics(
  counts: Parameters<typeof bleuFromCounts>[0],
  smoothing: BleuSmoothing = {},
): Defined<BleuParts> {
  const { score, ...parts } = bleuFromCounts(counts, smoothing);
  const { smoothMethod = "exp", effectiveOrder = false } = smoothing;
  const smooth = smoothingName(smoothMethod, smoothing.smoothValue);
  const settings = { from: "counts", eff: effectiveOrder, smooth };
  return { value: score, parts, n: 1, signature: signature("bleu", settings) };
}
