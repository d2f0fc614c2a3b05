/** What the report itself says, in a language; what a run found brings its own words along. */
import type { Claim, Family, Language } from "../compare/results.js";
import type { Numbers } from "./numbers.js";
import { en } from "./words.en.js";
import { ru } from "./words.ru.js";

/** Verdicts by the name that a style sheet knows them by. */
export type Verdict = "held" | "failed" | "unmeasured";
export const verdictOf = ({ held }: Claim): Verdict =>
  held === "not measured" ? "unmeasured" : held ? "held" : "failed";

/** One contestant's share of a table: in how many columns of `columns` it is best. */
export type Lead = { name: string; best: number };

export type ReportWords = {
  title: string;
  description: string;
  /** How many took part, on what, in how long a time. */
  lead(
    n: Numbers,
    facts: { contestants: number; experiments: number; seconds: number; cpu: string },
  ): string;
  /** Of a page's top line. */
  issued(date: string, version: string): string;
  quickRun: string;
  unfinishedRun: string;
  skip: string;
  contents: string;
  theme: { label: string; auto: string; light: string; dark: string };

  claims: {
    heading: string;
    about: string;
    tally(n: Numbers, counts: Record<Verdict, number>): string;
    verdicts: Record<Verdict, string>;
    claim: string;
    measured: string;
    source: string;
    none: string;
    noBest: {
      claim: string;
      measured(tables: { title: string; columns: number; leads: Lead[] }[]): string;
    };
    hybrids: { claim: string; measured: string };
  };

  table: {
    heading: string;
    about: string;
    architecture: string;
    parameters: string;
    training: string;
    /** Of the second line under a training's time. */
    steps(n: Numbers, count: number): string;
    /** Of every training of an experiment. */
    budget(time: string): string;
    best: string;
    lower: string;
    higher: string;
    target: string;
    controls: string;
    interval(low: string, high: string): string;
    seeds(values: string): string;
    notMeasured: string;
    columns: string;
    source: string;
    notes: string;
    none: string;
  };

  families: Record<Family, string>;

  experiment: { leftOut: string; took(time: string): string; noFigures: string };

  figure: {
    numbers: string;
    empty: string;
    series: string;
    start: string;
    end: string;
    lowest: string;
    highest: string;
    points(n: Numbers, count: number): string;
    shown(n: Numbers, shown: number, all: number): string;
    /** The text alternative of a chart of lines, one part a line. */
    lines(title: string, axes: string, parts: string[]): string;
    lineFrom(name: string, from: string, to: string): string;
    /** The text alternative of a panel of points. */
    scatter(name: string, points: string, centers: string, note: string): string;
    center: string;
    prompt: string;
    scroll(title: string): string;
  };

  run: {
    heading: string;
    about: string;
    settings: string;
    machine: string;
    again: string;
    againAbout: string;
    size: string;
    quick: string;
    full: string;
    seed: string;
    text: string;
    only: string;
    everything: string;
    secondsEach: string;
    stepsEach: string;
    version: string;
    commit: string;
    date: string;
    wholeTime: string;
    cpu: string;
    cores: string;
    memory: string;
    platform: string;
    backend(n: Numbers, name: string, threads: number): string;
    backendLabel: string;
    gibibytes(value: string): string;
    commands: { run: string; report: string };
  };

  /** Units of criteria that are written otherwise in this language. */
  units: Readonly<Record<string, string>>;
  end: string;
};

const tables: Record<Language, ReportWords> = { en, ru };

export const wordsOf = (lang: Language): ReportWords => tables[lang];
