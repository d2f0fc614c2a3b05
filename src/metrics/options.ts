// What options and counts of many metrics have to be, in the same words for all.

/** Throws unless `n` is a whole number of at least `least`. */
export function requireWhole(n: number, name = "n", least = 1): void {
  if (Number.isInteger(n) && n >= least) return;
  throw new RangeError(`${name} must be a whole number of at least ${least}, but it is ${n}.`);
}

/** Throws unless `x` is a finite number above 0. */
export function requirePositive(x: number, name: string): void {
  if (x > 0 && x < Infinity) return;
  throw new RangeError(`${name} must be a number above 0, but it is ${x}.`);
}

/** Throws unless all `indices` are places in a list of `length` things. */
export function requirePlaces(
  indices: ArrayLike<number>,
  length: number,
  choice: string,
  thing: string,
): void {
  const odd = Array.from(indices).find((i) => !(Number.isInteger(i) && i >= 0 && i < length));
  if (odd === undefined) return;
  throw new RangeError(
    `${choice} names ${thing} ${odd}, but the ${thing}s are 0 to ${length - 1}.`,
  );
}

/** Throws unless all values are counts: finite, none below 0. */
export function requireCounts(values: readonly number[], what: string): void {
  const odd = values.find((x) => !(x >= 0 && x < Infinity));
  if (odd === undefined) return;
  throw new RangeError(`${what} must be counts of 0 or more; ${odd} came.`);
}
