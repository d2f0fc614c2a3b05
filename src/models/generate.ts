/**
 * Drawing text from a language model, one token after another: an async generator, so that a caller sees each
 * token as it comes and may stop by `break`.
 */
import { NumberError, rand, tensor, tidy, type Tensor } from "../tensor/index.js";
import type { Past, SteppedModel } from "./past.js";
import { RecurrentLM, type RecurrentState } from "./recurrent.js";

/** A causal model that reads at most `context` tokens at once: tokens i32 [B, T] → logits [B, T, vocab]. */
export type WindowModel = {
  config: { context: number; vocab?: number };
  forward(tokens: Tensor): Tensor;
};

export type GenerateOptions = {
  /** How many tokens to draw; Infinity until the reader stops. */
  count: number;
  /** Logits are divided by it: below 1 surer, above 1 wilder. */
  temperature?: number;
  /** Draw among the k likeliest only. */
  topK?: number;
};

/** The next tokens after `prompt` (at least one token), drawn from `model`. Seeded by `seed()`. */
export async function* generate(
  model: WindowModel | (WindowModel & SteppedModel) | RecurrentLM,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<number> {
  const { temperature = 1, count } = options;
  if (!(count >= 0 && (Number.isInteger(count) || count === Infinity)))
    throw new NumberError(
      `generate: count is ${count}; it must be a whole number from 0, or Infinity`,
    );
  if (!(temperature > 0))
    throw new NumberError(`generate: temperature is ${temperature}; it must be above 0`);
  if (!prompt.length)
    throw new NumberError("generate: the prompt is empty; give at least one token to start from");
  const { vocab = Infinity } = model.config;
  const unknown = Array.from(prompt).find((token) => !(token >= 0 && token < vocab));
  if (unknown !== undefined)
    throw new NumberError(
      `generate: the prompt holds token ${unknown}, but the model knows 0 to ${vocab - 1}; use its tokenizer`,
    );
  if (model instanceof RecurrentLM) yield* drawn(byState(model), prompt, options);
  else yield* drawn("step" in model ? byPast(model) : byWindow(model), prompt, options);
}

/** The logits [1, vocab] of the next token, and what is kept for the one after it, by layer; nothing at first. */
type Reader<Kept> = (
  tokens: readonly number[],
  kept: readonly Kept[],
) => { logits: Tensor; kept: readonly Kept[] };

async function* drawn<Kept extends Past | RecurrentState>(
  read: Reader<Kept>,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<number> {
  const tokens = Array.from(prompt);
  let kept: readonly Kept[] = [];
  try {
    for (let k = 0; k < options.count; k++) {
      const next = tidy(() => {
        const out = read(tokens, kept);
        return { token: draw(out.logits, options), kept: out.kept };
      });
      const token = await next.token.item();
      next.token.dispose();
      free(kept);
      ({ kept } = next);
      tokens.push(token);
      yield token;
    }
  } finally {
    free(kept);
  }
}

function free(kept: readonly (Past | RecurrentState)[]): void {
  for (const tensor of kept.flatMap(Object.values<Tensor>)) tensor.dispose();
}

/** A recurrent model reads each token once and carries its state. */
const byState =
  (model: RecurrentLM): Reader<RecurrentState> =>
  (tokens, [before]) => {
    const { logits, state } = model.forward(row(before ? tokens.slice(-1) : tokens), before);
    return { logits: logits.at(1, -1), kept: [state] };
  };

/**
 * A transformer reads each token once, too, as long as all fit into its context: it keeps their keys and values, of
 * the prompt in one pass. From there on positions move with every token, and with them all that was kept: it reads its
 * window anew.
 */
function byPast(model: WindowModel & SteppedModel): Reader<Past> {
  const anew = byWindow(model);
  return (tokens, kept) => {
    if (tokens.length > model.config.context) return anew(tokens, []);
    const place = tokens.length - 1;
    const before = kept.length ? kept : pastOf(model, tokens.slice(0, place));
    const { logits, past } = model.step(row(tokens.slice(place)), place, before);
    return { logits: logits.at(1, -1), kept: past };
  };
}

/**
 * Tokens are padded behind to a power of two, so that few lengths have plans of their own. What is kept of the padding
 * no token sees: each place is written again before it is looked at.
 */
function pastOf(model: WindowModel & SteppedModel, tokens: readonly number[]): readonly Past[] {
  const none = model.begin(1);
  if (!tokens.length) return none;
  const room = Math.min(2 ** Math.ceil(Math.log2(tokens.length)), model.config.context);
  return model.step(padded(tokens, room), 0, none).past;
}

/**
 * A transformer reads its last `context` tokens anew. They are padded behind to one fixed length, which a causal
 * model does not see, so that every length has the same plan.
 */
function byWindow(model: WindowModel): Reader<Past> {
  const { context } = model.config;
  return (tokens) => {
    const seen = tokens.slice(-context);
    const last = tensor([seen.length - 1], { dtype: "i32" });
    const logits = model.forward(padded(seen, context)).take(last, 1).squeeze(1); // [1, 1, vocab] → [1, vocab]
    return { logits, kept: [] };
  };
}

const row = (tokens: readonly number[]) => tensor([tokens], { dtype: "i32" }); // [1, T]

const padded = (tokens: readonly number[], length: number) =>
  row([...tokens, ...new Array<number>(length - tokens.length).fill(0)]); // [1, length]

/** logits [B, vocab] → a token for each row, by the place where a uniform number falls among the summed probabilities. */
export function draw(
  logits: Tensor,
  { temperature = 1, topK }: Omit<GenerateOptions, "count">,
): Tensor {
  const { B, V } = logits.dims("B V");
  const kept = topK && topK < V ? keepTop(logits, topK) : logits;
  const upTo = kept.div(temperature).softmax().cumsum(); // [B, V]
  const place = rand([B, 1]).mul(upTo.slice(1, V - 1)); // the sum may be a little off 1
  return upTo
    .le(place)
    .cast("i32")
    .sum(1)
    .minimum(V - 1);
}

function keepTop(logits: Tensor, count: number): Tensor {
  const least = logits.topk(count).values.slice(1, count - 1); // [B, 1]
  return logits.ge(least).where(logits, -Infinity);
}

/** All drawn tokens at once. */
export async function collect(tokens: AsyncIterable<number>): Promise<number[]> {
  const list: number[] = [];
  for await (const token of tokens) list.push(token);
  return list;
}
