/**
 * The parts of a U-Net: a residual block that is told the step, attention between the pixels, attention from pixels to
 * a caption, and changes of size. Names are those of diffusers' UNet2DModel, so that its state dicts load by path.
 */
import { attention, Conv2d, Dropout, GroupNorm, LayerNorm, Linear } from "../layers/index.js";
import { fromHeads, intoHeads } from "../layers/heads.js";
import { upsampleNearest, type Tensor } from "../tensor/index.js";

export type BlockSize = {
  /** Of the vector that tells the step. */
  time: number;
  groups: number;
  eps: number;
  dropout: number;
  /** Of an attention head. */
  headWidth: number;
  /** Of a caption's vectors; 0 for none. */
  text: number;
};

/** Two convolutions with norms before them, the step's vector added in between: x [B, inputs, H, W] → [B, outputs, H, W]. */
export class ResidualBlock {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly time_emb_proj: Linear;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  readonly conv_shortcut: Conv2d | null;
  private readonly dropout: Dropout;

  constructor(inputs: number, outputs: number, size: BlockSize) {
    this.norm1 = new GroupNorm(size.groups, inputs, size);
    this.conv1 = new Conv2d(inputs, outputs, 3, { padding: 1 });
    this.time_emb_proj = new Linear(size.time, outputs);
    this.norm2 = new GroupNorm(size.groups, outputs, size);
    this.dropout = new Dropout(size.dropout);
    this.conv2 = new Conv2d(outputs, outputs, 3, { padding: 1 });
    this.conv_shortcut = inputs === outputs ? null : new Conv2d(inputs, outputs, 1);
  }

  forward(x: Tensor, time: Tensor): Tensor {
    const step = this.time_emb_proj.forward(time.silu()); // [B, outputs]
    const h = x
      .pipe(this.norm1, (h) => h.silu(), this.conv1)
      .add(step.unsqueeze(2).unsqueeze(3))
      .pipe(this.norm2, (h) => h.silu(), this.dropout, this.conv2);
    return h.add(this.conv_shortcut?.forward(x) ?? x);
  }
}

/** Each pixel asks all others. [B, C, H, W] → the same */
export class PixelAttention {
  readonly group_norm: GroupNorm;
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out: readonly [Linear];

  constructor(
    channels: number,
    private readonly size: BlockSize,
  ) {
    this.group_norm = new GroupNorm(size.groups, channels, size);
    this.to_q = new Linear(channels, channels);
    this.to_k = new Linear(channels, channels);
    this.to_v = new Linear(channels, channels);
    this.to_out = [new Linear(channels, channels)];
  }

  forward(x: Tensor): Tensor {
    const h = pixels(this.group_norm.forward(x)); // [B, H·W, C]
    const [q, k, v] = [this.to_q, this.to_k, this.to_v].map((to) =>
      heads(to.forward(h), this.size),
    );
    return x.add(image(this.to_out[0].forward(fromHeads(attention(q!, k!, v!))), x));
  }
}

/** Each pixel asks the words of the caption: eq. (1) of Rombach et al. (2022), section 3.3. */
export class CaptionAttention {
  readonly norm: LayerNorm;
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out: Linear;

  constructor(
    channels: number,
    private readonly size: BlockSize,
  ) {
    this.norm = new LayerNorm(channels);
    this.to_q = new Linear(channels, channels, { bias: false });
    this.to_k = new Linear(size.text, channels, { bias: false });
    this.to_v = new Linear(size.text, channels, { bias: false });
    this.to_out = new Linear(channels, channels);
  }

  /** x [B, C, H, W], text [B, S, text], mask bool [B, S], true at words → the shape of x */
  forward(x: Tensor, text: Tensor, mask?: Tensor): Tensor {
    const q = heads(pixels(x).pipe(this.norm, this.to_q), this.size); // [B, heads, H·W, D]
    const k = heads(this.to_k.forward(text), this.size); // [B, heads, S, D]
    const v = heads(this.to_v.forward(text), this.size);
    const words = mask?.unsqueeze(1).unsqueeze(1); // [B, 1, 1, S]
    return x.add(image(this.to_out.forward(fromHeads(attention(q, k, v, { mask: words }))), x));
  }
}

/** To half the height and width. */
export class Downsample {
  readonly conv: Conv2d;
  constructor(channels: number) {
    this.conv = new Conv2d(channels, channels, 3, { stride: 2, padding: 1 });
  }
  forward(x: Tensor): Tensor {
    return this.conv.forward(x);
  }
}

/** To twice the height and width. */
export class Upsample {
  readonly conv: Conv2d;
  constructor(channels: number) {
    this.conv = new Conv2d(channels, channels, 3, { padding: 1 });
  }
  forward(x: Tensor): Tensor {
    return this.conv.forward(upsampleNearest(x, 2));
  }
}

/** [B, C, H, W] → [B, H·W, C] */
function pixels(x: Tensor): Tensor {
  const { B, C } = x.dims("B C H W");
  return x.reshape(B, C, -1).transpose(1, 2);
}

/** [B, H·W, C] → like x, [B, C, H, W] */
const image = (h: Tensor, x: Tensor): Tensor => h.transpose(1, 2).reshape(x.shape);

/** [B, T, C] → [B, C/D, T, D]; a width below D is one head. */
const heads = (h: Tensor, { headWidth }: BlockSize): Tensor =>
  intoHeads(h, Math.max(1, h.shape[2]! / headWidth));
