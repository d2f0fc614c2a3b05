/**
 * A latent Gaussian: its distance from the prior, draws from it, and ways between two points. Kingma and Welling (2014);
 * spherical ways: Shoemake (1985), for latents by White (2016).
 */
import { NumberError, randn, stack, type Tensor } from "../tensor/index.js";

/** N(mean, exp(logVar)), number by number: both [B, latent]. */
export type Gaussian = { mean: Tensor; logVar: Tensor };

/** z = μ + σ·ε: the reparameterization, eq. 10 of Kingma and Welling. */
export const draw = ({ mean, logVar }: Gaussian): Tensor =>
  mean.add(logVar.mul(0.5).exp().mul(randn(mean.shape)));

/** `count` codes from the prior N(0, 1), for models that sample: [count, latent]. */
export function fromPrior(asked: string, count: number, latent: number): Tensor {
  if (!(Number.isInteger(count) && count >= 0))
    throw new NumberError(`${asked}: count is ${count}; it must be a whole number from 0`);
  return randn([count, latent]);
}

/** KL(N(μ, σ²) ‖ N(0, 1)) = ½·(μ² + σ² − log σ² − 1) in nats, for each number of the latent: appendix B. */
export const klFromPrior = ({ mean, logVar }: Gaussian): Tensor =>
  mean.square().add(logVar.exp()).sub(logVar).sub(1).mul(0.5);

/** In a straight line from a to b. */
export const lerp = (a: Tensor, b: Tensor, part: number): Tensor =>
  a.mul(1 - part).add(b.mul(part));

/** Along the arc from a to b, last axis by last axis: sin((1 − p)·Ω)/sin Ω·a + sin(p·Ω)/sin Ω·b. Where they are parallel, it is lerp. */
export function slerp(a: Tensor, b: Tensor, part: number): Tensor {
  const dot = a.mul(b).sum(-1, { keepAxes: true });
  const lengths = a
    .square()
    .sum(-1, { keepAxes: true })
    .mul(b.square().sum(-1, { keepAxes: true }));
  const cosine = dot.div(lengths.sqrt()).clamp(-1, 1);
  const angle = arccos(cosine);
  const sine = angle.sin();
  const along = a
    .mul(angle.mul(1 - part).sin())
    .add(b.mul(angle.mul(part).sin()))
    .div(sine);
  return sine.gt(0.01).where(along, lerp(a, b, part)); // the same there to 1e-5, and no 0/0
}

/** `count` points from a to b with both ends: [..] → [count, ..]. */
export function interpolate(a: Tensor, b: Tensor, count: number, way = lerp): Tensor {
  if (!(Number.isInteger(count) && count >= 2))
    throw new NumberError(`interpolate: count is ${count}; both ends alone are 2`);
  return stack(Array.from({ length: count }, (_, k) => way(a, b, k / (count - 1))));
}

/** What sets apart those that have an attribute: the difference of the means (White, 2016, section 3.2). [N, latent] and [M, latent] → [latent] */
export const attributeVector = (having: Tensor, lacking: Tensor): Tensor =>
  having.mean(0).sub(lacking.mean(0));

/** Newton's steps on cos Ω = |x|, from Ω ≈ √(2 − 2|x|); the other half by symmetry. */
function arccos(x: Tensor): Tensor {
  let angle = x.abs().neg().add(1).mul(2).sqrt();
  for (let k = 0; k < 3; k++)
    angle = angle.add(angle.cos().sub(x.abs()).div(angle.sin().maximum(1e-12)));
  return x.lt(0).where(angle.neg().add(Math.PI), angle);
}
