// The text metrics that `genarch metrics` offers, by name: of likeness to references, and of texts alone.

import {
  Bleu,
  Chrf,
  distinct,
  Gleu,
  type Interval,
  type ItemStatistics,
  Meteor,
  ngramEntropy,
  Repetition,
  Rouge,
  type RougeType,
  selfBleu,
  Ter,
  type TokenizerName,
} from "../metrics/index.js";

/** What a metric with references collects, whatever its options. */
interface Collected {
  readonly value: number | null;
  readonly message?: string;
  readonly signature: string;
  readonly items: ItemStatistics;
}

/** Those that some metrics take. */
export interface CollectOptions {
  readonly tokenize: TokenizerName;
  readonly lowercase: boolean;
}

export type Collect = (
  segments: readonly string[],
  references: readonly (readonly string[])[],
  options: CollectOptions,
) => Collected;

interface Accumulates<Item> {
  add(item: Item): unknown;
  result(): { value: number | null; message?: string; signature: string };
  statistics(): ItemStatistics;
}

function collected<Item>(all: Accumulates<Item>, items: Iterable<Item>): Collected {
  for (const item of items) all.add(item);
  const { value, message, signature } = all.result();
  return { value, message, signature, items: all.statistics() };
}

function* segmentsOf(segments: readonly string[], references: readonly (readonly string[])[]) {
  for (const [i, hypothesis] of segments.entries()) {
    yield { hypothesis, references: references.map((stream) => stream[i]!) };
  }
}

function rougeOf(type: RougeType): Collect {
  return (segments, references) =>
    collected(
      new Rouge({ types: [type], stemmer: true }),
      segments.map((prediction, i) => ({ prediction, targets: references.map((r) => r[i]!) })),
    );
}

const named = <Value>(table: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> =>
  new Map(Object.entries(table));

/** Metrics of likeness to references. */
export const withReferences = named<Collect>({
  bleu: (segments, references, { tokenize, lowercase }) =>
    collected(new Bleu({ tokenize, lowercase }), segmentsOf(segments, references)),
  chrf: (segments, references, { lowercase }) =>
    collected(new Chrf({ lowercase }), segmentsOf(segments, references)),
  "chrf++": (segments, references, { lowercase }) =>
    collected(new Chrf({ lowercase, wordOrder: 2 }), segmentsOf(segments, references)),
  ter: (segments, references) => collected(new Ter(), segmentsOf(segments, references)),
  gleu: (segments, references) => collected(new Gleu(), segmentsOf(segments, references)),
  meteor: (segments, references) => collected(new Meteor(), segmentsOf(segments, references)),
  rouge1: rougeOf("rouge1"),
  rouge2: rougeOf("rouge2"),
  rougeL: rougeOf("rougeL"),
  rougeLsum: rougeOf("rougeLsum"),
});

export type Measure = (segments: readonly string[]) => {
  value: number | null;
  message?: string;
  interval?: Interval;
  signature: string;
};

/** Metrics of the texts alone. */
export const withoutReferences = named<Measure>({
  distinct1: (segments) => distinct(segments, { n: 1 }),
  distinct2: (segments) => distinct(segments, { n: 2 }),
  selfbleu: (segments) => selfBleu(segments, { sample: 500 }),
  repetition: (segments) => {
    const all = new Repetition();
    for (const segment of segments) all.add(segment);
    return all.result();
  },
  entropy: (segments) => ngramEntropy(segments.join("\n")),
});
