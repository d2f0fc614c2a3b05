// Inception Score (Salimans et al., 2016): exp of the mean KL divergence between each image's class
// probabilities and their average, as mean and spread over splits. It never sees a real image.

import { type Matrix, rowOf, type Rows, rowsOf, toMatrix } from "../linalg/index.js";
import { requireWhole } from "../options.js";
import {
  type Accumulator,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";
import { seededRandom, shuffled } from "../statistics/random.js";
import { mean, standardDeviation, sum } from "../statistics/summary.js";
import { sortedRows, takeRows } from "./feature-sets.js";

export interface InceptionScoreOptions {
  readonly splits?: number;
  /** The order in which images fall into splits; without it, sorted and shuffled from the seed. */
  readonly permutation?: ArrayLike<number>;
  readonly seed?: string;
  /**
   * `torch-fidelity`: the same numbers, but no score where a class underflows in a whole split.
   * `torchmetrics`: splits of ceil(n / splits), and the spread with divisor n - 1.
   */
  readonly compat?: "torch-fidelity" | "torchmetrics";
  /** The classifier's `id`, for the signature. */
  readonly extractor?: string;
}

export interface InceptionScoreParts {
  /** Spread over the splits, divisor n (n - 1 for torchmetrics; `null` of one split then). */
  readonly standardDeviation: number | null;
  readonly perSplit: readonly number[];
}

export type InceptionScoreReason = "no-items" | "fewer-than-splits" | "class-underflow";
export type InceptionScoreResult = Result<InceptionScoreParts, InceptionScoreReason>;

/**
 * The Inception Score of class logits [n, classes]: 1 to the number of classes, higher is better.
 */
export function inceptionScore(logits: Rows, options: InceptionScoreOptions = {}) {
  return new InceptionScore(options).add(logits).result();
}

export interface InceptionScoreState {
  readonly options: InceptionScoreOptions;
  readonly logits: readonly (readonly number[])[];
}

/** Collects logits [b, classes] for the Inception Score. */
export class InceptionScore implements Accumulator<
  Rows,
  InceptionScoreResult,
  InceptionScoreState
> {
  readonly #options: InceptionScoreOptions;
  readonly #logits: Float64Array[] = [];

  constructor(options: InceptionScoreOptions = {}) {
    const { splits = 10 } = options;
    requireWhole(splits, "splits");
    this.#options = options;
  }

  add(logits: Rows): this {
    const more = toMatrix(logits, "logits");
    const { rows, columns } = more;
    const classes = this.#logits[0]?.length ?? columns;
    if (rows > 0 && columns !== classes) {
      throw new RangeError(`Logits of ${columns} classes came after ones of ${classes}.`);
    }
    for (const row of rowsOf(more)) this.#logits.push(row);
    return this;
  }

  merge(other: InceptionScore): this {
    requireSameSettings(this.#signature(), other.#signature());
    return this.add([...other.#logits]);
  }

  result(): InceptionScoreResult {
    const { splits = 10, compat } = this.#options;
    const n = this.#logits.length;
    const about = { n, signature: this.#signature() };
    if (n === 0)
      return undecided("no-items", "The Inception Score needs images; none came.", about);
    const bounds = compat === "torchmetrics" ? chunkBounds(n, splits) : floorBounds(n, splits);
    if (bounds.some(([from, to]) => to <= from)) {
      const message = `${n} images cannot fill ${splits} splits: ask for fewer splits.`;
      return undecided("fewer-than-splits", message, about);
    }
    const logits = this.#ordered();
    const perSplit = bounds.map(([from, to]) => splitScore(logits, from, to, compat));
    if (perSplit.some(Number.isNaN)) {
      const message =
        "A class has probability 0 in a whole split, which torch-fidelity answers with NaN.";
      return undecided("class-underflow", message, about);
    }
    const ddof = compat === "torchmetrics" ? 1 : 0;
    const spread = perSplit.length > ddof ? standardDeviation(perSplit, ddof) : null;
    return { value: mean(perSplit), parts: { standardDeviation: spread, perSplit }, ...about };
  }

  toJSON(): InceptionScoreState {
    return { options: this.#options, logits: this.#logits.map((row) => [...row]) };
  }

  static fromJSON({ options, logits }: InceptionScoreState): InceptionScore {
    return new InceptionScore(options).add(logits);
  }

  #ordered(): Matrix {
    const logits = toMatrix(this.#logits, "logits");
    const { permutation, seed = "genarch" } = this.#options;
    if (permutation && permutation.length !== logits.rows) {
      throw new RangeError(`permutation has ${permutation.length} places, not ${logits.rows}.`);
    }
    if (permutation) return takeRows(logits, permutation);
    return takeRows(sortedRows(logits), shuffled(seededRandom(seed), this.#logits.keys()));
  }

  #signature(): string {
    const {
      splits = 10,
      permutation,
      seed = "genarch",
      compat = "none",
      extractor = "given",
    } = this.#options;
    const order = permutation ? "given" : seed;
    return signature("inception-score", { splits, order, compat, extractor });
  }
}

type Bounds = readonly (readonly [number, number])[];

function floorBounds(n: number, splits: number): Bounds {
  const at = (i: number) => Math.floor((i * n) / splits);
  return Array.from({ length: splits }, (_, i) => [at(i), at(i + 1)]);
}

/** PyTorch's `chunk`: it may give fewer splits than asked for. */
function chunkBounds(n: number, splits: number): Bounds {
  const size = Math.ceil(n / splits);
  const count = Math.ceil(n / size);
  return Array.from({ length: count }, (_, i) => [i * size, Math.min(n, (i + 1) * size)]);
}

/** exp of the mean of Σ p (ln p - ln p̄), with 0 ln 0 = 0, over rows from..to-1. */
function splitScore(
  logits: Matrix,
  from: number,
  to: number,
  compat: InceptionScoreOptions["compat"],
): number {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  const logP = rows.map((row) => logSoftmax(logits, row));
  const marginal = Float64Array.from({ length: logits.columns }, (_, c) =>
    mean(logP.map((row) => Math.exp(row[c]!))),
  );
  if (compat === "torch-fidelity" && marginal.includes(0)) return NaN;
  const divergences = logP.map((row) =>
    sum(row.map((l, c) => (Math.exp(l) === 0 ? 0 : Math.exp(l) * (l - Math.log(marginal[c]!))))),
  );
  return Math.exp(mean(divergences));
}

function logSoftmax(logits: Matrix, row: number): Float64Array {
  const x = rowOf(logits, row);
  const most = x.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = Math.log(x.reduce((acc, l) => acc + Math.exp(l - most), 0));
  return x.map((l) => l - most - total);
}
