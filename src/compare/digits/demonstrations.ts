/** What each painter can do besides drawing: go from one code to another, be watched, fill in what is missing. */
import { sheet, type Picture } from "../../data/index.js";
import { ddpm, dpmSolver, interpolate, slerp } from "../../models/index.js";
import { tensor, tidy, type Tensor } from "../../tensor/index.js";
import type { Context, Saved } from "../experiment.js";
import { AREA, firstOf, SIDE, told, unit, type Judge, type Pixels } from "./judge.js";
import { DiffusionPainter, ends, GanPainter, toUnit, VaePainter } from "./painters.js";
import type { Painter } from "./painters.js";
import { fidOf, labelsOf, surely, type Real } from "./scores.js";
import type { ImageDataset } from "../../data/index.js";

/** What may stand beside a painter's sheet; each painter has some of it. */
export type Shown = {
  interpolation?: { saved: Saved; between: number; blended: number };
  bySteps?: { solver: [number, number][]; ancestral: [number, number][] };
  film?: { saved: Saved; steps: number[] };
  inpainting?: { saved: Saved; largestChange: number; recognised: number; seconds: number };
  outpainting?: { saved: Saved; largestChange: number };
};

type Around = { test: ImageDataset; judge: Judge; real: Real };

export async function demonstrations(
  context: Context,
  around: Around,
  painter: Painter,
): Promise<Shown> {
  if (painter instanceof DiffusionPainter)
    return {
      bySteps: await bySteps(context, around, painter),
      film: await film(context, painter),
      ...(await completed(context, around, painter)),
    };
  if (painter instanceof GanPainter || painter instanceof VaePainter)
    return { interpolation: await interpolation(context, around, painter) };
  return {};
}

// ** from one code to another **

const WAY = 10; // digits from end to end
const DIGITS = [2, 4, 7, 8];

/** Along the arc between two codes, four times; beside it, plain blends of the two ends' pixels. */
async function interpolation(context: Context, { judge }: Around, painter: GanPainter | VaePainter) {
  const rows: Pixels[] = [];
  for (const digit of DIGITS)
    rows.push(await painter.of((latent) => tidy(() => interpolate(...ends(latent), WAY, slerp)), digit)); // prettier-ignore
  const pixels = joined(rows);
  const kind = painter instanceof GanPainter ? "gan" : "vae";
  const name = `digits-${kind}-interpolation`;
  const share = async (all: Pixels) => surely(await judge.sees(all));
  return {
    saved: await context.picture(name, sheetOf(pixels, WAY)),
    between: await share(pixels),
    blended: await share(joined(rows.map(blends))),
  };
} // prettier-ignore

function blends(row: Pixels): Pixels {
  const last = row.length - AREA;
  return row.map((_, at) => {
    const part = Math.floor(at / AREA) / (WAY - 1);
    return (1 - part) * row[at % AREA]! + part * row[last + (at % AREA)]!;
  });
}

// ** quality by the number of steps **

/** FID by the number of times that the network is asked, without guidance. */
async function bySteps(context: Context, { judge, real }: Around, { model }: DiffusionPainter) {
  const count = context.size({ tiny: 20, quick: 80, full: 250 });
  const most = context.size({ tiny: [2, 3], quick: [2, 4, 8, 16], full: [2, 5, 10, 20, 50] });
  const line = async (sampler: typeof dpmSolver) => {
    const points: [number, number][] = [];
    for (const steps of most) {
      await context.pause(`digits ddpm: FID after ${steps} sampling steps`);
      context.reseed("by steps"); // all begin from the same noise
      const drawn = await model.draw(labelsOf(count), { steps, scale: 1, sampler });
      points.push([steps, fidOf(real, await judge.sees(toUnit(drawn)))!]);
    }
    return points;
  };
  return { solver: await line(dpmSolver), ancestral: await line(ddpm) };
}

// ** film **

const FRAMES = 10;
const CAST = [3, 5, 8];

async function film(context: Context, { model }: DiffusionPainter) {
  context.reseed("film");
  const steps = context.size({ tiny: 3, quick: 20, full: 40 });
  const frames = await model.film(CAST, { steps });
  const shown = Math.min(FRAMES, frames.length);
  const chosen = Array.from({ length: shown }, (_, k) => Math.round(((k + 1) * frames.length) / shown) - 1); // prettier-ignore
  const rows = CAST.map((_, row) =>
    joined(chosen.map((frame) => toUnit(frames[frame]!.subarray(row * AREA, (row + 1) * AREA)))),
  );
  const saved = await context.picture("digits-film", sheetOf(joined(rows), shown));
  return { saved, steps: chosen.map((frame) => frame + 1) };
}

// ** what is missing **

const GREY = 0.35; // of what is not given
const HALF = SIDE / 2;
const STRIP = 12; // columns that are given to be painted around

/** The left half of test digits is given, and the model draws the right one; then only a strip in the middle. */
async function completed(context: Context, around: Around, { model }: DiffusionPainter) {
  await context.pause("digits ddpm: in- and outpainting");
  context.reseed("inpainting");
  const labels = labelsOf(10);
  const whole = unit(firstOf(around.test, labels));
  using image = tensor(whole.map((x) => 2 * x - 1), { shape: [10, 1, SIDE, SIDE] }); // prettier-ignore
  using mask = tidy(() => columnsBelow(HALF));
  const steps = context.size({ tiny: 2, quick: 10, full: 20 });
  const start = performance.now();
  const inpainted = await model.inpaint(image, mask, labels, { steps });
  const seconds = (performance.now() - start) / 1e3;
  const isGiven = (at: number) => at % SIDE < HALF;
  const given = whole.map((x, at) => (isGiven(at) ? x : GREY));
  const seen = await around.judge.sees(toUnit(inpainted));
  const inpainting = {
    saved: await context.picture("digits-inpainting", sheetOf(joined([whole, given, toUnit(inpainted)]), 10)), // prettier-ignore
    largestChange: largest(inpainted, await image.data(), isGiven),
    recognised: told(seen.logits).filter((digit, k) => digit === labels[k]).length,
    seconds,
  };
  return { inpainting, outpainting: await outpainting(context, model, image, labels, steps) };
}

async function outpainting(
  context: Context,
  model: DiffusionPainter["model"],
  image: Tensor,
  labels: readonly number[],
  steps: number,
) {
  const side = (SIDE - STRIP) / 2;
  using strip = tidy(() => image.slice(-1, side, side + STRIP).copy());
  const drawn = await model.outpaint(strip, { left: side, right: side }, labels, { steps });
  const isGiven = (at: number) => at % SIDE >= side && at % SIDE < side + STRIP;
  const whole = await image.data();
  const given = toUnit(Float32Array.from(whole)).map((x, at) => (isGiven(at) ? x : GREY));
  const picture = sheetOf(joined([given, toUnit(drawn)]), 10);
  return {
    saved: await context.picture("digits-outpainting", picture),
    largestChange: largest(drawn, whole, isGiven),
  };
}

/** [1, 1, 28, 28], true in the columns below `bound`. */
function columnsBelow(bound: number): Tensor {
  const row = Float32Array.from({ length: AREA }, (_, at) => Number(at % SIDE < bound));
  return tensor(row, { shape: [1, 1, SIDE, SIDE] }).gt(0.5);
}

const largest = (one: ArrayLike<number>, two: ArrayLike<number>, at: (k: number) => boolean) =>
  Array.from(one).reduce((most, x, k) => (at(k) ? Math.max(most, Math.abs(x - two[k]!)) : most), 0);

// ** sheets **

function joined(parts: readonly Pixels[]): Pixels {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const sheetOf = (pixels: Pixels, columns: number): Picture =>
  sheet(pixels, [pixels.length / AREA, 1, SIDE, SIDE], { columns });
