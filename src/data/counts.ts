/** A count that a caller gives: a whole number from `least`. @throws RangeError for any other. */
export function requireCount(name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number, ${least} or more; ${value} came.`);
}
