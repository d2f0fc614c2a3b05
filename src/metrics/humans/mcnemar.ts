// McNemar's test (1947): two systems (or raters) right or wrong on the same items. Only the items
// on which they differ count; with few of them use the exact p-value.

import { requireCounts } from "../options.js";
import { type Accumulator, type Result, signature, undecided } from "../result.js";
import { binomialCumulative, chiSquareUpperTail } from "../statistics/distributions.js";

/** [[both, only baseline], [only system, neither]]. */
export type McNemarTable = readonly [readonly [number, number], readonly [number, number]];

export interface McNemarParts {
  readonly chiSquare: number;
  readonly pValue: number;
  /** With Edwards' correction for continuity. */
  readonly corrected: { readonly chiSquare: number; readonly pValue: number };
  /** Two-sided binomial test of the two off-diagonal counts. */
  readonly exactPValue: number;
}

export type McNemarResult = Result<McNemarParts, "no-difference">;

/** The test of a table of counts; the value is the uncorrected chi-square. */
export function mcnemar(table: McNemarTable): McNemarResult {
  const [[both, left], [right, neither]] = table;
  requireCounts([both, left, right, neither], "The cells of McNemar's table");
  const about = { n: both + left + right + neither, signature: signature("mcnemar") };
  const differ = left + right;
  if (differ === 0) {
    return undecided(
      "no-difference",
      "The two agree on every item, so neither can be better.",
      about,
    );
  }
  const gap = Math.abs(left - right);
  const chiSquare = (gap * gap) / differ;
  const reduced = (gap - 1) ** 2 / differ;
  const parts = {
    chiSquare,
    pValue: chiSquareUpperTail(chiSquare),
    corrected: { chiSquare: reduced, pValue: chiSquareUpperTail(reduced) },
    exactPValue: Math.min(1, 2 * binomialCumulative(Math.min(left, right), differ, 0.5)),
  };
  return { value: chiSquare, parts, ...about };
}

/** Counts items on which the baseline and the system were right or wrong. */
export class McNemar implements Accumulator<
  { baseline: boolean; system: boolean },
  McNemarResult,
  McNemarTable
> {
  readonly #counts = [0, 0, 0, 0]; // the table, row after row

  add({ baseline, system }: { baseline: boolean; system: boolean }): this {
    this.#counts[(baseline ? 0 : 2) + (system ? 0 : 1)]!++;
    return this;
  }

  merge(other: McNemar): this {
    return this.#addTable(other.toJSON());
  }

  result(): McNemarResult {
    return mcnemar(this.toJSON());
  }

  toJSON(): McNemarTable {
    const [both, baseline, system, neither] = this.#counts;
    return [
      [both!, baseline!],
      [system!, neither!],
    ];
  }

  static fromJSON(table: McNemarTable): McNemar {
    return new McNemar().#addTable(table);
  }

  #addTable(table: McNemarTable): this {
    table.flat().forEach((count, cell) => (this.#counts[cell]! += count));
    return this;
  }
}
