// Precision and recall by nearest neighbours (Kynkäänniemi et al., 2019), density and coverage
// (Naeem et al., 2020): is what was generated real-looking, and is all that is real generated?
// A ball around each vector reaches to its k-th neighbour; the names ask who lies in whose balls.

import { jackknifed, jackknifeInterval } from "../jackknife.js";
import type { Matrix } from "../linalg/index.js";
import { requireWhole } from "../options.js";
import type { Interval, Result, Settings } from "../result.js";
import { proportionInterval } from "../statistics/proportion.js";
import { FeatureSets, type FeatureSetsState } from "./feature-sets.js";
import type { FeaturePair } from "./fid.js";
import { eachNearPair, neighbourRadii } from "./nearest.js";
import { harmonicMean, type InsideCounts, prdcStatistics, type Share } from "./prdc-items.js";
import { aboutSets, tooFewSamples } from "./sample-sizes.js";

export interface PrdcOptions {
  /** The neighbour that sets a ball's radius, the vector itself not counted. */
  readonly nearestK?: number;
  /** The extractor's `id`, for the signature. */
  readonly extractor?: string;
}

/**
 * Inside a ball is `<` its radius in the first four, as in prdc; `≤` in the "improved" two, as in
 * torch-fidelity: they part only where points coincide or tie.
 */
export interface PrdcParts {
  readonly precision: number;
  readonly recall: number;
  /** Real balls that a generated sample lies in, over k: above 1 in dense places. */
  readonly density: number;
  readonly coverage: number;
  readonly improvedPrecision: number;
  readonly improvedRecall: number;
  /** Of the samples, given the balls: they do not tell how other images would move those. */
  readonly intervals: Readonly<Partial<Record<Share, Interval>>>;
}

/** The value is the harmonic mean of precision and recall. */
export type PrdcResult = Result<PrdcParts, "too-few-samples">;

/**
 * Precision, recall, density, coverage of two sets of features: from 0 up, higher is better, but
 * for density at most 1.
 */
export function prdc(features: FeaturePair, options: PrdcOptions = {}): PrdcResult {
  return new Prdc(options).add(features).result();
}

/** Collects features of both sides; memory grows with n, never with n². */
export class Prdc extends FeatureSets<PrdcOptions, PrdcResult> {
  constructor(options: PrdcOptions = {}) {
    super(options);
    const { nearestK = 5 } = options;
    requireWhole(nearestK, "nearestK");
  }

  static fromJSON({ options, real, generated }: FeatureSetsState<PrdcOptions>): Prdc {
    return new Prdc(options).add({ real, generated });
  }

  protected measure(real: Matrix, generated: Matrix): PrdcResult {
    const { nearestK: k = 5 } = this.options;
    const about = aboutSets("prdc", real, generated, this.settings());
    if (real.rows <= k || generated.rows <= k) {
      const need = `The ${k}-th neighbour needs ${k + 1} samples a side`;
      return tooFewSamples(need, real.rows, generated.rows, about);
    }
    const counts = insideCounts(real, generated, k);
    const found = shares(counts, k);
    const of = prdcStatistics(counts, k);
    const intervals = {
      precision: wilson(found.precision, generated.rows),
      recall: wilson(found.recall, real.rows),
      density: jackknifeInterval(of.density, found.density, [0, Infinity]),
      coverage: wilson(found.coverage, real.rows),
    };
    const value = harmonicMean(found.precision, found.recall);
    const interval = jackknifed(of.value, value, [0, 1]);
    return { value, parts: { ...found, intervals }, ...interval, ...about };
  }

  protected settings(): Settings {
    const { nearestK = 5, extractor = "given" } = this.options;
    return { k: nearestK, inside: "<", extractor };
  }
}

/** Of a share of independent samples: holds for shares of 0 and 1 too, where nothing varies. */
function wilson(share: number, trials: number): Interval {
  return proportionInterval({ successes: Math.round(share * trials), trials });
}

function insideCounts(real: Matrix, generated: Matrix, k: number): InsideCounts {
  const [realRadii, generatedRadii] = [neighbourRadii(real, k), neighbourRadii(generated, k)];
  const counts = {
    generatedInReal: new Float64Array(generated.rows),
    generatedInRealRim: new Uint8Array(generated.rows),
    realInGenerated: new Uint8Array(real.rows),
    realInGeneratedRim: new Uint8Array(real.rows),
    realHolds: new Uint8Array(real.rows),
  };
  const limits = { ofA: realRadii, ofB: generatedRadii };
  eachNearPair(real, generated, limits, (i, j, distance) => {
    const [ofReal, ofGenerated] = [realRadii[i]!, generatedRadii[j]!];
    if (distance < ofReal) {
      counts.generatedInReal[j]!++;
      counts.realHolds[i] = 1;
    }
    if (distance <= ofReal) counts.generatedInRealRim[j] = 1;
    if (distance < ofGenerated) counts.realInGenerated[i] = 1;
    if (distance <= ofGenerated) counts.realInGeneratedRim[i] = 1;
  });
  return counts;
}

function shares(counts: InsideCounts, k: number): Omit<PrdcParts, "intervals"> {
  const share = (flags: ArrayLike<number>) =>
    Array.from(flags).filter((x) => x > 0).length / flags.length;
  const total = counts.generatedInReal.reduce((sum, x) => sum + x, 0);
  return {
    precision: share(counts.generatedInReal),
    recall: share(counts.realInGenerated),
    density: total / counts.generatedInReal.length / k,
    coverage: share(counts.realHolds),
    improvedPrecision: share(counts.generatedInRealRim),
    improvedRecall: share(counts.realInGeneratedRim),
  };
}
