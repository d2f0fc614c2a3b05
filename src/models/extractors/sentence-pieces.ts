// SentencePiece's unigram model (Kudo, 2018): a text as the pieces of a vocabulary whose log
// probabilities add up to the most, found by Viterbi's algorithm. Normalization is that of
// TensorFlow.js' Universal Sentence Encoder lite: NFKC, blanks become "▁", and one stands in front.

/** A piece and its log probability; control symbols have 0 and are not found in text. */
export type ScoredPiece = readonly [piece: string, score: number];

/** What an unknown character costs more than the least likely piece, as in SentencePiece. */
const UNKNOWN_PENALTY = 10;
const UNKNOWN = 0;

/** The best way to a place: its score, the last piece's id, and where that piece began. */
type Step = { score: number; id: number; from: number };

export class SentencePieces {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #longest: number;
  readonly #unknownScore: number;

  constructor(readonly vocabulary: readonly ScoredPiece[]) {
    const found = vocabulary.flatMap(([piece, score], id) => (score === 0 ? [] : [[piece, id]]));
    if (found.length === 0) {
      throw new RangeError(
        "SentencePieces: the vocabulary has no piece with a log probability other than 0.",
      );
    }
    this.#ids = new Map(found as [string, number][]);
    this.#longest = Math.max(...Array.from(this.#ids.keys(), (piece) => [...piece].length));
    this.#unknownScore = Math.min(...vocabulary.map(([, score]) => score)) - UNKNOWN_PENALTY;
  }

  /** The ids of the pieces of `text`; a run of unknown characters is one 0. */
  encode(text: string): number[] {
    const characters = [...normalized(text)];
    const steps = this.#bestSteps(characters);
    const ids: number[] = [];
    for (let at = characters.length; at > 0; at = steps[at]!.from) {
      const { id } = steps[at]!;
      if (id !== UNKNOWN || ids.at(-1) !== UNKNOWN) ids.push(id);
    }
    return ids.reverse();
  }

  /** The best step that ends at each place, 0 to the number of characters. */
  #bestSteps(characters: readonly string[]): Step[] {
    const steps: Step[] = [{ score: 0, id: UNKNOWN, from: 0 }];
    for (let end = 1; end <= characters.length; end++) {
      const from = end - 1;
      let best = { score: steps[from]!.score + this.#unknownScore, id: UNKNOWN, from };
      let piece = "";
      for (let start = from; start >= Math.max(0, end - this.#longest); start--) {
        piece = characters[start]! + piece;
        const id = this.#ids.get(piece);
        if (id === undefined) continue;
        const score = steps[start]!.score + this.vocabulary[id]![1];
        if (score > best.score) best = { score, id, from: start };
      }
      steps.push(best);
    }
    return steps;
  }
}

function normalized(text: string): string {
  const composed = text.normalize("NFKC");
  return composed && `▁${composed.replaceAll(" ", "▁")}`;
}
