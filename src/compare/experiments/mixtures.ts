/** Mixtures of Gaussians in the plane, where it can be counted how many modes a generative model finds: a ring and a grid. */
import { grid, ring, type Mixture } from "../../data/index.js";
import { modeCoverage } from "../../metrics/index.js";
import { dispose } from "../../tensor/index.js";
import type { Context, Experiment, Found } from "../experiment.js";
import { criteria } from "../mixtures/criteria.js";
import { figuresOf, type Told } from "../mixtures/figures.js";
import { models, names, type PointModel } from "../mixtures/models.js";
import type { Contestant, Measure } from "../results.js";
import type { Trained } from "../training.js";
import { words } from "../words.js";

/** As published: Lin et al. (2018), section 4.1. Points are brought to about unit size for all. */
const tasks: Record<"ring" | "grid", { mixture: Mixture; scale: number }> = {
  ring: { mixture: ring(), scale: 1 },
  grid: { mixture: grid(), scale: 1 / 2.83 },
};

export const ringOfModes: Experiment = {
  id: "ring",
  title: words("Eight modes in a ring", "Восемь мод по кольцу"),
  about: words(
    "Points of the plane come from eight narrow Gaussians on a circle. GANs are known to lose some of them: a plain one finds 6.3 on average in the published protocol. Each model is trained several times, from other first weights, for the same time, and draws 2,500 points; a mode is found if a point lies within three standard deviations of its centre.",
    "Точки плоскости берутся из восьми узких гауссиан на окружности. Известно, что GAN теряет часть из них: обычный находит в среднем 6,3 по опубликованному протоколу. Каждую модель несколько раз обучают с разных начальных весов одно и то же время; она рисует 2500 точек; мода найдена, если точка лежит в трёх стандартных отклонениях от её центра.",
  ),
  contestants: names,
  seconds: { tiny: 0.5, quick: 4, full: 13 },
  runs: { tiny: 2, quick: 1, full: 3 },
  measuring: { tiny: 1, quick: 2, full: 5 },
  criteria,
  run: (context) => run(context, "ring", context.size({ tiny: 2, quick: 1, full: 3 })),
};

export const gridOfModes: Experiment = {
  id: "grid",
  title: words("Twenty-five modes in a grid", "Двадцать пять мод в сетке"),
  about: words(
    "The same with five by five narrow Gaussians; the published plain GAN finds 17.3 of them.",
    "То же с пятью на пять узкими гауссианами; опубликованный обычный GAN находит 17,3.",
  ),
  contestants: names,
  seconds: { tiny: 0.5, quick: 4, full: 25 },
  measuring: { tiny: 1, quick: 1, full: 3 },
  criteria,
  run: (context) => run(context, "grid", 1),
};

const SAMPLES = 2500;
const SHOWN = 250; // of them in the figure

type Outcome = {
  trained: Trained;
  modes: number;
  highQuality: number;
  divergence: number;
  points: [number, number][];
  parameters: number;
};

async function run(context: Context, task: "ring" | "grid", seeds: number): Promise<Found> {
  const { mixture, scale } = tasks[task];
  const told: Told[] = [await context.part("control", () => Promise.resolve(control(mixture)))];
  for (const model of models.filter(({ id }) => context.has(id))) {
    const outcomes: Outcome[] = [];
    for (let k = 1; k <= seeds; k++)
      outcomes.push(await context.part(`${model.id} ${k}`, () => outcome(context, mixture, scale, model, k))); // prettier-ignore
    told.push(toldOf(model, outcomes));
  }
  const contestants = told.map(({ contestant }) => contestant);
  return { contestants, figures: figuresOf(told, task, mixture) };
}

async function outcome(
  context: Context,
  mixture: Mixture,
  scale: number,
  { id, make }: PointModel,
  number: number,
): Promise<Outcome> {
  const player = make(context.size({ tiny: 16, quick: 96, full: 128 }));
  const trained = await context.train({
    name: `${id} ${number}`,
    parts: player.parts,
    batches: function* (start) {
      for (let step = start; ; step++) {
        const { x } = mixture.sample(player.batch, `${context.seed} ${number} ${step}`);
        yield { x: x.map((value) => value * scale), step };
      }
    },
    step: ({ x }, way, step) => player.step(x, way, step),
  });
  context.reseed(`${id} ${number} measured`);
  const drawn = await player.draw(SAMPLES);
  const { parameters } = player;
  dispose(player.parts);
  const samples = pairs(drawn.map((value) => value / scale));
  return { ...judged(samples, mixture), trained, points: shown(samples), parameters };
}

function judged(samples: readonly [number, number][], { centers, sigma }: Mixture) {
  const { parts } = modeCoverage({ samples, centers }, { sigma });
  const { modes, highQuality, divergence } = parts!;
  return { modes, highQuality, divergence };
}

const pairs = (flat: Float32Array): [number, number][] =>
  Array.from({ length: flat.length / 2 }, (_, k) => [flat[2 * k]!, flat[2 * k + 1]!]);
const shown = (samples: readonly [number, number][]): [number, number][] =>
  samples.slice(0, SHOWN).map(([x, y]) => [rounded(x), rounded(y)]);
const rounded = (x: number) => Number(x.toFixed(2));

/** Points of the mixture itself. */
function control(mixture: Mixture): Told {
  const samples = pairs(mixture.sample(SAMPLES, "control").x);
  const contestant: Contestant = {
    id: "data",
    name: words("the mixture itself", "сама смесь"),
    family: "control",
    parameters: null,
    steps: 0,
    seconds: 0,
    criteria: measures([judged(samples, mixture)]),
  };
  return { contestant, points: shown(samples) };
}

function toldOf({ id, name, family }: PointModel, outcomes: readonly Outcome[]): Told {
  const total = (of: (trained: Trained) => number) =>
    outcomes.reduce((sum, { trained }) => sum + of(trained), 0);
  const contestant: Contestant = {
    id,
    name,
    family,
    parameters: outcomes[0]!.parameters,
    steps: total(({ steps }) => steps),
    seconds: total(({ seconds }) => seconds),
    criteria: measures(outcomes),
  };
  const [first] = outcomes as readonly [Outcome];
  return { contestant, points: first.points, curve: first.trained.curve };
}

function measures(
  outcomes: readonly Pick<Outcome, "modes" | "highQuality" | "divergence">[],
): Record<string, Measure> {
  const of = (values: number[]): Measure => {
    const value = values.reduce((sum, x) => sum + x, 0) / values.length;
    return values.length > 1 ? { value, runs: values } : { value };
  };
  return {
    modes: of(outcomes.map(({ modes }) => modes)),
    highQuality: of(outcomes.map(({ highQuality }) => 100 * highQuality)),
    divergence: of(outcomes.map(({ divergence }) => divergence)),
  };
}
