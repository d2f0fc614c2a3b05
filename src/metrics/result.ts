// The one shape of all metrics: what a result carries, and the accumulator that results come from.
// An accumulator adds items one by one, merges with others in any order to the same result,
// and goes to JSON and back, so that work splits over workers and machines and a run resumes.
// Each metric's class offers `static fromJSON(state)` beside the interface below.

import { VERSION } from "./version.js";

/** A range that holds the true value in `level` of repeated experiments, and how it was made. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence, as 0.95. */
  readonly level: number;
  /** As "jackknife", "bootstrap-percentile", "bootstrap-bca", "wilson". */
  readonly method: string;
  readonly standardError?: number;
  readonly resamples?: number;
  readonly seed?: string;
}

/** A metric that came out as a number. */
export interface Defined<Parts> {
  readonly value: number;
  readonly parts: Parts;
  /** How many items (segments, sequences, images, votes) went in. */
  readonly n: number;
  readonly interval?: Interval;
  /** Metric, settings and version: two scores may be compared only if these are equal. */
  readonly signature: string;
}

/** A metric that the data cannot decide: never NaN, but the reason, for programs and for readers. */
export interface Undecided<Why extends string> {
  readonly value: null;
  /** A fixed word to switch on, as "no-items". */
  readonly reason: Why;
  /** The same as a sentence: what was asked, what came, what to do. */
  readonly message: string;
  readonly parts: null;
  readonly n: number;
  readonly signature: string;
}

/** What a metric returns: test `value === null` to tell the two apart. */
export type Result<Parts, Why extends string = "no-items"> = Defined<Parts> | Undecided<Why>;

/** Collects items; the same items give the same result under any order of `add` and `merge`. */
export interface Accumulator<Item, Outcome, State = unknown> {
  /** Takes one item in, or throws a sentence and stays as it was. */
  add(item: Item): this;
  /** Takes in all that `other` holds; throws where the two have different settings. */
  merge(other: this): this;
  /** The result for what came so far; more may be added afterwards. */
  result(): Outcome;
  /** Everything it holds as plain JSON, for the class's `fromJSON`. */
  toJSON(): State;
}

/** Settings by name, in the order in which the signature prints them. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/**
 * Joins a metric's name, settings and the library's version, as sacreBLEU does:
 * `signature("ter", { case: "lc", norm: false })` is `ter|case:lc|norm:no|version:genarch-0.1.0`.
 */
export function signature(metric: string, settings: Settings = {}): string {
  const word = (value: string | number | boolean) =>
    typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  const parts = Object.entries(settings).map(([name, value]) => `${name}:${word(value)}`);
  return [metric, ...parts, `version:genarch-${VERSION}`].join("|");
}

/** Builds the result of a metric that the data cannot decide. */
export function undecided<Why extends string>(
  reason: Why,
  message: string,
  about: { readonly n: number; readonly signature: string },
): Undecided<Why> {
  return { value: null, reason, message, parts: null, n: about.n, signature: about.signature };
}

/** Throws unless two accumulators were made with the same settings, as their signatures tell. */
export function requireSameSettings(mine: string, theirs: string): void {
  if (mine === theirs) return;
  throw new Error(
    `Cannot merge metrics with different settings: this one is "${mine}", the other "${theirs}". ` +
      "Make both with the same options.",
  );
}

/**
 * What a corpus metric knows of each item: its row of counts, and the score of a sum of rows.
 * Resampling (intervals, paired tests) is then a matter of adding other rows up.
 */
export interface ItemStatistics {
  readonly rows: readonly (readonly number[])[]; // [items, columns]
  /** The metric's value from the column sums of any choice of rows. */
  score(sums: readonly number[]): number;
}
