// Cases of what is measured on generated text without references word by word: variety and
// repetition, likelihood, and embeddings.

import {
  bertScore,
  bitsPer,
  bleuAgainstSet,
  coherence,
  distinct,
  mauveFromCounts,
  ngramEntropy,
  perplexity,
  repetition,
  type Rows,
  selfBleu,
} from "../../metrics/index.js";
import { given, kind, type Kind } from "../case.js";

type Tokens = string | readonly string[];
interface Order {
  readonly n: number;
}
interface SelfBleuParams extends Order {
  readonly epsilon?: number | null;
  readonly smoothing?: string;
}

const selfBleuOptions = ({ n, epsilon }: SelfBleuParams) => ({ n, epsilon: given(epsilon) });

export const generationKinds: Readonly<Record<string, Kind>> = {
  selfBleu: kind<{ sentences: Tokens[] }, SelfBleuParams>(({ sentences }, params) => ({
    score: selfBleu(sentences, { sample: 500, ...selfBleuOptions(params) }).value,
  })),
  bleuVsReferenceSet: kind<{ hypotheses: Tokens[]; reference_set: Tokens[] }, SelfBleuParams>(
    ({ hypotheses, reference_set: referenceSet }, params) => ({
      score: bleuAgainstSet({ hypotheses, referenceSet }, selfBleuOptions(params)).value,
    }),
  ),
  // Texygen divides by the sentences, so a set without any n-gram scores 0.
  uniqueGramPerSentence: kind<{ sentences: Tokens[] }, Order>(({ sentences }, { n }) => ({
    score: sentences.length > 0 ? (distinct(sentences, { n }).parts?.uniquePerSentence ?? 0) : null,
  })),
  distinctN: kind<{ sentences: Tokens[] }, Order>(({ sentences }, { n }) => {
    const { parts } = distinct(sentences, { n });
    return {
      pooled_over_ngrams: parts?.pooledOverNgrams ?? null,
      pooled_over_tokens: parts?.pooledOverTokens ?? null,
      macro_over_tokens: parts?.macroOverTokens ?? null,
      macro_over_ngrams: parts?.macroOverNgrams ?? null,
      unique: parts?.unique ?? 0,
      total_ngrams: parts?.totalNgrams ?? 0,
      total_tokens: parts?.totalTokens,
    };
  }),
  seqRepN: kind<{ sequences: (Tokens | number[])[] }, Order>(({ sequences }, { n }) => {
    const { value, parts } = repetition(sequences, { n });
    return { mean: value, per_sequence: parts?.perSequence };
  }),
  ngramEntropy: kind<{ sequence: Tokens | number[] }, Order>(({ sequence }, { n }) => {
    const { parts } = ngramEntropy(sequence, { n });
    return { bits: parts?.bits ?? null, nats: parts?.nats ?? null };
  }),
  perplexity: kind<{ logits: number[][][]; targets: number[][] }, { ignore_index?: number | null }>(
    ({ logits, targets }, { ignore_index }) => {
      const { value, parts } = perplexity(logits, targets, { ignoreIndex: ignore_index });
      return {
        perplexity: value,
        total_nll_nats: parts?.totalNats ?? 0,
        bits_per_token: parts?.bitsPerToken ?? null,
        count: parts?.count ?? 0,
        per_sequence_perplexity: parts?.perSequence ?? targets.map(() => null),
        mean_of_sequence_perplexities: parts?.meanOfSequences ?? null,
      };
    },
  ),
  bitsPer: kind<{ texts: string[]; token_logprobs_base2: number[][] }>(
    ({ texts, token_logprobs_base2 }) => {
      const { parts } = bitsPer(texts, token_logprobs_base2, { base: 2 });
      return {
        total_bits: parts?.totalBits,
        bits_per_char: parts?.bitsPerCharacter,
        bits_per_byte: parts?.bitsPerByte,
        chars: parts?.characters,
        bytes: parts?.bytes,
        words: parts?.words,
        char_perplexity: parts?.characterPerplexity,
        word_perplexity: parts?.wordPerplexity,
      };
    },
  ),
  coherence: kind<{ embeddings: Rows }, { window?: number | null }>(
    ({ embeddings }, { window }) => {
      const { parts } = coherence(embeddings, { window: given(window) });
      return {
        adjacent: parts?.adjacent ?? [],
        mean: parts?.mean ?? null,
        mean_all_pairs: parts?.meanAllPairs ?? null,
      };
    },
  ),
  bertScoreGreedy: kind<{
    hypothesis_embeddings: Rows;
    hypothesis_weights: number[];
    reference_embeddings: Rows;
    reference_weights: number[];
  }>((inputs) => {
    const hypothesis = {
      embeddings: inputs.hypothesis_embeddings,
      weights: given(inputs.hypothesis_weights),
    };
    const reference = {
      embeddings: inputs.reference_embeddings,
      weights: given(inputs.reference_weights),
    };
    return bertScore({ hypothesis, reference }, { compat: "bert_score" }).parts ?? {};
  }),
  mauveFromCounts: kind<
    { p_counts: number[]; q_counts: number[] },
    {
      divergence_curve_discretization_size?: number | null;
      mauve_scaling_factor?: number | null;
    }
  >(({ p_counts: real, q_counts: generated }, params) => {
    const { value, parts } = mauveFromCounts(
      { real, generated },
      {
        curvePoints: given(params.divergence_curve_discretization_size),
        scaling: given(params.mauve_scaling_factor),
      },
    );
    return {
      mauve: value,
      frontier_integral: parts.frontierIntegral,
      mauve_star: parts.mauveStar,
      frontier_integral_star: parts.frontierIntegralStar,
      divergence_curve: parts.curve,
    };
  }),
};
