/**
 * The noise schedule of a diffusion: how much of the data is left after step t of noising.
 * q(x_t | x_0) = N(√ᾱ_t·x_0, (1 − ᾱ_t)·I) with ᾱ_t = Π_s (1 − β_s): eq. 4 of Ho et al. (2020). All in float64,
 * because 1 − ᾱ near ᾱ = 1 would lose its digits.
 */
import { NumberError } from "../tensor/index.js";

export class NoiseSchedule {
  /** How many steps of noising there are, T. */
  readonly steps: number;

  /** From ᾱ_0 … ᾱ_{T−1}, which fall from below 1 towards 0. */
  constructor(readonly alphaBars: Float64Array) {
    this.steps = alphaBars.length;
    const falls = alphaBars.every((a, t) => a >= 0 && a < (alphaBars[t - 1] ?? 1));
    if (!falls || !this.steps)
      throw new NumberError(
        "NoiseSchedule: ᾱ must fall at every step, and lie from 0 up to (not with) 1; use a static method, or check the betas",
      );
  }

  static fromBetas(betas: Iterable<number>): NoiseSchedule {
    let product = 1;
    return new NoiseSchedule(Float64Array.from(betas, (beta) => (product *= 1 - beta)));
  }

  /** β from `first` to `last` in a straight line: Ho et al. (2020), section 4. Their values are for 1,000 steps; with fewer each does more, up to 0.999. */
  static linear(
    steps = 1000,
    { first = Math.min(0.1 / steps, 0.999), last = Math.min(20 / steps, 0.999) } = {},
  ): NoiseSchedule {
    checkSteps(steps);
    return NoiseSchedule.fromBetas(line(steps, first, last));
  }

  /** √β in a straight line: Rombach et al. (2022), Stable Diffusion's values. */
  static scaledLinear(steps = 1000, { first = 0.00085, last = 0.012 } = {}): NoiseSchedule {
    checkSteps(steps);
    return NoiseSchedule.fromBetas(line(steps, first ** 0.5, last ** 0.5).map((x) => x * x));
  }

  /** ᾱ(t) = cos²((t + s)/(1 + s)·π/2), β at most 0.999: eq. 17 of Nichol and Dhariwal (2021). */
  static cosine(steps = 1000, { offset = 0.008 } = {}): NoiseSchedule {
    checkSteps(steps);
    const alphaBar = (t: number) =>
      Math.cos(((t / steps + offset) / (1 + offset)) * (Math.PI / 2)) ** 2;
    const beta = (t: number) => Math.min(1 - alphaBar(t + 1) / alphaBar(t), 0.999);
    return NoiseSchedule.fromBetas(Array.from({ length: steps }, (_, t) => beta(t)));
  }

  /** The same, shifted and scaled so that nothing is left at the end: algorithm 1 of Lin et al. (2024). Wants v or x0 prediction. */
  withZeroEnd(): NoiseSchedule {
    const roots = this.alphaBars.map(Math.sqrt);
    const [first, last] = [roots[0]!, roots.at(-1)!];
    return new NoiseSchedule(roots.map((r) => (((r - last) * first) / (first - last)) ** 2));
  }

  /** β_t = 1 − ᾱ_t/ᾱ_{t−1} */
  beta(t: number): number {
    return 1 - this.alphaBars[t]! / (this.alphaBars[t - 1] ?? 1);
  }

  /** The ratio of signal to noise, ᾱ_t/(1 − ᾱ_t). */
  snr(t: number): number {
    return this.alphaBars[t]! / (1 - this.alphaBars[t]!);
  }
}

/**
 * q(x_s | x_t, x_0) = N(fromStart·x_0 + fromNoisy·x_t, variance) for a less noisy s: eq. 6 and 7 of Ho et al.
 * (2020), whose s is t − 1.
 */
export function posterior(alphaBar: number, next: number) {
  const alpha = alphaBar / next;
  const beta = 1 - alpha;
  return {
    beta,
    fromStart: (Math.sqrt(next) * beta) / (1 - alphaBar),
    fromNoisy: (Math.sqrt(alpha) * (1 - next)) / (1 - alphaBar),
    variance: (beta * (1 - next)) / (1 - alphaBar),
  };
}

function line(count: number, first: number, last: number): number[] {
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  return Array.from({ length: count }, (_, k) => first + step * k);
}

function checkSteps(steps: number): void {
  if (Number.isInteger(steps) && steps >= 1) return;
  throw new NumberError(`NoiseSchedule: steps is ${steps}; it must be a whole number from 1`);
}
