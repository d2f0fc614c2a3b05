// Cases of the other metrics of likeness to references: chrF, TER, ROUGE, METEOR, and what they
// are made of, tokenizers and stems.

import {
  chrf,
  type ChrfOptions,
  corpusRouge,
  meteor,
  type PorterMode,
  porterStem,
  rouge,
  rougeBootstrap,
  type RougeType,
  sentenceChrf,
  sentenceTer,
  ter,
  tokenizers,
  type TokenizerName,
  tokenizeTer,
} from "../../metrics/index.js";
import { given, kind, type Kind } from "../case.js";
import { type Corpus, referencesOf } from "./bleu.js";

type Tokens = string | readonly string[];

interface ChrfParams {
  readonly char_order?: number | null;
  readonly word_order?: number | null;
  readonly beta?: number | null;
  readonly lowercase?: boolean | null;
  readonly whitespace?: boolean | null;
  readonly eps_smoothing?: boolean | null;
}

interface TerParams {
  readonly normalized?: boolean | null;
  readonly no_punct?: boolean | null;
  readonly asian_support?: boolean | null;
  readonly case_sensitive?: boolean | null;
}

interface RougeParams {
  readonly use_stemmer?: boolean | null;
  readonly rouge_types?: readonly RougeType[] | null;
}

function chrfOptions(params: ChrfParams): ChrfOptions {
  return {
    charOrder: given(params.char_order),
    wordOrder: given(params.word_order),
    beta: given(params.beta),
    lowercase: given(params.lowercase),
    whitespace: given(params.whitespace),
    epsSmoothing: given(params.eps_smoothing),
  };
}

function terOptions(params: TerParams) {
  return {
    normalized: given(params.normalized),
    noPunct: given(params.no_punct),
    asianSupport: given(params.asian_support),
    caseSensitive: given(params.case_sensitive),
  };
}

function rougeOptions({ use_stemmer, rouge_types }: RougeParams) {
  return { stemmer: given(use_stemmer), types: given(rouge_types) };
}

/** A prediction with its target, as a record or in rouge_score's order: target first. */
type RougePair = { target: string; prediction: string } | readonly [string, string];

function pairOf(pair: RougePair): { target: string; prediction: string } {
  return "target" in pair ? pair : { target: pair[0], prediction: pair[1] };
}

const MODES: Readonly<Record<string, PorterMode>> = {
  NLTK_EXTENSIONS: "nltk",
  MARTIN_EXTENSIONS: "martin",
  ORIGINAL_ALGORITHM: "original",
};

export const textKinds: Readonly<Record<string, Kind>> = {
  "chrf.corpus": kind<Corpus, ChrfParams>(({ hypotheses, references }, params) => ({
    score: chrf(hypotheses, references, chrfOptions(params)).value,
  })),
  "chrf.sentences": kind<Corpus, ChrfParams>((corpus, params) => ({
    scores: corpus.hypotheses.map(
      (text, i) => sentenceChrf(text, referencesOf(corpus, i), chrfOptions(params)).value,
    ),
  })),
  "ter.corpus": kind<Corpus, TerParams>(({ hypotheses, references }, params) => {
    const { value, parts } = ter(hypotheses, references, terOptions(params));
    return { score: value, num_edits: parts?.edits, ref_length: parts?.refLen };
  }),
  "ter.sentences": kind<Corpus, TerParams>((corpus, params) => {
    const results = corpus.hypotheses.map((text, i) =>
      sentenceTer(text, referencesOf(corpus, i), terOptions(params)),
    );
    return {
      scores: results.map(({ value }) => value),
      num_edits: results.map(({ parts }) => parts?.edits),
      ref_length: results.map(({ parts }) => parts?.refLen),
    };
  }),
  rouge: kind<{ target: string | string[]; prediction: string }, RougeParams>(
    ({ prediction, target }, params) => rouge(prediction, target, rougeOptions(params)).parts ?? {},
  ),
  "rouge.bootstrap": kind<
    { pairs: RougePair[]; indices: number[][] },
    RougeParams & { confidence_interval?: number | null }
  >(({ pairs, indices }, params) => {
    const items = pairs.map((pair) => {
      const { prediction, target } = pairOf(pair);
      return corpusRouge([prediction], [[target]], rougeOptions(params)).parts ?? {};
    });
    return rougeBootstrap(items, indices, given(params.confidence_interval));
  }),
  meteor: kind<
    Corpus<Tokens>,
    { alpha?: number; beta?: number; gamma?: number; stages?: readonly ("exact" | "porter")[] }
  >(({ hypotheses, references }, { alpha, beta, gamma, stages }) => ({
    scores: meteor(hypotheses, references, {
      alpha: given(alpha),
      beta: given(beta),
      gamma: given(gamma),
      stages: given(stages),
    }).parts?.perSegment,
  })),
  tokenizer: kind<{ lines: string[] }, TerParams & { tokenizer: TokenizerName | "ter" }>(
    ({ lines }, params) => {
      const { tokenizer } = params;
      const tokenize =
        tokenizer === "ter"
          ? (line: string) => tokenizeTer(line, terOptions(params))
          : tokenizers[tokenizer];
      return { tokenized: lines.map(tokenize) };
    },
  ),
  porterStem: kind<{ words: string[] }, { mode?: string | null }>(({ words }, { mode }) => {
    const known = MODES[mode ?? "NLTK_EXTENSIONS"];
    if (!known) throw new RangeError(`Porter's modes are ${Object.keys(MODES).join(", ")}.`);
    return { stems: words.map((word) => porterStem(word, known)) };
  }),
};
