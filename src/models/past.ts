/**
 * What a transformer keeps while it writes: the keys and values of the tokens read so far, so that one more
 * token costs one row of each product instead of the whole text again. Room for the whole context is set aside
 * at once and a token's place is a number, so that every step has the same plan.
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

/** One more token, x [B, 1, C], goes through blocks that keep their past: → x, and what each keeps now. */
export function stepThrough(
  blocks: readonly { step(x: Tensor, place: number, past: Past): [Tensor, Past] }[],
  x: Tensor,
  place: number,
  past: readonly Past[],
): [Tensor, Past[]] {
  const longer = blocks.map((block, k) => {
    const [next, kept] = block.step(x, place, past[k]!);
    x = next;
    return kept;
  });
  return [x, longer];
}

/** The one token at `place` joins the past of a layer, and looks at all of it: → [B, heads, 1, D]. */
export function lookBack({ q, k, v }: Heads, place: number, past: Past): [mixed: Tensor, Past] {
  const { T } = past.keys.dims("B heads T D");
  if (!(Number.isInteger(place) && place >= 0 && place < T))
    throw new NumberError(
      `step: the token's place is ${place}, but the past has places 0 to ${T - 1}; read the last of the text anew with forward`,
    );
  const places = arange(T);
  const here = places.eq(place).unsqueeze(1); // [T, 1]
  const keys = here.where(k, past.keys);
  const values = here.where(v, past.values);
  return [attention(q, keys, values, { mask: places.le(place) }), { keys, values }];
}

/** A causal model that can also read one token at a time: tokens i32 [B, 1] at `place` → logits [B, 1, vocab]. */
export type SteppedModel = {
  config: { context: number };
  begin(B: number): Past[];
  step(token: Tensor, place: number, past: readonly Past[]): { logits: Tensor; past: Past[] };
};
