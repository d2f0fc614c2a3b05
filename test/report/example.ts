// A small results.json made by hand: every kind of figure, every verdict, controls, a missing value.

import { encodePng } from "../../src/data/png.js";
import type {
  Claim,
  Contestant,
  ExperimentResult,
  Family,
  Figure,
  Measure,
  Results,
  Words,
} from "../../src/compare/results.js";

export const both = (en: string, ru = en): Words => ({ en, ru });

const contestant = (
  id: string,
  name: string,
  family: Family,
  values: Record<string, number | Measure>,
): Contestant => ({
  id,
  name: both(name),
  family,
  parameters: family === "control" ? null : 412_345,
  steps: family === "control" ? 0 : 1021,
  seconds: family === "control" ? 0 : 61.2,
  criteria: Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "number" ? { value } : value,
    ]),
  ),
});

const claim = (id: string, held: Claim["held"]): Claim => ({
  id,
  claim: both("Recurrent networks forget.", "Рекуррентные сети забывают."),
  source: "Bengio, Simard and Frasconi (1994)",
  measured: both(
    "The gradient of RNN fell to 0.0004 of its norm within 64 characters, that of LSTM to 0.03.",
    "Норма градиента RNN на расстоянии 64 символов упала до 0,0004 исходной, у LSTM — до 0,03.",
  ),
  values: { rnn: 0.0004, lstm: 0.03 },
  held,
});

const range = (count: number) => Array.from({ length: count }, (_, k) => k);
const curve = (end: number, rate: number): [number, number][] =>
  range(60).map((k) => [k * 20 + 1, end + (4.4 - end) * Math.exp(-k * rate) + 0.03 * Math.sin(k)]);
const fall = (rate: number): [number, number][] => range(64).map((k) => [k, 10 ** (-rate * k)]);

const line = (id: string, name: string, points: [number, number][], reference = false) => ({
  contestant: id,
  name: both(name),
  points,
  reference,
});

const texts = [
  ["RNN", "ofthe shap was and the sere in the whale, and he sad tonger"],
  ["GPT", "of the sea, and the whale was in the ship.\n\n   “Ahab!” <b>he</b> cried & fell\u0000"],
];

const language: ExperimentResult = {
  id: "language",
  title: both("Language: Moby-Dick by characters", "Язык: «Моби Дик» посимвольно"),
  about: both(
    "Networks of equal size read the novel character by character.",
    "Сети равного размера читают роман символ за символом.",
  ),
  secondsEach: 60,
  seconds: 312.5,
  contestants: [
    contestant("rnn", "RNN", "recurrent", {
      bits: { value: 2.41, interval: { low: 2.38, high: 2.44, level: 0.95, method: "normal" } },
      distinct: 0.41,
      speed: 310,
    }),
    contestant("lstm", "LSTM", "recurrent", { bits: 2.2, distinct: 0.46, speed: 210 }),
    contestant("gpt", "GPT", "transformer", {
      bits: 2.05,
      distinct: 0.52,
      speed: { value: null, note: both("Stopped too early.", "Остановлено слишком рано.") },
    }),
    contestant("unigram", "unigram", "control", { bits: 4.5 }),
    contestant("text", "the text", "control", { distinct: 0.5 }),
  ],
  figures: [
    {
      id: "language-loss",
      kind: "lines",
      title: both("Loss", "Функция потерь"),
      caption: both("Lower is better.", "Чем ниже, тем лучше."),
      x: { title: both("seconds", "секунды"), scale: "linear" },
      y: { title: both("bits per character", "бит на символ"), scale: "linear" },
      series: [
        line("rnn", "RNN", curve(2.41, 0.09)),
        line("lstm", "LSTM", curve(2.2, 0.06)),
        line("gpt", "GPT", curve(2.05, 0.05)),
        line("unigram", "unigram", range(2).map((k) => [k * 1181 + 1, 4.5]), true), // prettier-ignore
      ],
      claims: [claim("transformer-better", true)],
    },
    {
      id: "language-gradient",
      kind: "lines",
      title: both("Gradient by distance", "Градиент в зависимости от расстояния"),
      caption: both("Norm on a log scale.", "Норма в логарифмическом масштабе."),
      x: { title: both("characters back", "символов назад"), scale: "linear" },
      y: { title: both("norm", "норма"), scale: "log" },
      series: [
        line("rnn", "RNN", [...fall(0.11), [70, 0]]),
        line("lstm", "LSTM", fall(0.03)),
        line("gpt", "GPT", fall(0.008)),
      ],
      claims: [claim("recurrent-forgets", true), claim("gates-remember", false)],
    },
    {
      id: "language-texts",
      kind: "texts",
      title: both("What they write", "Что они пишут"),
      caption: both("Given the bold words.", "Жирным — затравка."),
      texts: texts.map(([name, text]) => ({
        contestant: name!.toLowerCase(),
        name: both(name!),
        prompt: "The great whale ",
        text: text!,
      })),
      claims: [],
    },
  ],
};

/** A grid of discs: what a sheet of digits looks like from afar. */
async function sheet(columns: number, rows: number): Promise<string> {
  const [width, height] = [columns * 28, rows * 28];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [(x % 28) - 14, (y % 28) - 14];
      const away = Math.abs(Math.hypot(dx, dy * (0.7 + 0.05 * Math.floor(x / 28))) - 7);
      data[y * width + x] = Math.max(0, 255 - 90 * away);
    }
  }
  const png = await encodePng({ width, height, channels: 1, data });
  return Buffer.from(png).toString("base64");
}

async function picture(id: string, name: string, columns: number, rows: number, labels = false) {
  return {
    contestant: id,
    name: both(name),
    alt: both(`${columns * rows} digits by ${name}`, `${columns * rows} цифр, ${name}`),
    png: await sheet(columns, rows),
    file: `samples/${id}.png`,
    width: columns * 28,
    height: rows * 28,
    ...(labels && {
      columns: range(columns).map((k) => both(`t = ${1000 - 100 * k}`)),
      rows: range(rows).map((k) => both(`row ${k}`, `ряд ${k}`)),
    }),
  };
}

const ring = range(8).map((k): [number, number] => [
  2 * Math.cos((k * Math.PI) / 4),
  2 * Math.sin((k * Math.PI) / 4),
]);

const panel = (id: string, name: string, modes: number) => ({
  contestant: id,
  name: both(name),
  note: both(`${modes} of 8 modes`, `мод: ${modes} из 8`),
  points: range(1500).map((k): [number, number] => {
    const [x, y] = ring[k % modes]!;
    return [x + 0.06 * Math.sin(k * 7.3), y + 0.06 * Math.cos(k * 5.1)];
  }),
});

async function digits(): Promise<ExperimentResult> {
  const figures: Figure[] = [
    {
      id: "digits-sheets",
      kind: "picture",
      title: both("Digits", "Цифры"),
      caption: both("The first of each.", "Первые у каждой модели."),
      pictures: [await picture("gan", "DCGAN", 10, 10), await picture("ddpm", "DDPM", 10, 10)],
      claims: [claim("gan-sharp", "not measured")],
    },
    {
      id: "digits-film",
      kind: "picture",
      title: both("From noise", "Из шума"),
      caption: both("Time runs to the right.", "Время идёт слева направо."),
      pictures: [await picture("ddpm", "DDPM", 11, 2, true)],
      claims: [],
    },
    {
      id: "digits-steps",
      kind: "lines",
      title: both("Quality by steps", "Качество в зависимости от числа шагов"),
      caption: both("Fréchet distance.", "Расстояние Фреше."),
      x: { title: both("steps", "шагов"), scale: "log" },
      y: { title: both("FID", "FID"), scale: "log" },
      series: [
        line("ddpm", "DDPM", [[10, 160], [50, 40], [250, 12], [1000, 8]]), // prettier-ignore
        line("vae", "VAE", [[1, 30], [1000, 30]], true), // prettier-ignore
      ],
      claims: [claim("diffusion-slow", false)],
    },
    {
      id: "ring-points",
      kind: "points",
      title: both("Modes", "Моды"),
      caption: both("Circles are the centres.", "Кружки — центры мод."),
      centers: ring,
      reach: 3,
      panels: [panel("gan", "GAN", 5), panel("wgan-gp", "WGAN-GP", 8), panel("ddpm", "DDPM", 8)],
      claims: [claim("gan-collapse", true)],
    },
    {
      id: "digits-nothing",
      kind: "picture",
      title: both("Latent space", "Латентное пространство"),
      caption: both("A line between two.", "Отрезок между двумя точками."),
      pictures: [],
      claims: [],
    },
  ];
  return {
    id: "digits",
    title: both("Digits: MNIST", "Цифры: MNIST"),
    about: both("Images of 28 × 28.", "Изображения 28 × 28."),
    secondsEach: null,
    seconds: 700,
    contestants: [
      contestant("gan", "DCGAN", "gan", { fid: 21.3, ms: 0.4 }),
      contestant("wgan-gp", "WGAN-GP", "gan", { fid: { value: 18, runs: [17, 18, 19] }, ms: 0.4 }),
      contestant("vae", "VAE", "vae", { fid: 30.2, ms: 0.3 }),
      contestant("ddpm", "DDPM", "diffusion", { fid: 8.1, ms: 210 }),
    ],
    figures,
  };
}

export async function example(): Promise<Results> {
  return {
    format: 1,
    version: "0.1.0",
    commit: "0123abc",
    finished: true,
    settings: {
      quick: true,
      seed: 7,
      lang: "en",
      text: "Moby-Dick",
      only: ["language", "digits"],
      seconds: null,
      steps: null,
    },
    machine: {
      cpu: "Example CPU @ 2.00GHz",
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      platform: "linux x64",
      node: "v20.20.2",
      backend: "wasm",
      threads: 2,
      date: "2026-11-25T12:00:00.000Z",
    },
    criteria: {
      bits: {
        title: both("bits per character", "бит на символ"),
        about: both("Cross-entropy of unseen text.", "Перекрёстная энтропия нового текста."),
        better: "lower",
        unit: "bits",
        digits: 2,
        source: "Shannon (1948)",
      },
      distinct: {
        title: both("distinct-2", "distinct-2"),
        about: both("Share of different pairs.", "Доля различных пар."),
        better: "target",
        target: "text",
        digits: 2,
      },
      speed: {
        title: both("characters a second", "символов в секунду"),
        about: both("When generating.", "При генерации."),
        better: "higher",
        digits: 0,
      },
      fid: {
        title: both("FID", "FID"),
        about: both("Fréchet distance of features.", "Расстояние Фреше между признаками."),
        better: "lower",
        digits: 1,
        source: "Heusel et al. (2017)",
      },
      ms: {
        title: both("time an image", "время на изображение"),
        about: both("One at a time.", "По одному."),
        better: "lower",
        unit: "ms",
        digits: 1,
      },
    },
    experiments: [structuredClone(language), await digits()],
    leftOut: [{ id: "emoji", title: both("Emoji from captions", "Эмодзи по подписям") }],
  };
}
