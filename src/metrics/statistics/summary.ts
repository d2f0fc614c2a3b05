// Mean, standard deviation and quantiles of a list of numbers.

/** The arithmetic mean. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** The sum by halves: rounding grows with log n, and the order of adding is fixed. */
export function sum(values: ArrayLike<number>, from = 0, to = values.length): number {
  if (to - from > 128) {
    const middle = from + ((to - from) >> 1);
    return sum(values, from, middle) + sum(values, middle, to);
  }
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
}

/** The standard deviation with divisor n - `ddof` (delta degrees of freedom, as in numpy). */
export function standardDeviation(values: ArrayLike<number>, ddof = 1): number {
  const centre = mean(values);
  const squares = Float64Array.from(values, (x) => (x - centre) ** 2);
  return Math.sqrt(sum(squares) / (values.length - ddof));
}

/** The value below which a share `p` of sorted values lies, interpolated as numpy does. */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const position = Math.min(1, Math.max(0, p)) * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  const share = position - below;
  const [low, high] = [sorted[below]!, sorted[above]!];
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

/** The least and the greatest of any number of values: too many for arguments. */
export function rangeOf(values: readonly number[]): { least: number; most: number } {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  return { least, most: values.reduce((a, b) => Math.max(a, b), -Infinity) };
}

/** log(sum(exp(values))) without overflow. */
export function logSumExp(values: ArrayLike<number>): number {
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  if (max === -Infinity) return -Infinity;
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.exp(values[i]! - max);
  return max + Math.log(total);
}

/** A sorted copy. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The sum of values `from` to `to` - 1 in the order in which numpy adds float64 numbers (halves of
 * blocks of 128, eight lanes a block): where resamples tie, the last digit decides.
 */
export function sumInLanes(value: (i: number) => number, from: number, to: number): number {
  const n = to - from;
  if (n > 128) {
    const middle = from + (n >> 1) - ((n >> 1) % 8);
    return sumInLanes(value, from, middle) + sumInLanes(value, middle, to);
  }
  const whole = n < 8 ? from : to - (n % 8);
  const r = new Float64Array(8);
  for (let i = from; i < whole; i++) r[(i - from) % 8]! += value(i);
  let total = r[0]! + r[1]! + (r[2]! + r[3]!) + (r[4]! + r[5]! + (r[6]! + r[7]!));
  for (let i = whole; i < to; i++) total += value(i);
  return total;
}
