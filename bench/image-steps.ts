/**
 * genarch's side of the training steps of torch_rows.py on images, shape for shape: a VAE and a DCGAN on 28×28 and a
 * small DDPM U-Net. The generator of the DCGAN runs once for each of the two losses, where PyTorch keeps its first result.
 */
import { arange, backprop, rand, randint, randn, tensor, upsampleNearest, type Tensor } from "genarch"; // prettier-ignore
import { attention, BatchNorm2d, Conv2d, ConvTranspose2d, GroupNorm, Linear } from "genarch/layers";
import { adam, binaryCrossEntropyWithLogits, mse } from "genarch/train";
import { step, type Step } from "./steps.js";

function vaeStep(): Step {
  const model = {
    up: new Linear(784, 400),
    mean: new Linear(400, 20),
    logVariance: new Linear(400, 20),
    hidden: new Linear(20, 400),
    out: new Linear(400, 784),
  };
  const optimizer = adam(model, { lr: 1e-3 });
  const x = rand([128, 784]);
  const loss = () => {
    const h = model.up.forward(x).relu();
    const [mean, logVariance] = [model.mean.forward(h), model.logVariance.forward(h)];
    const z = mean.add(randn(mean.shape).mul(logVariance.mul(0.5).exp()));
    const logits = model.out.forward(model.hidden.forward(z).relu());
    const kl = logVariance.add(1).sub(mean.square()).sub(logVariance.exp()).sum().mul(-0.5);
    return binaryCrossEntropyWithLogits(logits, x, { reduction: "sum" }).add(kl);
  };
  return step(optimizer, model, [x], loss);
}

class Generator {
  readonly first = new ConvTranspose2d(64, 128, 7);
  readonly norm1 = new BatchNorm2d(128);
  readonly second = new ConvTranspose2d(128, 64, 4, { stride: 2, padding: 1 });
  readonly norm2 = new BatchNorm2d(64);
  readonly third = new ConvTranspose2d(64, 1, 4, { stride: 2, padding: 1 });
  /** z [B, 64, 1, 1] → images [B, 1, 28, 28] */
  forward(z: Tensor): Tensor {
    const h = this.norm1.forward(this.first.forward(z)).relu();
    return this.third.forward(this.norm2.forward(this.second.forward(h)).relu()).tanh();
  }
}

class Discriminator {
  readonly first = new Conv2d(1, 64, 4, { stride: 2, padding: 1 });
  readonly second = new Conv2d(64, 128, 4, { stride: 2, padding: 1 });
  readonly norm = new BatchNorm2d(128);
  readonly last = new Linear(128 * 49, 1);
  forward(x: Tensor): Tensor {
    const h = this.second.forward(this.first.forward(x).leakyRelu(0.2));
    return this.last.forward(this.norm.forward(h).leakyRelu(0.2).flatten(1));
  }
}

function dcganStep(): Step {
  const [G, D] = [new Generator(), new Discriminator()];
  const options = { lr: 2e-4, betas: [0.5, 0.999] } as const;
  const [moveG, moveD] = [adam(G, options), adam(D, options)];
  const x = rand([64, 1, 28, 28]).mul(2).sub(1);
  const judged = (images: Tensor, real: number) =>
    binaryCrossEntropyWithLogits(D.forward(images), real);
  const made = x.data();
  return async () => {
    await made;
    using z = randn([64, 64, 1, 1]);
    using d = backprop(D, () => judged(x, 1).add(judged(G.forward(z), 0)));
    moveD.step(d.grads);
    using g = backprop(G, () => judged(G.forward(z), 1));
    moveG.step(g.grads);
    return await g.loss.item();
  };
}

/** Two convolutions beside a shortcut; the time goes in between. */
class Res {
  readonly norm1;
  readonly conv1;
  readonly time;
  readonly norm2;
  readonly conv2;
  readonly short;
  constructor(inputs: number, outputs: number) {
    this.norm1 = new GroupNorm(8, inputs);
    this.conv1 = new Conv2d(inputs, outputs, 3, { padding: 1 });
    this.time = new Linear(128, outputs);
    this.norm2 = new GroupNorm(8, outputs);
    this.conv2 = new Conv2d(outputs, outputs, 3, { padding: 1 });
    this.short = inputs === outputs ? null : new Conv2d(inputs, outputs, 1);
  }
  forward(x: Tensor, t: Tensor): Tensor {
    const time = this.time.forward(t.silu()).unsqueeze(-1).unsqueeze(-1);
    const h = this.conv1.forward(this.norm1.forward(x).silu()).add(time);
    return (this.short?.forward(x) ?? x).add(this.conv2.forward(this.norm2.forward(h).silu()));
  }
}

const three = { padding: 1 } as const;

/** 32-64-64 channels, a Res a level, attention of 4 heads at 7×7. */
class UNet {
  readonly time = [new Linear(32, 128), new Linear(128, 128)] as const;
  readonly first = new Conv2d(1, 32, 3, three);
  readonly down1 = new Res(32, 32);
  readonly half1 = new Conv2d(32, 32, 3, { stride: 2, padding: 1 });
  readonly down2 = new Res(32, 64);
  readonly half2 = new Conv2d(64, 64, 3, { stride: 2, padding: 1 });
  readonly middle1 = new Res(64, 64);
  readonly norm = new GroupNorm(8, 64);
  readonly qkv = new Conv2d(64, 192, 1);
  readonly project = new Conv2d(64, 64, 1);
  readonly middle2 = new Res(64, 64);
  readonly twice2 = new Conv2d(64, 64, 3, three);
  readonly up2 = new Res(128, 64);
  readonly twice1 = new Conv2d(64, 32, 3, three);
  readonly up1 = new Res(64, 32);
  readonly lastNorm = new GroupNorm(8, 32);
  readonly last = new Conv2d(32, 1, 3, three);

  /** x [B, 1, 28, 28], step i32 [B] → the noise in x */
  forward(x: Tensor, step: Tensor): Tensor {
    const t = this.embed(step);
    const h1 = this.down1.forward(this.first.forward(x), t);
    const h2 = this.down2.forward(this.half1.forward(h1), t);
    const m = this.attend(this.middle1.forward(this.half2.forward(h2), t));
    let u = upsampleNearest(this.middle2.forward(m, t), 2);
    u = this.up2.forward(this.twice2.forward(u).concat([h2], 1), t);
    u = this.twice1.forward(upsampleNearest(u, 2));
    u = this.up1.forward(u.concat([h1], 1), t);
    return this.last.forward(this.lastNorm.forward(u).silu());
  }

  private embed(step: Tensor): Tensor {
    const frequency = arange(16).cast("f32").mul(-Math.log(1e4) / 16).exp(); // prettier-ignore
    const angle = step.cast("f32").unsqueeze(1).mul(frequency); // [B, 16]
    const wave = angle.sin().concat([angle.cos()], 1);
    return this.time[1].forward(this.time[0].forward(wave).silu());
  }

  private attend(m: Tensor): Tensor {
    const { B, C, H, W } = m.dims("B C H W");
    const qkv = this.qkv.forward(this.norm.forward(m)).reshape(B, 3, 4, C / 4, H * W);
    const [q, k, v] = [0, 1, 2].map((part) => qkv.at(1, part).transpose()) as [Tensor, Tensor, Tensor]; // prettier-ignore
    const mixed = attention(q, k, v).transpose().reshape(B, C, H, W);
    return m.add(this.project.forward(mixed));
  }
}

function ddpmStep(): Step {
  const net = new UNet();
  const optimizer = adam(net, { lr: 2e-4 });
  let product = 1;
  const betas = Array.from({ length: 1000 }, (_, k) => 1e-4 + ((0.02 - 1e-4) * k) / 999);
  const alphaBar = tensor(betas.map((beta) => (product *= 1 - beta)));
  const x = rand([32, 1, 28, 28]).mul(2).sub(1);
  const loss = () => {
    const t = randint(0, 1000, [32]);
    const noise = randn(x.shape);
    const kept = alphaBar.take(t).reshape(32, 1, 1, 1);
    const noisy = kept.sqrt().mul(x).add(kept.neg().add(1).sqrt().mul(noise));
    return mse(net.forward(noisy, t), noise);
  };
  return step(optimizer, net, [x], loss);
}

export const imageSteps = { vae: vaeStep, dcgan: dcganStep, ddpm: ddpmStep };
