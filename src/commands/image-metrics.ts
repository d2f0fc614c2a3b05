// Metrics of two folders of images: distances of their distributions by features, and, where the
// files have the same names on both sides, likeness pair by pair.

import {
  type Extractor,
  Fid,
  Kid,
  Prdc,
  Psnr,
  Ssim,
  type PixelBuffer,
  type Result,
} from "../metrics/index.js";
import type { Score } from "./text-metrics.js";
import { type NamedImage, pngNames, readImages } from "./png.js";

export interface ImageOptions {
  readonly real: string;
  readonly generated: string;
  readonly seed: string;
  readonly progress: (line: string) => void;
}

const GRID = 8; // cells a side

/**
 * Features that need no network: mean colours of an 8 × 8 grid. They see layout and colour, nothing
 * finer; two scores by different extractors are never comparable, and the signature names this one.
 */
export const gridExtractor: Extractor<PixelBuffer> = {
  id: `grid-${GRID}x${GRID}x3`,
  dimension: GRID * GRID * 3,
  embed: (batch) => batch.map(gridOf),
};

function gridOf({ shape, data }: PixelBuffer): Float64Array {
  const [height = 0, width = 0, channels = 1] = shape;
  const cells = new Float64Array(GRID * GRID * 3);
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const [top, bottom] = span(row, height);
      const [left, right] = span(column, width);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            sum += data[(y * width + x) * channels + Math.min(c, channels - 1)]!;
          }
        }
        cells[(row * GRID + column) * 3 + c] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return cells;
}

/** The pixels of one of GRID parts, at least one. */
function span(part: number, size: number): [number, number] {
  const from = Math.min(size - 1, Math.floor((part * size) / GRID));
  return [from, Math.max(from + 1, Math.floor(((part + 1) * size) / GRID))];
}

/** FID, KID and precision, recall, density, coverage; PSNR and SSIM where the names agree. */
export async function scoreImages(options: ImageOptions): Promise<Score[]> {
  const [ours, theirs] = [await pngNames(options.real), await pngNames(options.generated)];
  const paired = ours.join("\n") === theirs.join("\n");
  const system = options.generated;
  const scores = await distances(options);
  return [...scores, ...(paired ? await likeness(options, ours.length) : [])].map((score) => ({
    system,
    ...score,
  }));
}

type Bare = Omit<Score, "system">;

async function distances(options: ImageOptions): Promise<Bare[]> {
  const extractor = gridExtractor.id;
  const fid = new Fid({ extractor });
  const kid = new Kid({ extractor, seed: options.seed });
  const prdc = new Prdc({ extractor });
  for (const side of ["real", "generated"] as const) {
    let done = 0;
    for await (const { pixels } of readImages(options[side])) {
      const features = { [side]: await gridExtractor.embed([pixels]) };
      for (const all of [fid, kid, prdc]) all.add(features);
      options.progress(`${options[side]}: ${++done} images`);
    }
  }
  const parts = prdc.result();
  const of = (name: "precision" | "recall" | "density" | "coverage"): Bare => ({
    ...bare(name, parts),
    value: parts.parts?.[name] ?? null,
  });
  const names = ["precision", "recall", "density", "coverage"] as const;
  return [bare("fid", fid.result()), bare("kid", kid.result()), ...names.map(of)];
}

async function likeness(options: ImageOptions, pairs: number): Promise<Bare[]> {
  const psnr = new Psnr({ dataRange: 1 });
  const ssim = new Ssim({ dataRange: 1 });
  const theirs = readImages(options.generated);
  let done = 0;
  for await (const real of readImages(options.real)) {
    const generated = (await theirs.next()).value as NamedImage;
    const pair = { real: real.pixels, generated: generated.pixels };
    try {
      psnr.add(pair);
      ssim.add(pair);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`metrics: ${real.name}: ${why}`, { cause });
    }
    options.progress(`${++done} of ${pairs} pairs`);
  }
  return [bare("psnr", psnr.result()), bare("ssim", ssim.result())];
}

function bare(metric: string, result: Result<unknown, string>): Bare {
  const { value, signature } = result;
  if (result.value === null) return { metric, value, message: result.message, signature };
  return { metric, value, interval: result.interval, signature };
}
