/** The heads of attention: parts of equal width of each vector, which stand apart while they attend. */
import type { Tensor } from "../tensor/index.js";

/** [B, T, heads·D] → [B, heads, T, D] */
export function intoHeads(x: Tensor, heads: number): Tensor {
  const { B, T, C } = x.dims("B T C");
  return x.reshape(B, T, heads, C / heads).transpose(1, 2);
}

/** Back again: [B, heads, T, D] → [B, T, heads·D] */
export function fromHeads(x: Tensor): Tensor {
  const { B, heads, T, D } = x.dims("B heads T D");
  return x.transpose(1, 2).reshape(B, T, heads * D);
}
