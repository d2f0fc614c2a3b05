// Metrics of generated text: likeness to references, variety, repetition, likelihood.

export * from "./bleu-score.js";
export { Bleu, bleu, bleuFromStatistics, sentenceBleu } from "./bleu.js";
export type { BleuOptions } from "./bleu.js";
export type { ReferenceStreams, Segment, Sentence } from "./segments.js";
export { tokenizers } from "./tokenizers.js";
export type { TokenizerName } from "./tokenizers.js";
