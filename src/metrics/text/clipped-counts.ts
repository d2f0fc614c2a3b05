// The counts that BLEU is made of: n-grams of a hypothesis, and those of them that a reference has,
// each at most as often as there (Papineni et al. 2002, section 2.1). Called for every segment of
// a corpus, so it works in buffers that are used again.

import { numberOf } from "./ngrams.js";
import { PairNumbers } from "./pair-numbers.js";

class ClippedCounter {
  #words = new Int32Array(512); // of all sequences, one after the other
  #ids = new Int32Array(512); // the n-gram that starts at each word
  #own = new Int32Array(512); // how often the hypothesis has each n-gram
  #most = new Int32Array(512); // how often the reference that has most of it
  #current = new Int32Array(512);
  readonly #pairs = new PairNumbers();
  #size = 0;

  count(hypothesis: readonly string[], references: readonly (readonly string[])[], orders: number) {
    const sequences = [hypothesis, ...references];
    this.#number(sequences);
    const correct: number[] = [];
    const total: number[] = [];
    for (let n = 1; n <= orders; n++) {
      if (n > 1) this.#lengthen(sequences, n);
      total.push(Math.max(0, hypothesis.length - n + 1));
      correct.push(this.#matches(sequences, n));
    }
    return { correct, total };
  }

  #number(sequences: readonly (readonly string[])[]): void {
    this.#makeRoom(sequences.reduce((sum, tokens) => sum + tokens.length, 0));
    const numbers = new Map<string, number>();
    let at = 0;
    for (const tokens of sequences) {
      for (let i = 0; i < tokens.length; i++) {
        this.#words[at] = this.#ids[at] = numberOf(numbers, tokens[i]!);
        at++;
      }
    }
    this.#size = numbers.size;
  }

  #makeRoom(words: number): void {
    if (words <= this.#words.length) return;
    const buffer = () => new Int32Array(2 * words);
    this.#words = buffer();
    this.#ids = buffer();
    this.#own = buffer();
    this.#most = buffer();
    this.#current = buffer();
  }

  /** From (n-1)-grams to n-grams, in place. */
  #lengthen(sequences: readonly (readonly string[])[], n: number): void {
    this.#pairs.clear();
    let start = 0;
    for (const { length } of sequences) {
      for (let i = start; i <= start + length - n; i++) {
        this.#ids[i] = this.#pairs.number(this.#ids[i]!, this.#words[i + n - 1]!);
      }
      start += length;
    }
    this.#size = this.#pairs.size;
  }

  #matches(sequences: readonly (readonly string[])[], n: number): number {
    const [own, most, size] = [this.#own, this.#most, this.#size];
    own.fill(0, 0, size);
    most.fill(0, 0, size);
    let start = 0;
    sequences.forEach(({ length }, s) => {
      const end = Math.max(start, start + length - n + 1);
      if (s === 0) this.#tally(own, own, start, end);
      else this.#tally(this.#current.fill(0, 0, size), most, start, end);
      start += length;
    });
    let matched = 0;
    for (let id = 0; id < size; id++) matched += Math.min(own[id]!, most[id]!);
    return matched;
  }

  /** Counts n-grams, and keeps in `most` the largest count that each has reached. */
  #tally(counts: Int32Array, most: Int32Array, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const id = this.#ids[i]!;
      const count = counts[id]! + 1;
      counts[id] = count;
      if (count > most[id]!) most[id] = count;
    }
  }
}

const counter = new ClippedCounter();

/** n-grams of the hypothesis by order, and those also in a reference, each at most as often. */
export function clippedCounts(
  hypothesis: readonly string[],
  references: readonly (readonly string[])[],
  maxOrder: number,
): { correct: number[]; total: number[] } {
  return counter.count(hypothesis, references, maxOrder);
}

/** The reference length nearest to the hypothesis's; of two as near, the first. */
export function nearestLength(lengths: readonly number[], length: number): number {
  const distance = (candidate: number) => Math.abs(candidate - length);
  return lengths.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** The nearest reference length; of two as near, the shorter. */
export function closestLength(lengths: readonly number[], length: number): number {
  return nearestLength(
    [...lengths].sort((a, b) => a - b),
    length,
  );
}

/** BP of Papineni et al. (2002): below 1 where hypotheses are shorter than references; 0 for none. */
export function brevity(length: number, referenceLength: number): number {
  if (length > referenceLength) return 1;
  return length > 0 ? Math.exp(1 - referenceLength / length) : 0;
}
