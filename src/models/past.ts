/**
 * What a transformer keeps while it writes: the keys and values of the tokens read so far, so that the next
 * ones cost their own rows of each product instead of the whole text again. Room for the whole context is set
 * aside at once and a token's place is a number, so that every step of as many tokens has the same plan.
 */
import { attention } from "../layers/index.js";
import { arange, NumberError, zeros, type Tensor } from "../tensor/index.js";

/** Of one layer: keys and values [B, heads, context, D], zeros where no token was read. */
export type Past = { readonly keys: Tensor; readonly values: Tensor };

/** Queries, keys and values of T tokens, split into heads: each [B, heads, T, D]. */
export type Heads = { q: Tensor; k: Tensor; v: Tensor };

type Size = { layers: number; heads: number; context: number; width: number };

/** Nothing read yet: room for `context` tokens of B texts, layer by layer. */
export function noPast(B: number, { layers, heads, context, width }: Size): Past[] {
  const room = () => zeros([B, heads, context, width / heads]);
  return Array.from({ length: layers }, () => ({ keys: room(), values: room() }));
}

/** Where the T tokens of a step stand among the S places of a past: the same for all layers. */
export type Places = {
  readonly first: number;
  /** bool [S, 1]: whether one of the tokens stands there. */
  readonly here: Tensor;
  /** i32 [S]: which one; elsewhere the nearest. */
  readonly token: Tensor;
  /** f32 [T, S]: 0 where a token may look, at all places up to its own; else −∞. */
  readonly mask: Tensor;
};

export function placesOf(first: number, T: number, S: number): Places {
  if (!(Number.isInteger(first) && first >= 0 && first + T <= S))
    throw new NumberError(
      `step: the tokens' places are ${first} to ${first + T - 1}, but the past has 0 to ${S - 1}; read the last of the text anew with forward`,
    );
  const token = arange(-first, S - first);
  const here = token.ge(0).and(token.lt(T)).unsqueeze(1);
  const mask = token.le(arange(T).unsqueeze(1)).where(0, -Infinity);
  return { first, here, token: token.clamp(0, T - 1), mask };
}

/** The next tokens, x [B, T, C], go through blocks that keep their past: → x, and what each keeps now. */
export function stepThrough(
  blocks: readonly { step(x: Tensor, places: Places, past: Past): [Tensor, Past] }[],
  x: Tensor,
  places: Places,
  past: readonly Past[],
): [Tensor, Past[]] {
  const longer = blocks.map((block, k) => {
    const [next, kept] = block.step(x, places, past[k]!);
    x = next;
    return kept;
  });
  return [x, longer];
}

/** The tokens join the past of a layer, and each looks at all of it up to itself: → [B, heads, T, D]. */
export function lookBack({ q, k, v }: Heads, places: Places, past: Past): [mixed: Tensor, Past] {
  const { here, token, mask } = places;
  const laid = (x: Tensor) => (x.shape[2] === 1 ? x : x.take(token, 2)); // [B, heads, S or 1, D]
  const keys = here.where(laid(k), past.keys);
  const values = here.where(laid(v), past.values);
  return [attention(q, keys, values, { mask }), { keys, values }];
}

/** A causal model that can also read on from a past: tokens i32 [B, T] from `place` on → logits [B, T, vocab]. */
export type SteppedModel = {
  config: { context: number };
  begin(B: number): Past[];
  step(tokens: Tensor, place: number, past: readonly Past[]): { logits: Tensor; past: Past[] };
};
