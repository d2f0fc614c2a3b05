// METEOR (Lavie & Agarwal 2007, "Meteor: an automatic metric for MT evaluation with high levels of
// correlation with human judgments"), as NLTK 3.8 computes it, with the exact and the stem stage;
// the stage of synonyms would need WordNet. Of several references the best counts.

import { addAll } from "../add-all.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { porterStem } from "./porter.js";
import { givenReferences, segmentsOf, tokensOf } from "./segments.js";
import type { ReferenceStreams, Segment, Sentence } from "./segments.js";

export interface MeteorOptions {
  /** Weight of recall against precision in their harmonic mean. Default 0.9. */
  readonly alpha?: number;
  /** Exponent of the penalty for fragments. Default 3. */
  readonly beta?: number;
  /** Largest penalty. Default 0.5. */
  readonly gamma?: number;
  /** Stages of matching, in this order. Default exact, then Porter's stems. */
  readonly stages?: readonly ("exact" | "porter")[];
}

export interface MeteorParts {
  /** In the order in which segments were added. */
  readonly perSegment: readonly number[];
}

/** [word of the hypothesis, word of the reference] that stand for one another. */
type Match = readonly [number, number];

/** Words not matched yet, with their places. */
type Words = Map<number, string>;

/** Mean METEOR, 0 to 1. */
export class Meteor extends RowAccumulator<Segment<Sentence>, MeteorParts, MeteorOptions> {
  protected override readonly range = [0, 1] as const;

  constructor(options: MeteorOptions = {}) {
    super("meteor", options);
  }

  static fromJSON(state: RowState<MeteorOptions>): Meteor {
    return new Meteor(state.options).restore(state);
  }

  protected row(segment: Segment<Sentence>): number[] {
    const hypothesis = tokensOf(segment.hypothesis);
    const scores = givenReferences(segment).map((reference) =>
      this.#compare(hypothesis, tokensOf(reference)),
    );
    return [Math.max(...scores), 1];
  }

  #compare(hypothesis: readonly string[], reference: readonly string[]): number {
    const { alpha = 0.9, beta = 3, gamma = 0.5, stages = ["exact", "porter"] } = this.options;
    const matches = align(hypothesis, reference, stages);
    if (matches.length === 0) return 0;
    const precision = matches.length / hypothesis.length;
    const recall = matches.length / reference.length;
    const mean = (precision * recall) / (alpha * precision + (1 - alpha) * recall);
    const penalty = gamma * (chunks(matches) / matches.length) ** beta;
    return (1 - penalty) * mean;
  }

  protected score([sum = 0, segments = 0]: readonly number[]): number {
    return sum / segments;
  }
  protected parts(_: readonly number[], rows: readonly (readonly number[])[]): MeteorParts {
    return { perSegment: rows.map((row) => row[0]!) };
  }
  protected settings(): Settings {
    const { alpha = 0.9, beta = 3, gamma = 0.5, stages = ["exact", "porter"] } = this.options;
    return { alpha, beta, gamma, stages: stages.join("/") };
  }
}

/** Matches of all stages, by the hypothesis's order. */
function align(
  hypothesis: readonly string[],
  reference: readonly string[],
  stages: readonly ("exact" | "porter")[],
): Match[] {
  let own: Words = new Map(hypothesis.map((word, i) => [i, word.toLowerCase()]));
  let other: Words = new Map(reference.map((word, i) => [i, word.toLowerCase()]));
  const matches: Match[] = [];
  for (const stage of stages) {
    if (stage === "porter") [own, other] = [stemmed(own), stemmed(other)];
    matches.push(...match(own, other));
  }
  return matches.sort((a, b) => a[0] - b[0]);
}

function stemmed(words: Words): Words {
  return new Map([...words].map(([place, word]) => [place, porterStem(word)]));
}

/** Pairs equal words, from the ends of both texts, and takes them out. */
function match(own: Words, other: Words): Match[] {
  const places = new Map<string, number[]>();
  for (const [place, word] of other) {
    const known = places.get(word);
    if (known) known.push(place);
    else places.set(word, [place]);
  }
  const matches: Match[] = [];
  for (const [place, word] of [...own].reverse()) {
    const found = places.get(word)?.pop();
    if (found === undefined) continue;
    matches.push([place, found]);
    own.delete(place);
    other.delete(found);
  }
  return matches;
}

/** Runs of matches that are neighbours in both texts. */
function chunks(matches: readonly Match[]): number {
  return matches.filter(([own, other], i) => {
    const before = matches[i - 1];
    return !before || own !== before[0] + 1 || other !== before[1] + 1;
  }).length;
}

/** Mean METEOR of hypotheses against `references[stream][segment]`: 0 to 1, higher is closer. */
export function meteor(
  hypotheses: readonly Sentence[],
  references: ReferenceStreams<Sentence>,
  options: MeteorOptions = {},
): Result<MeteorParts> {
  return addAll(new Meteor(options), segmentsOf(hypotheses, references)).result();
}
