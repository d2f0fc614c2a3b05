// Self-BLEU (Zhu et al. 2018, "Texygen", section 3): the mean BLEU of each sentence with all
// others as its references. High means that the sentences are alike. BLEU as in NLTK: uniform
// weights, method1. Counts are taken from a table of the two largest of each n-gram, so the cost
// is linear in the text, not quadratic in the sentences.

import { addAll } from "../add-all.js";
import { jackknifed, meanOf, sumRows } from "../jackknife.js";
import { requireWhole } from "../options.js";
import { requireSameSettings, signature, undecided } from "../result.js";
import type { Accumulator, Result } from "../result.js";
import { ReferenceSet } from "./reference-set.js";
import { tokensOf } from "./segments.js";
import type { Sentence } from "./segments.js";

export interface SelfBleuOptions {
  /** Longest n-grams, of uniform weight. Default 4. */
  readonly n?: number;
  /** Matches that an order without any is given (NLTK's method1). Default 0.1. */
  readonly epsilon?: number;
  /** Score only the first so many sentences, against all others (Texygen takes 500). */
  readonly sample?: number;
}

export interface SelfBleuParts {
  readonly perSentence: readonly number[];
}

type Why = "too-few-sentences";

/** Self-BLEU of sentences, 0 to 1. It keeps the sentences, since each is scored against all. */
export class SelfBleu implements Accumulator<
  Sentence,
  Result<SelfBleuParts, Why>,
  { readonly options: SelfBleuOptions; readonly sentences: readonly (readonly string[])[] }
> {
  readonly #sentences: (readonly string[])[] = [];
  readonly #options: SelfBleuOptions;

  constructor(options: SelfBleuOptions = {}) {
    this.#options = options;
    requireWhole(options.n ?? 4);
    requireWhole(options.sample ?? 1, "sample");
  }

  static fromJSON(state: ReturnType<SelfBleu["toJSON"]>): SelfBleu {
    return addAll(new SelfBleu(state.options), state.sentences);
  }

  add(sentence: Sentence): this {
    this.#sentences.push([...tokensOf(sentence)]);
    return this;
  }

  merge(other: this): this {
    requireSameSettings(this.#signature(), other.#signature());
    for (const sentence of [...other.#sentences]) this.#sentences.push(sentence);
    return this;
  }

  result(): Result<SelfBleuParts, Why> {
    const { n = 4, epsilon = 0.1 } = this.#options;
    const about = { n: this.#sentences.length, signature: this.#signature() };
    if (about.n < 2) {
      const message = `Self-BLEU compares sentences with one another; ${about.n} came, 2 are needed.`;
      return undecided("too-few-sentences", message, about);
    }
    const perSentence = againstOthers(this.#sentences, n, epsilon, this.#options.sample);
    return meanScore(perSentence, about);
  }

  #signature(): string {
    const { n = 4, epsilon = 0.1, sample } = this.#options;
    return signature("self-bleu", { n, smooth: "method1", epsilon, ...(sample && { sample }) });
  }

  toJSON() {
    return { options: this.#options, sentences: [...this.#sentences] };
  }
}

/** Self-BLEU of sentences (texts or tokens): 0 to 1, lower is more varied. */
export function selfBleu(sentences: readonly Sentence[], options: SelfBleuOptions = {}) {
  return addAll(new SelfBleu(options), sentences).result();
}

/**
 * Mean BLEU of each hypothesis with one whole set of references (Texygen's "BLEU" of a generator
 * against its test set): 0 to 1, higher is closer.
 */
export function bleuAgainstSet(
  sentences: {
    readonly hypotheses: readonly Sentence[];
    readonly referenceSet: readonly Sentence[];
  },
  options: Omit<SelfBleuOptions, "sample"> = {},
): Result<SelfBleuParts, "no-items" | "no-references"> {
  const { n = 4, epsilon = 0.1 } = options;
  requireWhole(n);
  const hypotheses = sentences.hypotheses.map(tokensOf);
  const references = sentences.referenceSet.map(tokensOf);
  const settings = { n, smooth: "method1", epsilon, nrefs: references.length };
  const about = { n: hypotheses.length, signature: signature("bleu-against-set", settings) };
  if (hypotheses.length === 0) {
    return undecided("no-items", "BLEU needs at least one hypothesis; none came.", about);
  }
  if (references.length === 0) {
    return undecided("no-references", "BLEU needs at least one reference; none came.", about);
  }
  const all = new ReferenceSet([...references, ...hypotheses], references.length, n);
  const scores = hypotheses.map((_, i) => all.score(references.length + i, epsilon));
  return meanScore(scores, about);
}

function againstOthers(
  sentences: readonly (readonly string[])[],
  n: number,
  epsilon: number,
  sample = sentences.length,
): number[] {
  const all = new ReferenceSet(sentences, sentences.length, n);
  return sentences.slice(0, sample).map((_, i) => all.score(i, epsilon));
}

function meanScore(scores: readonly number[], about: { n: number; signature: string }) {
  const items = meanOf(scores);
  const value = items.score(sumRows(items.rows));
  const interval = jackknifed(items, value, [0, 1]);
  return { value, parts: { perSentence: scores }, ...interval, ...about };
}
