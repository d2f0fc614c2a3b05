// The edits of TER (Snover et al. 2006, "A study of translation edit rate"): words added, dropped,
// put for others, and phrases moved, found greedily: the shift that helps most, until none helps.
// The order of search and its limits are sacreBLEU's, which follow Tercom's.

import { ADD, BeamDistance, DROP, KEEP } from "./beam-distance.js";
import { numberNgrams } from "./ngrams.js";

const LONGEST_SHIFT = 10;
const FARTHEST_SHIFT = 50;
const MOST_CANDIDATES = 1000;

/** A phrase of the hypothesis, where it starts in both texts. */
interface Phrase {
  readonly start: number;
  readonly startInReference: number;
  readonly length: number;
}

interface Shift extends Phrase {
  readonly target: number;
  readonly gain: number;
  readonly words: Int32Array;
}

/** Which words are wrong, and the hypothesis word that each reference word stands at. */
interface Alignment {
  readonly at: readonly number[]; // by reference word
  readonly wrongReference: readonly boolean[];
  readonly wrongHypothesis: readonly boolean[];
}

/** The number of edits, shifts among them, that turn the hypothesis into the reference. */
export function terEdits(hypothesis: readonly string[], reference: readonly string[]): number {
  if (reference.length === 0 || hypothesis.length === 0) {
    return Math.max(hypothesis.length, reference.length);
  }
  const { ids } = numberNgrams([hypothesis, reference], 1);
  return new ShiftSearch(ids[0]![0]!, ids[1]![0]!).edits();
}

class ShiftSearch {
  readonly #distances: BeamDistance;
  /** Candidates tried in all rounds; at 1000 the search ends without the last shift. */
  #tried = 0;
  #words: Int32Array;
  readonly #reference: Int32Array;

  constructor(words: Int32Array, reference: Int32Array) {
    this.#words = words;
    this.#reference = reference;
    this.#distances = new BeamDistance(reference, words.length);
  }

  edits(): number {
    for (let shifts = 0; ; shifts++) {
      const { distance, steps } = this.#distances.trace(this.#words);
      const best = this.#bestShift(distance, alignment(steps));
      const stop = this.#tried >= MOST_CANDIDATES || best === undefined || best.gain <= 0;
      if (stop) return shifts + distance;
      this.#words = best.words;
    }
  }

  #bestShift(distance: number, aligned: Alignment): Shift | undefined {
    let best: Shift | undefined;
    for (const phrase of this.#sharedPhrases()) {
      if (!worthMoving(phrase, aligned)) continue;
      for (const target of targets(phrase, aligned)) {
        const words = moved(this.#words, phrase, target);
        const same = Math.min(phrase.start, target);
        const gain = distance - this.#distances.distance(words, same);
        this.#tried++;
        const shift = { ...phrase, target, gain, words };
        if (!best || isBetter(shift, best)) best = shift;
      }
      if (this.#tried >= MOST_CANDIDATES) break;
    }
    return best;
  }

  /** Phrases that both texts have, the short ones before the long ones that start alike. */
  *#sharedPhrases(): Generator<Phrase> {
    const [words, reference] = [this.#words, this.#reference];
    for (let start = 0; start < words.length; start++) {
      const first = Math.max(0, start - FARTHEST_SHIFT);
      const end = Math.min(reference.length, start + FARTHEST_SHIFT + 1);
      for (let startInReference = first; startInReference < end; startInReference++) {
        const room = Math.min(words.length - start, reference.length - startInReference);
        for (let length = 1; length <= Math.min(room, LONGEST_SHIFT); length++) {
          if (words[start + length - 1] !== reference[startInReference + length - 1]) break;
          yield { start, startInReference, length };
        }
      }
    }
  }
}

function alignment(steps: readonly number[]): Alignment {
  const at: number[] = [];
  const wrongReference: boolean[] = [];
  const wrongHypothesis: boolean[] = [];
  let position = -1;
  for (const step of steps) {
    if (step !== ADD) {
      position++;
      wrongHypothesis.push(step !== KEEP);
    }
    if (step !== DROP) {
      at.push(position);
      wrongReference.push(step !== KEEP);
    }
  }
  return { at, wrongReference, wrongHypothesis };
}

/** Both its place in the hypothesis and that in the reference are wrong, and differ. */
function worthMoving({ start, startInReference, length }: Phrase, aligned: Alignment): boolean {
  const { at, wrongReference, wrongHypothesis } = aligned;
  const place = at[startInReference]!;
  if (start <= place && place < start + length) return false;
  for (let i = 0, wrongHere = false, wrongThere = false; i < length; i++) {
    wrongHere ||= wrongHypothesis[start + i]!;
    wrongThere ||= wrongReference[startInReference + i]!;
    if (wrongHere && wrongThere) return true;
  }
  return false;
}

/** Where the phrase may go: before the first word, or behind what the reference has around it. */
function* targets({ startInReference, length }: Phrase, { at }: Alignment): Generator<number> {
  let previous = -1;
  for (let i = startInReference - 1; i < startInReference + length; i++) {
    if (i >= at.length) return;
    const target = i === -1 ? 0 : at[i]! + 1;
    if (target !== previous) yield target;
    previous = target;
  }
}

/** Gain first, then the longer phrase, the earlier one, the earlier target. */
function isBetter(a: Shift, b: Shift): boolean {
  return (a.gain - b.gain || a.length - b.length || b.start - a.start || b.target - a.target) > 0;
}

/** The words with the phrase put before `target`. */
function moved(words: Int32Array, { start, length }: Phrase, target: number): Int32Array {
  const result = new Int32Array(words.length);
  const phrase = words.subarray(start, start + length);
  const rest = new Int32Array(words.length - length);
  rest.set(words.subarray(0, start));
  rest.set(words.subarray(start + length), start);
  // A target inside the phrase itself counts from its start, in what remains.
  const place = target > start + length ? target - length : Math.min(target, rest.length);
  result.set(rest.subarray(0, place));
  result.set(phrase, place);
  result.set(rest.subarray(place), place + length);
  return result;
}
