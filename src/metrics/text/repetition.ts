// seq-rep-n (Welleck et al. 2020, "Neural text generation with unlikelihood training", section 6):
// the share of a sequence's n-grams that came before, 1 - unique / total, and its mean over
// sequences. A sequence shorter than n repeats nothing: 0.

import { addAll } from "../add-all.js";
import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { tokensOrIds } from "./entropy.js";
import { ngramKeys } from "./ngrams.js";
import type { Sentence } from "./segments.js";

export interface RepetitionOptions {
  /** Length of the n-grams. Default 4. */
  readonly n?: number;
}

export interface RepetitionParts {
  /** In the order in which the sequences were added. */
  readonly perSequence: readonly number[];
}

/** Mean seq-rep-n, 0 to 1. */
export class Repetition extends RowAccumulator<
  Sentence | readonly number[],
  RepetitionParts,
  RepetitionOptions
> {
  protected override readonly range = [0, 1] as const;
  readonly #n: number;

  constructor(options: RepetitionOptions = {}) {
    super("seq-rep", options);
    this.#n = options.n ?? 4;
    requireWhole(this.#n);
  }

  static fromJSON(state: RowState<RepetitionOptions>): Repetition {
    return new Repetition(state.options).restore(state);
  }

  protected row(sequence: Sentence | readonly number[]): number[] {
    const ngrams = ngramKeys(tokensOrIds(sequence), this.#n);
    const repeated = ngrams.length === 0 ? 0 : 1 - new Set(ngrams).size / ngrams.length;
    return [repeated, 1];
  }
  protected score([repeated = 0, sequences = 0]: readonly number[]): number {
    return repeated / sequences;
  }
  protected parts(_: readonly number[], rows: readonly (readonly number[])[]): RepetitionParts {
    return { perSequence: rows.map((row) => row[0]!) };
  }
  protected settings(): Settings {
    return { n: this.#n };
  }
}

/** Mean seq-rep-n of sequences (texts, tokens or token ids): 0 to 1, lower repeats less. */
export function repetition(
  sequences: readonly (Sentence | readonly number[])[],
  options: RepetitionOptions = {},
): Result<RepetitionParts> {
  return addAll(new Repetition(options), sequences).result();
}
