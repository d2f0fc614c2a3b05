// Byte pair encoding (Sennrich, Haddow and Birch, 2016, algorithm 1), on characters within words: the pair of
// neighbours that is most frequent becomes one token, again and again. Frequent words become one token, rare ones a
// few, and forms of a word share their stem, which short captions in an inflected language want.

const START = "▁"; // stands before a word, as SentencePiece writes it
const UNKNOWN = 0;

/** A word, the tokens it has come to, and how often it stands in the texts. */
type Word = { parts: string[]; count: number };

export class BPETokenizer {
  /** Token 0 stands for characters that the texts did not have; then characters, then pairs in the order of merging. */
  readonly vocabulary: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #known = new Map<string, readonly number[]>();

  /**
   * Learns from `texts` up to `size` tokens, fewer where no pair is left that comes twice.
   * @throws RangeError where the texts hold no word, or `size` has no room for their characters.
   */
  constructor(texts: Iterable<string>, size: number) {
    const words = countWords(texts);
    const characters = [...new Set(words.flatMap(({ parts }) => parts))].sort();
    if (characters.length < 2) throw new RangeError("BPETokenizer: the texts hold no word to learn from."); // prettier-ignore
    if (!(size > characters.length))
      throw new RangeError(
        `BPETokenizer: a size of ${size} has no room for the ${characters.length} characters of the texts; give more.`,
      );
    this.vocabulary = ["�", ...characters, ...merges(words, size - characters.length - 1)];
    this.#ids = new Map(this.vocabulary.map((token, id) => [token, id]));
  }

  /** Lower case and upper case are the same, and punctuation is passed over. */
  encode(text: string): Int32Array<ArrayBuffer> {
    return Int32Array.from(wordsOf(text).flatMap((word) => this.#encodeWord(word)));
  }

  /** The words of the tokens, with one space between them. @throws RangeError for an id outside the vocabulary. */
  decode(tokens: Iterable<number>): string {
    const parts = Array.from(tokens, (id) => {
      const token = this.vocabulary[id];
      if (token !== undefined) return token;
      throw new RangeError(
        `BPETokenizer: the token ${id} is not in the vocabulary, whose ids are 0 to ${this.vocabulary.length - 1}.`,
      );
    });
    return parts.join("").replaceAll(START, " ").trim();
  }

  /** Merges the pair that was learned first, until no pair is known. */
  #encodeWord(word: string): readonly number[] {
    const before = this.#known.get(word);
    if (before) return before;
    const parts = [START, ...word];
    for (;;) {
      const ranks = parts.slice(1).map((part, k) => this.#ids.get(parts[k]! + part) ?? Infinity);
      const best = Math.min(Infinity, ...ranks);
      if (best === Infinity) break;
      const at = ranks.indexOf(best);
      parts.splice(at, 2, this.vocabulary[best]!);
    }
    const ids = parts.map((part) => this.#ids.get(part) ?? UNKNOWN);
    this.#known.set(word, ids);
    return ids;
  }
}

/** Letters, marks and digits in a row; "ё" is written "е", as Russian texts mostly do. */
function wordsOf(text: string): string[] {
  const plain = text.normalize("NFC").toLowerCase().replaceAll("ё", "е");
  return plain.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function countWords(texts: Iterable<string>): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Array.from(counts, ([word, count]) => ({ parts: [START, ...word], count }));
}

/** What is known of a pair: how often it comes, and in which words. */
type Pair = { left: string; right: string; count: number; words: Set<Word> };

/** Up to `most` merges, as the tokens they make. Only the words that hold a merged pair are counted anew. */
function merges(words: readonly Word[], most: number): string[] {
  const pairs = new Map<string, Pair>();
  const count = (word: Word, sign: 1 | -1) => {
    word.parts.slice(1).forEach((right, k) => {
      const left = word.parts[k]!;
      const key = `${left} ${right}`;
      const pair = pairs.get(key) ?? { left, right, count: 0, words: new Set() };
      pair.count += sign * word.count;
      if (sign > 0) pair.words.add(word);
      pairs.set(key, pair);
    });
  };
  words.forEach((word) => count(word, 1));
  const made: string[] = [];
  while (made.length < most) {
    const pair = mostFrequent(pairs.values());
    if (!pair) break;
    for (const word of pair.words) {
      count(word, -1);
      word.parts = joined(word.parts, pair);
      count(word, 1);
    }
    const token = pair.left + pair.right;
    if (!made.includes(token)) made.push(token); // two ways may lead to one token
  }
  return made;
}

/** Of equals the one that came first; none that comes once only. */
function mostFrequent(pairs: Iterable<Pair>): Pair | undefined {
  let best: Pair | undefined;
  for (const pair of pairs) if (pair.count > (best?.count ?? 1)) best = pair;
  return best;
}

function joined(parts: readonly string[], { left, right }: Pair): string[] {
  const out: string[] = [];
  for (let k = 0; k < parts.length; k++) {
    const here = parts[k] === left && parts[k + 1] === right;
    out.push(here ? left + right : parts[k]!);
    if (here) k++;
  }
  return out;
}
