/** What a trained language model is worth: how well it foretells text that it has not seen, and what it writes. */
import type { TextDataset } from "../data/index.js";
import { bitsPer, distinct } from "../metrics/index.js";
import { collect, generate } from "../models/index.js";
import { seed, tensor, tidy } from "../tensor/index.js";
import { logitsOf, type LanguageModel } from "./contestants.js";

export type Scores = {
  /** Over the validation text: −Σ log₂ p a character. */
  bitsPerCharacter: number;
  /** The same a token: 2 to the bits of each. */
  perplexity: number;
  /** Share of word pairs in the sample that are unique; null if it holds none. */
  distinct2: number | null;
  sample: string;
};

const BATCH = 32;
const SAMPLE = 600; // characters
const TEMPERATURE = 0.8;

/** `windows`: how many windows of the validation text at most, from its beginning. */
export async function evaluate(
  model: LanguageModel,
  data: TextDataset,
  windows: number,
  randomSeed: number,
): Promise<Scores> {
  const { logProbabilities, text } = await foretell(model, data, windows);
  seed(randomSeed); // every model draws with the same random numbers
  const { vocabulary } = data.tokenizer;
  const start = vocabulary.includes("\n") ? "\n" : vocabulary[0]!; // a line begins
  const tokens = await collect(
    generate(model, data.tokenizer.encode(start), { count: SAMPLE, temperature: TEMPERATURE }),
  );
  const sample = data.tokenizer.decode(Int32Array.from(tokens));
  const bits = bitsPer([text], [logProbabilities]);
  if (bits.value === null) throw new Error(bits.message);
  return {
    bitsPerCharacter: bits.value,
    perplexity: bits.parts.characterPerplexity,
    distinct2: distinct([sample], { n: 2 }).value,
    sample,
  };
}

/** log p of each validation token given those before it in its window. */
async function foretell(model: LanguageModel, data: TextDataset, windows: number) {
  const logProbabilities: number[] = [];
  const seen: string[] = [];
  let left = windows;
  for (const { x, y, batch, context } of data.sequential({ batch: Math.min(BATCH, windows) })) {
    if (left <= 0) break;
    left -= batch;
    using losses = tidy(() => {
      const logits = logitsOf(model, tensor(x, { shape: [batch, context] })); // [B, T, vocab]
      return logits.reshape(batch * context, data.vocab).crossEntropy(tensor(y), null, 0)[0]; // [B·T]
    });
    for (const loss of await losses.data()) logProbabilities.push(-loss);
    seen.push(data.tokenizer.decode(y));
  }
  return { logProbabilities, text: seen.join("") };
}
