// Text metrics of one or several systems on one test set: a score with its interval for each, and
// each system against the first, by a paired test with Holm's correction.

import { bootstrap, compareSystems, type Interval, type ItemStatistics } from "../metrics/index.js";
import type { Score } from "./scores.js";
import {
  type Collect,
  type CollectOptions,
  type Measure,
  withoutReferences,
  withReferences,
} from "./text-metrics.js";

/** A system's output, segment by segment. */
export interface System {
  readonly name: string;
  readonly segments: readonly string[];
}

export interface TextOptions extends CollectOptions {
  readonly metrics: readonly string[];
  readonly resamples: number;
  readonly seed: string;
  readonly test: "bootstrap" | "randomization";
  readonly progress: (line: string) => void;
}

/** The scores of all systems by all metrics asked for, metric by metric. */
export function scoreTexts(
  systems: readonly System[],
  references: readonly (readonly string[])[],
  options: TextOptions,
): Score[] {
  return options.metrics.flatMap((metric) => {
    const collect = withReferences.get(metric);
    if (collect && references.length > 0) {
      return compared(metric, systems, references, { ...options, collect });
    }
    const measure = withoutReferences.get(metric);
    if (measure) return systems.map((system) => scoreAlone(metric, system, measure, options));
    throw new Error(unknownMetric(metric, references.length > 0));
  });
}

function scoreAlone(
  metric: string,
  { name, segments }: System,
  measure: Measure,
  options: TextOptions,
): Score {
  options.progress(`${metric} of ${name}`);
  const { value, message, interval, signature } = measure(segments);
  return { system: name, metric, value, message, interval, signature };
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
  if (withReferences.has(metric) && !hasReferences) {
    return `metrics: ${metric} compares with references: name their files by --references.`;
  }
  const names = [...withReferences.keys(), ...withoutReferences.keys()].join(", ");
  return `metrics: there is no metric "${metric}"; there are ${names}.`;
}
