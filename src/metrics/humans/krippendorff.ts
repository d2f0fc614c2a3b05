// Krippendorff's alpha (2004, chapter 11): agreement of any number of raters, with missing ratings,
// at four levels of measurement. alpha = 1 - observed / expected disagreement.

import { jackknifeInterval } from "../jackknife.js";
import {
  type Accumulator,
  type ItemStatistics,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";

/** A rating; `null`, `undefined` and NaN mean that the rater gave none. */
export type Rating = number | string | null | undefined;

export type Level = "nominal" | "ordinal" | "interval" | "ratio";

export interface KrippendorffOptions {
  readonly level: Level;
  /** All values in their order; the ordinal level needs it for names. */
  readonly domain?: readonly (number | string)[];
}

export interface KrippendorffParts {
  readonly observed: number;
  readonly expected: number;
  /** Units with at least two ratings, and the ratings in them. */
  readonly units: number;
  readonly ratings: number;
}

export type KrippendorffResult = Result<KrippendorffParts, "no-pairs" | "single-category">;

/** alpha of ratings [raters, units]. */
export function krippendorffAlpha(
  ratings: readonly (readonly Rating[])[],
  options: KrippendorffOptions,
): KrippendorffResult {
  const all = new KrippendorffAlpha(options);
  const units = ratings.reduce((most, row) => Math.max(most, row.length), 0);
  for (let unit = 0; unit < units; unit++) all.add(ratings.map((row) => row[unit]));
  return all.result();
}

export interface KrippendorffState {
  readonly options: KrippendorffOptions;
  readonly units: readonly (readonly (number | string)[])[];
}

/** Collects units, each with the ratings that it got. */
export class KrippendorffAlpha implements Accumulator<
  readonly Rating[],
  KrippendorffResult,
  KrippendorffState
> {
  readonly #options: KrippendorffOptions;
  readonly #units: (readonly (number | string)[])[] = [];

  constructor(options: KrippendorffOptions) {
    this.#options = options;
  }

  /** Takes one unit's ratings, one a rater. */
  add(unit: readonly Rating[]): this {
    const given = unit.filter(
      (x): x is number | string => x !== null && x !== undefined && !Number.isNaN(x),
    );
    for (const value of given) this.#check(value);
    this.#units.push(given);
    return this;
  }

  merge(other: KrippendorffAlpha): this {
    requireSameSettings(this.#signature(), other.#signature());
    for (const unit of [...other.#units]) this.add(unit);
    return this;
  }

  result(): KrippendorffResult {
    const about = { n: this.#units.length, signature: this.#signature() };
    const units = this.#units.filter((unit) => unit.length > 1);
    if (units.length === 0) {
      return undecided(
        "no-pairs",
        "Agreement needs a unit that two raters rated; there is none.",
        about,
      );
    }
    const values = this.#domain(units);
    const coincidences = coincidenceMatrix(units, values);
    const totals = marginals(coincidences, values.length);
    if (totals.filter((x) => x > 0).length < 2) {
      const message = "All ratings are equal, so no disagreement could be expected by chance.";
      return undecided("single-category", message, about);
    }
    const { observed, expected } = disagreements(coincidences, values, this.#options.level);
    const value = 1 - observed / expected;
    const ratings = units.reduce((sum, unit) => sum + unit.length, 0);
    const parts = { observed, expected, units: units.length, ratings };
    const small = values.length ** 2 * units.length <= 2e6;
    const interval = small ? jackknifeInterval(this.statistics(), value, [-1, 1]) : undefined;
    return { value, parts, ...(interval && { interval }), ...about };
  }

  /** A row of coincidences a unit, for bootstrap intervals. */
  statistics(): ItemStatistics {
    const units = this.#units.filter((unit) => unit.length > 1);
    const values = this.#domain(units);
    const rows = units.map((unit) => [...coincidenceMatrix([unit], values)]);
    const score = (sums: readonly number[]) => {
      const { observed, expected } = disagreements(sums, values, this.#options.level);
      return observed === 0 ? 1 : 1 - observed / expected;
    };
    return { rows, score };
  }

  toJSON(): KrippendorffState {
    return { options: this.#options, units: this.#units.map((unit) => [...unit]) };
  }

  static fromJSON({ options, units }: KrippendorffState): KrippendorffAlpha {
    const result = new KrippendorffAlpha(options);
    for (const unit of units) result.add(unit);
    return result;
  }

  #check(value: number | string): void {
    const { level, domain } = this.#options;
    if (domain && !domain.includes(value)) {
      throw new RangeError(
        `The rating ${JSON.stringify(value)} is not among the values of the domain.`,
      );
    }
    const named = typeof value === "string";
    if (!named || level === "nominal" || (level === "ordinal" && domain)) return;
    const way = level === "ordinal" ? "give their order as `domain`" : "give numbers";
    throw new TypeError(`The rating "${value}" has no place at the ${level} level: ${way}.`);
  }

  #domain(units: readonly (readonly (number | string)[])[]): readonly (number | string)[] {
    return this.#options.domain ?? [...new Set(units.flat())].sort(compareValues);
  }

  #signature(): string {
    const { level, domain } = this.#options;
    return signature("krippendorff-alpha", { level, domain: domain?.join(",") ?? "observed" });
  }
}

/** Numbers in their order, then names in theirs. */
export function compareValues(a: number | string, b: number | string): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * o[c, k]: pairs of values within units, a unit of m ratings counting 1 / (m - 1) a pair. Pairs are
 * counted as whole numbers for each m first, so that the order of the units cannot matter.
 */
function coincidenceMatrix(
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

function marginals(coincidences: ArrayLike<number>, v: number): Float64Array {
  const totals = new Float64Array(v);
  for (let at = 0; at < coincidences.length; at++) totals[Math.floor(at / v)]! += coincidences[at]!;
  return totals;
}

/** Mean squared differences within units, and between all ratings. */
function disagreements(
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
