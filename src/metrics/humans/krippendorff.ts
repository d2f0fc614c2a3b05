// Krippendorff's alpha (2004, chapter 11): agreement of any number of raters, with missing ratings,
// at four levels of measurement. alpha = 1 - observed / expected disagreement.

import { addAll } from "../add-all.js";
import { jackknifed } from "../jackknife.js";
import {
  type Accumulator,
  type ItemStatistics,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";
import {
  coincidenceMatrix,
  compareValues,
  disagreements,
  type Level,
  marginals,
} from "./coincidences.js";

/** A rating; `null`, `undefined` and NaN mean that the rater gave none. */
export type Rating = number | string | null | undefined;

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

/**
 * alpha of ratings [raters, units]: 1 in full agreement, 0 by chance, below where raters differ by
 * rule.
 */
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
    return addAll(this, [...other.#units]);
  }

  result(): KrippendorffResult {
    const about = { n: this.#units.length, signature: this.#signature() };
    const units = this.#paired();
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
    const interval = small && jackknifed(this.statistics(), value, [-1, 1]);
    return { value, parts, ...interval, ...about };
  }

  /** A row of coincidences a unit, for bootstrap intervals. */
  statistics(): ItemStatistics {
    const units = this.#paired();
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
    return addAll(new KrippendorffAlpha(options), units);
  }

  #check(value: number | string): void {
    const { level, domain } = this.#options;
    if (domain && !domain.includes(value)) {
      throw new RangeError(
        `The rating ${JSON.stringify(value)} is not among the values of the domain.`,
      );
    }
    if (value === Infinity || value === -Infinity) {
      throw new RangeError(`A rating is ${value}; give finite numbers, and null where none is.`);
    }
    const named = typeof value === "string";
    if (!named || level === "nominal" || (level === "ordinal" && domain)) return;
    const way = level === "ordinal" ? "give their order as `domain`" : "give numbers";
    throw new TypeError(`The rating "${value}" has no place at the ${level} level: ${way}.`);
  }

  #paired() {
    return this.#units.filter((unit) => unit.length > 1);
  }

  #domain(units: readonly (readonly (number | string)[])[]): readonly (number | string)[] {
    return this.#options.domain ?? [...new Set(units.flat())].sort(compareValues);
  }

  #signature(): string {
    const { level, domain } = this.#options;
    return signature("krippendorff-alpha", { level, domain: domain?.join(",") ?? "observed" });
  }
}
