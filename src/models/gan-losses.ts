/**
 * What the two players of a GAN minimize, from the discriminator's logits of real and of generated data, and penalties
 * on its slope. Each loss has one shape; only the difference differs.
 */
import { gradient, rand, type Tensor } from "../tensor/index.js";

/** real and fake: logits [B]. */
export type GanLoss = {
  discriminator(real: Tensor, fake: Tensor): Tensor;
  /** `real` is read by the relativistic loss alone. */
  generator(fake: Tensor, real: Tensor): Tensor;
};
/** A loss whose generator is told no real logits; it takes them, to stand where any loss may. */
export type PlainGanLoss = GanLoss & { generator(fake: Tensor, real?: Tensor): Tensor };

const logistic = (real: Tensor, fake: Tensor): Tensor =>
  real.neg().softplus().mean().add(fake.softplus().mean());

/** Goodfellow et al. (2014), eq. 1: the game as it was written. The generator learns little while it loses. */
export const saturating: PlainGanLoss = {
  discriminator: logistic,
  generator: (fake) => fake.softplus().mean().neg(),
};

/** Goodfellow et al. (2014), section 3, end: −log D(G(z)) in its place. */
export const nonSaturating: PlainGanLoss = {
  discriminator: logistic,
  generator: (fake) => fake.neg().softplus().mean(),
};

/** Mao et al. (2017), eq. 9: a = 0, b = c = 1. */
export const leastSquares: PlainGanLoss = {
  discriminator: (real, fake) => real.sub(1).square().mean().add(fake.square().mean()).mul(0.5),
  generator: (fake) => fake.sub(1).square().mean().mul(0.5),
};

/** Lim and Ye (2017); Miyato et al. (2018), eq. 16 and 17. */
export const hinge: PlainGanLoss = {
  discriminator: (real, fake) => real.neg().add(1).relu().mean().add(fake.add(1).relu().mean()),
  generator: (fake) => fake.mean().neg(),
};

/** Arjovsky et al. (2017), eq. 2 and 3; wants a critic of slope 1: `gradientPenalty`, or spectral norm. */
export const wasserstein: PlainGanLoss = {
  discriminator: (real, fake) => fake.mean().sub(real.mean()),
  generator: (fake) => fake.mean().neg(),
};

/** Jolicoeur-Martineau (2019), RpGAN: real data against fake ones in pairs. */
export const relativistic: GanLoss = {
  discriminator: (real, fake) => fake.sub(real).softplus().mean(),
  generator: (fake, real) => real.sub(fake).softplus().mean(),
};

type Critic = (x: Tensor) => Tensor;

/**
 * E (‖∇D(x̂)‖ − 1)², x̂ between a real and a fake example: eq. 3 of Gulrajani et al. (2017), to be added with the weight
 * 10. The critic must not mix examples: no batch norm.
 */
export function gradientPenalty(critic: Critic, real: Tensor, fake: Tensor): Tensor {
  const part = rand([real.shape[0]!, ...real.shape.slice(1).map(() => 1)]);
  const between = real.mul(part).add(fake.mul(part.neg().add(1)));
  const length = slope(critic, between).add(1e-12).sqrt(); // √ has no slope at 0
  return length.sub(1).square().mean();
}

/** ½·E ‖∇D(x)‖² on real data: R1, eq. 9 of Mescheder et al. (2018), to be added with the weight γ. On fake data it is R2. */
export const r1 = (critic: Critic, real: Tensor): Tensor => slope(critic, real).mean().mul(0.5);

/** ‖∇D(x)‖² for each example: [B] */
function slope(critic: Critic, x: Tensor): Tensor {
  const [g] = gradient(critic(x).sum(), [x]) as [Tensor];
  return g.square().reshape(x.shape[0]!, -1).sum(1);
}
