// Coincidences of values within units, and the disagreement that they amount to at a level of
// measurement (Krippendorff, 2004, chapter 11).

/** What differences of values mean: none but equal or not; order; distance; proportion. */
export type Level = "nominal" | "ordinal" | "interval" | "ratio";

/** Numbers in their order, then names in theirs. */
export function compareValues(a: number | string, b: number | string): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * o[c, k]: pairs of values within units, a unit of m ratings counting 1 / (m - 1) a pair. Pairs are
 * counted as whole numbers for each m first, so that the order of the units cannot matter.
 */
export function coincidenceMatrix(
  units: readonly (readonly (number | string)[])[],
  values: readonly (number | string)[],
): Float64Array {
  const v = values.length;
  const place = new Map(values.map((value, i) => [value, i]));
  const bySize = new Map<number, Float64Array>();
  for (const unit of units) {
    const pairs = bySize.get(unit.length) ?? new Float64Array(v * v);
    bySize.set(unit.length, pairs);
    unit.forEach((a, i) =>
      unit.forEach((b, j) => {
        if (i !== j) pairs[place.get(a)! * v + place.get(b)!]!++;
      }),
    );
  }
  const total = new Float64Array(v * v);
  for (const m of [...bySize.keys()].sort((a, b) => a - b)) {
    bySize.get(m)!.forEach((count, at) => (total[at]! += count / (m - 1)));
  }
  return total;
}

/** How often each value occurs in pairs. */
export function marginals(coincidences: ArrayLike<number>, v: number): Float64Array {
  const totals = new Float64Array(v);
  for (let at = 0; at < coincidences.length; at++) totals[Math.floor(at / v)]! += coincidences[at]!;
  return totals;
}

/** Mean squared differences within units, and between all ratings. */
export function disagreements(
  coincidences: ArrayLike<number>,
  values: readonly (number | string)[],
  level: Level,
): { observed: number; expected: number } {
  const totals = marginals(coincidences, values.length);
  const n = totals.reduce((sum, x) => sum + x, 0);
  const difference = differenceOf(level, values, totals);
  let [observed, expected] = [0, 0];
  values.forEach((_, c) =>
    values.forEach((__, k) => {
      const d = difference(c, k);
      observed += (d * coincidences[c * values.length + k]!) / n;
      expected += (d * totals[c]! * totals[k]!) / (n * (n - 1));
    }),
  );
  return { observed, expected };
}

/** The squared difference δ² of two values by their places in the domain. */
function differenceOf(
  level: Level,
  values: readonly (number | string)[],
  totals: Float64Array,
): (c: number, k: number) => number {
  if (level === "nominal") return (c, k) => +(c !== k);
  if (level === "ordinal")
    return (c, k) => ordinalDifference(totals, Math.min(c, k), Math.max(c, k));
  const number = values.map(Number);
  if (level === "interval") return (c, k) => (number[c]! - number[k]!) ** 2;
  return (c, k) => {
    const sum = number[c]! + number[k]!;
    return sum === 0 ? 0 : ((number[c]! - number[k]!) / sum) ** 2;
  };
}

/** (Σ of the counts from c to k, both ends by half)². */
function ordinalDifference(totals: Float64Array, c: number, k: number): number {
  if (c === k) return 0;
  let sum = (totals[c]! + totals[k]!) / 2;
  for (let g = c + 1; g < k; g++) sum += totals[g]!;
  return sum * sum;
}
