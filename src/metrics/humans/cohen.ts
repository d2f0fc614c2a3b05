// Cohen's kappa of two raters (1960), unweighted or weighted by how far apart two categories are
// (1968), with the standard errors of Fleiss, Cohen & Everitt (1969).

import { addAll } from "../add-all.js";
import { requireCounts } from "../options.js";
import {
  type Accumulator,
  type Interval,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";
import { normalQuantile, normalUpperTail } from "../statistics/distributions.js";
import { compareValues } from "./coincidences.js";
import { agreement, errorsOf, type Shares, sharesOf, weightOf } from "./kappa.js";

type Label = number | string;

export interface CohenOptions {
  /** How much a disagreement weighs by the distance of the categories' places. */
  readonly weights?: "none" | "linear" | "quadratic";
  /** All categories in their order; those seen, sorted, where it is missing. */
  readonly labels?: readonly Label[];
  readonly level?: number;
}

export interface CohenParts {
  readonly unweighted: number;
  readonly linear: number;
  readonly quadratic: number;
  readonly observed: number;
  readonly expected: number;
  /** Of the value; and as if there were no agreement beyond chance, which z and p are made with. */
  readonly standardError: number;
  readonly standardErrorAtZero: number;
  /** `null` where a rater used one category only: chance explains any agreement then. */
  readonly z: number | null;
  readonly pValue: number | null;
  readonly labels: readonly Label[];
}

export type CohenResult = Result<CohenParts, "no-items" | "single-category">;

/** Kappa of two raters' labels of the same items: 1 in full agreement, 0 by chance. */
export function cohenKappa(
  { first, second }: { readonly first: readonly Label[]; readonly second: readonly Label[] },
  options: CohenOptions = {},
): CohenResult {
  if (first.length !== second.length) {
    throw new RangeError(
      `The first rater has ${first.length} labels, the second ${second.length}: ` +
        "give one of each for every item.",
    );
  }
  const items = first.map((label, i) => ({ first: label, second: second[i]! }));
  return addAll(new CohenKappa(options), items).result();
}

/** Kappa of a table [k, k]: rows are the first rater's categories, columns the second's. */
export function cohenKappaOfTable(
  table: readonly (readonly number[])[],
  options: CohenOptions = {},
): CohenResult {
  const labels = options.labels ?? [...table.keys()];
  if (table.some((row) => row.length !== table.length) || labels.length !== table.length) {
    throw new RangeError("A kappa table has as many columns and labels as rows.");
  }
  requireCounts(table.flat(), "The cells of a kappa table");
  return kappaOf(table, labels, options);
}

export interface CohenState {
  readonly options: CohenOptions;
  readonly cells: readonly (readonly [Label, Label, number])[];
}

/** Counts pairs of labels; whole numbers, so any order of merging gives the same. */
export class CohenKappa implements Accumulator<
  { first: Label; second: Label },
  CohenResult,
  CohenState
> {
  readonly #options: CohenOptions;
  readonly #cells = new Map<string, [Label, Label, number]>();

  constructor(options: CohenOptions = {}) {
    this.#options = options;
  }

  add({ first, second }: { first: Label; second: Label }): this {
    this.#count(first, second, 1);
    return this;
  }

  merge(other: CohenKappa): this {
    requireSameSettings(describe(this.#options), describe(other.#options));
    for (const [first, second, count] of [...other.#cells.values()])
      this.#count(first, second, count);
    return this;
  }

  result(): CohenResult {
    const cells = [...this.#cells.values()];
    const seen = new Set(cells.flatMap(([first, second]) => [first, second]));
    const labels = this.#options.labels ?? [...seen].sort(compareValues);
    const table = labels.map((a) =>
      labels.map((b) => this.#cells.get(JSON.stringify([a, b]))?.[2] ?? 0),
    );
    return kappaOf(table, labels, this.#options);
  }

  toJSON(): CohenState {
    return { options: this.#options, cells: [...this.#cells.values()] };
  }

  static fromJSON({ options, cells }: CohenState): CohenKappa {
    const result = new CohenKappa(options);
    for (const [first, second, count] of cells) result.#count(first, second, count);
    return result;
  }

  #count(first: Label, second: Label, count: number): void {
    for (const label of [first, second]) {
      if (!this.#options.labels || this.#options.labels.includes(label)) continue;
      throw new RangeError(`The label ${JSON.stringify(label)} is not among the labels given.`);
    }
    const key = JSON.stringify([first, second]);
    const cell = this.#cells.get(key) ?? [first, second, 0];
    this.#cells.set(key, [first, second, cell[2] + count]);
  }
}

function describe({ weights = "none", labels }: CohenOptions): string {
  return signature("cohen-kappa", { weights, labels: labels?.join(",") ?? "observed" });
}

function kappaOf(
  table: readonly (readonly number[])[],
  labels: readonly Label[],
  options: CohenOptions,
): CohenResult {
  const n = table.flat().reduce((sum, x) => sum + x, 0);
  const about = { n, signature: describe(options) };
  if (n === 0) {
    return undecided("no-items", "Kappa needs items that both rated; there are none.", about);
  }
  const shares = sharesOf(table, n);
  if (agreement(shares, weightOf("none", labels.length)).expected >= 1) {
    const message = "Both raters used one category only, so chance alone explains any agreement.";
    return undecided("single-category", message, about);
  }
  return { ...kappaOfShares(shares, labels, options, n), ...about };
}

function kappaOfShares(
  shares: Shares,
  labels: readonly Label[],
  { weights = "none", level = 0.95 }: CohenOptions,
  n: number,
): { value: number; parts: CohenParts; interval: Interval } {
  const weight = weightOf(weights, labels.length);
  const { kappa: value, observed, expected } = agreement(shares, weight);
  const errors = errorsOf(shares, weight, { kappa: value, expected }, n);
  const { standardError } = errors;
  const half = -normalQuantile((1 - level) / 2) * standardError;
  const z = errors.standardErrorAtZero > 0 ? value / errors.standardErrorAtZero : null;
  const by = (kind: "none" | "linear" | "quadratic") =>
    agreement(shares, weightOf(kind, labels.length)).kappa;
  const parts: CohenParts = {
    unweighted: by("none"),
    linear: by("linear"),
    quadratic: by("quadratic"),
    observed,
    expected,
    ...errors,
    z,
    pValue: z === null ? null : 2 * normalUpperTail(Math.abs(z)),
    labels,
  };
  const range = { low: value - half, high: value + half };
  return { value, parts, interval: { ...range, level, method: "asymptotic", standardError } };
}
