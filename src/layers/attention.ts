/** Attention: Vaswani et al. (2017), as a function of queries, keys and values, and as a layer. */
import { ShapeError, show, training, type Parameter, type Tensor } from "../tensor/index.js";
import { drop } from "./dropout.js";
import { fromHeads, intoHeads } from "./heads.js";
import { glorot, noShift, uniform } from "./initial.js";
import { checkDivides, checkLast, checkProbability, checkSizes } from "./sizes.js";

export type AttentionOptions = {
  /** Query t sees keys up to t + S − T, so that the last query sees all keys. */
  causal?: boolean;
  /** Spreads to [B, heads, T, S]. bool: true where a query may look; f32: added to the scores. */
  mask?: Tensor;
  /** 1/√D by default. */
  scale?: number;
  /** Of the weights, while training. */
  dropout?: number;
};

/** softmax(q·kᵀ·scale + mask)·v: q [B, heads, T, D], k and v [B, heads, S, D] → [B, heads, T, D] */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { B, heads, T, D } = q.dims("B heads T D", "attention: q");
  const { S } = k.dims("B heads S D", "attention: k");
  const { causal = false, scale = 1 / Math.sqrt(D), dropout = 0 } = options;
  checkProbability("attention: dropout", dropout);
  const mask = options.mask ? added(options.mask, [B, heads, T, S]) : null;
  if (dropout > 0 && training()) return withDropout(q, k, v, { mask, causal, scale }, dropout);
  return q.attention(k, v, mask, causal, scale)[0];
}

/** A mask as numbers that are added to the scores. */
function added(mask: Tensor, shape: readonly number[]): Tensor {
  const lead = shape.length - mask.shape.length;
  if (lead < 0 || mask.shape.some((size, axis) => size !== 1 && size !== shape[lead + axis]))
    throw new ShapeError(
      `attention: the mask is ${show(mask.shape)}; it must spread to [B, heads, T, S], here ${show(shape)}`,
    );
  const numbers = mask.dtype === "bool" ? mask.where(0, -Infinity) : mask.cast("f32");
  return numbers.expand(shape);
}

type Scores = { mask: Tensor | null; causal: boolean; scale: number };

/** The same with weights in memory, because dropout needs to reach them. A row that sees nothing is 0, too. */
function withDropout(q: Tensor, k: Tensor, v: Tensor, how: Scores, p: number): Tensor {
  const raw = q.matmul(k.transpose()).mul(how.scale); // [B, heads, T, S]
  const masked = how.mask ? raw.add(how.mask) : raw;
  const scores = how.causal ? sees(raw).where(masked, -Infinity) : masked;
  const weights = scores.maximum(LOWEST).softmax(-1);
  return drop(scores.gt(-Infinity).where(weights, 0), p).matmul(v);
}

/** Stands for −∞ in a softmax whose gradient must not be ∞ − ∞. */
const LOWEST = -1e38;

function sees(scores: Tensor): Tensor {
  const [T, S] = scores.shape.slice(-2) as [number, number];
  const last = scores
    .rangeLike(-2)
    .unsqueeze(1)
    .add(S - T);
  return scores.rangeLike(-1).le(last); // [T, S]
}

/**
 * PyTorch's MultiheadAttention, batch first: in_proj_weight [3·width, width] holds the projections of
 * queries, keys and values in this order, in_proj_bias their biases, out_proj that of the mix.
 */
export class MultiheadAttention {
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter | null;
  readonly out_proj: { readonly weight: Parameter; readonly bias: Parameter | null };
  readonly dropout: number;

  constructor(
    readonly width: number,
    readonly heads: number,
    { bias = true, dropout = 0 } = {},
  ) {
    checkSizes("MultiheadAttention", { width, heads });
    checkDivides("MultiheadAttention", ["width", width], ["heads", heads]);
    this.dropout = checkProbability("MultiheadAttention", dropout);
    this.in_proj_weight = glorot([3 * width, width]);
    this.in_proj_bias = bias ? noShift([3 * width]) : null;
    this.out_proj = {
      weight: uniform([width, width], width),
      bias: bias ? noShift([width]) : null,
    };
  }

  /** x [B, T, width] attends to itself, or to `memory` [B, S, width] → [B, T, width] */
  forward(x: Tensor, options: { memory?: Tensor; causal?: boolean; mask?: Tensor } = {}): Tensor {
    x.dims("B T width", "MultiheadAttention");
    checkLast("MultiheadAttention", x, this.width);
    const { memory, ...how } = options;
    const parts = memory ? this.crossed(x, memory) : this.projected(x, 0, 3);
    const [q, k, v] = parts.map((part) => intoHeads(part, this.heads)) as [Tensor, Tensor, Tensor];
    const mixed = attention(q, k, v, { ...how, dropout: this.dropout }); // [B, heads, T, D]
    const { weight, bias } = this.out_proj;
    return projected(fromHeads(mixed), weight, bias);
  }

  private crossed(x: Tensor, memory: Tensor): Tensor[] {
    memory.dims("B S width", "MultiheadAttention: memory");
    checkLast("MultiheadAttention: memory", memory, this.width);
    return [...this.projected(x, 0, 1), ...this.projected(memory, 1, 3)];
  }
  /** Projections `from` up to `to` of q, k, v, in one product. */
  private projected(x: Tensor, from: number, to: number): Tensor[] {
    const rows = (p: Tensor) => p.slice(0, from * this.width, to * this.width);
    const bias = this.in_proj_bias && rows(this.in_proj_bias);
    return projected(x, rows(this.in_proj_weight), bias).split(to - from, -1);
  }
}

const projected = (x: Tensor, weight: Tensor, bias: Tensor | null): Tensor =>
  x.affine(weight, bias ?? undefined);
