// distinct-n (Li et al. 2016, "A diversity-promoting objective function", section 4): unique
// n-grams over how many there are. Four definitions are in use and differ by a third on one text,
// so all four are given by name; the value is the one pooled over n-grams.

import { addAll } from "../add-all.js";
import { exactSum } from "../exact-sum.js";
import { requireWhole } from "../options.js";
import { requireSameSettings, signature, undecided } from "../result.js";
import type { Accumulator, Result } from "../result.js";
import { ngramKeys } from "./ngrams.js";
import { tokensOf } from "./segments.js";
import type { Sentence } from "./segments.js";

export interface DistinctOptions {
  /** Length of the n-grams. Default 2. */
  readonly n?: number;
}

export interface DistinctParts {
  /** Unique n-grams of all sentences / all n-grams (ParlAI's inter-distinct). */
  readonly pooledOverNgrams: number;
  /** Unique n-grams of all sentences / all tokens (Li et al. 2016). */
  readonly pooledOverTokens: number;
  /** Mean over sentences of unique n-grams / tokens; sentences without a token are left out. */
  readonly macroOverTokens: number;
  /** Mean over sentences of unique / all n-grams (ParlAI's intra-distinct); the same. */
  readonly macroOverNgrams: number;
  /** Unique n-grams / number of sentences (Texygen's UniqueGram); can exceed 1. */
  readonly uniquePerSentence: number;
  readonly unique: number;
  readonly totalNgrams: number;
  readonly totalTokens: number;
}

export interface DistinctState {
  readonly options: DistinctOptions;
  readonly ngrams: readonly string[];
  /** [unique n-grams, n-grams, tokens] of each sentence. */
  readonly rows: readonly (readonly number[])[];
}

/** distinct-n of sentences, as an accumulator: a set of n-grams and three counts a sentence. */
export class Distinct implements Accumulator<
  Sentence,
  Result<DistinctParts, "no-items" | "no-ngrams">,
  DistinctState
> {
  readonly #n: number;
  readonly #ngrams = new Set<string>();
  readonly #rows: (readonly number[])[] = [];
  readonly #options: DistinctOptions;

  constructor(options: DistinctOptions = {}) {
    this.#options = options;
    this.#n = options.n ?? 2;
    requireWhole(this.#n);
  }

  static fromJSON(state: DistinctState): Distinct {
    const distinct = new Distinct(state.options);
    for (const ngram of state.ngrams) distinct.#ngrams.add(ngram);
    for (const row of state.rows) distinct.#rows.push([...row]);
    return distinct;
  }

  add(sentence: Sentence): this {
    const tokens = tokensOf(sentence);
    const ngrams = ngramKeys(tokens, this.#n);
    this.#rows.push([new Set(ngrams).size, ngrams.length, tokens.length]);
    for (const ngram of ngrams) this.#ngrams.add(ngram);
    return this;
  }

  merge(other: this): this {
    requireSameSettings(this.#signature(), other.#signature());
    for (const row of [...other.#rows]) this.#rows.push(row);
    for (const ngram of other.#ngrams) this.#ngrams.add(ngram);
    return this;
  }

  result(): Result<DistinctParts, "no-items" | "no-ngrams"> {
    const about = { n: this.#rows.length, signature: this.#signature() };
    if (about.n === 0) {
      return undecided("no-items", "distinct needs at least one sentence; none came.", about);
    }
    if (this.#ngrams.size === 0) {
      const message = `No sentence has ${this.#n} tokens, so there is no ${this.#n}-gram; take a smaller n.`;
      return undecided("no-ngrams", message, about);
    }
    const parts = this.#parts();
    return { value: parts.pooledOverNgrams, parts, ...about };
  }

  #parts(): DistinctParts {
    const unique = this.#ngrams.size;
    const total = (column: number) => this.#rows.reduce((sum, row) => sum + row[column]!, 0);
    const [totalNgrams, totalTokens] = [total(1), total(2)];
    const mean = (column: number) => {
      const rows = this.#rows.filter((row) => row[column]! > 0);
      return exactSum(rows.map((row) => row[0]! / row[column]!)) / rows.length;
    };
    return {
      pooledOverNgrams: unique / totalNgrams,
      pooledOverTokens: unique / totalTokens,
      macroOverTokens: mean(2),
      macroOverNgrams: mean(1),
      uniquePerSentence: unique / this.#rows.length,
      unique,
      totalNgrams,
      totalTokens,
    };
  }

  #signature(): string {
    return signature("distinct", { n: this.#n, pool: "ngrams" });
  }

  toJSON(): DistinctState {
    return { options: this.#options, ngrams: [...this.#ngrams], rows: [...this.#rows] };
  }
}

/**
 * distinct-n of sentences: unique n-grams over all n-grams, above 0 to 1, higher is more varied.
 * Other definitions are in `parts`. It falls with the length of the text.
 */
export function distinct(sentences: readonly Sentence[], options: DistinctOptions = {}) {
  return addAll(new Distinct(options), sentences).result();
}
