// The scores of ROUGE (Lin 2004, "ROUGE: a package for automatic evaluation of summaries") of one
// prediction and one target, as Google's rouge_score computes them, from tokens.

import { CommonSubsequence } from "./lcs.js";
import { numberNgrams, sharedNgrams } from "./ngrams.js";

/** "rouge1" to "rouge9" (n-grams), "rougeL" (one sequence), "rougeLsum" (line by line). */
export type RougeType = `rouge${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | "L" | "Lsum"}`;

export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly fmeasure: number;
}

function scoreOf(hits: number, predicted: number, wanted: number): RougeScore {
  const precision = hits / Math.max(predicted, 1);
  const recall = hits / Math.max(wanted, 1);
  const sum = precision + recall;
  return { precision, recall, fmeasure: sum > 0 ? (2 * precision * recall) / sum : 0 };
}

/** ROUGE-N: shared n-grams. */
export function rougeN(
  prediction: readonly string[],
  target: readonly string[],
  n: number,
): RougeScore {
  const [predicted, wanted, shared] = sharedNgrams([prediction, target], n, n)[0]![0]!;
  return scoreOf(shared, predicted, wanted);
}

/** ROUGE-L: the longest common subsequence of the whole texts. */
export function rougeL(prediction: readonly string[], target: readonly string[]): RougeScore {
  const { ids, sizes } = numberNgrams([target, prediction], 1);
  const length = new CommonSubsequence(ids[0]![0]!, sizes[0]!).length(ids[1]![0]!);
  return scoreOf(length, prediction.length, target.length);
}

/**
 * ROUGE-Lsum: for each line of the target the union of its longest common subsequences with every
 * line of the prediction; a token counts at most as often as either text holds it.
 */
export function rougeLsum(
  prediction: readonly (readonly string[])[],
  target: readonly (readonly string[])[],
): RougeScore {
  const { ids, sizes } = numberNgrams([...target, ...prediction], 1);
  const lines = ids.map((orders) => orders[0]!);
  const [wanted, predicted] = [lines.slice(0, target.length), lines.slice(target.length)];
  const left = [wanted, predicted].map((text) => remaining(text, sizes[0]!));
  let hits = 0;
  for (const line of wanted) {
    const common = new CommonSubsequence(line, sizes[0]!);
    const union = new Set(predicted.flatMap((other) => common.positions(other)));
    for (const position of union) {
      const token = line[position]!;
      if (left.some((counts) => counts[token]! <= 0)) continue;
      hits++;
      for (const counts of left) counts[token]!--;
    }
  }
  return scoreOf(hits, tokensIn(predicted), tokensIn(wanted));
}

/** How often each token may still be counted. */
function remaining(lines: readonly Int32Array[], size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const line of lines) for (const token of line) counts[token]!++;
  return counts;
}

function tokensIn(lines: readonly Int32Array[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}
