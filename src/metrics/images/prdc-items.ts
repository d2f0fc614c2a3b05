// What precision, recall and density know of each sample: rows to sum and to jackknife. The balls
// are taken as given, so intervals do not tell how other samples would move them.

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

/** Sums over generated samples: [in a ball, balls, samples]; over real ones: [in, samples]. */
type Sums = readonly number[];

/** The statistics of density, and of the value: the harmonic mean of precision and recall. */
export function prdcStatistics(
  counts: InsideCounts,
  k: number,
): Readonly<Record<"value" | "density", ItemStatistics>> {
  const rows = [
    ...Array.from(counts.generatedInReal, (balls) => [balls > 0 ? 1 : 0, balls, 1, 0, 0]),
    ...Array.from(counts.realInGenerated, (inside) => [0, 0, 0, inside, 1]),
  ];
  const density = ([, balls, samples]: Sums) => ratio(balls!, samples! * k);
  const value = ([inside, , samples, realInside, realSamples]: Sums) =>
    harmonicMean(ratio(inside!, samples!), ratio(realInside!, realSamples!));
  return { value: { rows, score: value }, density: { rows, score: density } };
}

/** 0 where both are. */
export function harmonicMean(precision: number, recall: number): number {
  return ratio(2 * precision * recall, precision + recall);
}

/** A resample may hold no sample of one side. */
const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
