/**
 * Batch norm told the class: how a generator of images learns what to draw (Dumoulin et al., 2017; for GANs Miyato and
 * Koyama, 2018, section 4). The class scales and shifts channels that the norm has just brought to mean 0 and variance 1,
 * where only the code varies; beside the code it could take all of that variance for itself, and the code would be lost.
 */
import { BatchNorm2d, Embedding } from "../layers/index.js";
import type { Tensor } from "../tensor/index.js";

export class ConditionalNorm {
  readonly norm: BatchNorm2d;
  /** [classes, 2·channels]: what is added to a scale of 1, and to a shift of 0. They start as N(0, 1), as strong as codes. */
  readonly label: Embedding;

  constructor(classes: number, channels: number) {
    this.norm = new BatchNorm2d(channels, { affine: false });
    this.label = new Embedding(classes, 2 * channels);
  }

  /** h [B, channels, H, W], label i32 [B], or [1] for all → like h */
  forward(h: Tensor, label: Tensor): Tensor {
    const of = this.label.forward(label).unsqueeze(2).unsqueeze(3); // [B, 2·channels, 1, 1]
    const [gain, shift] = of.split(2, 1) as [Tensor, Tensor];
    return this.norm.forward(h).mul(gain.add(1)).add(shift);
  }
}
