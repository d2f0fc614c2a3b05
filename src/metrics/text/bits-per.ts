// Bits per character and per byte: what a model needs to write a text down, which can be compared
// between models whose tokens differ (perplexity per token cannot). Characters are code points,
// bytes are UTF-8.

import { addAll } from "../add-all.js";
import { exactSum } from "../exact-sum.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { splitWords } from "./white-space.js";

export interface BitsPerOptions {
  /** What the value counts bits per; `parts` has all. Default "character". */
  readonly unit?: "character" | "byte" | "word";
  /** Base of the logarithms that are given: 2 (bits) or "e" (nats, the default). */
  readonly base?: 2 | "e";
}

/** A text and the model's log-probability of each of its tokens, whatever the tokens are. */
export interface ScoredText {
  readonly text: string;
  readonly logProbabilities: ArrayLike<number>;
}

export interface BitsPerParts {
  readonly bitsPerCharacter: number;
  readonly bitsPerByte: number;
  readonly totalBits: number;
  readonly characters: number;
  readonly bytes: number;
  readonly words: number;
  readonly characterPerplexity: number;
  /** 2^(bits / words); null where the texts hold no word. */
  readonly wordPerplexity: number | null;
}

/** Float32 may put the logarithm of a probability near 1 this far above 0. */
const ROUNDING = 1e-3;

/** Bits a character, byte or word over texts. */
export class BitsPer extends RowAccumulator<ScoredText, BitsPerParts, BitsPerOptions, "no-text"> {
  constructor(options: BitsPerOptions = {}) {
    super("bits-per", options);
  }

  static fromJSON(state: RowState<BitsPerOptions>): BitsPer {
    return new BitsPer(state.options).restore(state);
  }

  /** [bits, characters, bytes, words, tokens of probability 0]. */
  protected row({ text, logProbabilities }: ScoredText): number[] {
    const logs = Array.from(logProbabilities);
    const odd = logs.find((log) => !(log < ROUNDING));
    if (odd !== undefined) {
      throw new RangeError(
        `A log-probability is ${odd}; give log p of each token, from -Infinity to 0: not p, and not a loss, which is -log p.`,
      );
    }
    const finite = logs.filter((log) => log !== -Infinity);
    const sum = -exactSum(finite);
    const bits = this.options.base === 2 ? sum : sum / Math.LN2;
    const characters = Array.from(text);
    const bytes = characters.reduce((count, character) => count + byteLength(character), 0);
    const words = splitWords(text).length;
    return [bits, characters.length, bytes, words, logs.length - finite.length];
  }

  protected score(sums: readonly number[]): number {
    const column = { character: 1, byte: 2, word: 3 }[this.options.unit ?? "character"];
    return total(sums) / sums[column]!;
  }

  protected parts(sums: readonly number[]): BitsPerParts {
    const [, characters = 0, bytes = 0, words = 0] = sums;
    const totalBits = total(sums);
    return {
      bitsPerCharacter: totalBits / characters,
      bitsPerByte: totalBits / bytes,
      totalBits,
      characters,
      bytes,
      words,
      characterPerplexity: 2 ** (totalBits / characters),
      wordPerplexity: words === 0 ? null : 2 ** (totalBits / words),
    };
  }

  protected override undecidable([, characters, , words]: readonly number[]) {
    const empty = this.options.unit === "word" ? !words : !characters;
    if (!empty) return undefined;
    return ["no-text", "Bits per unit need a text that has such a unit; all are empty."] as const;
  }

  protected settings(): Settings {
    return { unit: this.options.unit ?? "character" };
  }
}

function total([bits = 0, , , , impossible = 0]: readonly number[]): number {
  return impossible > 0 ? Infinity : bits;
}

/** Bytes of one code point in UTF-8; a lone surrogate is written as U+FFFD, three bytes. */
function byteLength(character: string): number {
  const code = character.codePointAt(0)!;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/**
 * Bits per character (or byte, or word) of texts under a model's token log-probabilities: from 0
 * up, lower is better.
 */
export function bitsPer(
  texts: readonly string[],
  logProbabilities: readonly ArrayLike<number>[],
  options: BitsPerOptions = {},
): Result<BitsPerParts, "no-text" | "no-items"> {
  if (texts.length !== logProbabilities.length) {
    throw new RangeError(
      `There are ${texts.length} texts, but log-probabilities of ${logProbabilities.length}.`,
    );
  }
  const scored = texts.map((text, i) => ({ text, logProbabilities: logProbabilities[i]! }));
  return addAll(new BitsPer(options), scored).result();
}
