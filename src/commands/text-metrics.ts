// Text metrics of one or several systems on one test set: a score with its interval for each, and
// each system against the first, by a paired test with Holm's correction.

import {
  Bleu,
  bootstrap,
  Chrf,
  compareSystems,
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

/** A system's output, segment by segment. */
export interface System {
  readonly name: string;
  readonly segments: readonly string[];
}

export interface TextOptions {
  readonly metrics: readonly string[];
  readonly tokenize: TokenizerName;
  readonly lowercase: boolean;
  readonly resamples: number;
  readonly seed: string;
  readonly test: "bootstrap" | "randomization";
  readonly progress: (line: string) => void;
}

/** A score that goes with the metric's signature: two are comparable only if that is the same. */
export interface Score {
  readonly system: string;
  readonly metric: string;
  readonly value: number | null;
  /** The sentence that says why there is no value. */
  readonly message?: string;
  readonly interval?: Interval;
  /** Over subsets (KID) or splits (Inception Score); no interval of the value. */
  readonly deviation?: number;
  readonly signature: string;
  /** Against the first system. */
  readonly difference?: number | null;
  readonly differenceInterval?: Interval;
  readonly pValue?: number;
  readonly adjustedPValue?: number | null;
  /** Of the test: its name, resamples and seed. */
  readonly testSignature?: string;
}

/** What a metric with references collects, whatever its options. */
interface Collected {
  readonly value: number | null;
  readonly message?: string;
  readonly signature: string;
  readonly items: ItemStatistics;
}

type Collect = (
  segments: readonly string[],
  references: readonly (readonly string[])[],
  options: TextOptions,
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

/** Metrics of likeness to references. */
const WITH_REFERENCES: Readonly<Record<string, Collect>> = {
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
};

type Bare = (segments: readonly string[]) => {
  value: number | null;
  message?: string;
  interval?: Interval;
  signature: string;
};

/** Metrics of the texts alone. */
const WITHOUT_REFERENCES: Readonly<Record<string, Bare>> = {
  distinct1: (segments) => distinct(segments, { n: 1 }),
  distinct2: (segments) => distinct(segments, { n: 2 }),
  selfbleu: (segments) => selfBleu(segments, { sample: 500 }),
  repetition: (segments) => {
    const all = new Repetition();
    for (const segment of segments) all.add(segment);
    return all.result();
  },
  entropy: (segments) => ngramEntropy(segments.join("\n")),
};

/** The names of all metrics, with references and without. */
export const textMetrics = {
  withReferences: Object.keys(WITH_REFERENCES),
  withoutReferences: Object.keys(WITHOUT_REFERENCES),
};

/** The scores of all systems by all metrics asked for, metric by metric. */
export function scoreTexts(
  systems: readonly System[],
  references: readonly (readonly string[])[],
  options: TextOptions,
): Score[] {
  return options.metrics.flatMap((metric) => {
    const collect = WITH_REFERENCES[metric];
    if (collect && references.length > 0) {
      return compared(metric, systems, references, { ...options, collect });
    }
    const bare = WITHOUT_REFERENCES[metric];
    if (bare) return systems.map((system) => scoreAlone(metric, system, bare, options));
    throw new Error(unknownMetric(metric, references.length > 0));
  });
}

function scoreAlone(metric: string, system: System, of: Bare, options: TextOptions): Score {
  options.progress(`${metric} of ${system.name}`);
  const { value, message, interval, signature } = of(system.segments);
  return { system: system.name, metric, value, message, interval, signature };
}

/** Scores with bootstrap intervals, and all but the first against the first. */
function compared(
  metric: string,
  systems: readonly System[],
  references: readonly (readonly string[])[],
  options: TextOptions & { readonly collect: Collect },
): Score[] {
  const all = systems.map(({ name, segments }) => {
    options.progress(`${metric} of ${name}`);
    return options.collect(segments, references, options);
  });
  const { resamples, seed, test } = options;
  const others = Object.fromEntries(all.slice(1).map(({ items }, i) => [String(i + 1), items]));
  if (systems.length > 1) options.progress(`${metric}: ${resamples} resamples`);
  const comparisons = compareSystems(
    { baseline: all[0]!.items, systems: others },
    { test, resamples, seed },
  );
  return all.map((one, i) => {
    const score = {
      system: systems[i]!.name,
      metric,
      value: one.value,
      message: one.message,
      interval: one.value === null ? undefined : intervalOf(one.items, resamples, seed),
      signature: one.signature,
    };
    const against = comparisons[i - 1];
    return against ? { ...score, ...differenceOf(against) } : score;
  });
}

function intervalOf(items: ItemStatistics, resamples: number, seed: string): Interval | undefined {
  const result = bootstrap(items, { resamples, seed });
  return result.value === null ? undefined : result.interval;
}

function differenceOf({
  comparison,
  adjustedPValue,
}: ReturnType<typeof compareSystems>[number]): Partial<Score> {
  if (comparison.value === null) return { difference: null };
  return {
    difference: comparison.value,
    differenceInterval: comparison.interval,
    pValue: comparison.parts.pValue,
    adjustedPValue,
    testSignature: comparison.signature,
  };
}

function unknownMetric(metric: string, hasReferences: boolean): string {
  const { withReferences, withoutReferences } = textMetrics;
  if (withReferences.includes(metric) && !hasReferences) {
    return `metrics: ${metric} compares with references: name their files by --references.`;
  }
  const names = [...withReferences, ...withoutReferences].join(", ");
  return `metrics: there is no metric "${metric}"; there are ${names}.`;
}
