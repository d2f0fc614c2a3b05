/** The sentences about the numbers that a run is given. */
import { NumberError } from "../tensor/index.js";

/** A finite number from 0, and below `below` if that is given. */
export function checkNumber(
  whose: string,
  option: string,
  value: number,
  below = Infinity,
): number {
  if (Number.isFinite(value) && value >= 0 && value < below) return value;
  const wanted = below === Infinity ? "a finite number from 0" : `from 0 and below ${below}`;
  throw new NumberError(`${whose}: ${option} is ${value}; it must be ${wanted}`);
}

export function checkAll(whose: string, options: Record<string, number>): void {
  for (const [option, value] of Object.entries(options)) checkNumber(whose, option, value);
}
