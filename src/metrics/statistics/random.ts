// Draws from a seed string, by seedrandom: the same seed, the same numbers, on every machine.

import seedrandom from "seedrandom";

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** A source of numbers that depends on nothing but the seed. */
export function seededRandom(seed: string): Random {
  return seedrandom(seed);
}

/** An integer in 0..n-1. */
export function randomInteger(random: Random, n: number): number {
  return Math.floor(random() * n);
}

/** `count` integers in 0..n-1, with replacement. */
export function randomIntegers(random: Random, n: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, () => randomInteger(random, n));
}

/** A copy in random order (Fisher & Yates). */
export function shuffled<T>(random: Random, items: Iterable<T>): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInteger(random, i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** `count` different integers in 0..n-1, in random order. */
export function randomSubset(random: Random, n: number, count: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + randomInteger(random, n - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, count);
}

/** Two independent standard normal numbers (Box & Muller, 1958). */
export function randomNormals(random: Random): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const angle = 2 * Math.PI * random();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
