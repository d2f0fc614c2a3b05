// Mixtures of Gaussians in the plane, on which a generative model is seen to find or to lose modes:
// the ring and the grid of PacGAN (Lin et al., 2018), whose numbers of modes are the published ones.

import seedrandom from "seedrandom";

/** Equal shares of N(centre, sigma²·I). */
export class Mixture {
  constructor(
    readonly centers: readonly (readonly [number, number])[],
    readonly sigma: number,
  ) {
    if (!centers.length || !(sigma > 0)) {
      throw new RangeError(
        `A mixture wants a centre or more and a sigma above 0; ${centers.length} and ${sigma} came.`,
      );
    }
  }

  /** Points [count, 2] and the mode that each came from, the same for the same seed. */
  sample(
    count: number,
    seed: number | string = 0,
  ): { x: Float32Array<ArrayBuffer>; mode: Int32Array<ArrayBuffer> } {
    const random = seedrandom(JSON.stringify(["mixture", seed]));
    const x = new Float32Array(2 * count);
    const mode = new Int32Array(count);
    for (let k = 0; k < count; k++) {
      const place = Math.floor(random() * this.centers.length);
      const radius = this.sigma * Math.sqrt(-2 * Math.log(1 - random())); // Box and Muller
      const angle = 2 * Math.PI * random();
      x[2 * k] = this.centers[place]![0] + radius * Math.cos(angle);
      x[2 * k + 1] = this.centers[place]![1] + radius * Math.sin(angle);
      mode[k] = place;
    }
    return { x, mode };
  }
}

/** Modes on a circle. */
export function ring({ modes = 8, radius = 1, sigma = 0.01 } = {}): Mixture {
  const at = (k: number) => (2 * Math.PI * k) / modes;
  const centers = Array.from({ length: modes }, (_, k): [number, number] => [
    radius * Math.cos(at(k)),
    radius * Math.sin(at(k)),
  ]);
  return new Mixture(centers, sigma);
}

/** side × side modes, `spacing` apart, around 0. */
export function grid({ side = 5, spacing = 2, sigma = 0.05 } = {}): Mixture {
  const at = (k: number) => spacing * (k - (side - 1) / 2);
  const centers = Array.from({ length: side * side }, (_, k): [number, number] => [
    at(k % side),
    at(Math.floor(k / side)),
  ]);
  return new Mixture(centers, sigma);
}
