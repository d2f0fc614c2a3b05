// n-grams: runs of n tokens. Inside a segment they are numbered (small integers, typed arrays);
// where counts must outlive a segment they are keyed by a string that no two n-grams share.

import { PairNumbers } from "./pair-numbers.js";

/** Numbered n-grams of several sequences: equal n-grams of one order have one number. */
export interface NumberedNgrams {
  /** `ids[sequence][order - 1][position]`. */
  readonly ids: readonly (readonly Int32Array[])[];
  /** How many different n-grams of each order there are. */
  readonly sizes: readonly number[];
}

/** Used again by every call for a few texts: emptying it is free, growing it is not. */
const shared = new PairNumbers();
const FEW_TOKENS = 10_000;

/** Numbers the n-grams of orders 1 to `maxOrder` of all sequences. */
export function numberNgrams(
  sequences: readonly (readonly string[])[],
  maxOrder: number,
): NumberedNgrams {
  const { words, size } = numberWords(sequences);
  const tokens = words.reduce((sum, ids) => sum + ids.length, 0);
  const pairs = tokens > FEW_TOKENS ? new PairNumbers() : shared;
  const ids: Int32Array[][] = words.map((w) => [w]);
  const sizes = [size];
  for (let n = 2; n <= maxOrder; n++) {
    // An n-gram is the (n-1)-gram before its last word, and that word.
    pairs.clear();
    for (let s = 0; s < words.length; s++) {
      const before = ids[s]![n - 2]!;
      const last = words[s]!;
      const longer = new Int32Array(Math.max(0, before.length - 1));
      for (let i = 0; i < longer.length; i++) {
        longer[i] = pairs.number(before[i]!, last[i + n - 1]!);
      }
      ids[s]!.push(longer);
    }
    sizes.push(pairs.size);
  }
  return { ids, sizes };
}

/** The number of a word, the next one if it is new. */
export function numberOf(numbers: Map<string, number>, word: string): number {
  let id = numbers.get(word);
  if (id === undefined) numbers.set(word, (id = numbers.size));
  return id;
}

function numberWords(sequences: readonly (readonly string[])[]) {
  const numbers = new Map<string, number>();
  const words = sequences.map((tokens) => {
    const ids = new Int32Array(tokens.length);
    for (let i = 0; i < ids.length; i++) {
      ids[i] = numberOf(numbers, tokens[i]!);
    }
    return ids;
  });
  return { words, size: numbers.size };
}

/** How often each number occurs. */
export function countIds(ids: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (let i = 0; i < ids.length; i++) (counts[ids[i] as number] as number)++;
  return counts;
}

/** Sum of the smaller of two counts: how many n-grams two sequences share. */
export function sharedCount(a: Int32Array, b: Int32Array): number {
  let shared = 0;
  for (let i = 0; i < a.length; i++) shared += Math.min(a[i] as number, b[i] as number);
  return shared;
}

/**
 * For each sequence but the first and each order from `minOrder`: how many n-grams the first has,
 * how many it has, and how many they share.
 */
export function sharedNgrams(
  sequences: readonly (readonly string[])[],
  maxOrder: number,
  minOrder = 1,
): [number, number, number][][] {
  const { ids, sizes } = numberNgrams(sequences, maxOrder);
  const [own = [], ...others] = ids;
  const orders = [...own.keys()].slice(minOrder - 1);
  const counts = orders.map((o) => countIds(own[o]!, sizes[o]!));
  return others.map((other) =>
    orders.map((o, i) => {
      const shared = sharedCount(counts[i]!, countIds(other[o]!, sizes[o]!));
      return [own[o]!.length, other[o]!.length, shared];
    }),
  );
}

/** A string for the n-gram at `start` that no other n-gram has, whatever the tokens contain. */
export function ngramKey(tokens: readonly (string | number)[], start: number, n: number): string {
  return n === 1 && typeof tokens[start] === "string"
    ? `"${tokens[start]}`
    : JSON.stringify(tokens.slice(start, start + n));
}

/** All n-grams of one order as keys, in the order of the text. */
export function ngramKeys(tokens: readonly (string | number)[], n: number): string[] {
  const count = Math.max(0, tokens.length - n + 1);
  return Array.from({ length: count }, (_, i) => ngramKey(tokens, i, n));
}
