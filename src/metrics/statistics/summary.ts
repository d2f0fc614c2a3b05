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

/** A sorted copy. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}
