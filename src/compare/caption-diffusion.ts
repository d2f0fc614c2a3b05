/**
 * Text to image in the comparison: a small transformer reads the caption, a U-Net's pixels attend to its words, both
 * are trained together, and classifier-free guidance makes the caption count. examples/train-emoji.ts is the same as
 * one script.
 */
import { BPETokenizer, type CaptionedBatch, type EmojiGroup } from "../data/index.js";
import {
  CaptionEncoder,
  dpmSolver,
  guided,
  last,
  UNet,
  type CaptionEncoderConfig,
  type Captions,
  type Denoiser,
  type UNetConfig,
} from "../models/index.js";
import { tensor, tidy } from "../tensor/index.js";
import { DiffusionTraining, type DiffusionRecipe } from "./diffusion-training.js";

export type CaptionDiffusionRecipe = DiffusionRecipe & {
  groups: readonly EmojiGroup[];
  /** Of a picture. */
  side: number;
  /** Tokens of the tokenizer, at most. */
  vocabulary: number;
  text: Omit<CaptionEncoderConfig, "vocab">;
  unet: Omit<UNetConfig, "channels" | "text">;
};

/**
 * The network foretells the picture, and all steps weigh the same: what a caption decides is decided where noise is
 * strongest, and there min-SNR weights of v are near 0 (docs/diffusion.md has the figures). A million parameters are
 * enough for so few pictures, and more would step more slowly.
 */
export const emojiDiffusion: CaptionDiffusionRecipe = {
  groups: ["animals", "food"],
  side: 16,
  vocabulary: 2048,
  text: { context: 12, width: 64, layers: 2, heads: 4 },
  unet: { width: 16, multipliers: [1, 2, 4] },
  noising: 1000,
  predicts: "x0",
  batch: 16,
  steps: 5000,
  lr: 2e-3,
  warmup: 0.04,
  decay: 0.995,
  clip: 1,
  sampling: 10,
  scale: 5,
};

const AT_ONCE = 100; // pictures drawn in one batch

export class CaptionDiffusion {
  readonly tokenizer: BPETokenizer;
  readonly model: { readonly text: CaptionEncoder; readonly unet: UNet };
  readonly training: DiffusionTraining;

  /** `texts`: what the tokenizer learns its words from. */
  constructor(
    texts: Iterable<string>,
    readonly recipe: CaptionDiffusionRecipe = emojiDiffusion,
  ) {
    const { vocabulary, text, unet } = recipe;
    this.tokenizer = new BPETokenizer(texts, vocabulary);
    this.model = {
      text: new CaptionEncoder({ ...text, vocab: this.tokenizer.vocabulary.length }),
      unet: new UNet({ ...unet, channels: 3, text: text.width }),
    };
    this.training = new DiffusionTraining(this.model, recipe);
  }

  /** One step on pictures of [−1, 1]; `done` is the share of the training that lies behind, 0 to 1. Returns the loss. */
  async step(batch: CaptionedBatch, done: number): Promise<number> {
    using x = tensor(batch.x, { shape: batch.shape });
    const captions = this.#captions(batch.captions);
    const { unet, text: encoder } = this.model;
    const denoiser = (): Denoiser => {
      const condition = { text: encoder.forward(captions), mask: captions.mask };
      return (xt, t) => unet.forward(xt, t, condition);
    };
    const loss = await this.training.step(x, denoiser, batch.step, done);
    free(captions);
    return loss;
  }

  /** A picture for each caption, by the averaged weights: numbers of [−1, 1], [captions, 3, side, side]. */
  async draw(
    captions: readonly string[],
    { steps = this.recipe.sampling, scale = this.recipe.scale } = {},
  ): Promise<Float32Array> {
    const size = 3 * this.recipe.side ** 2;
    const made = new Float32Array(captions.length * size);
    await this.training.average.during(async () => {
      for (let first = 0; first < captions.length; first += AT_ONCE)
        made.set(await this.#drawn(captions.slice(first, first + AT_ONCE), steps, scale), first * size); // prettier-ignore
    });
    return made;
  }

  async #drawn(captions: readonly string[], steps: number, scale: number) {
    const { side, predicts } = this.recipe;
    const asked = this.#captions(captions);
    const { mask } = asked;
    using text = tidy(() => this.model.text.forward(asked));
    const { unet } = this.model;
    const denoise = guided((x, t) => unet.forward(x, t, { text, mask }), (x, t) => unet.forward(x, t), scale); // prettier-ignore
    const shape = [captions.length, 3, side, side];
    using x = await last(
      dpmSolver(denoise, this.training.schedule, shape, { steps, predicts, clip: 1 }),
    );
    const pixels = await x.data();
    free(asked);
    return pixels;
  }

  #captions(captions: readonly string[]) {
    return this.model.text.padded(captions.map((caption) => this.tokenizer.encode(caption)));
  }
}

function free({ tokens, mask }: Captions): void {
  tokens.dispose();
  mask.dispose();
}
