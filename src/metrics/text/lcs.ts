// Longest common subsequences of token numbers: the length alone, or the positions of one of them,
// by the rule that ROUGE-Lsum's scores hang on. Both by bits, 32 rows of the table at a time.

/**
 * One sequence that others are compared with, by bits (Hyyrö 2004, "Bit-parallel LCS-length
 * computation revisited"): V' = (V + (V & M)) | (V & ~M), where bit i of V is 0 if the table grows
 * from row i to row i + 1. Tokens are numbers from 0 to `vocabulary` - 1.
 */
export class CommonSubsequence {
  readonly #last: Int32Array; // by token: its last place in the reference, or -1
  readonly #before: Int32Array; // by place: the place before of the same token, or -1
  readonly #matches: Uint32Array; // M of one token, cleared after use
  readonly #words: number;
  readonly #reference: Int32Array;

  constructor(reference: Int32Array, vocabulary: number) {
    this.#reference = reference;
    this.#words = Math.ceil(reference.length / 32);
    this.#matches = new Uint32Array(this.#words);
    this.#last = new Int32Array(vocabulary).fill(-1);
    this.#before = reference.map((token, place) => {
      const before = this.#last[token]!;
      this.#last[token] = place;
      return before;
    });
  }

  /** The length of the longest common subsequence with the candidate. */
  length(candidate: Int32Array): number {
    const v = new Uint32Array(this.#words).fill(0xffffffff);
    for (const token of candidate) this.#step(token, v, 0, 0);
    let count = 0;
    for (let i = 0; i < this.#reference.length; i++) count += 1 - bitOf(v, 0, i);
    return count;
  }

  /**
   * Positions in the reference of one longest common subsequence, last first. Of several, the one
   * that rouge_score's walk back finds: a step in the candidate only where that keeps strictly more.
   */
  positions(candidate: Int32Array): number[] {
    const words = this.#words;
    const v = new Uint32Array((candidate.length + 1) * words).fill(0xffffffff, 0, words);
    for (let j = 0; j < candidate.length; j++) {
      this.#step(candidate[j]!, v, j * words, (j + 1) * words);
    }
    const positions: number[] = [];
    let [i, j] = [this.#reference.length, candidate.length];
    while (i > 0 && j > 0) {
      if (this.#reference[i - 1] === candidate[j - 1]) {
        positions.push(--i);
        j--;
      } else if (bitOf(v, j * words, i - 1) === 0) {
        j--; // no match, yet the table grows at row i: it did so before this candidate token
      } else i--;
    }
    return positions;
  }

  /** From V at `from` to V' at `to`, for one more token of the candidate. */
  #step(token: number, v: Uint32Array, from: number, to: number): void {
    const [words, matches, before] = [this.#words, this.#matches, this.#before];
    if (from !== to) v.copyWithin(to, from, from + words);
    const last = this.#last[token]!;
    let first = words; // words before the first match stay as they are
    for (let place = last; place >= 0; place = before[place]!) {
      matches[(first = place >>> 5)]! |= 1 << (place & 31);
    }
    let carry = 0;
    for (let w = first; w < words; w++) {
      const row = v[to + w]!;
      const matched = (row & matches[w]!) >>> 0;
      const sum = row + matched + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      v[to + w] = sum | (row & ~matched);
    }
    for (let place = last; place >= 0; place = before[place]!) matches[place >>> 5] = 0;
  }
}

function bitOf(v: Uint32Array, from: number, i: number): number {
  return (v[from + (i >>> 5)]! >>> (i & 31)) & 1;
}
