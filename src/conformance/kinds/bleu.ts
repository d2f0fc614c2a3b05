// Cases of BLEU in its two families, and of GLEU.

import {
  bleu,
  bleuFromStatistics,
  type BleuOptions,
  gleu,
  nltkBleu,
  type NltkBleuOptions,
  nltkSentenceBleu,
  type NltkSmoothing,
  type ReferenceStreams,
  sentenceBleu,
  type SmoothMethod,
  type TokenizerName,
} from "../../metrics/index.js";
import { given, kind, type Kind } from "../case.js";

export interface Corpus<Text = string> {
  readonly hypotheses: readonly Text[];
  readonly references: ReferenceStreams<Text>; // [reference][segment]
}

type Tokens = string | readonly string[];

interface BleuParams {
  readonly tokenize?: TokenizerName | null;
  readonly smooth_method?: SmoothMethod | null;
  readonly smooth_value?: number | null;
  readonly lowercase?: boolean | null;
  readonly effective_order?: boolean | null;
  readonly max_ngram_order?: number | null;
}

interface NltkParams {
  readonly weights?: readonly number[] | null;
  readonly smoothing?: NltkSmoothing | null;
  readonly epsilon?: number | null;
  readonly alpha?: number | null;
  readonly k?: number | null;
}

function bleuOptions(params: BleuParams): BleuOptions {
  return {
    tokenize: given(params.tokenize),
    smoothMethod: given(params.smooth_method),
    smoothValue: given(params.smooth_value),
    lowercase: given(params.lowercase),
    effectiveOrder: params.effective_order ?? false,
    maxNgramOrder: given(params.max_ngram_order),
  };
}

function nltkOptions(params: NltkParams): NltkBleuOptions {
  return {
    weights: given(params.weights),
    smoothing: given(params.smoothing),
    epsilon: given(params.epsilon),
    alpha: given(params.alpha),
    k: given(params.k),
  };
}

function isLists(
  weights: readonly number[] | number[][] | null | undefined,
): weights is number[][] {
  return Array.isArray(weights?.[0]);
}

/** The references of one segment, of all streams. */
export function referencesOf<Text>({ references }: Corpus<Text>, segment: number): Text[] {
  return references.map((stream) => stream[segment]).filter((text) => text != null);
}

export const bleuKinds: Readonly<Record<string, Kind>> = {
  "bleu.corpus": kind<Corpus, BleuParams>(({ hypotheses, references }, params) => {
    const { value, parts } = bleu(hypotheses, references, bleuOptions(params));
    return {
      score: value,
      counts: parts?.counts,
      totals: parts?.totals,
      precisions: parts?.precisions,
      bp: parts?.brevityPenalty,
      sys_len: parts?.sysLen,
      ref_len: parts?.refLen,
    };
  }),
  "bleu.sentences": kind<Corpus, BleuParams>((corpus, params) => ({
    scores: corpus.hypotheses.map(
      (text, i) => sentenceBleu(text, referencesOf(corpus, i), bleuOptions(params)).value,
    ),
  })),
  "bleu.fromStats": kind<
    { correct: number[]; total: number[]; sys_len: number; ref_len: number },
    BleuParams
  >(({ correct, total, sys_len: sysLen, ref_len: refLen }, params) => {
    const counts = { correct, total, sysLen, refLen };
    const { value, parts } = bleuFromStatistics(counts, bleuOptions(params));
    return { score: value, precisions: parts.precisions, bp: parts.brevityPenalty };
  }),
  "bleu.nltkSentences": kind<Corpus<Tokens>, NltkParams>((corpus, params) => ({
    scores: corpus.hypotheses.map(
      (text, i) => nltkSentenceBleu(text, referencesOf(corpus, i), nltkOptions(params)).value,
    ),
  })),
  // NLTK takes several lists of weights too, and gives a score for each.
  "bleu.nltkCorpus": kind<
    Corpus<Tokens>,
    Omit<NltkParams, "weights"> & { readonly weights?: readonly number[] | number[][] | null }
  >(({ hypotheses, references }, { weights, ...params }) => {
    const scoreOf = (one: readonly number[] | null | undefined) =>
      nltkBleu(hypotheses, references, nltkOptions({ ...params, weights: one })).value;
    return { score: isLists(weights) ? weights.map(scoreOf) : scoreOf(weights) };
  }),
  "gleu.corpus": kind<Corpus<Tokens>, { min_len?: number | null; max_len?: number | null }>(
    ({ hypotheses, references }, { min_len, max_len }) => ({
      score: gleu(hypotheses, references, {
        minOrder: given(min_len),
        maxOrder: given(max_len),
      }).value,
    }),
  ),
};
