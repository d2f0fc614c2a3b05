/**
 * The U-Net of diffusion models: down to small images with many channels, and up again, where each block also sees what
 * its counterpart on the way down made (Ronneberger et al., 2015; Ho et al., 2020, appendix B). It is told the step, and
 * may be told a class or a caption. Structure and names are diffusers' UNet2DModel; captions come in by attention.
 */
import { Conv2d, GroupNorm, Linear } from "../layers/index.js";
import {
  NumberError,
  parameter,
  rand,
  ShapeError,
  show,
  training,
  zeros,
  type Parameter,
  type Tensor,
} from "../tensor/index.js";
import { ClassEmbedding, TimeEmbedding } from "./time-embedding.js";
import { CaptionAttention, Downsample, PixelAttention, ResidualBlock, Upsample, type BlockSize } from "./unet-blocks.js"; // prettier-ignore

export type UNetConfig = {
  /** Of the image, in and out. */
  channels: number;
  /** Channels of the first level; level k has width·multipliers[k], and images of half the size of level k − 1. */
  width: number;
  multipliers?: readonly number[];
  /** Residual blocks a level on the way down; one more on the way up. */
  blocks?: number;
  /** Which levels have attention between pixels; the last by default. The middle always has. */
  attention?: readonly boolean[];
  headWidth?: number;
  /** Of the norms; must divide all channels. */
  groups?: number;
  eps?: number;
  dropout?: number;
  classes?: number;
  /** Width of a caption's vectors. */
  text?: number;
  /** The share of labels or captions that training leaves out, for classifier-free guidance. */
  dropCondition?: number;
};
type Size = Required<UNetConfig>;

/** label: i32 [B]; text: [B, S, text], with mask bool [B, S], true at words. What is left out counts as not asked for. */
export type Condition = { label?: Tensor; text?: Tensor; mask?: Tensor };
type Captioned = { text: Tensor; mask?: Tensor };
type Caption = Captioned | undefined;

type Plan = { size: BlockSize; blocks: number; attention: boolean; resizes: boolean };
type SizedPlan = Plan & { width: number };

/** Residual blocks, each with what its result goes through: attention between pixels, and to the caption. */
class Level {
  readonly resnets: ResidualBlock[] = [];
  readonly attentions: PixelAttention[] = [];
  readonly captions: CaptionAttention[] = [];

  protected add(
    inputs: number,
    outputs: number,
    { size, attention }: Omit<Plan, "blocks" | "resizes">,
  ): void {
    this.resnets.push(new ResidualBlock(inputs, outputs, size));
    if (attention) this.attentions.push(new PixelAttention(outputs, size));
    if (size.text) this.captions.push(new CaptionAttention(outputs, size));
  }

  /** Through the k-th block. */
  protected through(k: number, x: Tensor, time: Tensor, caption: Caption): Tensor {
    const made = this.resnets[k]!.forward(x, time);
    const h = this.attentions[k]?.forward(made) ?? made;
    return (caption && this.captions[k]?.forward(h, caption.text, caption.mask)) ?? h;
  }
}

class DownLevel extends Level {
  readonly downsamplers: Downsample[];

  constructor(inputs: number, outputs: number, plan: Plan) {
    super();
    for (let k = 0; k < plan.blocks; k++) this.add(k === 0 ? inputs : outputs, outputs, plan);
    this.downsamplers = plan.resizes ? [new Downsample(outputs)] : [];
  }

  /** Every result, as the way up wants them. */
  forward(x: Tensor, time: Tensor, caption: Caption): Tensor[] {
    const made: Tensor[] = [];
    for (const k of this.resnets.keys()) made.push((x = this.through(k, x, time, caption)));
    return [...made, ...this.downsamplers.map((down) => down.forward(x))];
  }
}

/** Each block also reads one result of the way down. */
class UpLevel extends Level {
  readonly upsamplers: Upsample[];

  constructor(inputs: number, outputs: number, skips: number[], plan: Plan) {
    super();
    for (let k = 0; k < plan.blocks; k++)
      this.add((k === 0 ? inputs : outputs) + skips.pop()!, outputs, plan);
    this.upsamplers = plan.resizes ? [new Upsample(outputs)] : [];
  }

  forward(x: Tensor, skips: Tensor[], time: Tensor, caption: Caption): Tensor {
    for (const k of this.resnets.keys())
      x = this.through(k, x.concat([skips.pop()!], 1), time, caption);
    return x.pipe(...this.upsamplers);
  }
}

/** Two blocks; what the second makes goes through no attention. */
class Middle extends Level {
  constructor(channels: number, size: BlockSize) {
    super();
    this.add(channels, channels, { size, attention: true });
    this.resnets.push(new ResidualBlock(channels, channels, size));
  }

  forward(x: Tensor, time: Tensor, caption: Caption): Tensor {
    return this.through(1, this.through(0, x, time, caption), time, caption);
  }
}

/** x [B, channels, H, W] and the step t [B] → [B, channels, H, W]; H and W are multiples of 2^(levels − 1). */
export class UNet {
  readonly config: Size;
  readonly conv_in: Conv2d;
  readonly time_embedding: TimeEmbedding;
  readonly class_embedding: ClassEmbedding | null;
  /** Stands for a caption that was not given. */
  readonly no_text: Parameter | null;
  /** The mean of the caption's vectors, beside the step: Saharia et al. (2022), section 2.2 and appendix B.1. */
  readonly caption_embedding: Linear | null;
  readonly down_blocks: DownLevel[] = [];
  readonly mid_block: Middle;
  readonly up_blocks: UpLevel[] = [];
  readonly conv_norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor(config: UNetConfig) {
    const size = (this.config = filled(config));
    const widths = size.multipliers.map((m) => m * size.width);
    const time = 4 * size.width;
    this.conv_in = new Conv2d(size.channels, size.width, 3, { padding: 1 });
    this.time_embedding = new TimeEmbedding(size.width, time);
    this.class_embedding = size.classes
      ? new ClassEmbedding(size.classes, time, size.dropCondition)
      : null;
    this.no_text = size.text ? parameter(zeros([1, 1, size.text])) : null;
    this.caption_embedding = size.text ? new Linear(size.text, time) : null;

    const levels = widths.map((width, k) => ({
      width,
      size: { ...size, time },
      blocks: size.blocks,
      attention: size.attention[k]!,
      resizes: k + 1 < widths.length,
    }));
    const skips = this.buildDown(levels);
    this.mid_block = new Middle(widths.at(-1)!, levels[0]!.size);
    this.buildUp(levels, skips);
    const [last] = widths as [number, ...number[]];
    this.conv_norm_out = new GroupNorm(size.groups, last, size);
    this.conv_out = new Conv2d(last, size.channels, 3, { padding: 1 });
  }

  /** Returns the channels of all that the way up will read. */
  private buildDown(levels: readonly SizedPlan[]): number[] {
    let last = this.config.width;
    const skips = [last];
    for (const level of levels) {
      this.down_blocks.push(new DownLevel(last, level.width, level));
      last = level.width;
      skips.push(...Array.from({ length: level.blocks + Number(level.resizes) }, () => last));
    }
    return skips;
  }

  private buildUp(levels: readonly SizedPlan[], skips: number[]): void {
    let last = levels.at(-1)!.width;
    for (const [k, level] of [...levels.entries()].reverse()) {
      const up = { ...level, blocks: level.blocks + 1, resizes: k > 0 };
      this.up_blocks.push(new UpLevel(last, level.width, skips, up));
      last = level.width;
    }
  }

  forward(x: Tensor, t: Tensor, condition: Condition = {}): Tensor {
    const { B } = this.checked(x, t, condition);
    let time = this.time_embedding.forward(t); // [B, 4·width]
    if (this.class_embedding) time = time.add(this.class_embedding.forward(condition.label, B));
    const caption = this.captionOf(condition, B);
    if (caption) time = time.add(this.caption_embedding!.forward(meanOf(caption)));

    let h = this.conv_in.forward(x);
    const skips = [h];
    for (const level of this.down_blocks) {
      skips.push(...level.forward(h, time, caption));
      h = skips.at(-1)!;
    }
    h = this.mid_block.forward(h, time, caption);
    for (const level of this.up_blocks) h = level.forward(h, skips, time, caption);
    return h.pipe(this.conv_norm_out, (y) => y.silu(), this.conv_out);
  }

  /** Without a caption, a learned vector; while training, in place of some captions, too. */
  private captionOf({ text, mask }: Condition, B: number): Caption {
    if (!this.no_text) return undefined;
    if (!text) return { text: this.no_text.expand(B, 1, this.config.text) };
    if (!training()) return { text, mask };
    const dropped = rand([B, 1]).lt(this.config.dropCondition); // such a row is all the same vector
    return { text: dropped.unsqueeze(2).where(this.no_text, text), mask: mask?.or(dropped) };
  }

  private checked(x: Tensor, t: Tensor, { label, text }: Condition): { B: number } {
    const { B, H, W } = x.dims("B C H W", "UNet.forward");
    const step = 2 ** (this.down_blocks.length - 1);
    if (H % step || W % step)
      throw new ShapeError(
        `UNet.forward: got ${show(x.shape)}; ${this.down_blocks.length} levels want a height and width that ${step} divides`,
      );
    if (label && !this.class_embedding)
      throw new NumberError("UNet.forward: got labels, but config.classes is not set");
    if (text && !this.no_text)
      throw new NumberError("UNet.forward: got a caption, but config.text is not set");
    for (const [what, each] of Object.entries({ t, text }))
      if (each && each.shape[0] !== B && each.shape[0] !== 1)
        throw new ShapeError(
          `UNet.forward: ${what} is ${show(each.shape)}; one for each of ${B} images is wanted`,
        );
    return { B };
  }
}

/** The mean of the words, [B, text]; of no words it is 0. */
function meanOf({ text, mask }: Captioned): Tensor {
  if (!mask) return text.mean(1);
  const here = mask.unsqueeze(2).cast("f32"); // [B, S, 1]
  return text.mul(here).sum(1).div(here.sum(1).maximum(1));
}

function filled(config: UNetConfig): Size {
  const multipliers = config.multipliers ?? [1, 2, 4];
  const size = {
    blocks: 1,
    attention: multipliers.map((_, k) => k + 1 === multipliers.length),
    headWidth: 8,
    groups: Math.min(8, config.width),
    eps: 1e-5,
    dropout: 0,
    classes: 0,
    text: 0,
    dropCondition: 0.1,
    ...config,
    multipliers,
  };
  if (size.attention.length !== multipliers.length)
    throw new NumberError(
      `UNet: attention says yes or no for ${size.attention.length} levels, but multipliers make ${multipliers.length}`,
    );
  return size;
}
