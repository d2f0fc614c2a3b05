/**
 * Llama (Touvron et al., 2023): a causal transformer with RMS norms before each part, rotary positions, a gated
 * MLP and, since Llama 2, fewer heads for keys and values than for queries (Ainslie et al., 2023). All of it is in
 * this file. Names are Hugging Face's: "model." before a path and its state dict loads.
 */
import {
  attention,
  Embedding,
  Linear,
  RMSNorm,
  rotary,
  type RotaryOptions,
} from "../layers/index.js";
import { fromHeads, intoHeads } from "../layers/heads.js";
import { ShapeError, type Tensor } from "../tensor/index.js";
import {
  lookBack,
  noPast,
  placesOf,
  stepThrough,
  type Heads,
  type Past,
  type Places,
} from "./past.js";

export type LlamaConfig = {
  vocab: number;
  context: number; // the most tokens that it sees at once
  layers: number;
  heads: number;
  kvHeads?: number; // each serves heads/kvHeads queries; as many as heads by default
  width: number; // C
  hidden: number; // inside the MLP
  tied?: boolean; // the head is the embedding; true by default
  eps?: number;
  theta?: number;
  /** Hugging Face turns "halves", Meta's own files and llama2.c "adjacent" numbers; the weights must fit. */
  pairs?: RotaryOptions["pairs"];
};
type Size = Required<LlamaConfig>;

class SelfAttention {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;

  constructor(private readonly size: Size) {
    const { width, heads, kvHeads } = size;
    const shared = (width / heads) * kvHeads;
    this.q_proj = linear(width, width);
    this.k_proj = linear(width, shared);
    this.v_proj = linear(width, shared);
    this.o_proj = linear(width, width);
  }

  forward(x: Tensor): Tensor {
    const { q, k, v } = this.ask(x, 0);
    return this.join(attention(q, this.serve(k), this.serve(v), { causal: true }));
  }

  /** The same for the next tokens, x [B, T, C], after those of the past. */
  step(x: Tensor, places: Places, past: Past): [Tensor, Past] {
    const { q, k, v } = this.ask(x, places.first);
    const [mixed, longer] = lookBack({ q, k: this.serve(k), v: this.serve(v) }, places, past);
    return [this.join(mixed), longer];
  }

  private ask(x: Tensor, offset: number): Heads {
    const { heads, kvHeads } = this.size;
    const turned = (t: Tensor, n: number) => rotary(intoHeads(t, n), { ...this.size, offset });
    const q = turned(this.q_proj.forward(x), heads); // [B, heads, T, D]
    const k = turned(this.k_proj.forward(x), kvHeads); // [B, kvHeads, T, D]
    return { q, k, v: intoHeads(this.v_proj.forward(x), kvHeads) };
  }

  private join(mixed: Tensor): Tensor {
    return this.o_proj.forward(fromHeads(mixed));
  }

  /** Each head of keys or values once for every query that it serves: [B, kvHeads, T, D] → [B, heads, T, D]. */
  private serve(x: Tensor): Tensor {
    const { B, N, T, D } = x.dims("B N T D");
    const { heads } = this.size;
    return x
      .unsqueeze(2)
      .expand(B, N, heads / N, T, D)
      .reshape(B, heads, T, D);
  }
}

/** SwiGLU: Shazeer (2020), eq. 6. */
class MLP {
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;

  constructor({ width, hidden }: Size) {
    this.gate_proj = linear(width, hidden);
    this.up_proj = linear(width, hidden);
    this.down_proj = linear(hidden, width);
  }

  forward(x: Tensor): Tensor {
    const gate = this.gate_proj.forward(x).silu();
    return this.down_proj.forward(gate.mul(this.up_proj.forward(x)));
  }
}

class Block {
  readonly input_layernorm: RMSNorm;
  readonly self_attn: SelfAttention;
  readonly post_attention_layernorm: RMSNorm;
  readonly mlp: MLP;

  constructor(size: Size) {
    this.input_layernorm = new RMSNorm(size.width, size);
    this.self_attn = new SelfAttention(size);
    this.post_attention_layernorm = new RMSNorm(size.width, size);
    this.mlp = new MLP(size);
  }

  forward(x: Tensor): Tensor {
    x = x.add(x.pipe(this.input_layernorm, this.self_attn)); // tokens talk
    return x.add(x.pipe(this.post_attention_layernorm, this.mlp)); // each token thinks
  }

  step(x: Tensor, places: Places, past: Past): [Tensor, Past] {
    const [mixed, longer] = this.self_attn.step(this.input_layernorm.forward(x), places, past);
    x = x.add(mixed);
    return [x.add(x.pipe(this.post_attention_layernorm, this.mlp)), longer];
  }
}

/** tokens i32 [B, T], T ≤ context → logits [B, T, vocab]. */
export class Llama {
  readonly config: Size;
  readonly embed_tokens: Embedding;
  readonly layers: Block[];
  readonly norm: RMSNorm;
  readonly lm_head: Linear | null;

  constructor(config: LlamaConfig) {
    const size: Size = {
      kvHeads: config.heads,
      tied: true,
      eps: 1e-5,
      theta: 10000,
      pairs: "halves",
      ...config,
    };
    checkHeads(size);
    this.config = size;
    this.embed_tokens = new Embedding(size.vocab, size.width, { deviation: DEVIATION });
    this.layers = Array.from({ length: size.layers }, () => new Block(size));
    this.norm = new RMSNorm(size.width, size);
    this.lm_head = size.tied ? null : linear(size.width, size.vocab);
  }

  forward(tokens: Tensor): Tensor {
    const { T } = tokens.dims("B T", "Llama.forward");
    if (T > this.config.context)
      throw new ShapeError(`Llama.forward: ${T} tokens, but context is ${this.config.context}`);
    const h = this.embed_tokens.forward(tokens).pipe(...this.layers, this.norm); // [B, T, C]
    return this.head(h);
  }

  /** What `step` starts from: room for `context` tokens of B texts. */
  begin(B: number): Past[] {
    return noPast(B, this.config);
  }

  /** The tokens [B, T] from `place` on (from 0), after those of the past → what `forward` says there, and a longer past. */
  step(tokens: Tensor, place: number, past: readonly Past[]): { logits: Tensor; past: Past[] } {
    const { T } = tokens.dims("B T", "Llama.step");
    const x = this.embed_tokens.forward(tokens); // [B, T, C]
    const places = placesOf(place, T, this.config.context);
    const [h, longer] = stepThrough(this.layers, x, places, past);
    return { logits: this.head(this.norm.forward(h)), past: longer };
  }

  private head(h: Tensor): Tensor {
    return this.lm_head ? this.lm_head.forward(h) : h.affine(this.embed_tokens.weight);
  }
}

const DEVIATION = 0.02; // of all weights at the start
const linear = (from: number, to: number): Linear =>
  new Linear(from, to, { bias: false, deviation: DEVIATION });

function checkHeads({ width, heads, kvHeads }: Size): void {
  if (width % heads !== 0 || (width / heads) % 2 !== 0)
    throw new ShapeError(
      `Llama: width ${width} does not split into ${heads} heads of an even size, as rotary positions want`,
    );
  if (heads % kvHeads !== 0)
    throw new ShapeError(
      `Llama: ${heads} heads cannot share ${kvHeads} heads of keys and values; make heads a multiple`,
    );
}
