/** A GAN, a VAE and a diffusion model learn to draw MNIST's digits for one time each, and a judge looks at what they draw. */
import { mnist, sheet, type ImageDataset } from "../../data/index.js";
import { dispose } from "../../tensor/index.js";
import { demonstrations } from "../digits/demonstrations.js";
import { figuresOf, type Told } from "../digits/figures.js";
import { AREA, firstOf, Judge, SIDE, unit, type Pixels } from "../digits/judge.js";
import { DiffusionPainter, GanPainter, VaePainter, type Painter } from "../digits/painters.js";
import { criteria, labelsOf, realOf, scoresOf, type Real } from "../digits/scores.js";
import type { Context, Experiment, Found, Saved } from "../experiment.js";
import { digitDiffusion, type DigitDiffusionRecipe } from "../mnist-diffusion.js";
import type { Contestant, Family } from "../results.js";
import { named, words } from "../words.js";

export const digits: Experiment = {
  id: "digits",
  title: words("Digits", "Цифры"),
  about: words(
    "A GAN (DCGAN), a VAE and a diffusion model (DDPM) learn to draw the digits of MNIST, 28×28, for the same time. Each is told which digit to draw. A classifier that this run trains first judges them: its features stand for an image, its classes for what is seen. Beside them stand training digits, measured as if they had been drawn: the best there is.",
    "GAN (DCGAN), VAE и диффузионная модель (DDPM) одно и то же время учатся рисовать цифры MNIST, 28×28. Каждой говорят, какую цифру рисовать. Судит их классификатор, который этот запуск обучает первым: его признаки заменяют изображение, его классы — увиденное. Рядом — обучающие цифры, измеренные так, словно нарисованы: лучше не бывает.",
  ),
  contestants: ["gan", "vae", "ddpm"],
  seconds: { tiny: 1, quick: 20, full: 230 },
  measuring: { tiny: 2, quick: 30, full: 230 },
  criteria,
  run,
};

export type Setting = { train: ImageDataset; test: ImageDataset; judge: Judge; real: Real };

async function run(context: Context): Promise<Found> {
  const [train, test] = [await mnist(), await mnist({ split: "test" })];
  const seen = test.take(context.size({ tiny: 60, quick: 2000, full: 10_000 }));
  const judge = await Judge.of(context, train);
  const real = await realOf(judge, unit(seen));
  const setting = { train, test: seen, judge, real };
  const accuracy = await context.part("accuracy", () => judge.accuracy(seen));
  const told = [await context.part("real", () => control(setting, context))];
  for (const kind of kinds.filter(({ id }) => context.has(id)))
    told.push(await context.part(kind.id, () => painted(context, setting, kind)));
  judge.dispose();
  const contestants = told.map(({ contestant }) => contestant);
  return { contestants, figures: figuresOf(told, { accuracy, count: seen.count }) };
}

type Kind = { id: string; name: string; family: Family; make(context: Context): Painter };

const kinds: Kind[] = [
  {
    id: "gan",
    name: "GAN",
    family: "gan",
    make: (context) => new GanPainter(context.size({ tiny: 2, quick: 16, full: 16 })),
  },
  {
    id: "vae",
    name: "VAE",
    family: "vae",
    make: (context) => new VaePainter(context.size({ tiny: 2, quick: 16, full: 16 })),
  },
  {
    id: "ddpm",
    name: "DDPM",
    family: "diffusion",
    make: (context) =>
      new DiffusionPainter(
        context.size({ tiny: tinyDiffusion, quick: quickDiffusion, full: digitDiffusion }),
      ),
  },
];

/** In a few hundred steps a network learns to obey sooner if it foretells the picture and all steps weigh the same. */
const quickDiffusion: DigitDiffusionRecipe = {
  ...digitDiffusion,
  predicts: "x0",
  gamma: undefined,
  least: undefined,
  unet: { ...digitDiffusion.unet, width: 8 },
  batch: 16,
  lr: 4e-3,
  decay: 0.98,
  sampling: 10,
};
const tinyDiffusion: DigitDiffusionRecipe = {
  ...quickDiffusion,
  unet: { channels: 1, width: 4, multipliers: [1, 1], classes: 10 },
  batch: 4,
  sampling: 2,
};

/** How many digits of each are measured. */
const drawnOf = (context: Context) => context.size({ tiny: 20, quick: 200, full: 1000 });
const SHOWN = 40; // on a sheet

/** Training digits, one for each label, in place of drawn ones. */
async function control({ train, judge, real }: Setting, context: Context): Promise<Told> {
  const labels = labelsOf(drawnOf(context));
  const pixels = unit(firstOf(train, labels));
  const contestant: Contestant = {
    id: "real",
    name: words("training digits", "обучающие цифры"),
    family: "control",
    parameters: null,
    steps: 0,
    seconds: 0,
    criteria: await scoresOf(judge, real, pixels, labels),
  };
  return { contestant, sheet: await sheetOf(context, "digits-real", pixels) };
}

async function painted(context: Context, setting: Setting, kind: Kind): Promise<Told> {
  const painter = kind.make(context);
  const trained = await teach(context, setting.train, painter, kind.id);
  context.reseed(`${kind.id} measured`);
  const labels = labelsOf(drawnOf(context));
  await context.pause(`digits ${kind.id}: drawing ${labels.length}`);
  const start = performance.now();
  const pixels = await painter.draw(labels);
  const perSample = (performance.now() - start) / labels.length;
  const contestant: Contestant = {
    id: kind.id,
    name: named(kind.name),
    family: kind.family,
    parameters: painter.parameters,
    steps: trained.steps,
    seconds: trained.seconds,
    criteria: {
      ...(await scoresOf(setting.judge, setting.real, pixels, labels)),
      secondsPerSample: { value: perSample },
    },
  };
  const sheet = await sheetOf(context, `digits-${kind.id}`, pixels);
  const shown = await demonstrations(context, setting, painter);
  dispose(painter.parts);
  return { contestant, curve: trained.curve, sheet, ...shown };
}

const teach = (context: Context, train: ImageDataset, painter: Painter, name: string) =>
  context.train({
    name,
    parts: painter.parts,
    batches: (start) => {
      const { batch, range } = painter;
      const steps = Number.MAX_SAFE_INTEGER;
      return train.batches({ batch, range, steps, seed: context.seed, start });
    },
    step: (batch, way) => painter.step(batch, way),
  });

/** A row of each digit. */
function sheetOf(context: Context, name: string, pixels: Pixels): Promise<Saved> {
  const across = Math.min(SHOWN, pixels.length / AREA) / 10;
  const byDigit = new Float32Array(10 * across * AREA);
  for (let k = 0; k < 10 * across; k++) {
    const from = 10 * (k % across) + Math.floor(k / across); // drawn as 0, 1, … 9, 0, …
    byDigit.set(pixels.subarray(from * AREA, (from + 1) * AREA), k * AREA);
  }
  return context.picture(name, sheet(byDigit, [10 * across, 1, SIDE, SIDE], { columns: across }));
}
