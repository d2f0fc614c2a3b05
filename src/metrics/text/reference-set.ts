// One large set of references for many sentences: the two largest counts of each n-gram and whose
// the largest is, so that a sentence can be scored against all others at the cost of its length.

import { numberNgrams } from "./ngrams.js";
import { nltkBleuFromRow } from "./nltk-bleu.js";

/** Sentences of which the first so many are references: the largest counts of their n-grams. */
export class ReferenceSet {
  readonly #counts: readonly (readonly Map<number, number>[])[]; // [sentence][order]
  readonly #largest: readonly Int32Array[]; // [order][n-gram]
  readonly #second: readonly Int32Array[];
  readonly #owner: readonly Int32Array[]; // which reference has the largest count
  readonly #lengths: Int32Array; // how many references have each length
  readonly #sentences: readonly (readonly string[])[];
  readonly #references: number;
  readonly #n: number;

  constructor(sentences: readonly (readonly string[])[], references: number, n: number) {
    this.#sentences = sentences;
    this.#references = references;
    this.#n = n;
    const { ids, sizes } = numberNgrams(sentences, n);
    this.#counts = ids.map((orders) => orders.map(tally));
    this.#largest = sizes.map((size) => new Int32Array(size));
    this.#second = sizes.map((size) => new Int32Array(size));
    this.#owner = sizes.map((size) => new Int32Array(size).fill(-1));
    const longest = sentences.reduce((most, { length }) => Math.max(most, length), 0);
    this.#lengths = new Int32Array(longest + 1);
    for (const { length } of sentences.slice(0, references)) this.#lengths[length]!++;
    for (let s = 0; s < references; s++) this.#counts[s]!.forEach((c, o) => this.#enter(s, o, c));
  }

  #enter(sentence: number, order: number, counts: Map<number, number>): void {
    const [largest, second] = [this.#largest[order]!, this.#second[order]!];
    for (const [id, count] of counts) {
      if (count > largest[id]!) {
        second[id] = largest[id]!;
        largest[id] = count;
        this.#owner[order]![id] = sentence;
      } else if (count > second[id]!) second[id] = count;
    }
  }

  /** NLTK's BLEU, method1, of one sentence against all references but itself. */
  score(sentence: number, epsilon: number): number {
    const own = this.#sentences[sentence]!;
    const correct = this.#counts[sentence]!.map((counts, order) => {
      let matched = 0;
      for (const [id, count] of counts) {
        const mine = this.#owner[order]![id] === sentence;
        matched += Math.min(count, (mine ? this.#second : this.#largest)[order]![id]!);
      }
      return matched;
    });
    const total = correct.map((_, order) => Math.max(1, own.length - order));
    const row = [own.length, this.#closest(sentence), ...correct, ...total];
    const weights = new Array<number>(this.#n).fill(1 / this.#n);
    return nltkBleuFromRow(row, { weights, smoothing: "method1", epsilon });
  }

  /** Nearest length of a reference that is not the sentence itself, of two as near the shorter. */
  #closest(sentence: number): number {
    const own = this.#sentences[sentence]!.length;
    const mine = sentence < this.#references ? 1 : 0;
    if (this.#lengths[own]! > mine) return own;
    for (let apart = 1; ; apart++) {
      if (this.#lengths[own - apart]) return own - apart;
      if (this.#lengths[own + apart]) return own + apart;
    }
  }
}

function tally(ids: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
