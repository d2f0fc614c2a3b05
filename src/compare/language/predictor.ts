/** What foretells and writes text, a network or a table of counts: both are measured by the same functions. */
import seedrandom from "seedrandom";
import type { RecurrentLM } from "../../models/index.js";
import { draw, GPT, type RecurrentState } from "../../models/index.js";
import { tensor, tidy, type Tensor } from "../../tensor/index.js";
import { logitsOf, type LanguageModel } from "./contestants.js";
import type { NGram } from "./ngram.js";

export type Predictor = {
  /**
   * ln p of each token of `stream` from place `context/2` on, given at least so many before it; as far as `windows` windows
   * of half a context reach.
   */
  foretell(stream: Int32Array, context: number, windows: number): Promise<Float64Array>;
  /** The `count` tokens that it writes after each prompt; prompts have one length, at most the context. */
  write(prompts: readonly Int32Array[], count: number, temperature: number): Promise<Int32Array[]>;
};

/** How many half windows the stream has room for, `windows` at most. */
const windowsIn = (stream: Int32Array, context: number, windows: number): number =>
  Math.min(windows, Math.floor((stream.length - 1) / (context / 2)) - 1);

// ** tables of counts **

export const counting = (model: NGram, seed: string): Predictor => ({
  foretell(stream, context, windows) {
    const half = context / 2;
    const reader = model.reader();
    const found = new Float64Array(half * windowsIn(stream, context, windows));
    for (let k = 0; k < found.length + half + 1; k++) {
      if (k > half) found[k - half - 1] = Math.log(reader.probability(stream[k]!));
      reader.read(stream[k]!);
    }
    return Promise.resolve(found);
  },
  write(prompts, count, temperature) {
    const random = seedrandom(seed);
    return Promise.resolve(prompts.map((prompt) => continued(model, prompt, count, temperature, random))); // prettier-ignore
  },
});

function continued(
  model: NGram,
  prompt: Int32Array,
  count: number,
  temperature: number,
  random: () => number,
): Int32Array {
  const reader = model.reader();
  prompt.forEach((token) => reader.read(token));
  return Int32Array.from({ length: count }, () => {
    const weights = Array.from(
      { length: model.vocab },
      (_, token) => reader.probability(token) ** (1 / temperature),
    );
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const found = weights.findIndex((weight) => (left -= weight) < 0);
    const token = found < 0 ? model.vocab - 1 : found;
    reader.read(token);
    return token;
  });
}

// ** networks **

const BATCH = 32; // windows at once

export const network = (model: LanguageModel, pause: () => Promise<void>): Predictor => ({
  async foretell(stream, context, windows) {
    const half = context / 2;
    const count = windowsIn(stream, context, windows);
    const found = new Float64Array(half * count);
    for (let first = 0; first < count; first += BATCH) {
      await pause();
      const rows = Math.min(BATCH, count - first);
      const at = (k: number) => (first + k) * half;
      const take = (from: number, length: number) =>
        Int32Array.from({ length: rows * length }, (_, k) => stream[at(Math.floor(k / length)) + from + (k % length)]!); // prettier-ignore
      using losses = tidy(() => {
        const x = tensor(take(0, context), { shape: [rows, context] });
        const y = tensor(take(half + 1, half));
        const logits = logitsOf(model, x); // [rows, context, vocab]
        const later = logits.slice(1, half, context).reshape(rows * half, -1);
        return later.crossEntropy(y, null, 0)[0]; // [rows·half]
      });
      found.set(Float64Array.from(await losses.data(), (loss) => -loss), first * half); // prettier-ignore
    }
    return found;
  },
  async write(prompts, count, temperature) {
    const next = model instanceof GPT ? byWindow(model) : byState(model);
    const lines = prompts.map((prompt) => [...prompt]);
    for (let k = 0; k < count; k++) {
      if (k % 10 === 0) await pause();
      using drawn = next(lines, temperature);
      (await drawn.data()).forEach((token, row) => lines[row]!.push(token));
    }
    next.end();
    return lines.map((line, k) => Int32Array.from(line.slice(prompts[k]!.length)));
  },
});

type Next = ((lines: readonly number[][], temperature: number) => Tensor) & { end(): void };

/** Reads the last `context` tokens anew, padded behind to one length. */
function byWindow(model: GPT): Next {
  const { context } = model.config;
  const next = (lines: readonly number[][], temperature: number) => {
    const seen = Math.min(context, lines[0]!.length);
    const rows = lines.map((line) => [
      ...line.slice(-context),
      ...Array<number>(context - seen).fill(0),
    ]);
    return tidy(() => {
      const last = tensor([seen - 1], { dtype: "i32" });
      const logits = model.forward(tensor(rows, { dtype: "i32" })).take(last, 1);
      return draw(logits.squeeze(1), { temperature });
    });
  };
  return Object.assign(next, { end: () => undefined });
}

/** Reads each token once. */
function byState(model: RecurrentLM): Next {
  let state: RecurrentState | undefined;
  const free = () => {
    state?.h.dispose();
    state?.c?.dispose();
  };
  const next = (lines: readonly number[][], temperature: number) => {
    const unread = state ? lines.map((line) => line.slice(-1)) : lines.map((line) => [...line]);
    const made = tidy(() => {
      const out = model.forward(tensor(unread, { dtype: "i32" }), state);
      return { drawn: draw(out.logits.at(1, -1), { temperature }), state: out.state };
    });
    free();
    ({ state } = made);
    return made.drawn;
  };
  return Object.assign(next, { end: free });
}
