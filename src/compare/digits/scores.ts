/** What drawn digits are worth: likeness to real ones, variety, sharpness, and whether they are what was asked for. */
import { fid, inceptionScore, prdc, proportionInterval } from "../../metrics/index.js";
import type { Criterion, Measure } from "../results.js";
import { words } from "../words.js";
import { told, type Judge, type Pixels, type Seen } from "./judge.js";
import { sharpness } from "./sharpness.js";

export const criteria: Record<string, Criterion> = {
  fid: {
    title: words("FID", "FID"),
    about: words(
      "The Fréchet distance between drawn and real test digits in the features of a classifier that this run trained. Not comparable with FID of Inception features.",
      "Расстояние Фреше между нарисованными и настоящими цифрами в признаках классификатора, обученного в этом же запуске. С FID на признаках Inception не сравнимо.",
    ),
    better: "lower",
    digits: 2,
    source: "Heusel et al. (2017)",
  },
  inceptionScore: {
    title: words("Inception Score", "Inception Score"),
    about: words(
      "How sure the classifier is of each digit, and how evenly digits are drawn: 1 to 10.",
      "Насколько классификатор уверен в каждой цифре и насколько поровну цифры нарисованы: от 1 до 10.",
    ),
    better: "higher",
    digits: 2,
    source: "Salimans et al. (2016)",
  },
  recognised: {
    title: words("drawn as asked", "нарисовано заказанное"),
    unit: "%",
    about: words(
      "The share of digits that the classifier takes for the one that was asked for.",
      "Доля цифр, которые классификатор принял за заказанные.",
    ),
    better: "higher",
    digits: 1,
  },
  precision: {
    title: words("precision", "точность"),
    unit: "%",
    about: words(
      "The share of drawn digits that lie among real ones: inside a ball around one, to its 5th neighbour.",
      "Доля нарисованных цифр среди настоящих: внутри шара вокруг одной из них до её 5-го соседа.",
    ),
    better: "higher",
    digits: 1,
    source: "Kynkäänniemi et al. (2019)",
  },
  recall: {
    title: words("recall", "полнота"),
    unit: "%",
    about: words(
      "The share of real digits that lie among drawn ones, measured the same way: variety.",
      "Доля настоящих цифр среди нарисованных, тем же способом: разнообразие.",
    ),
    better: "higher",
    digits: 1,
    source: "Kynkäänniemi et al. (2019)",
  },
  sharpness: {
    title: words("sharpness", "резкость"),
    unit: "%",
    about: words(
      "The variance of the Laplacian, as a share of that of real digits: below 100 blurred, above 100 noisy.",
      "Дисперсия лапласиана относительно настоящих цифр: меньше 100 — размыто, больше — шум.",
    ),
    better: "target",
    digits: 1,
    source: "Pech-Pacheco et al. (2000)",
  },
  secondsPerSample: {
    title: words("time a digit", "время на цифру"),
    unit: "ms",
    about: words("Time to draw one digit, in batches, on this machine.", "Время рисования одной цифры, пачками, на этой машине."), // prettier-ignore
    better: "lower",
    digits: 2,
  },
};

/** Real test digits, as the judge sees them. */
export type Real = Seen & { sharpness: number };

export async function realOf(judge: Judge, pixels: Pixels): Promise<Real> {
  return { ...(await judge.sees(pixels)), sharpness: sharpness(pixels) };
}

/** All criteria of digits, drawn for `labels`, but the time that it took. */
export async function scoresOf(
  judge: Judge,
  real: Real,
  pixels: Pixels,
  labels: readonly number[],
): Promise<Record<string, Measure>> {
  const seen = await judge.sees(pixels);
  const near = prdc({
    real: first(real.features, seen.features.rows),
    generated: seen.features,
  }).parts;
  return {
    fid: { value: fidOf(real, seen) },
    inceptionScore: { value: inceptionScore(seen.logits, { splits: 1 }).value },
    recognised: recognised(seen, labels),
    precision: { value: near && 100 * near.improvedPrecision },
    recall: { value: near && 100 * near.improvedRecall },
    sharpness: { value: (100 * sharpness(pixels)) / real.sharpness },
  };
}

export const fidOf = (real: Seen, generated: Seen): number | null =>
  fid({ real: real.features, generated: generated.features }).value;

function recognised({ logits }: Seen, labels: readonly number[]): Measure {
  const right = told(logits).filter((digit, k) => digit === labels[k]).length;
  const interval = proportionInterval({ successes: right, trials: labels.length });
  const percent = { ...interval, low: 100 * interval.low, high: 100 * interval.high };
  return { value: (100 * right) / labels.length, interval: percent };
}

const SURE = 0.9;

/** The share of images, in %, that the judge takes for some digit with a probability of 0.9 or more. */
export function surely({ logits: { rows, columns, data } }: Seen): number {
  const sure = Array.from({ length: rows }, (_, row) => {
    const own = data.subarray(row * columns, (row + 1) * columns);
    const most = Math.max(...own);
    return 1 / own.reduce((sum, logit) => sum + Math.exp(logit - most), 0) >= SURE; // softmax's largest
  });
  return (100 * sure.filter(Boolean).length) / rows;
}

/** As many real digits as drawn ones: precision and recall depend on the numbers. */
const first = ({ columns, data, rows }: Seen["features"], count: number): Seen["features"] => {
  const some = Math.min(rows, count);
  return { rows: some, columns, data: data.subarray(0, some * columns) };
};

/** 0, 1, … 9, 0, … */
export const labelsOf = (count: number): number[] =>
  Array.from({ length: count }, (_, k) => k % 10);
