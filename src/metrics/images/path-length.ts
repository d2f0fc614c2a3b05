// Perceptual path length (Karras, Laine & Aila, 2019): how smoothly a generator's output changes
// along its latent space. For pairs of latents, a place t on the path between them and a small
// step: E[ distance(G(z(t)), G(z(t + ε))) / ε² ], the lowest and highest hundredth left out.

import { dot } from "../linalg/index.js";
import { jackknifed } from "../jackknife.js";
import { type Result, signature, undecided } from "../result.js";
import { meanStatistics } from "../statistics/bootstrap.js";
import { randomNormals, type Random, seededRandom } from "../statistics/random.js";
import { ascending, mean, standardDeviation } from "../statistics/summary.js";

export interface PathLengthOptions<Output> {
  /** The outputs for a batch of latents, in their order. */
  readonly generate: (
    latents: readonly Float64Array[],
  ) => readonly Output[] | Promise<readonly Output[]>;
  /** A squared distance of two outputs, as LPIPS is. */
  readonly distance: (a: Output, b: Output) => number | Promise<number>;
  readonly dimension: number;
  /** `slerp` along the sphere for normal latents, `lerp` for an intermediate space. */
  readonly path?: "slerp" | "lerp";
  /** Latents to walk between, two a path; drawn normal from the seed where they are missing. */
  readonly latents?: (random: Random) => Float64Array;
  readonly samples?: number;
  readonly batch?: number;
  readonly epsilon?: number;
  readonly seed?: string;
  /** The share of paths left out at either end. */
  readonly trim?: number;
}

export interface PathLengthParts {
  readonly standardDeviation: number;
  readonly perPath: readonly number[];
  /** How many paths lie within the trimmed range. */
  readonly kept: number;
}

/** The mean path length; small is smooth. */
export async function pathLength<Output>(
  options: PathLengthOptions<Output>,
): Promise<Result<PathLengthParts, "too-few-paths">> {
  const { samples = 1000, batch = 16, epsilon = 1e-4, seed = "genarch", trim = 0.01 } = options;
  const settings = { path: options.path ?? "slerp", epsilon, samples, trim, seed };
  const about = { n: samples, signature: signature("path-length", settings) };
  if (samples < 2) return undecided("too-few-paths", "A path length needs 2 paths or more.", about);
  const random = seededRandom(seed);
  const perPath: number[] = [];
  while (perPath.length < samples) {
    const count = Math.min(batch, samples - perPath.length);
    perPath.push(...(await someLengths(options, random, count, epsilon)));
  }
  const sorted = ascending(perPath);
  const [low, high] = [nearestBelow(sorted, trim), nearestAbove(sorted, 1 - trim)];
  const kept = perPath.filter((x) => x >= low && x <= high);
  const parts = { standardDeviation: standardDeviation(kept, 0), perPath, kept: kept.length };
  const value = mean(kept);
  const interval = jackknifed(meanStatistics(kept), value, [0, Infinity]);
  return { value, parts, ...interval, ...about };
}

async function someLengths<Output>(
  { generate, distance, dimension, path = "slerp", latents }: PathLengthOptions<Output>,
  random: Random,
  count: number,
  epsilon: number,
): Promise<number[]> {
  const draw = latents ?? ((from: Random) => normalLatent(from, dimension));
  const ends: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const [from, to] = [draw(random), draw(random)];
    const t = random();
    for (const at of [t, t + epsilon]) {
      ends.push(path === "lerp" ? lerp(from, to, at) : slerp(from, to, at));
    }
  }
  const outputs = await generate(ends);
  const lengths: number[] = [];
  for (let i = 0; i < count; i++) {
    const apart = await distance(outputs[2 * i]!, outputs[2 * i + 1]!);
    if (!Number.isFinite(apart)) {
      throw new RangeError(
        `The distance of two outputs came as ${apart}; pathLength needs a finite number.`,
      );
    }
    lengths.push(apart / epsilon ** 2);
  }
  return lengths;
}

function normalLatent(random: Random, dimension: number): Float64Array {
  const pairs = Array.from({ length: Math.ceil(dimension / 2) }, () => randomNormals(random));
  return Float64Array.from(pairs.flat().slice(0, dimension));
}

/** The straight way from a to b. */
export function lerp(a: Float64Array, b: Float64Array, t: number): Float64Array {
  return a.map((x, i) => x + t * (b[i]! - x));
}

/** The way from a to b along the unit sphere, both brought to length 1 first. */
export function slerp(a: Float64Array, b: Float64Array, t: number): Float64Array {
  const [from, to] = [unit(a), unit(b)];
  const cosine = dot(from, to);
  const angle = t * Math.acos(Math.min(1, Math.max(-1, cosine)));
  const across = unit(to.map((x, i) => x - cosine * from[i]!));
  return unit(from.map((x, i) => x * Math.cos(angle) + across[i]! * Math.sin(angle)));
}

function unit(v: Float64Array): Float64Array {
  const length = Math.hypot(...v);
  return length === 0 ? v : v.map((x) => x / length);
}

/** The sample at or below a quantile, as StyleGAN's `interpolation="lower"`. */
function nearestBelow(sorted: Float64Array, p: number): number {
  return sorted[Math.floor(p * (sorted.length - 1))]!;
}

function nearestAbove(sorted: Float64Array, p: number): number {
  return sorted[Math.ceil(p * (sorted.length - 1))]!;
}
