// chrF (Popović 2015), chrF+ and chrF++ (Popović 2017): F-measure of character n-grams, with word
// n-grams beside them on request. Equal to sacreBLEU 2.6. Its row of counts a segment is, for each
// order: n-grams of the hypothesis, of the reference, and of both; then the number of references.

import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { countIds, numberNgrams, sharedCount } from "./ngrams.js";
import { givenReferences, referenceCount, segmentsOf } from "./segments.js";
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
  private readonly charOrder: number;
  private readonly wordOrder: number;
  private readonly beta: number;

  constructor(options: ChrfOptions = {}) {
    super("chrf", options);
    this.charOrder = options.charOrder ?? 6;
    this.wordOrder = options.wordOrder ?? 0;
    this.beta = options.beta ?? 2;
    requireWhole(this.charOrder, "charOrder");
    if (this.wordOrder !== 0) requireWhole(this.wordOrder, "wordOrder");
  }

  static fromJSON(state: RowState<ChrfOptions>): Chrf {
    return new Chrf(state.options).restore(state);
  }

  /** The counts with the best reference: with it alone a segment enters the corpus. */
  protected row(segment: Segment): number[] {
    const references = givenReferences(segment);
    const all = this.counts(segment.hypothesis, references);
    const best = all.reduce((a, b) => (this.score(b) > this.score(a) ? b : a));
    return [...best, references.length];
  }

  /** Counts of the hypothesis with each reference. */
  private counts(hypothesis: string, references: readonly string[]): number[][] {
    const texts = [hypothesis, ...references].map((text) =>
      this.options.lowercase ? text.toLowerCase() : text,
    );
    const characters = texts.map((text) =>
      Array.from(this.options.whitespace ? text : removeSpace(text)),
    );
    const byCharacter = sharedNgrams(characters, this.charOrder);
    if (this.wordOrder === 0) return byCharacter;
    const byWord = sharedNgrams(texts.map(splitPunctuation), this.wordOrder);
    return byCharacter.map((counts, r) => [...counts, ...byWord[r]!]);
  }

  protected score(sums: readonly number[]): number {
    const orders = this.orders(sums);
    if (this.options.epsSmoothing) {
      return (100 * orders.reduce((sum, { p, r }) => sum + this.f(p, r), 0)) / orders.length;
    }
    const both = orders.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0);
    if (both.length === 0) return 0;
    const mean = (of: "p" | "r") => both.reduce((sum, order) => sum + order[of], 0) / both.length;
    const [p, r] = [mean("p"), mean("r")];
    return p + r > 0 ? 100 * this.f(p, r) : 0;
  }

  /** Precision and recall of each order; a hair above 0 where it has no n-gram, as in chrF++.py. */
  private orders(sums: readonly number[]) {
    return Array.from({ length: this.charOrder + this.wordOrder }, (_, i) => {
      const [hypothesis, reference, match] = [sums[3 * i]!, sums[3 * i + 1]!, sums[3 * i + 2]!];
      const p = hypothesis > 0 ? match / hypothesis : EPSILON;
      const r = reference > 0 ? match / reference : EPSILON;
      return { hypothesis, reference, p, r };
    });
  }

  private f(p: number, r: number): number {
    const factor = this.beta ** 2;
    const under = factor * p + r;
    return under > 0 ? ((1 + factor) * p * r) / under : EPSILON;
  }

  protected parts(sums: readonly number[]): ChrfParts {
    const percent = (of: "p" | "r") =>
      this.orders(sums).map((order) => (order[of] === EPSILON ? 0 : 100 * order[of]));
    const name = `chrF${this.beta}${"+".repeat(this.wordOrder)}`;
    return { name, precisions: percent("p"), recalls: percent("r") };
  }

  protected settings(rows: readonly (readonly number[])[]): Settings {
    return {
      ...(rows.length > 0 && { nrefs: referenceCount(rows.map((row) => row.at(-1)!)) }),
      case: this.options.lowercase ? "lc" : "mixed",
      eff: !this.options.epsSmoothing,
      nc: this.charOrder,
      nw: this.wordOrder,
      beta: this.beta,
      space: this.options.whitespace ?? false,
    };
  }
}

const EPSILON = 1e-16;

/** For each sequence but the first: [n-grams of the first, of it, of both] by order. */
function sharedNgrams(sequences: readonly (readonly string[])[], maxOrder: number): number[][] {
  const { ids, sizes } = numberNgrams(sequences, maxOrder);
  const [own, ...others] = ids;
  const counts = own!.map((ngrams, o) => countIds(ngrams, sizes[o]!));
  return others.map((orders) =>
    orders.flatMap((ngrams, o) => {
      const shared = sharedCount(counts[o]!, countIds(ngrams, sizes[o]!));
      // n-grams of an order that the reference is too short for are not held against anyone.
      return [ngrams.length > 0 ? own![o]!.length : 0, ngrams.length, shared];
    }),
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
  const corpus = new Chrf(options);
  for (const segment of segmentsOf(hypotheses, references)) corpus.add(segment);
  return corpus.result();
}

/** chrF of one sentence, 0 to 100; several references give the best. */
export function sentenceChrf(
  hypothesis: string,
  references: readonly string[],
  options: ChrfOptions = {},
): Result<ChrfParts> {
  return new Chrf(options).add({ hypothesis, references }).result();
}
