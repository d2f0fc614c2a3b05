/**
 * The n-gram model that every neural one has to beat: interpolated Witten–Bell smoothing (Witten and Bell, 1991, method C,
 * as in section 2.4 of Chen and Goodman, 1999). With T(h) different tokens seen after the history h,
 *
 *     p(c | h) = (count(hc) + T(h)·p(c | h without its oldest token)) / (count(h) + T(h)),
 *
 * down to the uniform distribution under the empty history.
 */

export class NGram {
  /** Nodes of a trie of all sequences of up to `order` tokens; a child is found by node·vocab + token. */
  readonly #children = new Map<number, number>();
  readonly #count: number[] = [0]; // how often the sequence of a node was seen
  readonly #after: number[] = [0]; // how many tokens came after it
  readonly #kinds: number[] = [0]; // how many different ones

  /** order 1 looks at no token before, 5 at four. tokens: ids below `vocab`. */
  constructor(
    readonly order: number,
    readonly vocab: number,
    tokens: ArrayLike<number>,
  ) {
    const reader = this.reader();
    for (let k = 0; k < tokens.length; k++) {
      for (const node of reader.histories) this.#see(node, tokens[k]!);
      reader.read(tokens[k]!);
    }
  }

  #see(history: number, token: number): void {
    const key = history * this.vocab + token;
    let child = this.#children.get(key);
    if (child === undefined) {
      child = this.#count.length;
      this.#children.set(key, child);
      this.#count.push(0);
      this.#after.push(0);
      this.#kinds.push(0);
      this.#kinds[history]!++;
    }
    this.#count[child]!++;
    this.#after[history]!++;
  }

  /** Reads a text token by token, and tells what may come next. */
  reader(): Reader {
    let histories = [0]; // of the last 0, 1, 2 … tokens, as far as they were seen
    const children = this.#children;
    const { order, vocab } = this;
    return {
      get histories() {
        return histories;
      },
      read: (token) => {
        const longer = histories.map((node) => children.get(node * vocab + token));
        histories = [0, ...longer.slice(0, order - 1).filter((node) => node !== undefined)];
      },
      probability: (token) => this.#probability(histories, token),
    };
  }

  #probability(histories: readonly number[], token: number): number {
    let p = 1 / this.vocab;
    for (const node of histories) {
      const child = this.#children.get(node * this.vocab + token);
      const seen = child === undefined ? 0 : this.#count[child]!;
      const kinds = this.#kinds[node]!;
      if (kinds) p = (seen + kinds * p) / (this.#after[node]! + kinds);
    }
    return p;
  }

  /** How many sequences it keeps the number of. */
  get size(): number {
    return this.#count.length - 1;
  }
}

export type Reader = {
  readonly histories: readonly number[];
  read(token: number): void;
  probability(token: number): number;
};
