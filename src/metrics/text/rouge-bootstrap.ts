// rouge_score's aggregator: percentiles of the means of resamples. It draws without a seed; here the
// resamples are given, so that one input has one result.

import { exactSum } from "../exact-sum.js";
import { quantile } from "../statistics/summary.js";
import type { RougeScore, RougeType } from "./rouge-score.js";
import type { RougeParts } from "./rouge.js";

/** Low, middle (the median of resamples) and high of each type, as rouge_score's aggregator. */
export type RougeIntervals = Readonly<
  Partial<Record<RougeType, Readonly<Record<"low" | "mid" | "high", RougeScore>>>>
>;

/**
 * rouge_score's bootstrap of item scores, over resamples given as rows of item numbers
 * (`indices[resample]`), which makes it deterministic: percentiles of the resamples' means.
 */
export function rougeBootstrap(
  items: readonly RougeParts[],
  indices: readonly (readonly number[])[],
  confidence = 0.95,
): RougeIntervals {
  const types = Object.keys(items[0] ?? {}) as RougeType[];
  const tail = (1 - confidence) / 2;
  const at = (type: RougeType, part: keyof RougeScore) => {
    const means = indices.map(
      (rows) => exactSum(rows.map((i) => items[i]![type]![part])) / rows.length,
    );
    means.sort((a, b) => a - b);
    return {
      low: quantile(means, tail),
      mid: quantile(means, 0.5),
      high: quantile(means, 1 - tail),
    };
  };
  return Object.fromEntries(
    types.map((type) => {
      const [p, r, f] = (["precision", "recall", "fmeasure"] as const).map((part) =>
        at(type, part),
      );
      const of = (end: "low" | "mid" | "high") => ({
        precision: p![end],
        recall: r![end],
        fmeasure: f![end],
      });
      return [type, { low: of("low"), mid: of("mid"), high: of("high") }];
    }),
  );
}
