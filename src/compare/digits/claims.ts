/** Common claims about GANs, VAEs and diffusion models, and what this run measured of them. */
import { claimOf } from "../claim.js";
import type { Claim } from "../results.js";
import { said, words } from "../words.js";
import type { Told } from "./figures.js";

const valueOf = (told: readonly Told[], id: string, criterion: string) =>
  told.find(({ contestant }) => contestant.id === id)?.contestant.criteria[criterion]?.value;
const each = (told: readonly Told[], criterion: string) => ({
  gan: valueOf(told, "gan", criterion),
  vae: valueOf(told, "vae", criterion),
  ddpm: valueOf(told, "ddpm", criterion),
});

export const sharp = (told: readonly Told[]): Claim =>
  claimOf({
    id: "gan-sharp",
    claim: words("GANs draw sharp images.", "GAN рисует резкие изображения."),
    source: "Goodfellow (2016), NIPS tutorial, section 3.3; Larsen et al. (2016)",
    values: { gan: valueOf(told, "gan", "sharpness") },
    held: ({ gan }) => gan >= 80 && gan <= 125,
    measured: ({ gan }) =>
      said(
        (w) =>
          `The GAN's digits have ${w.number(gan, 1)} % of the sharpness of real ones; 80 to 125 counts as sharp.`,
        (w) =>
          `Резкость цифр GAN — ${w.number(gan, 1)} % от настоящих; резкими считаются 80–125 %.`,
      ),
  });

export const blurred = (told: readonly Told[]): Claim =>
  claimOf({
    id: "vae-blurred",
    claim: words("VAEs draw blurred images.", "VAE рисует размытые изображения."),
    source: "Larsen et al. (2016); Dosovitskiy and Brox (2016)",
    values: each(told, "sharpness"),
    held: ({ gan, vae, ddpm }) => vae < 80 && vae < Math.min(gan, ddpm),
    measured: ({ gan, vae, ddpm }) =>
      said(
        (w) =>
          `Sharpness, in % of real digits: VAE ${w.number(vae, 1)}, GAN ${w.number(gan, 1)}, DDPM ${w.number(ddpm, 1)}.`,
        (w) =>
          `Резкость в % от настоящих цифр: VAE ${w.number(vae, 1)}, GAN ${w.number(gan, 1)}, DDPM ${w.number(ddpm, 1)}.`,
      ),
  });

export const quality = (told: readonly Told[]): Claim =>
  claimOf({
    id: "diffusion-quality",
    claim: words(
      "Diffusion models draw the images most like real ones.",
      "Диффузионные модели рисуют изображения, больше всего похожие на настоящие.",
    ),
    source: "Dhariwal and Nichol (2021)",
    values: each(told, "fid"),
    held: ({ gan, vae, ddpm }) => ddpm < Math.min(gan, vae),
    measured: ({ gan, vae, ddpm }) =>
      said(
        (w) =>
          `FID in the judge's features after the same time of training: DDPM ${w.number(ddpm, 1)}, GAN ${w.number(gan, 1)}, VAE ${w.number(vae, 1)}.`,
        (w) =>
          `FID в признаках судьи после одинакового времени обучения: DDPM ${w.number(ddpm, 1)}, GAN ${w.number(gan, 1)}, VAE ${w.number(vae, 1)}.`,
      ),
  });

export const diverse = (told: readonly Told[]): Claim =>
  claimOf({
    id: "diffusion-diverse",
    claim: words(
      "Diffusion models cover more of the data than GANs do.",
      "Диффузионные модели охватывают данные полнее, чем GAN.",
    ),
    source: "Dhariwal and Nichol (2021); Sajjadi et al. (2018) on GANs",
    values: { gan: valueOf(told, "gan", "recall"), ddpm: valueOf(told, "ddpm", "recall") },
    held: ({ gan, ddpm }) => ddpm > gan,
    measured: ({ gan, ddpm }) =>
      said(
        (w) =>
          `Recall, the share of real digits that lie among drawn ones: DDPM ${w.number(ddpm, 1)} %, GAN ${w.number(gan, 1)} %.`,
        (w) =>
          `Полнота — доля настоящих цифр среди нарисованных: DDPM ${w.number(ddpm, 1)} %, GAN ${w.number(gan, 1)} %.`,
      ),
  });

export const asked = (told: readonly Told[]): Claim =>
  claimOf({
    id: "diffusion-controlled",
    claim: words(
      "A guided diffusion model draws what it is asked for.",
      "Направляемая диффузионная модель рисует то, что ей заказали.",
    ),
    source: "Ho and Salimans (2022)",
    values: { ddpm: valueOf(told, "ddpm", "recognised") },
    held: ({ ddpm }) => ddpm >= 90,
    measured: ({ ddpm }) =>
      said(
        (w) =>
          `The judge takes ${w.number(ddpm, 1)} % of the DDPM's digits for the one that was asked for; the claim counts as held from 90 %.`,
        (w) =>
          `Судья принимает ${w.number(ddpm, 1)} % цифр DDPM за заказанные; порог утверждения — 90 %.`,
      ),
  });

export const smooth = ({ contestant, interpolation }: Told): Claim =>
  claimOf({
    id: `${contestant.id}-smooth`,
    claim: words(
      `The codes of a ${contestant.name.en} lie so that what is between two of them is a digit, too.`,
      `Коды ${contestant.name.ru} устроены так, что и между двумя из них лежат цифры.`,
    ),
    source:
      contestant.id === "vae" ? "Kingma and Welling (2014), figure 4" : "Radford et al. (2016), section 6.1", // prettier-ignore
    values: { between: interpolation?.between, blended: interpolation?.blended },
    held: ({ between, blended }) => between >= 90 && between >= blended,
    measured: ({ between, blended }) =>
      said(
        (w) =>
          `The judge is sure (0.9 or more) of a digit in ${w.number(between)} % of the images on the way, and in ${w.number(blended)} % of plain blends of the two ends' pixels; 90 % are asked.`,
        (w) =>
          `Судья уверенно (от 0,9) видит цифру в ${w.number(between)} % изображений на пути и в ${w.number(blended)} % простых смесей пикселей двух концов; порог — 90 %.`,
      ),
  });

const SAME = 1.1; // times the other FID

export const fewSteps = ({ bySteps }: Told): Claim => {
  const end = bySteps?.ancestral.at(-1);
  const early = bySteps?.solver.find(([steps]) => steps >= (end?.[0] ?? 0) / 3);
  return claimOf({
    id: "few-steps",
    claim: words(
      "Better samplers need a fraction of the steps for the same quality.",
      "Лучшим сэмплерам для того же качества хватает доли шагов.",
    ),
    source: "Song et al. (2021); Lu et al. (2022)",
    values: { many: end?.[0], ancestral: end?.[1], few: early?.[0], solver: early?.[1] },
    held: ({ ancestral, solver }) => solver <= SAME * ancestral,
    measured: ({ many, ancestral, few, solver }) =>
      said(
        (w) =>
          `DPM-Solver++ in ${w.number(few)} steps reaches FID ${w.number(solver, 1)}, ancestral sampling in ${w.number(many)} steps ${w.number(ancestral, 1)}; within 10 % counts as the same.`,
        (w) =>
          `DPM-Solver++ за ${w.number(few)} шагов даёт FID ${w.number(solver, 1)}, пошаговый сэмплер за ${w.number(many)} шагов — ${w.number(ancestral, 1)}; разница до 10 % считается равенством.`,
      ),
  });
};

export const slow = (told: readonly Told[]): Claim =>
  claimOf({
    id: "diffusion-slow",
    claim: words(
      "Diffusion models draw slowly: GANs and VAEs need one pass through a network, they need many.",
      "Диффузионные модели рисуют медленно: GAN и VAE хватает одного прохода через сеть, им нужно много.",
    ),
    source: "Song et al. (2021); Xiao et al. (2022), the trilemma",
    values: each(told, "secondsPerSample"),
    held: ({ gan, vae, ddpm }) => ddpm > 10 * Math.max(gan, vae),
    measured: ({ gan, vae, ddpm }) =>
      said(
        (w) =>
          `Milliseconds a digit: GAN ${w.number(gan, 2)}, VAE ${w.number(vae, 2)}, DDPM ${w.number(ddpm, 1)}; slow counts as ten times the others.`,
        (w) =>
          `Миллисекунд на цифру: GAN ${w.number(gan, 2)}, VAE ${w.number(vae, 2)}, DDPM ${w.number(ddpm, 1)}; медленно — это в десять раз дольше остальных.`,
      ),
  });

export const exact = ({ inpainting }: Told): Claim =>
  claimOf({
    id: "inpainting-exact",
    claim: words(
      "A diffusion model fills in what is missing without being trained for it, and leaves what is given as it is.",
      "Диффузионная модель дорисовывает недостающее, хотя её этому не учили, и не трогает данное.",
    ),
    source: "Lugmayr et al. (2022)",
    values: { change: inpainting?.largestChange, right: inpainting?.recognised },
    held: ({ change, right }) => change === 0 && right >= 8,
    measured: ({ change, right }) =>
      said(
        (w) =>
          `The largest change in a given pixel is ${w.number(change, change === 0 ? 0 : 6)}; the judge reads ${w.number(right)} of 10 completed digits right, and 8 are asked.`,
        (w) =>
          `Наибольшее изменение данного пикселя — ${w.number(change, change === 0 ? 0 : 6)}; судья правильно читает ${w.number(right)} из 10 дорисованных цифр, порог — 8.`,
      ),
  });

export const exactAround = ({ outpainting }: Told): Claim =>
  claimOf({
    id: "outpainting-exact",
    claim: words(
      "The same sampler continues an image beyond its borders.",
      "Тот же сэмплер продолжает изображение за его края.",
    ),
    source: "Lugmayr et al. (2022)",
    values: { change: outpainting?.largestChange },
    held: ({ change }) => change === 0,
    measured: ({ change }) =>
      said(
        (w) => `The largest change in a given pixel is ${w.number(change, change === 0 ? 0 : 6)}.`,
        (w) => `Наибольшее изменение данного пикселя — ${w.number(change, change === 0 ? 0 : 6)}.`,
      ),
  });
