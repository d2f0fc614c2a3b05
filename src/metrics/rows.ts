// The accumulator of every metric whose score is a function of sums over items (BLEU, chrF, TER,
// ROUGE, perplexity …): it keeps one row of counts an item. Merging is joining the rows; intervals
// and paired tests are other choices of rows.

import { jackknifed, sumRows } from "./jackknife.js";
import { requireSameSettings, signature, undecided } from "./result.js";
import type { Accumulator, ItemStatistics, Result, Settings } from "./result.js";

/** What a row accumulator is in JSON: its options and its rows. */
export interface RowState<Options> {
  readonly options: Options;
  readonly rows: readonly (readonly number[])[];
}

type Rows = readonly (readonly number[])[];

export abstract class RowAccumulator<
  Item,
  Parts,
  Options,
  Why extends string = "no-items",
> implements Accumulator<Item, Result<Parts, Why | "no-items">, RowState<Options>> {
  /** Limits that the score cannot pass; intervals are clipped to them. */
  protected readonly range: readonly [number, number] = [0, Infinity];
  protected readonly rows: (readonly number[])[] = [];

  constructor(
    protected readonly metric: string,
    protected readonly options: Options,
  ) {}

  /** The counts of one item. */
  protected abstract row(item: Item): readonly number[];
  /** The metric's value from sums of rows. */
  protected abstract score(sums: readonly number[]): number;
  /** All parts of the result from sums of rows. */
  protected abstract parts(sums: readonly number[], rows: Rows): Parts;
  /** Settings for the signature; the rows tell what depends on the data (numbers of references). */
  protected abstract settings(rows: Rows): Settings;
  /** The reason and sentence where the sums decide nothing. */
  protected undecidable(_sums: readonly number[]): readonly [Why, string] | undefined {
    return undefined;
  }

  add(item: Item): this {
    this.rows.push(this.row(item));
    return this;
  }

  merge(other: this): this {
    const settings = (of: this) => signature(of.metric, of.settings([]));
    requireSameSettings(settings(this), settings(other));
    for (const row of [...other.rows]) this.rows.push(row);
    return this;
  }

  result(): Result<Parts, Why | "no-items"> {
    const about = { n: this.rows.length, signature: this.signature() };
    if (about.n === 0) {
      return undecided("no-items", `${this.metric} needs at least one item; none came.`, about);
    }
    const sums = sumRows(this.rows);
    const why = this.undecidable(sums);
    if (why) return undecided(why[0], why[1], about);
    const value = this.score(sums);
    const interval = jackknifed(this.statistics(), value, this.range);
    const parts = this.parts(sums, this.rows);
    return { value, parts, n: about.n, ...interval, signature: about.signature };
  }

  /** Rows and score, for bootstrap intervals and paired tests. */
  statistics(): ItemStatistics {
    return { rows: this.rows, score: (sums) => this.score(sums) };
  }

  signature(): string {
    return signature(this.metric, this.settings(this.rows));
  }

  toJSON(): RowState<Options> {
    return { options: this.options, rows: this.rows.map((row) => [...row]) };
  }

  /** Takes the rows of a state back in; for `fromJSON` of the classes below this one. */
  protected restore(state: RowState<Options>): this {
    const width = state.rows[0]?.length ?? 0;
    for (const row of state.rows) requireNumbers(row, width, this.metric);
    for (const row of state.rows) this.rows.push([...row]);
    return this;
  }
}

function requireNumbers(row: readonly number[], width: number, metric: string): void {
  if (row.length === width && row.every((value) => Number.isFinite(value))) return;
  throw new RangeError(
    `A state of ${metric} holds a row that is not ${width} numbers: ${JSON.stringify(row)}. ` +
      "Give what toJSON made.",
  );
}
