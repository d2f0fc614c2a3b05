/** The models that learn points: GANs with and without a penalty on the discriminator's slope, a VAE, a diffusion model. */
import { Linear } from "../../layers/index.js";
import {
  ddim,
  diffusionLoss,
  gaussian,
  gradientPenalty,
  last,
  NoiseSchedule,
  nonSaturating,
  PointDenoiser,
  PointDiscriminator,
  PointGenerator,
  r1,
  VAE,
  wasserstein,
  type GanLoss,
} from "../../models/index.js";
import { backprop, count, tensor, tidy, type Tensor } from "../../tensor/index.js";
import { adam, average } from "../../train/index.js";
import type { Family, Words } from "../results.js";
import { named } from "../words.js";

export type Player = {
  parts: object;
  parameters: number;
  batch: number;
  /** Learns points [batch, 2]; returns the loss. */
  step(points: Float32Array, way: number, step: number): Promise<number>;
  /** Points [count, 2]. */
  draw(count: number): Promise<Float32Array>;
};

export type PointModel = { id: string; name: Words; family: Family; make(width: number): Player };

export const names = ["gan", "gan-r1", "wgan-gp", "vae", "ddpm"] as const;

export const models: readonly PointModel[] = [
  { id: "gan", name: named("GAN"), family: "gan", make: (width) => gan(width, plain) },
  { id: "gan-r1", name: named("GAN + R1"), family: "gan", make: (width) => gan(width, withR1) },
  { id: "wgan-gp", name: named("WGAN-GP"), family: "gan", make: (width) => gan(width, withPenalty) }, // prettier-ignore
  { id: "vae", name: named("VAE"), family: "vae", make: vae },
  { id: "ddpm", name: named("DDPM"), family: "diffusion", make: ddpm },
];

const BATCH = 256;

/** An average of weights that follows fast at first. */
const decayAt = (step: number): number => Math.min(0.995, (1 + step) / (10 + step));

// ** GANs **

type Critic = (x: Tensor) => Tensor;
type Game = {
  loss: GanLoss;
  lr: number;
  betas: readonly [number, number];
  /** How often the discriminator learns for once that the generator does. */
  turns: number;
  penalty(D: Critic, real: Tensor, fake: Tensor): Tensor | null;
};

/** Goodfellow et al. (2014), the non-saturating game. */
const plain: Game = {
  loss: nonSaturating,
  lr: 1e-3,
  betas: [0.5, 0.999],
  turns: 1,
  penalty: () => null,
};
/** Mescheder et al. (2018); γ = 0.2 for modes so narrow. */
const withR1: Game = { ...plain, penalty: (D, real) => r1(D, real).mul(0.1) };
/** Gulrajani et al. (2017) with λ = 0.1, as their own code for points has it. */
const withPenalty: Game = {
  loss: wasserstein,
  lr: 1e-3,
  betas: [0.5, 0.9],
  turns: 2,
  penalty: (D, real, fake) => gradientPenalty(D, real, fake).mul(0.1),
};

function gan(width: number, { loss, lr, betas, turns, penalty }: Game): Player {
  const generator = new PointGenerator({ width, latent: 8, norm: "batch" }); // as in PacGAN's protocol
  const discriminator = new PointDiscriminator({ width });
  const generatorOptimizer = adam(generator, { lr, betas });
  const discriminatorOptimizer = adam(discriminator, { lr, betas });
  const smooth = average(generator);
  const D: Critic = (x) => discriminator.forward(x);
  return {
    parts: { generator, discriminator, generatorOptimizer, discriminatorOptimizer, smooth },
    parameters: count(generator) + count(discriminator),
    batch: BATCH,
    async step(points, way, step) {
      generatorOptimizer.lr = discriminatorOptimizer.lr = lr * (1 - 0.98 * way); // fine aim at the end
      using real = tensor(points, { shape: [BATCH, 2] });
      for (let turn = 0; turn < turns; turn++) {
        using d = backprop(discriminator, () => {
          const fake = generator.sample(BATCH);
          const cost = loss.discriminator(D(real), D(fake));
          return cost.add(penalty(D, real, fake) ?? 0);
        });
        discriminatorOptimizer.step(d.grads);
      }
      using g = backprop(generator, () => loss.generator(D(generator.sample(BATCH)), D(real)));
      generatorOptimizer.step(g.grads);
      smooth.update(decayAt(step));
      return g.loss.item();
    },
    draw: (wanted) => smooth.during(() => read(() => generator.sample(wanted))),
  };
}

async function read(make: () => Tensor): Promise<Float32Array> {
  using made = tidy(make);
  return Float32Array.from(await made.data());
}

// ** VAE **

const SPREAD = 0.05; // of p(x | z)

class Body {
  readonly layers: Linear[];
  constructor(sizes: readonly number[]) {
    this.layers = sizes.slice(1).map((size, k) => new Linear(sizes[k]!, size));
  }
  forward(x: Tensor): Tensor {
    const [lastLayer, ...hidden] = [...this.layers].reverse() as [Linear, ...Linear[]];
    return lastLayer.forward(hidden.reverse().reduce((h, layer) => layer.forward(h).relu(), x));
  }
}

function vae(width: number): Player {
  const latent = 2;
  const model = new VAE(
    new Body([2, width, width, 2 * latent]),
    new Body([latent, width, width, 2]),
    { latent, likelihood: gaussian(SPREAD) },
  );
  const optimizer = adam(model, { lr: 2e-3 });
  return {
    parts: { model, optimizer },
    parameters: count(model),
    batch: BATCH,
    async step(points, way) {
      using x = tensor(points, { shape: [BATCH, 2] });
      using result = backprop(model, () => model.loss(x));
      optimizer.lr = 2e-3 * (1 - 0.98 * way);
      optimizer.step(result.grads);
      return result.loss.item();
    },
    draw: (wanted) => read(() => model.sample(wanted)),
  };
}

// ** diffusion **

function ddpm(width: number): Player {
  const model = new PointDenoiser({ width, waves: 6 });
  const schedule = NoiseSchedule.cosine(200);
  const optimizer = adam(model, { lr: 3e-3 });
  const smooth = average(model);
  return {
    parts: { model, optimizer, smooth },
    parameters: count(model),
    batch: BATCH,
    async step(points, way, step) {
      using x = tensor(points, { shape: [BATCH, 2] });
      using result = backprop(model, () =>
        diffusionLoss((xt, t) => model.forward(xt, t), schedule, x),
      );
      optimizer.lr = 3e-3 * (1 - 0.98 * way);
      optimizer.step(result.grads);
      smooth.update(decayAt(step));
      return result.loss.item();
    },
    draw: (wanted) =>
      smooth.during(async () => {
        const denoise = (x: Tensor, t: Tensor) => model.forward(x, t);
        using x = await last(ddim(denoise, schedule, [wanted, 2], { steps: 50 }));
        return Float32Array.from(await x.data());
      }),
  };
}
