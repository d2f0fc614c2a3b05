// Coherence of a text from embeddings of its sentences: the mean cosine of sentences that follow
// one another (Foltz, Kintsch & Landauer 1998, "The measurement of textual coherence with latent
// semantic analysis"), beside that of all pairs. A text that repeats one sentence scores 1.

import type { Matrix, Rows } from "../linalg/index.js";
import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { rowProduct, unitRows } from "./cosine.js";

export interface CoherenceOptions {
  /** Pairs at most so many sentences apart count as adjacent. Default 1. */
  readonly window?: number;
  /** What made the embeddings, for the signature. */
  readonly extractor?: string;
}

export interface CoherenceParts {
  /** Mean cosine of adjacent sentences, over all pairs of all texts; the value. */
  readonly mean: number;
  /** Mean cosine of all pairs within a text. */
  readonly meanAllPairs: number;
  readonly pairs: number;
  readonly allPairs: number;
}

/** Coherence over texts, each given as embeddings of its sentences [S, D]; -1 to 1. */
export class Coherence extends RowAccumulator<Rows, CoherenceParts, CoherenceOptions, "no-pairs"> {
  protected override readonly range = [-1, 1] as const;
  readonly #window: number;

  constructor(options: CoherenceOptions = {}) {
    super("coherence", options);
    this.#window = options.window ?? 1;
    requireWhole(this.#window, "window");
  }

  static fromJSON(state: RowState<CoherenceOptions>): Coherence {
    return new Coherence(state.options).restore(state);
  }

  /** [sum over adjacent pairs, their number, sum over all pairs, their number]. */
  protected row(embeddings: Rows): number[] {
    const unit = unitRows(embeddings, "sentence embeddings");
    const near = cosines(unit, this.#window);
    const sum = near.reduce((a, b) => a + b, 0);
    return [sum, near.length, sumOfAll(unit), (unit.rows * (unit.rows - 1)) / 2];
  }

  protected score([near = 0, pairs = 0]: readonly number[]): number {
    return near / pairs;
  }
  protected parts([near = 0, pairs = 0, all = 0, allPairs = 0]: readonly number[]): CoherenceParts {
    return { mean: near / pairs, meanAllPairs: all / allPairs, pairs, allPairs };
  }
  protected override undecidable([, pairs]: readonly number[]) {
    if (pairs) return undefined;
    return [
      "no-pairs",
      "Coherence compares sentences of a text: give at least two of one.",
    ] as const;
  }
  protected settings(): Settings {
    return { window: this.#window, extractor: this.options.extractor ?? "given" };
  }
}

/** Cosines of all pairs of rows at most `window` apart, by first row, then by distance. */
function cosines(unit: Matrix, window: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < unit.rows; i++) {
    const end = Math.min(unit.rows, i + window + 1);
    for (let j = i + 1; j < end; j++) values.push(rowProduct(unit, i, unit, j));
  }
  return values;
}

/** The sum of the cosines of all pairs: Σᵢ<ⱼ uᵢ·uⱼ = (|Σ u|² - Σ |u|²) / 2, linear in the rows. */
function sumOfAll({ columns, data }: Matrix): number {
  const sum = new Float64Array(columns);
  let squares = 0;
  data.forEach((x, at) => {
    sum[at % columns]! += x;
    squares += x * x;
  });
  return (sum.reduce((total, x) => total + x * x, 0) - squares) / 2;
}

/**
 * Coherence of one text from its sentences' embeddings [S, D]: -1 to 1, higher for a text that
 * stays with its matter, and 1 for one that repeats itself. `parts.adjacent` has each cosine.
 */
export function coherence(
  embeddings: Rows,
  options: CoherenceOptions = {},
): Result<CoherenceParts & { readonly adjacent: readonly number[] }, "no-pairs" | "no-items"> {
  const result = new Coherence(options).add(embeddings).result();
  if (result.value === null) return result;
  const adjacent = cosines(unitRows(embeddings, "sentence embeddings"), 1);
  return { ...result, parts: { ...result.parts, adjacent } };
}
