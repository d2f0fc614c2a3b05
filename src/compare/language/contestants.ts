/** The four language models of the comparison, made to hold about equally many parameters. */
import { GPT, RecurrentLM } from "../../models/index.js";
import type { Tensor } from "../../tensor/index.js";

export type Name = "rnn" | "gru" | "lstm" | "gpt";
export type LanguageModel = GPT | RecurrentLM;

/** How large a model is: the GPT's layers and width set the number of parameters for all. */
export type Scale = {
  context: number;
  batch: number;
  layers: number;
  heads: number;
  width: number;
  embedding: number;
};

export const tinyScale: Scale = {
  context: 64,
  batch: 4,
  layers: 1,
  heads: 2,
  width: 32,
  embedding: 16,
};
export const quickScale: Scale = {
  context: 64,
  batch: 8,
  layers: 2,
  heads: 4,
  width: 64,
  embedding: 32,
};
export const fullScale: Scale = {
  context: 64,
  batch: 8,
  layers: 2,
  heads: 4,
  width: 128,
  embedding: 64,
};

/**
 * Highest learning rate of each at a width of 64; it falls as the width grows (Yang et al., 2021, table 3). A plain RNN's
 * gradients grow with time, so it steps more carefully.
 */
const rateAt64: Record<Name, number> = { rnn: 3e-3, gru: 8e-3, lstm: 8e-3, gpt: 7e-3 };
export const learningRate = (name: Name, { width }: Scale): number => (rateAt64[name] * 64) / width;

export const names: readonly Name[] = ["rnn", "gru", "lstm", "gpt"];

export function build(name: Name, vocab: number, scale: Scale): LanguageModel {
  const { context, layers, heads, width, embedding } = scale;
  if (name === "gpt") {
    const deviation = (3 * width) ** -0.5; // as PyTorch's Linear: GPT-2's 0.02 is for a width of 768
    return new GPT({ vocab, context, layers, heads, width, bias: false, deviation });
  }
  const hidden = hiddenFor(name, gptParameters(vocab, scale), vocab, embedding);
  return new RecurrentLM({ cell: name, vocab, width: embedding, hidden });
}

/** logits [B, T, vocab], from a fresh state. */
export function logitsOf(model: LanguageModel, tokens: Tensor): Tensor {
  return model instanceof GPT ? model.forward(tokens) : model.forward(tokens).logits;
}

/** Embeddings, two norms and 12·width² a layer, the last norm; the head is tied. */
function gptParameters(vocab: number, { context, layers, width }: Scale): number {
  return (vocab + context) * width + layers * (12 * width ** 2 + 2 * width) + width;
}

const gates = { rnn: 1, gru: 3, lstm: 4 };

/** The width of the state, a multiple of 4, with which a cell comes nearest to `wanted` parameters. */
function hiddenFor(
  cell: "rnn" | "gru" | "lstm",
  wanted: number,
  vocab: number,
  width: number,
): number {
  const size = (H: number) => vocab * width + gates[cell] * H * (width + H + 2) + vocab * (H + 1);
  let hidden = 4;
  while (Math.abs(size(hidden + 4) - wanted) < Math.abs(size(hidden) - wanted)) hidden += 4;
  return hidden;
}
