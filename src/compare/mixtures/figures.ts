/** What the experiments on mixtures show, and what they say of common claims. */
import type { Mixture } from "../../data/index.js";
import { claimOf } from "../claim.js";
import type { Claim, Contestant, Figure, LinesFigure, Series, Words } from "../results.js";
import { said, words, type Style } from "../words.js";

/** What a contestant told: its row of the table, some of its points (of the first training), its curve. */
export type Told = {
  contestant: Contestant;
  points: [number, number][];
  curve?: [number, number][];
};

export type Task = "ring" | "grid";

const REACH: Record<Task, number> = { ring: 1.4, grid: 5.2 };
const MODES: Record<Task, number> = { ring: 8, grid: 25 };
/** Of a plain GAN: Lin et al. (2018), table 1. */
const PUBLISHED: Record<Task, number> = { ring: 6.3, grid: 17.3 };

export const figuresOf = (told: readonly Told[], task: Task, mixture: Mixture): Figure[] => [
  pointsFigure(told, task, mixture),
  ...lossFigures(told, task),
];

function pointsFigure(told: readonly Told[], task: Task, { centers }: Mixture): Figure {
  return {
    kind: "points",
    id: `${task}-points`,
    title: words("Where their points lie", "Где лежат их точки"),
    caption: words(
      "250 points of each model (of its first training) over the centres of the modes.",
      "По 250 точек каждой модели (из первого обучения) поверх центров мод.",
    ),
    centers: centers.map(([x, y]): [number, number] => [x, y]),
    reach: REACH[task],
    panels: told.map(({ contestant: { id, name, criteria }, points }) => ({
      contestant: id,
      name,
      note: noteOf(criteria.modes!.value!, criteria.highQuality!.value!, task),
      points,
    })),
    claims: [loseClaim(told, task), penaltyClaim(told, task), coverClaim(told, task)],
  };
}

const noteOf = (modes: number, share: number, task: Task): Words =>
  said(
    (w) => `${count(modes, w)} of ${MODES[task]} modes, ${w.number(share, 1)} % of points near one`,
    (w) => `мод: ${count(modes, w)} из ${MODES[task]}, у мод ${w.number(share, 1)} % точек`,
  );

const count = (modes: number, write: Style): string =>
  write.number(modes, Number.isInteger(modes) ? 0 : 1);

/**
 * Two figures, of which a run of few contestants may leave one empty and out. The VAE's loss stands alone: it is nats of
 * a density, begins at hundreds and ends below 0, and would press all others flat.
 */
function lossFigures(told: readonly Told[], task: Task): LinesFigure[] {
  const isVae = ({ contestant }: Told) => contestant.id === "vae";
  const others = told.filter((one) => !isVae(one));
  const figures = [lossFigure(others, task), elboFigure(told.filter(isVae), task)];
  return figures.filter(({ series }) => series.length > 0);
}

const lossFigure = (told: readonly Told[], task: Task): LinesFigure => ({
  kind: "lines",
  id: `${task}-loss`,
  title: words("What they minimize", "Что они уменьшают"),
  caption: words(
    "Losses by steps of the first training: the generator's for GANs, the error of the predicted noise for the DDPM. Each is of its own kind: the curves tell how calm a training is, and not which is better.",
    "Потери по шагам первого обучения: у GAN — генератора, у DDPM — ошибка предсказанного шума. У каждой модели потеря своя: кривые говорят о спокойствии обучения, а не о том, что лучше.",
  ),
  x: { title: words("step", "шаг"), scale: "log" },
  y: { title: words("loss", "потеря"), scale: "linear" },
  series: told.flatMap(seriesOf),
  claims: [],
});

const elboFigure = (told: readonly Told[], task: Task): LinesFigure => ({
  kind: "lines",
  id: `${task}-vae-loss`,
  title: words("VAE: what it minimizes", "VAE: что уменьшает"),
  caption: words(
    "The negative ELBO of the first training: reconstruction and KL together, in nats a point. A density may be above 1, so that this may fall below 0.",
    "Отрицательная ELBO первого обучения: восстановление и KL вместе, в натах на точку. Плотность бывает больше 1, поэтому бывает и меньше нуля.",
  ),
  x: { title: words("step", "шаг"), scale: "log" },
  y: { title: words("nats per point", "наты на точку"), scale: "linear" },
  series: told.flatMap(seriesOf),
  claims: [],
});

const seriesOf = ({ contestant: { id, name }, curve }: Told): Series[] =>
  curve ? [{ contestant: id, name, points: curve }] : [];

// ** claims **

const modesOf = (told: readonly Told[], id: string) =>
  told.find(({ contestant }) => contestant.id === id)?.contestant.criteria.modes?.value;

const loseClaim = (told: readonly Told[], task: Task): Claim =>
  claimOf({
    id: `${task}-gan-loses-modes`,
    claim: words("A plain GAN loses modes.", "Обычный GAN теряет моды."),
    source: "Goodfellow (2016); Lin et al. (2018), table 1",
    values: { gan: modesOf(told, "gan") },
    held: ({ gan }) => gan < MODES[task],
    measured: ({ gan }) =>
      said(
        (w) =>
          `The plain GAN finds ${count(gan, w)} of ${MODES[task]} modes; the published one ${w.number(PUBLISHED[task], 1)}.`,
        (w) =>
          `Обычный GAN находит ${count(gan, w)} из ${MODES[task]} мод; опубликованный — ${w.number(PUBLISHED[task], 1)}.`,
      ),
  });

const penaltyClaim = (told: readonly Told[], task: Task): Claim =>
  claimOf({
    id: `${task}-penalty-helps`,
    claim: words(
      "A penalty on the discriminator's slope (R1, WGAN-GP) keeps modes.",
      "Штраф на наклон дискриминатора (R1, WGAN-GP) сохраняет моды.",
    ),
    source: "Mescheder et al. (2018); Gulrajani et al. (2017)",
    values: {
      gan: modesOf(told, "gan"),
      r1: modesOf(told, "gan-r1"),
      gp: modesOf(told, "wgan-gp"),
    },
    held: ({ gan, r1, gp }) => Math.max(r1, gp) >= 0.875 * MODES[task] && Math.max(r1, gp) >= gan,
    measured: ({ gan, r1, gp }) =>
      said(
        (w) =>
          `Modes of ${MODES[task]}: plain GAN ${count(gan, w)}, with R1 ${count(r1, w)}, WGAN-GP ${count(gp, w)}.`,
        (w) =>
          `Мод из ${MODES[task]}: обычный GAN ${count(gan, w)}, с R1 ${count(r1, w)}, WGAN-GP ${count(gp, w)}.`,
      ),
  });

const coverClaim = (told: readonly Told[], task: Task): Claim =>
  claimOf({
    id: `${task}-diffusion-covers`,
    claim: words("Diffusion models find all modes.", "Диффузионные модели находят все моды."),
    source: "Dhariwal and Nichol (2021); Xiao et al. (2022)",
    values: { ddpm: modesOf(told, "ddpm") },
    held: ({ ddpm }) => ddpm === MODES[task],
    measured: ({ ddpm }) =>
      said(
        (w) => `The diffusion model finds ${count(ddpm, w)} of ${MODES[task]} modes.`,
        (w) => `Диффузионная модель находит ${count(ddpm, w)} из ${MODES[task]} мод.`,
      ),
  });
