// Metrics of texts through an extractor: texts go in, the extractor's features are measured, and
// its id goes into the signature.

import { extractFeatures } from "../images/extractor.js";
import type { ExtractOptions, Extractor } from "../images/extractor.js";
import type { Rows } from "../linalg/index.js";
import { BertScore, idfWeights } from "./bert-score.js";
import type { BertScoreOptions, EmbeddedText } from "./bert-score.js";
import { coherence } from "./coherence.js";
import type { CoherenceOptions } from "./coherence.js";
import { mauve } from "./mauve.js";
import type { MauveOptions } from "./mauve.js";
import { givenReferences, segmentsOf } from "./segments.js";
import type { ReferenceStreams } from "./segments.js";

/** Sentences of a text, by the rules of Unicode (UAX 29), without white space around them. */
export function sentencesOf(text: string, language = "en"): string[] {
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment.trim()).filter(Boolean);
}

/** Coherence of a text (or of sentences that were parted already) by a sentence embedder. */
export async function coherenceOf(
  text: string | readonly string[],
  extractor: Extractor<string>,
  options: Omit<CoherenceOptions, "extractor"> & ExtractOptions = {},
) {
  const sentences = typeof text === "string" ? sentencesOf(text) : text;
  const embeddings = await extractFeatures(extractor, sentences, options);
  const { window } = options;
  return coherence(embeddings, { ...(window && { window }), extractor: extractor.id });
}

/** MAUVE of generated texts against real ones by a text embedder. */
export async function mauveOf(
  texts: { readonly real: readonly string[]; readonly generated: readonly string[] },
  extractor: Extractor<string>,
  options: Omit<MauveOptions, "extractor"> & ExtractOptions = {},
) {
  const { batch, progress, ...rest } = options;
  const extract = { ...(batch && { batch }), ...(progress && { progress }) };
  const real = await extractFeatures(extractor, texts.real, extract);
  const generated = await extractFeatures(extractor, texts.generated, extract);
  return mauve({ real, generated }, { ...rest, extractor: extractor.id });
}

/** A model that gives every token of a text an embedding in its context. */
export interface TokenEmbedder {
  /** Name and hash of the weights. */
  readonly id: string;
  /** For each text its tokens and their embeddings [T, D]. */
  embed(texts: readonly string[]): EmbeddedTokens[] | Promise<EmbeddedTokens[]>;
}

export interface EmbeddedTokens {
  readonly tokens: readonly string[];
  readonly embeddings: Rows;
}

/** BERTScore of a corpus by a token embedder; with `idf`, rare tokens of the references weigh more. */
export async function bertScoreOf(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  embedder: TokenEmbedder,
  options: Omit<BertScoreOptions, "extractor"> & { readonly idf?: boolean } = {},
) {
  const { idf = false, ...rest } = options;
  const segments = segmentsOf(hypotheses, references);
  const given = segments.map((segment) => givenReferences(segment));
  const own = await embedder.embed(hypotheses);
  const others = await embedder.embed(given.flat());
  const weigh = idf ? idfWeights(others.map(({ tokens }) => tokens)) : undefined;
  const text = ({ tokens, embeddings }: EmbeddedTokens): EmbeddedText =>
    weigh ? { embeddings, weights: weigh(tokens) } : { embeddings };
  const corpus = new BertScore({ ...rest, extractor: `${embedder.id}${idf ? "+idf" : ""}` });
  let at = 0;
  segments.forEach((_, i) => {
    const end = at + given[i]!.length;
    corpus.add({ hypothesis: text(own[i]!), references: others.slice(at, end).map(text) });
    at = end;
  });
  return corpus.result();
}
