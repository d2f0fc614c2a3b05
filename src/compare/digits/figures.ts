/** What the experiment on digits shows; the claims that stand under it are in claims.ts. */
import type { Saved } from "../experiment.js";
import type { Contestant, Figure, LinesFigure, PictureFigure, Series, Words } from "../results.js";
import { said, words } from "../words.js";
import * as claims from "./claims.js";
import type { Shown } from "./demonstrations.js";

/** What a contestant told: its row of the table, its curve, its pictures. */
export type Told = Shown & { contestant: Contestant; sheet: Saved; curve?: [number, number][] };

/** The judge's share of right answers on `count` test digits. */
export type JudgeReport = { accuracy: number; count: number };

export const figuresOf = (told: readonly Told[], judge: JudgeReport): Figure[] => [
  sheets(told, judge),
  ...told.flatMap(interpolationOf),
  ...told.flatMap(stepsOf(told)),
  ...told.flatMap(filmOf),
  ...told.flatMap(completedOf),
  ...told.flatMap(lossOf),
];

type About = Omit<PictureFigure, "kind" | "pictures">;

const picture = (about: About, pictures: PictureFigure["pictures"]): PictureFigure => ({
  kind: "picture",
  ...about,
  pictures,
});

const shown = ({ contestant: { id, name } }: Told, saved: Saved, alt: Words) => ({
  contestant: id,
  name,
  alt,
  ...saved,
});

function sheets(told: readonly Told[], { accuracy, count }: JudgeReport): Figure {
  return picture(
    {
      id: "digits-sheets",
      title: words("What they draw", "Что они рисуют"),
      caption: said(
        (w) =>
          `A row for each digit from 0 to 9, not chosen by anyone. The classifier that judges them tells ${w.percent(accuracy, 2)} of ${w.number(count)} real test digits right.`,
        (w) =>
          `По строке на каждую цифру от 0 до 9, без отбора. Классификатор, который их судит, правильно узнаёт ${w.percent(accuracy, 2)} из ${w.number(count)} настоящих тестовых цифр.`,
      ),
      claims: [claims.sharp, claims.blurred, claims.quality, claims.diverse, claims.asked].map(
        (claim) => claim(told),
      ),
    },
    told.map((one) =>
      shown(
        one,
        one.sheet,
        words(
          `Rows of digits from 0 to 9: ${one.contestant.name.en}.`,
          `Строки цифр от 0 до 9: ${one.contestant.name.ru}.`,
        ),
      ),
    ),
  );
}

function interpolationOf(one: Told): Figure[] {
  if (!one.interpolation) return [];
  const { id, name } = one.contestant;
  const about: About = {
    id: `digits-${id}-interpolation`,
    title: words(`${name.en}: from one code to another`, `${name.ru}: от одного кода к другому`),
    caption: words(
      "Each row goes along the arc between two codes drawn at random, with the digit held fixed.",
      "Каждая строка идёт по дуге между двумя случайными кодами; сама цифра задана.",
    ),
    claims: [claims.smooth(one)],
  };
  const alt = words("Rows of digits that change little by little.", "Строки цифр, которые понемногу меняются."); // prettier-ignore
  return [picture(about, [shown(one, one.interpolation.saved, alt)])];
}

const stepsOf =
  (told: readonly Told[]) =>
  (one: Told): LinesFigure[] => {
    if (!one.bySteps) return [];
    const { solver, ancestral } = one.bySteps;
    const { id } = one.contestant;
    const reals = told.filter(({ contestant }) => contestant.id !== id && contestant.criteria.fid);
    const [first, last] = [solver[0]![0], solver.at(-1)![0]];
    const level = ({ contestant }: Told): Series => {
      const fid = contestant.criteria.fid!.value ?? 0;
      return { contestant: contestant.id, name: contestant.name, reference: true, points: [[first, fid], [last, fid]] }; // prettier-ignore
    };
    return [
      {
        kind: "lines",
        id: "digits-steps",
        title: words("Quality against the number of steps", "Качество и число шагов"),
        caption: words(
          "FID of digits drawn without guidance, by how many times the network is asked; fewer digits than in the table, so that all values are higher. Grey: the others' FID from the table.",
          "FID цифр, нарисованных без направления, по числу обращений к сети; цифр меньше, чем в таблице, поэтому все значения выше. Серым: FID остальных из таблицы.",
        ),
        x: { title: words("steps", "шаги"), scale: "log" },
        y: { title: words("FID", "FID"), scale: "log" },
        series: [
          { contestant: id, name: words("DPM-Solver++(2M)", "DPM-Solver++(2M)"), points: solver },
          {
            contestant: `${id}-ancestral`,
            name: words("ancestral (DDPM)", "шаг за шагом (DDPM)"),
            points: ancestral,
          },
          ...reals.map(level),
        ],
        claims: [claims.fewSteps(one), claims.slow(told)],
      },
    ];
  };

function filmOf(one: Told): Figure[] {
  if (!one.film) return [];
  const { saved, steps } = one.film;
  const about: About = {
    id: "digits-film",
    title: words("A digit appears from noise", "Цифра возникает из шума"),
    caption: words(
      "What the sampler holds after each of the steps named above the columns.",
      "Что получилось у сэмплера после каждого из шагов, названных над столбцами.",
    ),
    claims: [],
  };
  const columns = steps.map((step) => words(String(step), String(step)));
  const alt = words("Noise that turns into digits from left to right.", "Шум, который слева направо превращается в цифры."); // prettier-ignore
  return [picture(about, [{ ...shown(one, saved, alt), columns }])];
}

function completedOf(one: Told): Figure[] {
  const { inpainting, outpainting } = one;
  if (!inpainting || !outpainting) return [];
  const given = words("given", "дано");
  const drawn = words("drawn", "нарисовано");
  return [
    picture(
      {
        id: "digits-inpainting",
        title: words("Inpainting: the other half", "Дорисовка: вторая половина"),
        caption: words(
          "Test digits that the model has not seen. It is given the left half and which digit it is, and draws the right half.",
          "Тестовые цифры, которых модель не видела. Ей дана левая половина и какая это цифра; правую она рисует.",
        ),
        claims: [claims.exact(one)],
      },
      [
        {
          ...shown(one, inpainting.saved, words("Digits, their left halves, and the halves filled in.", "Цифры, их левые половины и дорисованное.")), // prettier-ignore
          rows: [words("itself", "сама цифра"), given, drawn],
        },
      ],
    ),
    picture(
      {
        id: "digits-outpainting",
        title: words("Outpainting: around a strip", "Дорисовка наружу: вокруг полосы"),
        caption: words(
          "Only the middle columns are given; the model draws what lies to both sides.",
          "Даны только средние столбцы; всё по сторонам рисует модель.",
        ),
        claims: [claims.exactAround(one)],
      },
      [
        {
          ...shown(one, outpainting.saved, words("Strips of digits, and digits drawn around them.", "Полосы из цифр и цифры, нарисованные вокруг них.")), // prettier-ignore
          rows: [given, drawn],
        },
      ],
    ),
  ];
}

const losses: Record<string, { y: Words; caption: Words }> = {
  gan: {
    y: words("generator's loss", "потеря генератора"),
    caption: words(
      "The generator's loss in a game: it does not fall as the digits get better, since the opponent learns, too. At 0.69 the opponent guesses.",
      "Потеря генератора в игре: она не падает с качеством цифр, ведь противник тоже учится. При 0,69 противник гадает.",
    ),
  },
  vae: {
    y: words("nats per image", "наты на изображение"),
    caption: words(
      "The negative ELBO: reconstruction and KL together, in nats an image.",
      "Отрицательная ELBO: восстановление и KL вместе, в натах на изображение.",
    ),
  },
  ddpm: {
    y: words("weighted square error", "взвешенная квадратичная ошибка"),
    caption: words(
      "The mean square of what is wrong in the predicted v, with min-SNR weights: how far an average step is off.",
      "Средний квадрат ошибки предсказанного v с весами min-SNR: насколько ошибается средний шаг.",
    ),
  },
};

function lossOf({ contestant: { id, name }, curve }: Told): LinesFigure[] {
  const about = losses[id];
  if (!curve || !about) return [];
  return [
    {
      kind: "lines",
      id: `digits-${id}-loss`,
      title: words(`${name.en}: what it minimizes`, `${name.ru}: что уменьшает`),
      caption: about.caption,
      x: { title: words("step", "шаг"), scale: "log" },
      y: { title: about.y, scale: "linear" },
      series: [{ contestant: id, name, points: curve }],
      claims: [],
    },
  ];
}
