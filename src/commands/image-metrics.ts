// Metrics of two folders of images: distances of their distributions by features, and, where the
// files have the same names on both sides, likeness pair by pair.

import {
  type Extractor,
  Fid,
  InceptionScore,
  type Interval,
  Kid,
  type PixelBuffer,
  Prdc,
  type PrdcResult,
  Psnr,
  type Result,
  type Rows,
  Ssim,
} from "../metrics/index.js";
import { type ExtractorChoice, openExtractor } from "./image-extractors.js";
import { errorOf, type NamedImage, pngNames, readImages } from "./png.js";
import type { Score } from "./scores.js";

export interface ImageOptions {
  readonly real: string;
  readonly generated: string;
  readonly extractor: ExtractorChoice;
  readonly seed: string;
  readonly progress: (line: string) => void;
}

/**
 * FID, KID and precision, recall, density, coverage; the Inception Score where the extractor names
 * classes; PSNR and SSIM where the names of the files agree.
 */
export async function scoreImages(options: ImageOptions): Promise<Score[]> {
  const [ours, theirs] = [await pngNames(options.real), await pngNames(options.generated)];
  const paired = ours.join("\n") === theirs.join("\n");
  const system = options.generated;
  const scores = await distances(options, ours.length + theirs.length);
  return [...scores, ...(paired ? await likeness(options, ours.length) : [])].map((score) => ({
    system,
    ...score,
  }));
}

type Bare = Omit<Score, "system">;

async function distances(options: ImageOptions, files: number): Promise<Bare[]> {
  const { seed, progress } = options;
  const extractor = await openExtractor(options.extractor);
  const { id, head } = extractor;
  const fid = new Fid({ extractor: id });
  const kid = new Kid({ extractor: id, seed });
  const prdc = new Prdc({ extractor: id });
  const classes = head && new InceptionScore({ extractor: head.id, seed });
  let done = 0;
  for (const side of ["real", "generated"] as const) {
    for await (const batch of batches(readImages(options[side]))) {
      const features = await featuresOf(batch, extractor);
      for (const all of [fid, kid, prdc]) all.add({ [side]: features });
      if (side === "generated" && head) classes?.add(await head.logits(features));
      progress(`features: ${(done += batch.length)} of ${files} images`);
    }
  }
  progress("distances");
  return [
    bare("fid", fid.result()),
    spread("kid", kid.result()),
    ...(classes ? [spread("inception-score", classes.result())] : []),
    ...sharesOf(prdc.result()),
  ];
}

const BATCH = 32;

async function* batches(images: AsyncIterable<NamedImage>): AsyncGenerator<NamedImage[]> {
  let waiting: NamedImage[] = [];
  for await (const image of images) {
    waiting.push(image);
    if (waiting.length < BATCH) continue;
    yield waiting;
    waiting = [];
  }
  if (waiting.length > 0) yield waiting;
}

async function featuresOf(batch: NamedImage[], extractor: Extractor<PixelBuffer>): Promise<Rows> {
  try {
    return await extractor.embed(batch.map(({ pixels }) => pixels));
  } catch (cause) {
    const [first, last] = [batch[0]!.name, batch.at(-1)!.name];
    throw errorOf(first === last ? first : `${first} to ${last}`, cause);
  }
}

function sharesOf(result: PrdcResult): Bare[] {
  const names = ["precision", "recall", "density", "coverage"] as const;
  return names.map((name) => ({
    ...bare(name, result),
    value: result.parts?.[name] ?? null,
    interval: result.parts?.intervals[name],
  }));
}

async function likeness(options: ImageOptions, pairs: number): Promise<Bare[]> {
  const psnr = new Psnr({ dataRange: 255 });
  const ssim = new Ssim({ dataRange: 255 });
  const theirs = readImages(options.generated);
  let done = 0;
  for await (const real of readImages(options.real)) {
    const generated = (await theirs.next()).value as NamedImage;
    const pair = { real: real.pixels, generated: generated.pixels };
    try {
      psnr.add(pair);
      ssim.add(pair);
    } catch (cause) {
      throw errorOf(real.name, cause);
    }
    options.progress(`${++done} of ${pairs} pairs`);
  }
  return [bare("psnr", psnr.result()), bare("ssim", ssim.result())];
}

function bare(metric: string, result: Result<unknown, string> & { interval?: Interval }): Bare {
  const { value, signature, interval } = result;
  if (result.value === null) return { metric, value, message: result.message, signature };
  return { metric, value, interval, signature };
}

/** With the standard deviation over subsets or splits, which is no interval of the value. */
function spread(
  metric: string,
  result: Result<{ readonly standardDeviation: number | null }, string>,
): Bare {
  return { ...bare(metric, result), deviation: result.parts?.standardDeviation ?? undefined };
}
