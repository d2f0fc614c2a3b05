// MAUVE (Pillutla et al. 2021, "MAUVE: measuring the gap between neural text and human text using
// divergence frontiers"): features of real and generated texts are clustered together, and the
// two histograms over clusters compared. Clustering is a draw: the value is the mean of several,
// and their spread is given, since it can be as large as the difference between two models.

import { compareRows, requireDimension, rowsOf, toMatrix } from "../linalg/index.js";
import type { Matrix, Rows } from "../linalg/index.js";
import { requireCounts, requireWhole } from "../options.js";
import { requireSameSettings, signature, undecided } from "../result.js";
import type { Accumulator, Defined, Result } from "../result.js";
import { exactSum } from "../exact-sum.js";
import { seededRandom } from "../statistics/random.js";
import { unitRows } from "./cosine.js";
import { divergenceOf } from "./divergence-curve.js";
import type { DivergenceOptions, DivergenceParts } from "./divergence-curve.js";
import { kMeans } from "./k-means.js";
import { countIds } from "./ngrams.js";
import { principalComponents } from "./principal-components.js";

export interface MauveOptions extends DivergenceOptions {
  /** Clusters; by default a tenth of the smaller set, and at least 2. */
  readonly clusters?: number;
  /** Share of the variance that the principal components keep. Default 0.9. */
  readonly explainedVariance?: number;
  /** Clusterings, each from a seed of its own. Default 5. */
  readonly repeats?: number;
  readonly seed?: string;
  /** What made the features, for the signature. */
  readonly extractor?: string;
}

export interface MauveParts extends Omit<DivergenceParts, "curve"> {
  readonly clusters: number;
  /** MAUVE of each clustering, and their standard deviation. */
  readonly perClustering: readonly number[];
  readonly spread: number;
  readonly real: number;
  readonly generated: number;
}

/** The features of one text, and which set it belongs to. */
export interface MauveItem {
  readonly from: "real" | "generated";
  readonly features: ArrayLike<number>;
}

export interface MauveState {
  readonly options: MauveOptions;
  readonly real: readonly (readonly number[])[];
  readonly generated: readonly (readonly number[])[];
}

type Side = "real" | "generated";
type Why = "no-real" | "no-generated";

/** MAUVE, 0 to 1, over features that come one by one. */
export class Mauve implements Accumulator<MauveItem, Result<MauveParts, Why>, MauveState> {
  readonly #sets: Record<Side, (readonly number[])[]> = { real: [], generated: [] };
  readonly #options: MauveOptions;

  constructor(options: MauveOptions = {}) {
    this.#options = options;
    const { clusters = 2, repeats = 5, explainedVariance: share = 0.9 } = options;
    requireWhole(clusters, "clusters");
    requireWhole(repeats, "repeats");
    if (share > 0 && share <= 1) return;
    throw new RangeError(`explainedVariance is a share, above 0 to 1, but it is ${share}.`);
  }

  static fromJSON(state: MauveState): Mauve {
    return addSides(new Mauve(state.options), state);
  }

  add({ from, features }: MauveItem): this {
    const known = this.#sets.real[0] ?? this.#sets.generated[0];
    if (known) requireDimension(features.length, known.length);
    const row = toMatrix([features], "features").data; // throws for NaN
    this.#sets[from].push(Array.from(row));
    return this;
  }

  merge(other: this): this {
    requireSameSettings(this.#signature(), other.#signature());
    addSides(this, other.#sets);
    return this;
  }

  result(): Result<MauveParts, Why> {
    const { real, generated } = this.#sets;
    const about = { n: real.length + generated.length, signature: this.#signature() };
    if (real.length === 0)
      return undecided("no-real", "MAUVE needs features of real texts.", about);
    if (generated.length === 0) {
      return undecided("no-generated", "MAUVE needs features of generated texts.", about);
    }
    const parts = this.#parts(real, generated);
    return { value: parts.mauve, parts, ...about };
  }

  #parts(real: readonly (readonly number[])[], generated: readonly (readonly number[])[]) {
    const { explainedVariance = 0.9, repeats = 5, seed = "genarch" } = this.#options;
    const smaller = Math.min(real.length, generated.length);
    const clusters = this.#options.clusters ?? Math.max(2, Math.round(smaller / 10));
    const rows = principalComponents(inFixedOrder(real, generated), explainedVariance);
    const runs = Array.from({ length: repeats }, (_, r) => {
      const labels = kMeans(rows, clusters, seededRandom(`${seed}/${r}`));
      const counts = {
        real: countIds(labels.subarray(0, real.length), clusters),
        generated: countIds(labels.subarray(real.length), clusters),
      };
      return divergenceOf(counts, this.#options);
    });
    const mean = (of: "mauve" | "frontierIntegral" | "mauveStar" | "frontierIntegralStar") =>
      exactSum(runs.map((run) => run[of])) / repeats;
    const perClustering = runs.map((run) => run.mauve);
    const mauve = mean("mauve");
    const squares = exactSum(perClustering.map((one) => (one - mauve) ** 2));
    return {
      mauve,
      frontierIntegral: mean("frontierIntegral"),
      mauveStar: mean("mauveStar"),
      frontierIntegralStar: mean("frontierIntegralStar"),
      clusters,
      perClustering,
      spread: repeats > 1 ? Math.sqrt(squares / (repeats - 1)) : 0,
      real: real.length,
      generated: generated.length,
    };
  }

  #signature(): string {
    const { explainedVariance = 0.9, repeats = 5, seed = "genarch" } = this.#options;
    const { scaling = 5, curvePoints = 25, clusters = "auto", extractor = "given" } = this.#options;
    const pca = explainedVariance;
    return signature("mauve", {
      clusters,
      pca,
      scaling,
      points: curvePoints,
      repeats,
      seed,
      extractor,
    });
  }

  toJSON(): MauveState {
    const { real, generated } = this.#sets;
    return { options: this.#options, real: [...real], generated: [...generated] };
  }
}

/**
 * Both sets below one another, of unit length, each sorted: the order of adding leaves no trace.
 */
function inFixedOrder(
  real: readonly (readonly number[])[],
  generated: readonly (readonly number[])[],
): Matrix {
  const rows = [...[...real].sort(compareRows), ...[...generated].sort(compareRows)];
  return unitRows(rows, "features");
}

function addSides(into: Mauve, sets: Record<Side, readonly ArrayLike<number>[]>): Mauve {
  for (const from of ["real", "generated"] as const) {
    for (const features of [...sets[from]]) into.add({ from, features });
  }
  return into;
}

/**
 * MAUVE of generated texts against real ones, from features [n, D] of each: 0 to 1, higher is
 * better.
 */
export function mauve(
  sets: { readonly real: Rows; readonly generated: Rows },
  options: MauveOptions = {},
): Result<MauveParts, Why> {
  const real = rowsOf(toMatrix(sets.real, "real features"));
  const generated = rowsOf(toMatrix(sets.generated, "generated features"));
  return addSides(new Mauve(options), { real, generated }).result();
}

/** MAUVE, 0 to 1, from histograms that were made elsewhere, over the same bins. */
export function mauveFromCounts(
  counts: { readonly real: ArrayLike<number>; readonly generated: ArrayLike<number> },
  options: DivergenceOptions = {},
): Defined<DivergenceParts> {
  const { real, generated } = counts;
  const [total, other] = [real, generated].map((list) =>
    Array.from(list).reduce((a, b) => a + b, 0),
  );
  requireCounts([...Array.from(real), ...Array.from(generated)], "Histograms");
  if (real.length !== generated.length || !(total! > 0) || !(other! > 0)) {
    throw new RangeError(
      `Histograms need the same bins and a count above 0: real has ${real.length} bins with ` +
        `${total} counts, generated ${generated.length} with ${other}.`,
    );
  }
  const parts = divergenceOf(counts, options);
  const { scaling = 5, curvePoints = 25 } = options;
  const settings = { from: "counts", bins: real.length, scaling, points: curvePoints };
  const n = total! + other!;
  return { value: parts.mauve, parts, n, signature: signature("mauve", settings) };
}
