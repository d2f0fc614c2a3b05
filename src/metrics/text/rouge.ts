// ROUGE of predictions against targets, equal to Google's rouge_score: lower case, [a-z0-9]+ as
// tokens, words of more than three letters stemmed on request; lines are sentences for rougeLsum.
// Of several targets the best counts, for each type by itself. Corpora are means over items.

import type { Result, Settings } from "../result.js";
import { RowAccumulator } from "../rows.js";
import type { RowState } from "../rows.js";
import { porterStem } from "./porter.js";
import type { PorterMode } from "./porter.js";
import { rougeL, rougeLsum, rougeN } from "./rouge-score.js";
import type { RougeScore, RougeType } from "./rouge-score.js";
import { givenReferences, segmentsOf } from "./segments.js";
import type { ReferenceStreams } from "./segments.js";

export interface RougeOptions {
  /** Default rouge1, rouge2, rougeL, rougeLsum; the value is the F-measure of the first. */
  readonly types?: readonly RougeType[];
  /** Porter stemming; true is NLTK's mode, as rouge_score has it. Default false. */
  readonly stemmer?: boolean | PorterMode;
  /**
   * "ascii" is rouge_score's: letters outside a-z vanish, so that only English can be scored.
   * "unicode" keeps letters, marks and digits of every script, and Chinese, Japanese and Thai
   * characters one by one. Default "ascii".
   */
  readonly tokenize?: "ascii" | "unicode";
}

/** One prediction and the targets that it is compared with. */
export interface RougeItem {
  readonly prediction: string;
  readonly targets: readonly (string | null)[];
}

/** A text's tokens, whole and line by line. */
interface Prepared {
  readonly tokens: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

export type RougeParts = Readonly<Partial<Record<RougeType, RougeScore>>>;

const DEFAULT_TYPES: readonly RougeType[] = ["rouge1", "rouge2", "rougeL", "rougeLsum"];
const IDEOGRAMS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;

/** Mean ROUGE over predictions, 0 to 1. */
export class Rouge extends RowAccumulator<RougeItem, RougeParts, RougeOptions> {
  protected override readonly range = [0, 1] as const;
  readonly #types: readonly RougeType[];
  readonly #stem: ((word: string) => string) | undefined;

  constructor(options: RougeOptions = {}) {
    super("rouge", options);
    this.#types = options.types ?? DEFAULT_TYPES;
    const unknown = this.#types.find((type) => !/^rouge([1-9]|L|Lsum)$/.test(type));
    if (unknown !== undefined || this.#types.length === 0) {
      throw new RangeError(
        `Types are rouge1 to rouge9, rougeL and rougeLsum, not "${unknown ?? ""}".`,
      );
    }
    const { stemmer = false } = options;
    if (stemmer)
      this.#stem = remembered((word) => porterStem(word, stemmer === true ? "nltk" : stemmer));
  }

  static fromJSON(state: RowState<RougeOptions>): Rouge {
    return new Rouge(state.options).restore(state);
  }

  /** [precision, recall, F of each type, 1]. */
  protected row({ prediction, targets }: RougeItem): number[] {
    const own = this.#prepare(prediction);
    const others = givenReferences({ hypothesis: prediction, references: targets });
    const scores = others.map((target) => this.#compare(own, this.#prepare(target)));
    const best = this.#types.map((_, t) =>
      scores.map((byType) => byType[t]!).reduce((a, b) => (b.fmeasure > a.fmeasure ? b : a)),
    );
    return [...best.flatMap((one) => [one.precision, one.recall, one.fmeasure]), 1];
  }

  #prepare(text: string): Prepared {
    const lines = this.#types.includes("rougeLsum")
      ? text.split("\n").filter((line) => line !== "")
      : [];
    return { tokens: this.#tokens(text), lines: lines.map((line) => this.#tokens(line)) };
  }

  #tokens(text: string): string[] {
    const lower = text.toLowerCase();
    const words =
      (this.options.tokenize === "unicode"
        ? lower.replace(IDEOGRAMS, " $& ").match(/[\p{L}\p{M}\p{N}]+/gu)
        : lower.match(/[a-z0-9]+/g)) ?? [];
    const stem = this.#stem;
    return stem ? words.map((word) => (word.length > 3 ? stem(word) : word)) : words;
  }

  #compare(prediction: Prepared, target: Prepared): RougeScore[] {
    return this.#types.map((type) => {
      if (type === "rougeLsum") return rougeLsum(prediction.lines, target.lines);
      if (type === "rougeL") return rougeL(prediction.tokens, target.tokens);
      return rougeN(prediction.tokens, target.tokens, Number(type.slice("rouge".length)));
    });
  }

  protected score(sums: readonly number[]): number {
    return sums[2]! / sums.at(-1)!; // F of the first type
  }

  protected parts(sums: readonly number[]): RougeParts {
    const items = sums.at(-1)!;
    const mean = (column: number) => sums[column]! / items;
    const entries = this.#types.map((type, t) => {
      const [precision, recall, fmeasure] = [mean(3 * t), mean(3 * t + 1), mean(3 * t + 2)];
      return [type, { precision, recall, fmeasure }] as const;
    });
    return Object.fromEntries(entries);
  }

  protected settings(): Settings {
    const { stemmer = false, tokenize = "ascii" } = this.options;
    const stem = stemmer === false ? "none" : `porter-${stemmer === true ? "nltk" : stemmer}`;
    return { types: this.#types.join("/"), stem, tok: tokenize, split: "newline" };
  }

  /** The scores of each item, in the order of adding. */
  perItem(): RougeParts[] {
    return this.rows.map((row) => this.parts(row));
  }
}

function remembered(stem: (word: string) => string): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    const stemmed = known.get(word) ?? stem(word);
    known.set(word, stemmed);
    return stemmed;
  };
}

/** ROUGE of one prediction with one or several targets: 0 to 1, higher is closer. */
export function rouge(
  prediction: string,
  targets: string | readonly string[],
  options: RougeOptions = {},
): Result<RougeParts> {
  const list = typeof targets === "string" ? [targets] : targets;
  return new Rouge(options).add({ prediction, targets: list }).result();
}

/** Mean ROUGE of predictions, targets as `references[stream][item]`: 0 to 1. */
export function corpusRouge(
  predictions: readonly string[],
  references: ReferenceStreams,
  options: RougeOptions = {},
): Result<RougeParts> {
  const corpus = new Rouge(options);
  for (const { hypothesis, references: targets } of segmentsOf(predictions, references)) {
    corpus.add({ prediction: hypothesis, targets });
  }
  return corpus.result();
}
