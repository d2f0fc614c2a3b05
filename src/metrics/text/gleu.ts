// GLEU, the sentence score of Wu et al. (2016), "Google's neural machine translation system",
// section 5.1: the smaller of precision and recall over all n-grams of orders 1 to 4.
// A corpus adds up matches and sizes, as NLTK does; of several references the best one counts.

import { addAll } from "../add-all.js";
import { sumRows } from "../jackknife.js";
import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { sharedNgrams } from "./ngrams.js";
import { givenReferences, segmentsOf, tokensOf } from "./segments.js";
import type { ReferenceStreams, Segment, Sentence } from "./segments.js";

export interface GleuOptions {
  /** Shortest n-grams. Default 1. */
  readonly minOrder?: number;
  /** Longest n-grams. Default 4. */
  readonly maxOrder?: number;
}

export interface GleuParts {
  readonly matches: number;
  /** n-grams of the longer of hypothesis and reference. */
  readonly total: number;
}

/** Corpus GLEU, 0 to 1. */
export class Gleu extends RowAccumulator<Segment<Sentence>, GleuParts, GleuOptions> {
  protected override readonly range = [0, 1] as const;

  constructor(options: GleuOptions = {}) {
    super("gleu", options);
    const { minOrder = 1, maxOrder = 4 } = options;
    requireWhole(minOrder, "minOrder");
    requireWhole(maxOrder, "maxOrder", minOrder);
  }

  static fromJSON(state: RowState<GleuOptions>): Gleu {
    return new Gleu(state.options).restore(state);
  }

  protected row(segment: Segment<Sentence>): number[] {
    const { minOrder = 1, maxOrder = 4 } = this.options;
    const texts = [segment.hypothesis, ...givenReferences(segment)].map(tokensOf);
    const pairs = sharedNgrams(texts, maxOrder, minOrder).map((orders): [number, number] => {
      const [own, other, matches] = sumRows(orders) as [number, number, number];
      return [matches, Math.max(own, other)];
    });
    // The highest ratio; among equal ones the reference that was named first, as NLTK has it.
    const some = pairs.filter(([, total]) => total > 0);
    if (some.length === 0) return [0, 0];
    return some.reduce((best, pair) => (pair[0] / pair[1] > best[0] / best[1] ? pair : best));
  }

  protected score([matches = 0, total = 0]: readonly number[]): number {
    return total === 0 ? 0 : matches / total;
  }
  protected parts([matches = 0, total = 0]: readonly number[]): GleuParts {
    return { matches, total };
  }
  protected settings(): Settings {
    const { minOrder = 1, maxOrder = 4 } = this.options;
    return { orders: `${minOrder}-${maxOrder}` };
  }
}

/** Corpus GLEU of hypotheses against `references[stream][segment]`: 0 to 1, higher is closer. */
export function gleu(
  hypotheses: readonly Sentence[],
  references: ReferenceStreams<Sentence>,
  options: GleuOptions = {},
): Result<GleuParts> {
  return addAll(new Gleu(options), segmentsOf(hypotheses, references)).result();
}
