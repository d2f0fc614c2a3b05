// The suffix automaton (Blumer et al. 1985): the smallest machine that reads every run of tokens
// that a text contains, built in time linear in the text. Fed another text, it tells at each token
// how long a run that ends there was seen before.

import { PairNumbers } from "./pair-numbers.js";

/** A transition is a numbered pair of state and token; a state's transitions are a linked list. */
export class SuffixAutomaton {
  readonly #length: Int32Array; // of the longest run that leads to a state
  readonly #link: Int32Array; // to the state of the longest suffix with other contexts
  readonly #firstEdge: Int32Array;
  #nextEdge: Int32Array;
  #edgeToken: Int32Array;
  #edgeTarget: Int32Array;
  readonly #edges = new PairNumbers();
  #states = 1;
  #last = 0;

  constructor(tokens: Int32Array) {
    const most = 2 * tokens.length + 2;
    this.#length = new Int32Array(most);
    this.#link = new Int32Array(most).fill(-1);
    this.#firstEdge = new Int32Array(most).fill(-1);
    this.#nextEdge = new Int32Array(most);
    this.#edgeToken = new Int32Array(most);
    this.#edgeTarget = new Int32Array(most);
    for (const token of tokens) this.#extend(token);
  }

  /** For each token, the length of the longest run ending there that the text contains. */
  runs(tokens: Int32Array): Int32Array {
    const runs = new Int32Array(tokens.length);
    let [state, run] = [0, 0];
    for (let i = 0; i < tokens.length; i++) {
      let next = this.#follow(state, tokens[i]!);
      while (next < 0 && state > 0) {
        state = this.#link[state]!;
        run = this.#length[state]!;
        next = this.#follow(state, tokens[i]!);
      }
      if (next >= 0) {
        state = next;
        run++;
      }
      runs[i] = run;
    }
    return runs;
  }

  #extend(token: number): void {
    const current = this.#states++;
    this.#length[current] = this.#length[this.#last]! + 1;
    let state = this.#last;
    while (state >= 0 && this.#follow(state, token) < 0) {
      this.#connect(state, token, current);
      state = this.#link[state]!;
    }
    this.#link[current] = state < 0 ? 0 : this.#split(state, token);
    this.#last = current;
  }

  /** The state for exactly `state`'s longest run and the token; cloned off where it has others. */
  #split(state: number, token: number): number {
    const next = this.#follow(state, token);
    if (this.#length[next] === this.#length[state]! + 1) return next;
    const clone = this.#states++;
    this.#length[clone] = this.#length[state]! + 1;
    this.#link[clone] = this.#link[next]!;
    this.#link[next] = clone;
    for (let e = this.#firstEdge[next]!; e >= 0; e = this.#nextEdge[e]!) {
      this.#connect(clone, this.#edgeToken[e]!, this.#edgeTarget[e]!);
    }
    for (let s = state; s >= 0 && this.#follow(s, token) === next; s = this.#link[s]!) {
      this.#redirect(s, token, clone);
    }
    return clone;
  }

  /** The state that a token leads to, or -1. */
  #follow(state: number, token: number): number {
    const edge = this.#edges.find(state, token);
    return edge < 0 ? -1 : this.#edgeTarget[edge]!;
  }

  #connect(state: number, token: number, target: number): void {
    const edge = this.#edges.number(state, token);
    if (edge === this.#edgeToken.length) this.#grow();
    this.#edgeToken[edge] = token;
    this.#edgeTarget[edge] = target;
    this.#nextEdge[edge] = this.#firstEdge[state]!;
    this.#firstEdge[state] = edge;
  }

  #redirect(state: number, token: number, target: number): void {
    this.#edgeTarget[this.#edges.find(state, token)] = target;
  }

  #grow(): void {
    const longer = (from: Int32Array) => {
      const to = new Int32Array(2 * from.length);
      to.set(from);
      return to;
    };
    this.#nextEdge = longer(this.#nextEdge);
    this.#edgeToken = longer(this.#edgeToken);
    this.#edgeTarget = longer(this.#edgeTarget);
  }
}
