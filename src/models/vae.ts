/**
 * The variational autoencoder: Auto-Encoding Variational Bayes (Kingma and Welling, 2014); with β ≠ 1, Higgins et al.
 * (2017); with classes, Sohn et al. (2015). The encoder and the decoder may be MLPs or convolutions.
 */
import { Conv2d, ConvTranspose2d, Linear } from "../layers/index.js";
import { full, ShapeError, NumberError, show, type Tensor } from "../tensor/index.js";
import { checkLabel } from "./label-check.js";
import { draw, fromPrior, klFromPrior, type Gaussian } from "./latent.js";
import { bernoulli, type Likelihood } from "./likelihood.js";

/** A body gets what it reads and, if there are classes, the label as 0s and a 1, [B, classes]. */
interface Body {
  forward(x: Tensor, label?: Tensor): Tensor;
}

export type VAEConfig = {
  /** Numbers of z. */
  latent: number;
  /** Of p(x | z); `bernoulli` by default, for numbers from 0 to 1. */
  likelihood?: Likelihood;
  classes?: number;
};

export class VAE {
  readonly latent: number;
  readonly classes: number;
  readonly likelihood: Likelihood;

  /** encoder: x [B, ..] → [B, 2·latent], the means and then the log variances; decoder: z [B, latent] → like x. */
  constructor(
    readonly encoder: Body,
    readonly decoder: Body,
    { latent, likelihood = bernoulli, classes = 0 }: VAEConfig,
  ) {
    this.latent = latent;
    this.likelihood = likelihood;
    this.classes = classes;
  }

  /** q(z | x). label: i32 [B]. */
  encode(x: Tensor, label?: Tensor): Gaussian {
    const out = this.encoder.forward(x, this.oneHot(label));
    const [mean, logVar] = out.split(2, 1) as [Tensor, Tensor];
    return { mean, logVar };
  }

  /** The mean of p(x | z): pixels, not logits. */
  decode(z: Tensor, label?: Tensor): Tensor {
    return this.likelihood.mean(this.decoder.forward(z, this.oneHot(label)));
  }

  /** What x becomes on its way through the middle of its code. */
  reconstruct(x: Tensor, label?: Tensor): Tensor {
    return this.decode(this.encode(x, label).mean, label);
  }

  /** New data: z from the prior; `count` 0 gives none of them, in their shape. */
  sample(count: number, label?: Tensor): Tensor {
    return this.decode(fromPrior("VAE.sample", count, this.latent), label);
  }

  /** The negative ELBO, eq. 10, as its two terms, in nats an example; `loss` weighs the second by `beta`. */
  loss(
    x: Tensor,
    { beta = 1, label }: { beta?: number; label?: Tensor } = {},
  ): { loss: Tensor; reconstruction: Tensor; kl: Tensor } {
    const code = this.encode(x, label);
    const decoded = this.decoder.forward(draw(code), this.oneHot(label));
    if (show(decoded.shape) !== show(x.shape))
      throw new ShapeError(
        `VAE.loss: the decoder makes ${show(decoded.shape)} of ${show(x.shape)}; both must have one shape`,
      );
    const reconstruction = this.likelihood.cost(decoded, x).mean(); // −E_q log p(x | z)
    const kl = klFromPrior(code).sum(1).mean(); // KL(q(z | x) ‖ p(z))
    return { loss: reconstruction.add(kl.mul(beta)), reconstruction, kl };
  }

  /** [B] → [B, classes] */
  private oneHot(label: Tensor | undefined): Tensor | undefined {
    checkLabel("VAE", this.classes, label);
    if (!label) return undefined;
    const rows = label.unsqueeze(1); // [B, 1]
    const columns = full([1, this.classes], 0, "i32").rangeLike(1); // [classes]
    return rows.eq(columns).cast("f32");
  }
}

const beside = (x: Tensor, label?: Tensor): Tensor => (label ? x.concat([label], 1) : x);

// ** as MLPs **

class MLP implements Body {
  readonly first: Linear;
  readonly last: Linear;
  constructor(from: number, hidden: number, to: number) {
    this.first = new Linear(from, hidden);
    this.last = new Linear(hidden, to);
  }
  /** [B, from − classes] → [B, to] */
  forward(x: Tensor, label?: Tensor): Tensor {
    return beside(x, label).pipe(this.first, (h) => h.relu(), this.last);
  }
}

/** One hidden layer on both sides, as pytorch/examples' VAE: 784-400-20-400-784. x [B, inputs] */
export function mlpVAE({
  inputs = 784,
  hidden = 400,
  latent = 20,
  classes = 0,
  likelihood,
}: Partial<VAEConfig> & { inputs?: number; hidden?: number } = {}): VAE {
  const encoder = new MLP(inputs + classes, hidden, 2 * latent);
  const decoder = new MLP(latent + classes, hidden, inputs);
  return new VAE(encoder, decoder, { latent, classes, likelihood });
}

// ** as convolutions **

type Images = { channels: number; size: number; width: number };

/** x [B, channels, size, size] → [B, to], by two halvings. */
class ConvEncoder implements Body {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly last: MLP;

  constructor({ channels, size, width }: Images, hidden: number, classes: number, to: number) {
    this.conv1 = new Conv2d(channels, width, 4, { stride: 2, padding: 1 });
    this.conv2 = new Conv2d(width, 2 * width, 4, { stride: 2, padding: 1 });
    this.last = new MLP(2 * width * (size / 4) ** 2 + classes, hidden, to);
  }

  forward(x: Tensor, label?: Tensor): Tensor {
    const h = x.pipe(
      this.conv1,
      (h) => h.relu(),
      this.conv2,
      (h) => h.relu(),
    ); // [B, 2·width, size/4, size/4]
    return this.last.forward(h.flatten(1), label);
  }
}

/** Its mirror: z [B, latent] → [B, channels, size, size] */
class ConvDecoder implements Body {
  readonly first: MLP;
  readonly conv1: ConvTranspose2d;
  readonly conv2: ConvTranspose2d;

  constructor(
    private readonly images: Images,
    hidden: number,
    from: number,
  ) {
    const { channels, size, width } = images;
    this.first = new MLP(from, hidden, 2 * width * (size / 4) ** 2);
    this.conv1 = new ConvTranspose2d(2 * width, width, 4, { stride: 2, padding: 1 });
    this.conv2 = new ConvTranspose2d(width, channels, 4, { stride: 2, padding: 1 });
  }

  forward(z: Tensor, label?: Tensor): Tensor {
    const { size, width } = this.images;
    const h = this.first.forward(z, label).relu();
    return h
      .reshape(-1, 2 * width, size / 4, size / 4)
      .pipe(this.conv1, (h) => h.relu(), this.conv2);
  }
}

/** Convolutions on both sides, for square images whose size 4 divides. x [B, channels, size, size] */
export function convVAE({
  channels = 1,
  size = 28,
  width = 32,
  hidden = 256,
  latent = 20,
  classes = 0,
  likelihood,
}: Partial<VAEConfig & Images> & { hidden?: number } = {}): VAE {
  if (size % 4) throw new NumberError(`convVAE: size is ${size}; 4 must divide it`);
  const images = { channels, size, width };
  const encoder = new ConvEncoder(images, hidden, classes, 2 * latent);
  const decoder = new ConvDecoder(images, hidden, latent + classes);
  return new VAE(encoder, decoder, { latent, classes, likelihood });
}
