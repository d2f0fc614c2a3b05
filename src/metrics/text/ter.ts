// TER, the translation edit rate (Snover et al. 2006): edits per word of the reference, in percent;
// 0 is perfect and there is no upper limit. Equal to sacreBLEU 2.6. Of several references the
// fewest edits count, over their mean length. Row a segment: [edits, length, references].

import { addAll } from "../add-all.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { givenReferences, referenceSettings, segmentsOf } from "./segments.js";
import type { ReferenceStreams, Segment } from "./segments.js";
import { terEdits } from "./ter-edits.js";
import { tokenizeTer } from "./ter-tokenizer.js";
import type { TerTokenizerOptions } from "./ter-tokenizer.js";
import { splitWords, trimEnd } from "./white-space.js";

export type TerOptions = TerTokenizerOptions;

export interface TerParts {
  readonly edits: number;
  /** Sum over segments of the references' mean length, in words. */
  readonly refLen: number;
}

/** Corpus TER in percent. */
export class Ter extends RowAccumulator<Segment, TerParts, TerOptions> {
  constructor(options: TerOptions = {}) {
    super("ter", options);
  }

  static fromJSON(state: RowState<TerOptions>): Ter {
    return new Ter(state.options).restore(state);
  }

  protected row(segment: Segment): number[] {
    const hypothesis = this.#tokens(segment.hypothesis);
    // sacreBLEU tokenizes references twice; with `normalized` a second pass may split further.
    const references = givenReferences(segment).map((text) =>
      this.#tokens(tokenizeTer(trimEnd(text), this.options)),
    );
    const edits = Math.min(...references.map((reference) => terEdits(hypothesis, reference)));
    const length = references.reduce((sum, reference) => sum + reference.length, 0);
    return [edits, length / references.length, references.length];
  }

  #tokens(text: string): string[] {
    return splitWords(tokenizeTer(trimEnd(text), this.options));
  }

  /** With nothing to edit towards, any edit is a rate of 100. */
  protected score([edits = 0, refLen = 0]: readonly number[]): number {
    if (refLen > 0) return 100 * (edits / refLen);
    return edits > 0 ? 100 : 0;
  }

  protected parts([edits = 0, refLen = 0]: readonly number[]): TerParts {
    return { edits, refLen };
  }

  protected settings(rows: readonly (readonly number[])[]): Settings {
    const { caseSensitive, normalized, noPunct, asianSupport } = this.options;
    return {
      ...referenceSettings(rows),
      case: caseSensitive ? "mixed" : "lc",
      tok: "tercom",
      norm: normalized ?? false,
      punct: !noPunct,
      asian: asianSupport ?? false,
    };
  }
}

/** Corpus TER of hypotheses against `references[stream][segment]`: percent, lower is better. */
export function ter(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: TerOptions = {},
): Result<TerParts> {
  return addAll(new Ter(options), segmentsOf(hypotheses, references)).result();
}

/** TER of one sentence, in percent. */
export function sentenceTer(
  hypothesis: string,
  references: readonly string[],
  options: TerOptions = {},
): Result<TerParts> {
  return new Ter(options).add({ hypothesis, references }).result();
}
