/**
 * results.json: all that a run of `genarch compare` found. The report reads this and nothing else, so that it can be
 * written again, in another language, without training anything. Everything in it is plain JSON.
 */
import type { Interval } from "../metrics/index.js";

/** The languages that a report is written in. */
export const languages = ["en", "ru"] as const;
export type Language = (typeof languages)[number];
/** The same sentence or name in each of them. */
export type Words = Readonly<Record<Language, string>>;

export type Results = {
  /** Of this shape: a report refuses another one. */
  format: 1;
  /** Of genarch. */
  version: string;
  /** Of the sources; left out where they are no git checkout, have changed since, or changed before a run went on. */
  commit?: string;
  /** False while the run goes on, or where it was stopped. */
  finished: boolean;
  settings: Settings;
  machine: Machine;
  /** What the columns of the table mean, by the keys of `Contestant.criteria`, in the order of the columns. */
  criteria: Record<string, Criterion>;
  /** In the order in which they ran. */
  experiments: ExperimentResult[];
  /** What `--only` left out, so that the report can say so in its place. */
  leftOut?: { id: string; title: Words }[];
};

export type Settings = {
  quick: boolean;
  seed: number;
  lang: Language;
  /** Name of the text that the language models learn: "Moby-Dick", or a file. */
  text: string;
  /** What was asked for by `--only`; empty: all. */
  only: string[];
  /** Seconds of training of one contestant, where the user set them by `--seconds`. */
  seconds: number | null;
  /** Steps of training of each at most, where the user set them by `--steps`. */
  steps: number | null;
};

export type Machine = {
  /** As the operating system names it. */
  cpu: string;
  cores: number;
  memoryBytes: number;
  /** "linux x64", say. */
  platform: string;
  node: string;
  /** "wasm" or "js", and how many threads it computed with. */
  backend: string;
  threads: number;
  /** ISO 8601, of the start. */
  date: string;
};

export type Criterion = {
  title: Words;
  /** One sentence: what it measures, and how. */
  about: Words;
  /** Which way is good; "target" is a value to come near to, the control's. */
  better: "lower" | "higher" | "target" | "neither";
  /** The control whose value is the target, by its id, where `better` is "target". */
  target?: string;
  /** As "bits", "%", "ms"; left out for bare numbers. */
  unit?: string;
  /** Digits after the point. */
  digits: number;
  /** The paper that defines it. */
  source?: string;
};

/** A criterion's value; null with the reason in `note` where it could not be had. */
export type Measure = {
  value: number | null;
  interval?: Interval;
  /** Values of single runs with other seeds, whose mean `value` is. */
  runs?: number[];
  note?: Words;
};

/** "control" is what learns nothing, or next to nothing: the line that an architecture has to beat, or real data. */
export type Family = "control" | "recurrent" | "transformer" | "gan" | "vae" | "diffusion";

export type Contestant = {
  /** As "lstm", "wgan-gp": unique within its experiment. */
  id: string;
  /** As "LSTM", "WGAN-GP". */
  name: Words;
  family: Family;
  /** Trained numbers; null for a control that has none. */
  parameters: number | null;
  /** Of training, over all its runs; 0 for controls. */
  steps: number;
  seconds: number;
  /** By the keys of `Results.criteria`; a criterion that says nothing of it is left out. */
  criteria: Record<string, Measure>;
};

export type ExperimentResult = {
  /** As "language", "digits", "ring". */
  id: string;
  title: Words;
  /** A paragraph: which data, which task, what is the same for all. */
  about: Words;
  /** Of training one contestant; null where steps were the budget. */
  secondsEach: number | null;
  /** Of the whole experiment with its measuring. */
  seconds: number;
  contestants: Contestant[];
  /** In the order in which to show them. */
  figures: Figure[];
};

export type Figure = LinesFigure | PointsFigure | PictureFigure | TextsFigure;

type AnyFigure = {
  /** Unique in the run: "language-loss", say. */
  id: string;
  title: Words;
  /** A sentence: how to read it. */
  caption: Words;
  /** What this figure speaks for or against. */
  claims: Claim[];
};

/** Curves: losses, gradient norms by distance, FID by number of steps. */
export type LinesFigure = AnyFigure & {
  kind: "lines";
  x: Axis;
  y: Axis;
  series: Series[];
};

export type Axis = { title: Words; scale: "linear" | "log" };

export type Series = {
  /** The contestant's id, which sets the colour; the name stands in the legend. */
  contestant: string;
  name: Words;
  points: [x: number, y: number][];
  /** Drawn thin and grey: a level to compare with. */
  reference?: boolean;
};

/** Points in the plane, one panel for each contestant, over the centres of the modes. */
export type PointsFigure = AnyFigure & {
  kind: "points";
  centers: [x: number, y: number][];
  /** Half the side of the square that is shown. */
  reach: number;
  panels: { contestant: string; name: Words; note: Words; points: [x: number, y: number][] }[];
};

/** Sheets of samples, strips, films. */
export type PictureFigure = AnyFigure & {
  kind: "picture";
  pictures: {
    contestant: string;
    name: Words;
    /** For who cannot see it. */
    alt: Words;
    /** The file, in base64; it also lies in the run's folder as `file`. */
    png: string;
    file: string;
    width: number;
    height: number;
    /** Of the rows from above, or of the columns from the left, where they mean something. */
    rows?: Words[];
    columns?: Words[];
  }[];
};

/** What language models wrote, side by side. */
export type TextsFigure = AnyFigure & {
  kind: "texts";
  /** `prompt` was given, `text` was written. */
  texts: { contestant: string; name: Words; prompt: string; text: string }[];
};

export type Claim = {
  /** Unique in the run: "recurrent-forgets", say. */
  id: string;
  /** What is commonly claimed, as a sentence. */
  claim: Words;
  /** Where it is claimed or published; as a citation. */
  source: string;
  /** What this run measured, as a sentence with the numbers in it. */
  measured: Words;
  /** The numbers alone. */
  values: Record<string, number>;
  /** "not measured" where a contestant that it is about did not take part. */
  held: boolean | "not measured";
};
