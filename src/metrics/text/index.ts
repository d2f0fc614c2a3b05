// Metrics of generated text: likeness to references, variety, repetition, likelihood.

export * from "./bleu-score.js";
export { Bleu, bleu, bleuFromStatistics, sentenceBleu } from "./bleu.js";
export type { BleuOptions } from "./bleu.js";
export type { ReferenceStreams, Segment, Sentence } from "./segments.js";
export { tokenizers } from "./tokenizers.js";
export type { TokenizerName } from "./tokenizers.js";
export { NltkBleu, nltkBleu, nltkSentenceBleu } from "./nltk-bleu.js";
export type { NltkBleuOptions, NltkBleuParts, NltkSmoothing } from "./nltk-bleu.js";
export * from "./gleu.js";
export * from "./distinct.js";
export { NgramEntropy, ngramEntropy } from "./entropy.js";
export type { EntropyOptions, EntropyParts, EntropyState } from "./entropy.js";
export * from "./repetition.js";
export * from "./self-bleu.js";
export * from "./perplexity.js";
export * from "./bits-per.js";
export * from "./porter.js";
export type { RougeScore, RougeType } from "./rouge-score.js";
export * from "./rouge.js";
export * from "./chrf.js";
export * from "./ter.js";
export { tokenizeTer } from "./ter-tokenizer.js";
export * from "./meteor.js";
export * from "./novelty.js";
