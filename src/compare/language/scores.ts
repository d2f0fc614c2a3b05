/** What a predictor of text is worth: how well it foretells what it has not seen, and what it writes. */
import type { CharacterTokenizer } from "../../data/index.js";
import { BitsPer, bleu, corpusRouge, distinct, repetition } from "../../metrics/index.js";
import type { Criterion, Measure } from "../results.js";
import { words } from "../words.js";

export const criteria: Record<string, Criterion> = {
  bitsPerCharacter: {
    title: words("bits per character", "биты на символ"),
    unit: "bits",
    about: words(
      "What the model needs to write down a character that it has not seen, −log₂ p; each is foretold from the 32 to 64 before it.",
      "Сколько нужно модели, чтобы записать не виденный ею символ: −log₂ p; каждый предсказан по 32–64 предыдущим.",
    ),
    better: "lower",
    digits: 3,
    source: "Shannon (1951)",
  },
  natsPerCharacter: {
    title: words("nats per character", "наты на символ"),
    unit: "nats",
    about: words("The same in natural logarithms, as losses are.", "То же в натуральных логарифмах, как функция потерь."), // prettier-ignore
    better: "lower",
    digits: 3,
  },
  perplexity: {
    title: words("perplexity", "перплексия"),
    about: words(
      "Among how many equally likely characters the model chooses: 2 to the bits per character.",
      "Между сколькими равновероятными символами выбирает модель: 2 в степени битов на символ.",
    ),
    better: "lower",
    digits: 2,
    source: "Jelinek et al. (1977)",
  },
  distinct2: {
    title: words("distinct-2", "distinct-2"),
    about: words(
      "The share of word pairs in what it writes that are unique; to be compared with the text's own.",
      "Доля неповторяющихся пар слов в написанном; сравнивать надо с самим текстом.",
    ),
    better: "target",
    target: "text",
    digits: 3,
    source: "Li et al. (2016)",
  },
  repetition: {
    title: words("repetition", "повторы"),
    unit: "%",
    about: words(
      "The share of sequences of four words that came before in the same sample (seq-rep-4).",
      "Доля четвёрок слов, которые в том же отрывке уже были (seq-rep-4).",
    ),
    better: "target",
    target: "text",
    digits: 1,
    source: "Welleck et al. (2020)",
  },
  bleu: {
    title: words("BLEU", "BLEU"),
    about: words(
      "Words and phrases that what it writes after a prompt shares with how the text goes on, 0 to 100; a story may go on in many ways, so that it is low for all.",
      "Слова и обороты, общие у написанного по началу и у настоящего продолжения, от 0 до 100; продолжить можно по-разному, поэтому оно у всех мало.",
    ),
    better: "higher",
    digits: 2,
    source: "Papineni et al. (2002); Post (2018)",
  },
  rougeL: {
    title: words("ROUGE-L", "ROUGE-L"),
    about: words(
      "The longest common sequence of words of the same two, as F-measure.",
      "Самая длинная общая последовательность слов в тех же двух текстах, F-мера.",
    ),
    better: "higher",
    digits: 3,
    source: "Lin (2004)",
  },
  tokensPerSecond: {
    title: words("characters/s in training", "символов/с при обучении"),
    about: words(
      "Characters that the training reads in a second on this machine.",
      "Сколько символов в секунду проходит обучение на этой машине.",
    ),
    better: "higher",
    digits: 0,
  },
  gradientFar: {
    title: words("gradient from 32 back", "градиент с 32 назад"),
    unit: "%",
    about: words(
      "The norm of the gradient of the last loss in the character 32 places before, as a share of that in the last one.",
      "Норма градиента последней потери по символу на 32 места раньше относительно нормы по последнему.",
    ),
    better: "higher",
    digits: 3,
    source: "Bengio et al. (1994); Pascanu et al. (2013)",
  },
};

/** From ln p of each token after the first `context/2`, a window of half a context an item. */
export function foretelling(
  logProbabilities: Float64Array,
  stream: Int32Array,
  tokenizer: CharacterTokenizer,
  context: number,
): Record<string, Measure> {
  const half = context / 2;
  const bits = new BitsPer();
  for (let from = 0; from < logProbabilities.length; from += half) {
    const text = tokenizer.decode(stream.subarray(from + half + 1, from + context + 1));
    bits.add({ text, logProbabilities: logProbabilities.subarray(from, from + half) });
  }
  const result = bits.result();
  if (result.value === null) throw new Error(result.message);
  const { value, interval } = result;
  return {
    bitsPerCharacter: { value, ...(interval && { interval }) },
    natsPerCharacter: { value: value * Math.LN2 },
    perplexity: { value: result.parts.characterPerplexity },
  };
}

/** Of what was written after some prompts, beside how the text itself goes on from each. */
export function writing(
  written: readonly string[],
  continuations: readonly string[],
): Record<string, Measure> {
  return {
    ...variety(written),
    bleu: { value: bleu(written, [continuations]).value },
    rougeL: { value: corpusRouge(written, [continuations], { types: ["rougeL"], tokenize: "unicode" }).value }, // prettier-ignore
  };
}

export function variety(texts: readonly string[]): Record<string, Measure> {
  const repeated = repetition(texts).value;
  return {
    distinct2: { value: distinct(texts, { n: 2 }).value },
    repetition: { value: repeated === null ? null : 100 * repeated },
  };
}
