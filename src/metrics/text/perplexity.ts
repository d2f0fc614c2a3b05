// Perplexity of a language model: exp of the mean negative log-likelihood of its targets.
// Over all tokens at once (micro, as torchmetrics) and as a mean over sequences (macro, as
// Hugging Face evaluate). Logits go through log-sum-exp, so that a gap of 800 stays a number.

import { logSumExp } from "../statistics/summary.js";
import { addAll } from "../add-all.js";
import { exactSum } from "../exact-sum.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";

export interface PerplexityOptions {
  /** What the scores of the vocabulary are. Default "logits". */
  readonly from?: "logits" | "probabilities" | "log-probabilities";
  /** Targets with this number are padding and are not counted. */
  readonly ignoreIndex?: number | null;
  /**
   * `evaluate`: the value is the mean over sequences, as Hugging Face evaluate's. `torchmetrics`: a
   * logarithm of the softmax, which a gap of some 745 brings to infinity.
   */
  readonly compat?: "torchmetrics" | "evaluate";
}

/** One sequence: scores of the whole vocabulary at each position, and the token that came. */
export interface ScoredSequence {
  readonly scores: readonly ArrayLike<number>[]; // [T, vocabulary]
  readonly targets: ArrayLike<number>; // [T]
}

export interface PerplexityParts {
  readonly bitsPerToken: number;
  readonly totalNats: number;
  /** Targets that were counted. */
  readonly count: number;
  /** Mean over the sequences that have a counted target. */
  readonly meanOfSequences: number;
  /** In the order in which sequences were added; null for one without a counted target. */
  readonly perSequence: readonly (number | null)[];
}

/** Float32 may put a probability near 1 this far above it. */
const ROUNDING = 1e-3;

/** Perplexity over sequences; Infinity where the model gave a target no probability at all. */
export class Perplexity extends RowAccumulator<
  ScoredSequence,
  PerplexityParts,
  PerplexityOptions,
  "no-tokens"
> {
  protected override readonly range = [1, Infinity] as const;

  constructor(options: PerplexityOptions = {}) {
    super("perplexity", options);
  }

  static fromJSON(state: RowState<PerplexityOptions>): Perplexity {
    return new Perplexity(state.options).restore(state);
  }

  /**
   * [nats, targets counted, targets of probability 0, perplexity of the sequence, 1, 1 where that is
   * infinite]: infinity itself would not survive JSON.
   */
  protected row({ scores, targets }: ScoredSequence): number[] {
    if (scores.length !== targets.length) {
      throw new RangeError(
        `A sequence has scores for ${scores.length} positions, but ${targets.length} targets. ` +
          "Give one row of scores a target: scores[t] is the prediction of targets[t].",
      );
    }
    const ignored = this.options.ignoreIndex;
    const losses = scores.flatMap((row, t) =>
      targets[t] === ignored ? [] : [this.#loss(row, targets[t]!)],
    );
    const finite = losses.filter((loss) => loss !== Infinity);
    const nats = exactSum(finite);
    const counts = [nats, losses.length, losses.length - finite.length];
    if (losses.length === 0) return [...counts, 0, 0, 0];
    const own = overTokens(counts);
    return own === Infinity ? [...counts, 0, 1, 1] : [...counts, own, 1, 0];
  }

  /** -log p(target), in nats. */
  #loss(row: ArrayLike<number>, target: number): number {
    const score = row[target];
    if (score === undefined) {
      throw new RangeError(
        `Target ${target} is not in a vocabulary of ${row.length}. ` +
          "If it marks padding, pass it as ignoreIndex.",
      );
    }
    const { from = "logits" } = this.options;
    const loss = this.#lossFrom[from](score, row);
    if (loss >= -ROUNDING) return loss;
    throw new RangeError(`The scores of a position are no ${from}: target ${target} has ${score}.`);
  }

  readonly #lossFrom = {
    logits: (score: number, row: ArrayLike<number>) => {
      const loss = logSumExp(row) - score;
      return this.options.compat === "torchmetrics" ? -Math.log(Math.exp(-loss)) : loss;
    },
    probabilities: (score: number) => -Math.log(score),
    "log-probabilities": (score: number) => -score,
  };

  protected score(sums: readonly number[]): number {
    const [, , , total = 0, sequences = 0, infinite = 0] = sums;
    if (this.options.compat !== "evaluate") return overTokens(sums);
    return infinite > 0 ? Infinity : total / sequences;
  }

  protected parts(sums: readonly number[], rows: readonly (readonly number[])[]): PerplexityParts {
    const perSequence = rows.map((row) => (row[1] === 0 ? null : overTokens(row)));
    const counted = perSequence.filter((one) => one !== null);
    const [nats = 0, count = 0, impossible = 0] = sums;
    const totalNats = impossible > 0 ? Infinity : nats;
    const meanOfSequences = exactSum(counted) / counted.length;
    const bitsPerToken = totalNats / count / Math.LN2;
    return { bitsPerToken, totalNats, count, meanOfSequences, perSequence };
  }

  protected override undecidable([, count]: readonly number[]) {
    if (count) return undefined;
    return ["no-tokens", "Perplexity needs a target that is not ignored; none came."] as const;
  }

  protected settings(): Settings {
    const { from = "logits", ignoreIndex, compat } = this.options;
    const mean = compat === "evaluate" ? "sequences" : "tokens";
    return { mean, from, ignore: ignoreIndex ?? "none", ...(compat && { compat }) };
  }
}

function overTokens([nats = 0, count = 0, impossible = 0]: readonly number[]): number {
  return impossible > 0 ? Infinity : Math.exp(nats / count);
}

/**
 * Perplexity of a batch: scores [B, T, vocabulary] of targets [B, T]. From 1 up, lower is better;
 * the size of the vocabulary is what blind guessing gets.
 * The value is over all tokens; `parts.meanOfSequences` is the mean over sequences.
 */
export function perplexity(
  scores: readonly (readonly ArrayLike<number>[])[],
  targets: readonly ArrayLike<number>[],
  options: PerplexityOptions = {},
): Result<PerplexityParts, "no-tokens" | "no-items"> {
  if (scores.length !== targets.length) {
    throw new RangeError(
      `There are scores of ${scores.length} sequences, targets of ${targets.length}.`,
    );
  }
  const sequences = scores.map((sequence, b) => ({ scores: sequence, targets: targets[b]! }));
  return addAll(new Perplexity(options), sequences).result();
}
