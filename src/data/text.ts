// A text as training data for a language model: token streams, and windows of them whose targets
// are the same tokens one place later. A batch depends on (seed, step) alone, so that a run that
// resumes at step k meets the batches it would have met.

import seedrandom from "seedrandom";
import { CharacterTokenizer } from "./characters.js";
import { requireCount } from "./counts.js";

export type Split = "train" | "validation";

/** Windows, one a row: `y` is `x` one token later. The last sequential batch may be small. */
export type TokenBatch = {
  step: number;
  x: Int32Array<ArrayBuffer>; // [batch, context]
  y: Int32Array<ArrayBuffer>; // [batch, context]
  batch: number;
  context: number;
};

export type RandomBatches = {
  /** Windows in a batch. */
  batch: number;
  /** The step to stop before; also the number of batches, where `start` is 0. */
  steps: number;
  split?: Split;
  seed?: number | string;
  /** The first step: where a resumed run goes on. */
  start?: number;
};

export type TextDataset = {
  /** The number of distinct characters. */
  readonly vocab: number;
  readonly tokenizer: CharacterTokenizer;
  readonly context: number;
  readonly train: Int32Array<ArrayBuffer>; // [tokens]
  readonly validation: Int32Array<ArrayBuffer>; // [tokens]
  /** Windows at random places of a split ("train" unless said), the same for the same seed. */
  batches(options: RandomBatches): Iterable<TokenBatch>;
  /** Each window of a split ("validation" unless said) once, in order, for its whole loss. */
  sequential(options: { batch: number; split?: Split }): Iterable<TokenBatch>;
};

/**
 * Splits a text into a beginning to train on and an end to validate on. The vocabulary is that of
 * the whole text, so that the end holds no unknown character.
 * @param split the part of the text to train on, above 0 and at most 1.
 * @throws RangeError for a text too short for one window of `context` characters and its targets.
 */
export function textDataset(
  text: string,
  { context, split = 0.9 }: { context: number; split?: number },
): TextDataset {
  requireCount("context", context);
  if (!(split > 0 && split <= 1)) {
    throw new RangeError(`split is the part to train on, above 0 and at most 1; ${split} came.`);
  }
  const tokenizer = new CharacterTokenizer(text);
  const tokens = tokenizer.encode(text);
  requireWindow("The text", tokens, context);
  const cut = Math.floor(tokens.length * split);
  const streams = { train: tokens.slice(0, cut), validation: tokens.slice(cut) };
  return {
    vocab: tokenizer.vocabulary.length,
    tokenizer,
    context,
    ...streams,
    batches({ split: part = "train", ...options }) {
      requireWindow(`The ${part} split`, streams[part], context);
      return randomBatches(streams[part], context, options);
    },
    sequential({ batch, split: part = "validation" }) {
      requireCount("batch", batch);
      requireWindow(`The ${part} split`, streams[part], context);
      return sequentialBatches(streams[part], context, batch);
    },
  };
}

/** `batch` windows of `context` tokens at places drawn by `random`, and their targets. */
export function windows(
  tokens: Int32Array,
  context: number,
  batch: number,
  random: () => number,
): Pick<TokenBatch, "x" | "y"> {
  const places = tokens.length - context; // the last target of the last place is the last token
  const starts = Array.from({ length: batch }, () => Math.floor(random() * places));
  return gather(tokens, context, starts);
}

function gather(tokens: Int32Array, context: number, starts: number[]) {
  const x = new Int32Array(starts.length * context);
  const y = new Int32Array(starts.length * context);
  starts.forEach((start, row) => {
    x.set(tokens.subarray(start, start + context), row * context);
    y.set(tokens.subarray(start + 1, start + 1 + context), row * context);
  });
  return { x, y };
}

function randomBatches(
  tokens: Int32Array,
  context: number,
  { batch, steps, seed = 0, start = 0 }: Omit<RandomBatches, "split">,
): Iterable<TokenBatch> {
  requireCount("batch", batch);
  requireCount("steps", steps, 0);
  requireCount("start", start, 0);
  return {
    *[Symbol.iterator]() {
      for (let step = start; step < steps; step++) {
        // A generator of its own for each step: the draw is a function of (seed, step).
        const random = seedrandom(JSON.stringify([seed, step]));
        yield { step, ...windows(tokens, context, batch, random), batch, context };
      }
    },
  };
}

/** Windows at 0, context, 2·context …: each target once; a rest of under one window is left out. */
function sequentialBatches(
  tokens: Int32Array,
  context: number,
  batch: number,
): Iterable<TokenBatch> {
  const count = Math.floor((tokens.length - 1) / context);
  return {
    *[Symbol.iterator]() {
      for (let first = 0, step = 0; first < count; first += batch, step++) {
        const rows = Math.min(batch, count - first);
        const starts = Array.from({ length: rows }, (_, row) => (first + row) * context);
        yield { step, ...gather(tokens, context, starts), batch: rows, context };
      }
    },
  };
}

function requireWindow(what: string, tokens: Int32Array, context: number): void {
  if (tokens.length > context) return;
  throw new RangeError(
    `${what} has ${tokens.length} characters, but a window of context ${context} and its targets ` +
      `take ${context + 1}. Give a longer text or a smaller context.`,
  );
}
