// BLEU as other libraries compute it where they part from sacreBLEU: which reference's length
// counts, what is smoothed, and when a corpus scores nothing. They print 0 to 1, and so do these.

import type { BleuCounts, BleuParts, SmoothMethod } from "./bleu-score.js";
import { brevity, closestLength, nearestLength } from "./clipped-counts.js";

/**
 * `sacrebleu` (the default). `torchmetrics`: BLEUScore, and SacreBLEUScore with its `tokenize`.
 * `evaluate`: Hugging Face evaluate's "bleu", which is TensorFlow NMT's.
 */
export type BleuCompat = "sacrebleu" | "torchmetrics" | "evaluate";
export type OtherBleu = Exclude<BleuCompat, "sacrebleu">;

/** The reference length that a segment counts with. */
export function referenceLength(
  lengths: readonly number[],
  length: number,
  compat: BleuCompat,
): number {
  if (compat === "evaluate") return Math.min(...lengths);
  if (compat === "sacrebleu") return closestLength(lengths, length);
  return nearestLength(lengths, length);
}

/** Both know no smoothing but adding 1: torchmetrics from order 2 on, evaluate to every order. */
export function requireOtherSmoothing(method: SmoothMethod, compat: OtherBleu): void {
  if (method === "none" || method === "add-k") return;
  throw new RangeError(
    `${compat} has no smoothing "${method}": its smooth=False is smoothMethod "none", ` +
      'its smooth=True "add-k".',
  );
}

/** Their score, 0 to 1, with the parts as sacreBLEU has them (precisions in percent). */
export function otherBleu(
  counts: BleuCounts,
  compat: OtherBleu,
  method: SmoothMethod,
): BleuParts & { readonly score: number } {
  const { sysLen, refLen } = counts;
  const added = (order: number) => {
    const smoothed = compat === "evaluate" || order > 0;
    return method === "add-k" && smoothed ? 1 : 0;
  };
  const correct = counts.correct.map((count, i) => count + added(i));
  const totals = counts.total.map((count, i) => count + added(i));
  const precisions = correct.map((count, i) => (totals[i]! > 0 ? (100 * count) / totals[i]! : 0));
  const brevityPenalty = brevity(sysLen, refLen);
  // torchmetrics gives up at the first order without a match, smoothed or not.
  const nothing = (compat === "torchmetrics" ? counts.correct : precisions).includes(0);
  const logs = precisions.reduce((sum, p) => sum + Math.log(p / 100), 0);
  const score = nothing ? 0 : brevityPenalty * Math.exp(logs / precisions.length);
  return { score, precisions, brevityPenalty, counts: correct, totals, sysLen, refLen };
}
