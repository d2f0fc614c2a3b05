/**
 * GPT-2 (Radford et al., 2019): a stack of causal transformer blocks over token and position embeddings, all of
 * it in this file. Names, initialization and details as in nanoGPT: exact GELU, the head tied to the embedding.
 */
import { Dropout, Embedding, Linear, LayerNorm, attention } from "../layers/index.js";
import { fromHeads, intoHeads } from "../layers/heads.js";
import { arange, ShapeError, type Tensor } from "../tensor/index.js";
import {
  lookBack,
  noPast,
  placesOf,
  stepThrough,
  type Heads,
  type Past,
  type Places,
} from "./past.js";

export type GPTConfig = {
  vocab: number;
  context: number; // the most tokens that it sees at once
  layers: number;
  heads: number;
  width: number; // C
  dropout?: number;
  bias?: boolean; // in linear layers and norms
  deviation?: number; // of the weights at the start; GPT-2's 0.02 suits wide models
};

type Size = Required<GPTConfig>;

/** Weights that write into the residual stream start smaller, by the number of writers: GPT-2, section 2.3. */
const residual = ({ deviation, layers }: Size) => deviation / Math.sqrt(2 * layers);

/** Each token asks all before it (eq. 1 of Vaswani et al., 2017), in several heads at once. */
class SelfAttention {
  readonly qkv: Linear;
  readonly out: Linear;
  private readonly heads: number;
  private readonly dropout: Dropout;

  constructor(size: Size) {
    const { width, heads, bias, deviation, dropout } = size;
    this.heads = heads;
    this.dropout = new Dropout(dropout);
    this.qkv = new Linear(width, 3 * width, { bias, deviation });
    this.out = new Linear(width, width, { bias, deviation: residual(size) });
  }

  forward(x: Tensor): Tensor {
    const { q, k, v } = this.ask(x);
    return this.join(attention(q, k, v, { causal: true }));
  }

  /** The same for the next tokens, x [B, T, C], after those of the past. */
  step(x: Tensor, places: Places, past: Past): [Tensor, Past] {
    const [mixed, longer] = lookBack(this.ask(x), places, past);
    return [this.join(mixed), longer];
  }

  private ask(x: Tensor): Heads {
    const parts = this.qkv.forward(x).split(3, -1);
    const [q, k, v] = parts.map((part) => intoHeads(part, this.heads)) as [Tensor, Tensor, Tensor];
    return { q, k, v }; // [B, heads, T, D]
  }

  private join(mixed: Tensor): Tensor {
    return fromHeads(mixed).pipe(this.out, this.dropout);
  }
}

class MLP {
  readonly up: Linear;
  readonly down: Linear;
  private readonly dropout: Dropout;

  constructor(size: Size) {
    const { width, bias, deviation, dropout } = size;
    this.up = new Linear(width, 4 * width, { bias, deviation });
    this.down = new Linear(4 * width, width, { bias, deviation: residual(size) });
    this.dropout = new Dropout(dropout);
  }

  forward(x: Tensor): Tensor {
    return x.pipe(this.up, (h) => h.gelu(), this.down, this.dropout);
  }
}

class Block {
  readonly norm1: LayerNorm;
  readonly attention: SelfAttention;
  readonly norm2: LayerNorm;
  readonly mlp: MLP;

  constructor(size: Size) {
    this.norm1 = new LayerNorm(size.width, { bias: size.bias });
    this.attention = new SelfAttention(size);
    this.norm2 = new LayerNorm(size.width, { bias: size.bias });
    this.mlp = new MLP(size);
  }

  forward(x: Tensor): Tensor {
    x = x.add(x.pipe(this.norm1, this.attention)); // tokens talk
    return x.add(x.pipe(this.norm2, this.mlp)); // each token thinks
  }

  step(x: Tensor, places: Places, past: Past): [Tensor, Past] {
    const [mixed, longer] = this.attention.step(this.norm1.forward(x), places, past);
    x = x.add(mixed);
    return [x.add(x.pipe(this.norm2, this.mlp)), longer];
  }
}

/** tokens i32 [B, T], T ≤ context → logits [B, T, vocab]. */
export class GPT {
  readonly config: Size;
  readonly token: Embedding;
  readonly position: Embedding;
  readonly blocks: Block[];
  readonly norm: LayerNorm;
  private readonly dropout: Dropout;

  constructor(config: GPTConfig) {
    const size = { dropout: 0, bias: true, deviation: 0.02, ...config };
    if (size.width % size.heads !== 0)
      throw new ShapeError(
        `GPT: width ${size.width} does not split into ${size.heads} heads; make it a multiple`,
      );
    this.config = size;
    this.token = new Embedding(size.vocab, size.width, { deviation: size.deviation });
    this.position = new Embedding(size.context, size.width, { deviation: size.deviation });
    this.dropout = new Dropout(size.dropout);
    this.blocks = Array.from({ length: size.layers }, () => new Block(size));
    this.norm = new LayerNorm(size.width, { bias: size.bias });
  }

  forward(tokens: Tensor): Tensor {
    const { T } = tokens.dims("B T", "GPT.forward");
    if (T > this.config.context)
      throw new ShapeError(`GPT.forward: ${T} tokens, but context is ${this.config.context}`);
    const x = this.token.forward(tokens).add(this.position.forward(arange(T))); // [B, T, C]
    const h = x.pipe(this.dropout, ...this.blocks, this.norm);
    return h.affine(this.token.weight); // [B, T, vocab]
  }

  /** What `step` starts from: room for `context` tokens of B texts. */
  begin(B: number): Past[] {
    return noPast(B, this.config);
  }

  /** The tokens [B, T] from `place` on (from 0), after those of the past → what `forward` says there, and a longer past. */
  step(tokens: Tensor, place: number, past: readonly Past[]): { logits: Tensor; past: Past[] } {
    const { T } = tokens.dims("B T", "GPT.step");
    const places = placesOf(place, T, this.config.context);
    const x = this.token.forward(tokens).add(this.position.forward(arange(place, place + T))); // [B, T, C]
    const [h, longer] = stepThrough(this.blocks, x, places, past);
    return { logits: this.norm.forward(h).affine(this.token.weight), past: longer };
  }
}
