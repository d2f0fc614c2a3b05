// Text as numbers, one a character: the smallest tokenizer there is, and all that a char-rnn needs.
// A character is a Unicode code point, so that an emoji beyond U+FFFF is one token; combined forms
// are left as they come ("й" may be one code point or two: normalize first where that matters).

/** A two-way map between characters and the token ids 0 … vocabulary.length - 1. */
export class CharacterTokenizer {
  /** The distinct characters by code point; a character's place is its token id. */
  readonly vocabulary: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /**
   * The tokenizer of the characters that occur in `text`.
   * @throws RangeError for a text of fewer than two distinct characters.
   */
  constructor(text: string) {
    this.vocabulary = [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    this.#ids = new Map(this.vocabulary.map((character, id) => [character, id]));
    const [only] = this.vocabulary;
    if (only === undefined) {
      throw new RangeError(
        "A tokenizer needs text to learn its characters from; this one is empty.",
      );
    }
    if (this.vocabulary.length === 1) {
      throw new RangeError(
        `The text is all ${named(only)}: ` +
          "with a single distinct character there is nothing to predict.",
      );
    }
  }

  /** The token ids of `text`, one a character. @throws RangeError for an unknown character. */
  encode(text: string): Int32Array<ArrayBuffer> {
    const tokens = new Int32Array(text.length); // too long where a character takes two UTF-16 units
    let length = 0;
    for (const character of text) {
      const id = this.#ids.get(character);
      if (id === undefined) throw this.#unknown(character, length);
      tokens[length++] = id;
    }
    return tokens.slice(0, length);
  }

  /** The text of the token ids. @throws RangeError for an id outside the vocabulary. */
  decode(tokens: Iterable<number>): string {
    const characters: string[] = [];
    for (const token of tokens) {
      const character = this.vocabulary[token];
      if (character === undefined) {
        throw new RangeError(
          `The token ${token} at position ${characters.length} is not in the vocabulary, ` +
            `whose ids are 0 to ${this.vocabulary.length - 1}.`,
        );
      }
      characters.push(character);
    }
    return characters.join("");
  }

  #unknown(character: string, position: number): RangeError {
    return new RangeError(
      `The character ${named(character)} at position ${position} is not in the vocabulary ` +
        `of ${this.vocabulary.length} characters. ` +
        "Encode only characters of the text it was made from.",
    );
  }
}

/** A character as a sentence shows it: "ж" (U+0436), "\n" (U+000A). */
function named(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `${JSON.stringify(character)} (U+${code})`;
}
