// Fleiss' kappa (1971): as many ratings for every item, by raters who need not be the same, into
// categories; and Randolph's free-marginal kappa (2005), whose chance is one over the categories.

import { addAll } from "../add-all.js";
import { type Result, type Settings } from "../result.js";
import { RowAccumulator, type RowState } from "../rows.js";

export interface FleissParts {
  readonly observed: number;
  readonly expected: number;
  readonly randolph: number;
  /** Ratings an item. */
  readonly raters: number;
}

export type FleissReason = "no-items" | "too-few-raters" | "single-category";

export interface FleissOptions {
  /**
   * "fixed" (the default): chance as the categories were used. "free": one over the categories,
   * Randolph's kappa, which stays defined where all ratings are in one category.
   */
  readonly marginals?: "fixed" | "free";
}

/**
 * Kappa of counts [items, categories], how many raters put the item in the category: 1 in full
 * agreement, 0 by chance.
 */
export function fleissKappa(
  counts: readonly (readonly number[])[],
  options: FleissOptions = {},
): Result<FleissParts, FleissReason> {
  return addAll(new FleissKappa(options), counts).result();
}

/** Collects items' category counts. */
export class FleissKappa extends RowAccumulator<
  readonly number[],
  FleissParts,
  FleissOptions,
  FleissReason
> {
  protected override readonly range = [-1, 1] as const;

  constructor(options: FleissOptions = {}) {
    super("fleiss-kappa", options);
  }

  static fromJSON(state: RowState<FleissOptions>): FleissKappa {
    return new FleissKappa(state.options).restore(state);
  }

  /** Items, raters · items, sum of squares, then the count of each category. */
  protected row(counts: readonly number[]): readonly number[] {
    if (counts.some((x) => !(Number.isInteger(x) && x >= 0))) {
      throw new RangeError(`Category counts are whole numbers; ${counts.join(", ")} came.`);
    }
    const raters = counts.reduce((sum, x) => sum + x, 0);
    const [first] = this.rows;
    if (first && (first[1] !== raters || first.length !== counts.length + 3)) {
      throw new RangeError(
        `An item has ${raters} ratings in ${counts.length} categories, the first had ${first[1]} ` +
          `in ${first.length - 3}. Fleiss' kappa needs the same of all; ` +
          "Krippendorff's alpha does not.",
      );
    }
    return [1, raters, counts.reduce((sum, x) => sum + x * x, 0), ...counts];
  }

  protected score(sums: readonly number[]): number {
    const { observed, expected, randolph } = this.parts(sums);
    return this.#free ? randolph : (observed - expected) / (1 - expected);
  }

  protected override undecidable(sums: readonly number[]) {
    const { raters, expected } = this.parts(sums);
    if (raters < 2) return ["too-few-raters", "Agreement needs two ratings an item."] as const;
    if (expected < 1 || (this.#free && sums.length > 4)) return undefined;
    const message = "All ratings are in one category, so chance alone explains any agreement.";
    return ["single-category", message] as const;
  }

  protected parts([items, ratings, squares, ...categories]: readonly number[]): FleissParts {
    const raters = ratings! / items!;
    const observed = (squares! - ratings!) / (ratings! * (raters - 1));
    const expected = categories.reduce((sum, x) => sum + (x / ratings!) ** 2, 0);
    const free = 1 / categories.length;
    return { observed, expected, randolph: (observed - free) / (1 - free), raters };
  }

  protected settings(): Settings {
    return { marginals: this.#free ? "free" : "fixed" };
  }

  get #free(): boolean {
    return this.options.marginals === "free";
  }
}
