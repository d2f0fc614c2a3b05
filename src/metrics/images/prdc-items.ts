// What precision, recall, density and coverage know of each sample: rows to sum, jackknife and
// resample. The balls are taken as given, so intervals do not tell how other images would move them.

import type { ItemStatistics } from "../result.js";

export type Share = "precision" | "recall" | "density" | "coverage";

/** Who lies in how many balls of the other side, strictly or with the rim. */
export interface InsideCounts {
  readonly generatedInReal: Float64Array; // per generated sample: real balls it lies in
  readonly generatedInRealRim: Uint8Array;
  readonly realInGenerated: Uint8Array; // per real sample
  readonly realInGeneratedRim: Uint8Array;
  readonly realHolds: Uint8Array; // per real sample: its own ball holds a generated one
}

/** Sums over generated samples: [in a ball, balls, samples]; over real ones: [in, holds, samples]. */
type Sums = readonly number[];

/** The statistics of each share; `value` is the harmonic mean of precision and recall. */
export function prdcStatistics(
  counts: InsideCounts,
  k: number,
): Readonly<Record<Share | "value", ItemStatistics>> {
  const rows = [
    ...Array.from(counts.generatedInReal, (balls) => [balls > 0 ? 1 : 0, balls, 1, 0, 0, 0]),
    ...Array.from(counts.realInGenerated, (inside, i) => [
      0,
      0,
      0,
      inside,
      counts.realHolds[i]!,
      1,
    ]),
  ];
  const precision = ([inside, , samples]: Sums) => ratio(inside!, samples!);
  const recall = ([, , , inside, , samples]: Sums) => ratio(inside!, samples!);
  const scores = {
    precision,
    recall,
    density: ([, balls, samples]: Sums) => ratio(balls!, samples! * k),
    coverage: ([, , , , holds, samples]: Sums) => ratio(holds!, samples!),
    value: (sums: Sums) => harmonicMean(precision(sums), recall(sums)),
  };
  const of = (name: Share | "value") => ({ rows, score: scores[name] });
  return {
    precision: of("precision"),
    recall: of("recall"),
    density: of("density"),
    coverage: of("coverage"),
    value: of("value"),
  };
}

/** 0 where both are. */
export function harmonicMean(precision: number, recall: number): number {
  return ratio(2 * precision * recall, precision + recall);
}

/** A resample may hold no sample of one side. */
const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
