// Novelty against the training text: what share of the n-grams of generated text the model cannot
// have copied, and the longest run that it has. After McCoy et al. (2023), "How much do language
// models copy from their training data?". No run spans two training texts.

import { addAll } from "../add-all.js";
import { requireWhole } from "../options.js";
import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { numberOf } from "./ngrams.js";
import { tokensOf } from "./segments.js";
import type { Sentence } from "./segments.js";
import { SuffixAutomaton } from "./suffix-automaton.js";

export interface NoveltyOptions {
  /** Length of the n-grams. Default 4. */
  readonly n?: number;
  /** What a token is where texts come as strings: a word (the default) or a code point. */
  readonly unit?: "word" | "character";
}

export interface NoveltyParts {
  /** Share of the generated n-grams that the training text contains; the value is 1 less this. */
  readonly seen: number;
  readonly seenNgrams: number;
  readonly ngrams: number;
  /** Longest copied run, in tokens, over all generated texts. */
  readonly longestRun: number;
  /** Of each text, in the order of adding: its longest copied run and where that starts. */
  readonly runs: readonly { readonly length: number; readonly start: number }[];
}

const NEW = -1;

/** Novelty of generated texts against one training set, which is indexed once. */
export class Novelty extends RowAccumulator<Sentence, NoveltyParts, NoveltyOptions, "no-ngrams"> {
  protected override readonly range = [0, 1] as const;
  readonly #n: number;
  readonly #vocabulary = new Map<string, number>();
  readonly #training: SuffixAutomaton;
  readonly #fingerprint: string;

  constructor(training: readonly Sentence[], options: NoveltyOptions = {}) {
    super("novelty", options);
    this.#n = options.n ?? 4;
    requireWhole(this.#n);
    const texts = training.map((text) => this.#tokens(text));
    for (const token of texts.flat()) numberOf(this.#vocabulary, token);
    // A number of its own ends each text, so that no run goes from one to the next.
    const words = this.#vocabulary.size;
    const ids = texts.flatMap((text, t) => [...this.#numbers(text), words + t]);
    this.#training = new SuffixAutomaton(Int32Array.from(ids));
    this.#fingerprint = fingerprint(texts);
  }

  /** The training set does not travel in JSON: give it again. */
  static fromJSON(state: RowState<NoveltyOptions>, training: readonly Sentence[]): Novelty {
    return new Novelty(training, state.options).restore(state);
  }

  /** [n-grams seen, n-grams, longest run, its start]. */
  protected row(text: Sentence): number[] {
    const tokens = this.#tokens(text);
    const runs = this.#training.runs(this.#numbers(tokens));
    const ngrams = Math.max(0, tokens.length - this.#n + 1);
    const seen = runs.reduce((count, run) => count + (run >= this.#n ? 1 : 0), 0);
    const longest = runs.reduce((a, b) => Math.max(a, b), 0);
    return [seen, ngrams, longest, longest === 0 ? 0 : runs.indexOf(longest) - longest + 1];
  }

  #tokens(text: Sentence): readonly string[] {
    const characters = this.options.unit === "character" && typeof text === "string";
    return characters ? Array.from(text) : tokensOf(text);
  }

  #numbers(tokens: readonly string[]): Int32Array {
    return Int32Array.from(tokens, (token) => this.#vocabulary.get(token) ?? NEW);
  }

  protected score([seen = 0, ngrams = 0]: readonly number[]): number {
    return 1 - seen / ngrams;
  }

  protected parts(sums: readonly number[], rows: readonly (readonly number[])[]): NoveltyParts {
    const [seenNgrams = 0, ngrams = 0] = sums;
    const runs = rows.map((row) => ({ length: row[2]!, start: row[3]! }));
    const longestRun = runs.reduce((longest, run) => Math.max(longest, run.length), 0);
    return { seen: seenNgrams / ngrams, seenNgrams, ngrams, longestRun, runs };
  }

  protected override undecidable([, ngrams]: readonly number[]) {
    if (ngrams) return undefined;
    const message = `No generated text has ${this.#n} tokens, so there is no ${this.#n}-gram; take a smaller n.`;
    return ["no-ngrams", message] as const;
  }

  protected settings(): Settings {
    return { n: this.#n, unit: this.options.unit ?? "word", training: this.#fingerprint };
  }
}

/** Novelty of generated texts: the share of their n-grams that the training texts lack, 0 to 1. */
export function novelty(
  texts: { readonly generated: readonly Sentence[]; readonly training: readonly Sentence[] },
  options: NoveltyOptions = {},
): Result<NoveltyParts, "no-ngrams" | "no-items"> {
  return addAll(new Novelty(texts.training, options), texts.generated).result();
}

/** FNV-1a over all tokens, with a mark between tokens and texts: tells training sets apart. */
function fingerprint(texts: readonly (readonly string[])[]): string {
  let hash = 0x811c9dc5;
  const mix = (code: number) => {
    hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
  };
  for (const text of texts) {
    for (const token of text) {
      for (let i = 0; i < token.length; i++) mix(token.charCodeAt(i));
      mix(0x10000);
    }
    mix(0x10001);
  }
  return hash.toString(16).padStart(8, "0");
}
