/** See metrics-peers.mjs. */
export declare function bleu(hypotheses: readonly string[], references: readonly string[]): number;
export declare function rougeL(prediction: string, target: string): number;
export declare function ssim(
  real: readonly number[],
  generated: readonly number[],
  size: number,
): () => number;
