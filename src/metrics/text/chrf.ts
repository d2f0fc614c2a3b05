// chrF (Popović 2015), chrF+ and chrF++ (Popović 2017): F-measure of character n-grams, with word
// n-grams beside them on request. Equal to sacreBLEU 2.6. Its row of counts a segment is, for each
// order: n-grams of the hypothesis, of the reference, and of both; then the number of references.

import { addAll } from "../add-all.js";
import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { sharedNgrams } from "./ngrams.js";
import { givenReferences, referenceSettings, segmentsOf } from "./segments.js";
import type { ReferenceStreams, Segment } from "./segments.js";
import { removeSpace, splitWords } from "./white-space.js";

export interface ChrfOptions {
  /** Longest character n-grams. Default 6. */
  readonly charOrder?: number;
  /** Longest word n-grams: 0 for chrF (the default), 1 for chrF+, 2 for chrF++. */
  readonly wordOrder?: number;
  /** Recall counts beta times as much as precision. Default 2. */
  readonly beta?: number;
  readonly lowercase?: boolean;
  /** Keep white space as characters. Default false. */
  readonly whitespace?: boolean;
  /** Average F over all orders, as chrF++.py and NLTK do, not over those that both texts have. */
  readonly epsSmoothing?: boolean;
}

export interface ChrfParts {
  /** As sacreBLEU names it: "chrF2", "chrF2+", "chrF2++". */
  readonly name: string;
  /** Percent by order, characters first; 0 where an order has no n-gram. */
  readonly precisions: readonly number[];
  readonly recalls: readonly number[];
}

/** Corpus chrF, 0 to 100. */
export class Chrf extends RowAccumulator<Segment, ChrfParts, ChrfOptions> {
  protected override readonly range = [0, 100] as const;
  readonly #charOrder: number;
  readonly #wordOrder: number;
  readonly #beta: number;

  constructor(options: ChrfOptions = {}) {
    super("chrf", options);
    this.#charOrder = options.charOrder ?? 6;
    this.#wordOrder = options.wordOrder ?? 0;
    this.#beta = options.beta ?? 2;
    requireWhole(this.#charOrder, "charOrder");
    if (this.#wordOrder !== 0) requireWhole(this.#wordOrder, "wordOrder");
  }

  static fromJSON(state: RowState<ChrfOptions>): Chrf {
    return new Chrf(state.options).restore(state);
  }

  /** The counts with the best reference: with it alone a segment enters the corpus. */
  protected row(segment: Segment): number[] {
    const references = givenReferences(segment);
    const all = this.#counts(segment.hypothesis, references);
    const best = all.reduce((a, b) => (this.score(b) > this.score(a) ? b : a));
    return [...best, references.length];
  }

  /** Counts of the hypothesis with each reference. */
  #counts(hypothesis: string, references: readonly string[]): number[][] {
    const texts = [hypothesis, ...references].map((text) =>
      this.options.lowercase ? text.toLowerCase() : text,
    );
    const characters = texts.map((text) =>
      Array.from(this.options.whitespace ? text : removeSpace(text)),
    );
    const byCharacter = countsOf(characters, this.#charOrder);
    if (this.#wordOrder === 0) return byCharacter;
    const byWord = countsOf(texts.map(splitPunctuation), this.#wordOrder);
    return byCharacter.map((counts, r) => [...counts, ...byWord[r]!]);
  }

  protected score(sums: readonly number[]): number {
    const orders = this.#orders(sums);
    if (this.options.epsSmoothing) {
      return (100 * orders.reduce((sum, { p, r }) => sum + this.#f(p, r), 0)) / orders.length;
    }
    const both = orders.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0);
    if (both.length === 0) return 0;
    const mean = (of: "p" | "r") => both.reduce((sum, order) => sum + order[of], 0) / both.length;
    const [p, r] = [mean("p"), mean("r")];
    return p + r > 0 ? 100 * this.#f(p, r) : 0;
  }

  /** Precision and recall of each order; a hair above 0 where it has no n-gram, as in chrF++.py. */
  #orders(sums: readonly number[]) {
    return Array.from({ length: this.#charOrder + this.#wordOrder }, (_, i) => {
      const [hypothesis, reference, match] = [sums[3 * i]!, sums[3 * i + 1]!, sums[3 * i + 2]!];
      const p = hypothesis > 0 ? match / hypothesis : EPSILON;
      const r = reference > 0 ? match / reference : EPSILON;
      return { hypothesis, reference, p, r };
    });
  }

  #f(p: number, r: number): number {
    const factor = this.#beta ** 2;
    const under = factor * p + r;
    return under > 0 ? ((1 + factor) * p * r) / under : EPSILON;
  }

  protected parts(sums: readonly number[]): ChrfParts {
    const percent = (of: "p" | "r") =>
      this.#orders(sums).map((order) => (order[of] === EPSILON ? 0 : 100 * order[of]));
    const name = `chrF${this.#beta}${"+".repeat(this.#wordOrder)}`;
    return { name, precisions: percent("p"), recalls: percent("r") };
  }

  protected settings(rows: readonly (readonly number[])[]): Settings {
    return {
      ...referenceSettings(rows),
      case: this.options.lowercase ? "lc" : "mixed",
      eff: !this.options.epsSmoothing,
      nc: this.#charOrder,
      nw: this.#wordOrder,
      beta: this.#beta,
      space: this.options.whitespace ?? false,
    };
  }
}

const EPSILON = 1e-16;

/** [n-grams of the hypothesis, of the reference, of both] by order, for each reference. */
function countsOf(texts: readonly (readonly string[])[], maxOrder: number): number[][] {
  return sharedNgrams(texts, maxOrder).map((orders) =>
    // n-grams of an order that the reference is too short for are not held against anyone.
    orders.flatMap(([own, other, shared]) => [other > 0 ? own : 0, other, shared]),
  );
}

/** Words, with one punctuation mark cut off each: at its end, else at its start. */
function splitPunctuation(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (isPunctuation(characters.at(-1)!)) return [word.slice(0, -1), word.slice(-1)];
    if (isPunctuation(characters[0]!)) return [word.slice(0, 1), word.slice(1)];
    return [word];
  });
}

/** ASCII punctuation, Python's string.punctuation. */
function isPunctuation(character: string): boolean {
  return /^[!-/:-@[-`{-~]$/.test(character);
}

/**
 * Corpus chrF of hypotheses against `references[stream][segment]`: 0 to 100, higher is closer;
 * `wordOrder: 2` is chrF++.
 */
export function chrf(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: ChrfOptions = {},
): Result<ChrfParts> {
  return addAll(new Chrf(options), segmentsOf(hypotheses, references)).result();
}

/** chrF of one sentence, 0 to 100; several references give the best. */
export function sentenceChrf(
  hypothesis: string,
  references: readonly string[],
  options: ChrfOptions = {},
): Result<ChrfParts> {
  return new Chrf(options).add({ hypothesis, references }).result();
}
