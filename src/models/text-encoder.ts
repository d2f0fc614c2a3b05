/**
 * A transformer that reads a caption in both directions (Vaswani et al., 2017, its encoder, with the norms first): a
 * vector for each token, which a U-Net's pixels attend to. Small, and trained together with the U-Net that it serves.
 */
import { attention, Embedding, LayerNorm, Linear } from "../layers/index.js";
import { fromHeads, intoHeads } from "../layers/heads.js";
import { arange, NumberError, ShapeError, tensor, type Tensor } from "../tensor/index.js";
import { tokenRows } from "./token-rows.js";

export type CaptionEncoderConfig = {
  vocab: number;
  /** The most tokens of a caption; what is longer loses its end. */
  context: number;
  width: number;
  layers?: number;
  heads?: number;
};
type Size = Required<CaptionEncoderConfig>;

/** Captions as the encoder takes them: tokens i32 [B, S], and mask bool [B, S], true at tokens and false at padding. */
export type Captions = { tokens: Tensor; mask: Tensor };

class EncoderBlock {
  readonly norm1: LayerNorm;
  readonly qkv: Linear;
  readonly out: Linear;
  readonly norm2: LayerNorm;
  readonly up: Linear;
  readonly down: Linear;

  constructor(private readonly size: Size) {
    const { width } = size;
    this.norm1 = new LayerNorm(width);
    this.qkv = new Linear(width, 3 * width);
    this.out = new Linear(width, width);
    this.norm2 = new LayerNorm(width);
    this.up = new Linear(width, 4 * width);
    this.down = new Linear(4 * width, width);
  }

  /** x [B, S, C], mask bool [B, 1, 1, S] → [B, S, C] */
  forward(x: Tensor, mask: Tensor): Tensor {
    const h = x.add(this.mixed(this.norm1.forward(x), mask));
    return h.add(h.pipe(this.norm2, this.up, (y) => y.gelu(), this.down));
  }

  private mixed(x: Tensor, mask: Tensor): Tensor {
    const parts = this.qkv.forward(x).split(3, -1);
    const [q, k, v] = parts.map((part) => intoHeads(part, this.size.heads)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return this.out.forward(fromHeads(attention(q, k, v, { mask })));
  }
}

export class CaptionEncoder {
  readonly config: Size;
  readonly tokens: Embedding;
  readonly positions: Embedding;
  readonly blocks: readonly EncoderBlock[];
  readonly norm: LayerNorm;

  constructor(config: CaptionEncoderConfig) {
    const size = (this.config = { layers: 2, heads: 4, ...config });
    if (size.width % size.heads)
      throw new NumberError(
        `CaptionEncoder: ${size.heads} heads do not divide a width of ${size.width}; choose a multiple`,
      );
    this.tokens = new Embedding(size.vocab, size.width);
    this.positions = new Embedding(size.context, size.width);
    this.blocks = Array.from({ length: size.layers }, () => new EncoderBlock(size));
    this.norm = new LayerNorm(size.width);
  }

  /** → [B, S, width] */
  forward({ tokens, mask }: Captions): Tensor {
    const { S } = tokens.dims("B S", "CaptionEncoder.forward");
    if (S > this.config.context)
      throw new ShapeError(
        `CaptionEncoder.forward: captions have ${S} tokens, but config.context is ${this.config.context}; cut them, as \`padded\` does`,
      );
    let x = this.tokens.forward(tokens).add(this.positions.forward(arange(S)));
    const keys = mask.unsqueeze(1).unsqueeze(1); // [B, 1, 1, S]
    for (const block of this.blocks) x = block.forward(x, keys);
    return this.norm.forward(x);
  }

  /** Lists of token ids side by side, all of `context` places, so that a training loop meets one shape. */
  padded(captions: readonly ArrayLike<number>[]): Captions {
    const { context } = this.config;
    const here = captions.flatMap(({ length }) =>
      Array.from({ length: context }, (_, place) => Number(place < length)),
    );
    const mask = tensor(Uint8Array.from(here), {
      shape: [captions.length, context],
      dtype: "bool",
    });
    return { tokens: tokenRows(captions, context), mask };
  }
}
