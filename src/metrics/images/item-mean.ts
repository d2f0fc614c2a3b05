// The accumulator of metrics that score one pair of images (or one caption) at a time: their mean
// over all pairs, with the jackknife's interval.

import type { Defined, Settings, Undecided } from "../result.js";
import { type RowState, RowAccumulator } from "../rows.js";
import { rangeOf } from "../statistics/summary.js";

/** The lowest and highest score of an item. */
export interface MeanParts {
  readonly least: number;
  readonly most: number;
}

/** Turns a metric of one item into an accumulator of its mean over items. */
export class ItemMean<Item, Options> extends RowAccumulator<Item, MeanParts, Options> {
  protected override readonly range = [-Infinity, Infinity] as const;

  constructor(
    metric: string,
    options: Options,
    private readonly of: {
      readonly settings: Settings;
      readonly score: (item: Item) => Defined<unknown> | Undecided<string>;
    },
  ) {
    super(metric, options);
  }

  /** Takes back what `toJSON` gave. */
  resume(state: RowState<Options>): this {
    return this.restore(state);
  }

  protected row(item: Item): readonly number[] {
    const result = this.of.score(item);
    if (result.value === null) throw new RangeError(result.message);
    // JSON knows no infinity (the PSNR of equal images), so infinite scores are counted apart.
    return Number.isFinite(result.value) ? [result.value, 1, 0] : [0, 1, 1];
  }

  protected score([total, count, infinite]: readonly number[]): number {
    return infinite! > 0 ? Infinity : total! / count!;
  }

  protected parts(_sums: readonly number[], rows: readonly (readonly number[])[]): MeanParts {
    const scores = rows.map(([score, , infinite]) => (infinite ? Infinity : score!));
    return rangeOf(scores);
  }

  protected settings(): Settings {
    return this.of.settings;
  }
}
