// Sums of float64 numbers, correctly rounded, so that the order of adding (and of merging
// accumulators) cannot change the last digit. Shewchuk (1997), "Adaptive precision floating-point
// arithmetic", section 2: a sum kept as parts that do not overlap.

import { addAll } from "./add-all.js";

/**
 * A running sum without rounding error; `value()` rounds once, at the end. Once past the largest
 * float64 it stays infinite, as any sum of float64 numbers does.
 */
export class ExactSum {
  #parts: number[] = [];
  #infinities = 0;

  /** Adds one number; infinities are kept apart and win, as in IEEE arithmetic. */
  add(value: number): this {
    if (!Number.isFinite(value)) {
      this.#infinities += value;
      return this;
    }
    let x = value;
    let kept = 0;
    for (let part of this.#parts) {
      if (Math.abs(x) < Math.abs(part)) [x, part] = [part, x];
      const high = x + part;
      if (!Number.isFinite(high)) return this.add(high); // past the largest float64, it stays there
      const low = part - (high - x); // what the rounded sum lost, exactly
      if (low !== 0) this.#parts[kept++] = low;
      x = high;
    }
    this.#parts.length = kept;
    this.#parts.push(x);
    return this;
  }

  /** Adds all that another sum holds. */
  merge(other: ExactSum): this {
    this.#infinities += other.#infinities;
    return addAll(this, [...other.#parts]);
  }

  /** The sum, rounded to the nearest float64. */
  value(): number {
    if (this.#infinities !== 0) return this.#infinities;
    let last = this.#parts.length - 1;
    if (last < 0) return 0;
    let high = this.#parts[last] as number;
    let low = 0;
    while (last > 0 && low === 0) {
      const x = high;
      const y = this.#parts[--last] as number;
      high = x + y;
      low = y - (high - x);
    }
    return last > 0 ? roundHalfEven(high, low, this.#parts[last - 1] as number) : high;
  }

  /** The parts as plain numbers; no infinity goes to JSON. */
  toJSON(): number[] {
    return [...this.#parts];
  }

  static fromJSON(parts: readonly number[]): ExactSum {
    return addAll(new ExactSum(), parts);
  }
}

/** Where `low` is half a unit of `high` and a smaller part says the same way, one step further. */
function roundHalfEven(high: number, low: number, next: number): number {
  if (low === 0 || low < 0 !== next < 0) return high;
  const twice = low * 2;
  const stepped = high + twice;
  return stepped - high === twice ? stepped : high;
}

/** The sum of the numbers, correctly rounded: the same for every order of them. */
export function exactSum(values: Iterable<number>): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value();
}
