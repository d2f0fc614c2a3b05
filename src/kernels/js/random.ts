/**
 * Random numbers by counter: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel Random
 * Numbers: As Easy as 1, 2, 3; 2011). Element i is word i mod 2 of the block for counter
 * (⌊i/2⌋, stream), so any element can be made alone, in any order, on any backend, and is the same.
 */
import type { Random } from "../spec.js";
import type { Run } from "./kernel.js";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24]; // table 2 of the paper
const parity = 0x1bd11bda; // keeps the third key word from being 0 for all-equal keys

/** One block: two 32-bit words (as signed integers) from a key and a counter of two words each. */
export function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const key = [k0, k1, parity ^ k0 ^ k1];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 1; round <= 20; round++) {
    const turn = rotations[(round - 1) % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << turn) | (x1 >>> (32 - turn))) ^ x0;
    if (round % 4 !== 0) continue;
    const injection = round / 4;
    x0 = (x0 + key[injection % 3]!) | 0;
    x1 = (x1 + key[(injection + 1) % 3]! + injection) | 0;
  }
  return [x0, x1];
}

/** [0, 1) in steps of 2⁻²⁴, the finest that float32 has just below 1. */
const fraction = (word: number): number => (word >>> 8) * 2 ** -24;

/** ⌊word·span·2⁻³²⌋, exact: the product has up to 64 bits, so it is made from two halves of the word. */
function below(span: number, word: number): number {
  const low = Math.floor(((word & 0xffff) * span) / 2 ** 16);
  return Math.floor(((word >>> 16) * span + low) / 2 ** 16);
}

/** Box and Muller (1958): a radius from one uniform number in (0, 1], an angle from the other. */
function normal([word0, word1]: [number, number], odd: number): number {
  const radius = Math.sqrt(-2 * Math.log(fraction(word0) + 2 ** -24));
  const angle = 2 * Math.PI * fraction(word1);
  return radius * (odd ? Math.sin(angle) : Math.cos(angle));
}

export const random: Run<Random> = ({ count, distribution }, _inputs, [y], scalars) => {
  const [k0, k1, stream] = scalars.map((word) => word | 0) as [number, number, number];
  const [low, high] = scalars.slice(3) as [number, number];
  for (let i = 0; i < count; i++) {
    const odd = i & 1;
    const words = threefry(k0, k1, i >>> 1, stream);
    if (distribution === "bits") y[i] = words[odd]!;
    else if (distribution === "uniform") y[i] = low + (high - low) * fraction(words[odd]!);
    else if (distribution === "normal") y[i] = low + high * normal(words, odd);
    else y[i] = low + below(high - low, words[odd]!);
  }
};
