// The jackknife (Quenouille 1949, Tukey 1958): how much a score moves when one item is left out.
// It costs one evaluation of the score an item, needs no random numbers and no order of the items,
// so every metric that is a function of sums carries such an interval for the asking.

import { exactSum } from "./exact-sum.js";
import type { Interval, ItemStatistics } from "./result.js";

/** Standard normal quantile of 0.975. */
const Z95 = 1.959963984540054;

/** Column sums of rows; exact, hence equal for every order of the rows. */
export function sumRows(rows: readonly (readonly number[])[]): number[] {
  const width = rows[0]?.length ?? 0;
  const sums = new Array<number>(width).fill(0);
  const whole = new Array<boolean>(width).fill(true);
  for (const row of rows) {
    for (let column = 0; column < width; column++) {
      const value = row[column] as number;
      sums[column] = (sums[column] as number) + value;
      if (!Number.isInteger(value)) whole[column] = false;
    }
  }
  return sums.map((sum, column) =>
    whole[column] ? sum : exactSum(rows.map((row) => row[column] as number)),
  );
}

/**
 * The 95 % interval of `value` by the jackknife's standard error, clipped to `range`
 * (a score that cannot pass 100 gets no limit above 100); undefined for fewer than two items.
 */
export function jackknifeInterval(
  statistics: ItemStatistics,
  value: number,
  range: readonly [number, number] = [-Infinity, Infinity],
): Interval | undefined {
  const { rows } = statistics;
  const n = rows.length;
  if (n < 2) return undefined;
  const scores = leaveOneOut(statistics);
  const mean = exactSum(scores) / n;
  const spread = exactSum(scores.map((score) => (score - mean) ** 2));
  const standardError = Math.sqrt(((n - 1) / n) * spread);
  if (!Number.isFinite(standardError)) return undefined;
  const low = Math.max(range[0], value - Z95 * standardError);
  const high = Math.min(range[1], value + Z95 * standardError);
  return { low, high, level: 0.95, method: "jackknife", standardError };
}

/** A result's interval by the jackknife, if there is one. */
export function jackknifed(...of: Parameters<typeof jackknifeInterval>): {
  readonly interval?: Interval;
} {
  const interval = jackknifeInterval(...of);
  return interval ? { interval } : {};
}

/** The mean of numbers, as statistics of rows [x, 1]. */
export function meanOf(values: ArrayLike<number>): ItemStatistics {
  return {
    rows: Array.from(values, (x) => [x, 1]),
    score: ([total, count]) => total! / count!,
  };
}

/** The score of all rows but one, for each row. */
export function leaveOneOut({ rows, score }: ItemStatistics): number[] {
  const total = sumRows(rows);
  const rest = [...total];
  return rows.map((row) => {
    for (let i = 0; i < rest.length; i++) rest[i] = (total[i] as number) - (row[i] as number);
    return score(rest);
  });
}
