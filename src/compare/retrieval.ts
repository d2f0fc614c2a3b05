/**
 * Whether pictures follow their captions, with no judge but the pictures themselves: how near a drawn picture comes to
 * the one that its caption belongs to, among all there are (R-precision of Xu et al., 2018, with pixels for features).
 */

/** Rows of numbers of one length, side by side. */
export type Rows = { numbers: ArrayLike<number>; size: number };

/**
 * For each drawn row, how many candidates lie nearer to it (by the sum of squares) than candidate `wanted[k]`: 0 where
 * that one is the nearest, about half of all where drawing knows nothing of what was wanted.
 */
export function ranksOf(drawn: Rows, candidates: Rows, wanted: readonly number[]): number[] {
  const count = candidates.numbers.length / candidates.size;
  return wanted.map((target, k) => {
    const own = distance(drawn, k, candidates, target, Infinity);
    let nearer = 0;
    for (let other = 0; other < count; other++)
      nearer += Number(distance(drawn, k, candidates, other, own) < own);
    return nearer;
  });
}

/** Squared; gives up at `enough`. */
function distance(a: Rows, row: number, b: Rows, other: number, enough: number): number {
  const [from, to] = [row * a.size, other * b.size];
  let sum = 0;
  for (let k = 0; k < a.size && sum < enough; k++)
    sum += (a.numbers[from + k]! - b.numbers[to + k]!) ** 2;
  return sum;
}

/** The share of ranks among the first `n`. */
export const within = (ranks: readonly number[], n: number): number =>
  ranks.filter((rank) => rank < n).length / ranks.length;

/** Each asks for what another one wanted: what is left is what drawing gives without a caption. */
export const shuffledWish = (wanted: readonly number[]): number[] =>
  wanted.map((_, k) => wanted[(k + Math.ceil(wanted.length / 2)) % wanted.length]!);
