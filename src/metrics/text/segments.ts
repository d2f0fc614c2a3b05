// What a text metric scores: a hypothesis beside the references that it should have been.
// Corpora come as sacreBLEU takes them: one list of hypotheses, and one list a reference stream.

import type { Settings } from "../result.js";
import { splitWords } from "./white-space.js";

/** A sentence as text (split at white space where words are needed) or as tokens. */
export type Sentence = string | readonly string[];

/** The tokens of a sentence. */
export function tokensOf(sentence: Sentence): readonly string[] {
  return typeof sentence === "string" ? splitWords(sentence) : sentence;
}

/** One hypothesis with its references; null is a reference that is missing here. */
export interface Segment<Text = string> {
  readonly hypothesis: Text;
  readonly references: readonly (Text | null)[];
}

/** One list of references a stream: `references[stream][segment]`. */
export type ReferenceStreams<Text = string> = readonly (readonly (Text | null)[])[];

/** Joins hypotheses and reference streams to segments, or says which list does not fit. */
export function segmentsOf<Text extends Sentence>(
  hypotheses: readonly Text[],
  references: ReferenceStreams<Text>,
): Segment<Text>[] {
  if (typeof references[0] === "string") {
    throw new TypeError(
      "References must be one list a reference stream, references[stream][segment]; " +
        "a single list of strings came. With one reference a segment write [references].",
    );
  }
  if (references.length === 0) {
    throw new RangeError("At least one list of references is needed; none came.");
  }
  references.forEach((stream, r) => {
    if (stream.length === hypotheses.length) return;
    throw new RangeError(
      `Reference stream ${r} has ${stream.length} segments, the hypotheses ` +
        `${hypotheses.length}. Streams are references[stream][segment]; give each the same length.`,
    );
  });
  return hypotheses.map((hypothesis, i) => ({
    hypothesis,
    references: references.map((stream) => stream[i] ?? null),
  }));
}

/** The references that are not null; at least one. */
export function givenReferences<Text extends Sentence>(segment: Segment<Text>): Text[] {
  if (!Array.isArray(segment.references)) {
    throw new TypeError("A segment's references must be a list, even of one: write [reference].");
  }
  const given = segment.references.filter((reference) => reference !== null);
  if (given.length > 0) return given;
  throw new RangeError(
    "A segment has no reference: each needs at least one that is not null, even if it is empty.",
  );
}

/** How many references the segments have, for signatures, from rows that end with it. */
export function referenceSettings(rows: readonly (readonly number[])[]): Settings {
  const [first, ...others] = new Set(rows.map((row) => row.at(-1)!));
  return first === undefined ? {} : { nrefs: others.length > 0 ? "var" : first };
}
