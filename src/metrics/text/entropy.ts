// Entropy of the n-grams of a text (Zhang et al. 2018, "Generating informative and diverse
// conversational responses", Ent-n): low where few n-grams do most of the work. An estimate from
// counts, biased low on short texts.

import { exactSum } from "../exact-sum.js";
import { requireWhole } from "../options.js";
import { requireSameSettings, signature, undecided } from "../result.js";
import type { Accumulator, Result } from "../result.js";
import { ngramKeys } from "./ngrams.js";
import { tokensOf } from "./segments.js";
import type { Sentence } from "./segments.js";

export interface EntropyOptions {
  /** Length of the n-grams. Default 1. */
  readonly n?: number;
}

export interface EntropyParts {
  readonly bits: number;
  readonly nats: number;
  readonly unique: number;
  readonly total: number;
}

export interface EntropyState {
  readonly options: EntropyOptions;
  readonly sequences: number;
  readonly counts: readonly (readonly [string, number])[];
}

/** n-gram entropy of sequences, as an accumulator of counts; no n-gram spans two sequences. */
export class NgramEntropy implements Accumulator<
  Sentence | readonly number[],
  Result<EntropyParts, "no-ngrams">,
  EntropyState
> {
  readonly #n: number;
  readonly #counts = new Map<string, number>();
  #sequences = 0;
  readonly #options: EntropyOptions;

  constructor(options: EntropyOptions = {}) {
    this.#options = options;
    this.#n = options.n ?? 1;
    requireWhole(this.#n);
  }

  static fromJSON(state: EntropyState): NgramEntropy {
    const entropy = new NgramEntropy(state.options);
    for (const [key, count] of state.counts) entropy.#counts.set(key, count);
    entropy.#sequences = state.sequences;
    return entropy;
  }

  add(sequence: Sentence | readonly number[]): this {
    for (const key of ngramKeys(tokensOrIds(sequence), this.#n)) this.#count(key, 1);
    this.#sequences++;
    return this;
  }

  merge(other: this): this {
    requireSameSettings(this.#signature(), other.#signature());
    for (const [key, count] of [...other.#counts]) this.#count(key, count);
    this.#sequences += other.#sequences;
    return this;
  }

  #count(key: string, times: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  result(): Result<EntropyParts, "no-ngrams"> {
    const about = { n: this.#sequences, signature: this.#signature() };
    const counts = [...this.#counts.values()];
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) {
      const message = `Entropy needs a sequence of at least ${this.#n} tokens; none came.`;
      return undecided("no-ngrams", message, about);
    }
    // H = -sum p log p
    const sum = exactSum(counts.map((count) => (count / total) * Math.log(count / total)));
    const nats = sum === 0 ? 0 : -sum;
    const parts = { bits: nats / Math.LN2, nats, unique: counts.length, total };
    return { value: parts.bits, parts, ...about };
  }

  #signature(): string {
    return signature("ngram-entropy", { n: this.#n, unit: "bits" });
  }

  toJSON(): EntropyState {
    return { options: this.#options, sequences: this.#sequences, counts: [...this.#counts] };
  }
}

/** Tokens of a text, or the numbers of a sequence as they are. */
export function tokensOrIds(sequence: Sentence | readonly number[]): readonly (string | number)[] {
  return typeof sequence === "string" ? tokensOf(sequence) : sequence;
}

/**
 * Entropy of the n-grams of one sequence (text, tokens or token ids): 0 to log2 of the number of
 * different ones, in bits, higher is more varied.
 */
export function ngramEntropy(
  sequence: Sentence | readonly number[],
  options: EntropyOptions = {},
): Result<EntropyParts, "no-ngrams"> {
  return new NgramEntropy(options).add(sequence).result();
}
