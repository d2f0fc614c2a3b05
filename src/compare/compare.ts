/**
 * The comparison: every family of generative architectures beside the others of its kind and beside controls, each for
 * the same time, measured by the same criteria. What is found is written to results.json after every experiment.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { VERSION } from "../metrics/index.js";
import { commitOf, commitOfAll } from "./commit.js";
import { Stopped, type Experiment, type Scale } from "./experiment.js";
import { experiments as all } from "./experiments/index.js";
import { KeptParts } from "./kept.js";
import { machine } from "./machine.js";
import { Progress } from "./progress.js";
import type { ExperimentResult, Language, Results, Settings } from "./results.js";
import { expected, RunContext, secondsOf, takesPart, type Run } from "./run.js";
import { tableOf } from "./table.js";
import { readText } from "./text-source.js";

export type CompareOptions = {
  scale: Scale;
  /** Of UTF-8 text for the language models; Moby-Dick by default. */
  text?: string;
  /** Experiments or contestants; all by default. */
  only?: readonly string[];
  seed: number;
  lang: Language;
  /** Seconds of training for each; the default follows the scale and the experiment. */
  seconds?: number;
  /** Steps of training for each at most: with it a run is the same on any machine. */
  steps?: number;
  out: string;
  resume: boolean;
  check?: boolean;
  stop: { readonly asked: boolean };
  print(text: string): void;
  /** What is compared; all there is by default. */
  experiments?: readonly Experiment[];
};

/** Runs the comparison; null if it was stopped before its end. */
export async function compare(options: CompareOptions): Promise<Results | null> {
  const { out, print, experiments = all } = options;
  const run = await begin(options);
  const { progress } = run;
  const commit = await commitOfAll(run.parts, await commitOf());
  const results = { ...emptyResults(options, run), commit };
  const chosen = experiments.filter((experiment) => takesPart(experiment, run.only));
  try {
    for (const [k, experiment] of chosen.entries()) {
      const later = chosen.slice(k + 1).reduce((sum, one) => sum + expected(one, run), 0);
      progress.begin(later, expected(experiment, run));
      const found = await perform(experiment, run);
      results.experiments.push(found);
      Object.assign(results.criteria, experiment.criteria);
      await writeResults(out, results);
      progress.end();
      print(
        `\n## ${found.title[options.lang]}\n\n${tableOf(found, results.criteria, options.lang)}`,
      );
    }
  } catch (error) {
    progress.end();
    if (!(error instanceof Stopped)) throw error;
    print(`Stopped. ${error.message}; go on with the same command and --resume.`);
    return null;
  }
  results.finished = true;
  await writeResults(out, results);
  return results;
}

export const resultsFile = (out: string): string => path.join(out, "results.json");

async function begin(options: CompareOptions): Promise<Run> {
  const { scale, seed, only = [], out, stop, check = false, resume } = options;
  const text = await readText(options.text);
  const [seconds, steps] = [options.seconds ?? null, options.steps ?? null];
  await mkdir(out, { recursive: true });
  const parts = await KeptParts.open(out, { text: text.name, scale, seed, seconds, steps }, resume);
  if (!resume) await rm(resultsFile(out), { force: true });
  const progress = new Progress();
  return { scale, seed, only, seconds, steps, out, check, stop, text, parts, progress };
}

async function perform(experiment: Experiment, run: Run): Promise<ExperimentResult> {
  const start = performance.now();
  const context = new RunContext(experiment, run);
  const found = await experiment.run(context);
  const each = secondsOf(experiment, run);
  const spent = { total: (performance.now() - start) / 1e3 };
  // A run that was stopped has measured its parts' times in both of its halves.
  const { total: seconds } = await context.part("seconds", () => Promise.resolve(spent));
  const { id, title, about } = experiment;
  return { id, title, about, secondsEach: each === Infinity ? null : each, seconds, ...found };
}

function emptyResults({ lang }: CompareOptions, run: Run): Results {
  const settings: Settings = {
    quick: run.scale !== "full",
    seed: run.seed,
    lang,
    text: run.text.name,
    only: [...run.only],
    seconds: run.seconds,
    steps: run.steps,
  };
  return {
    format: 1,
    version: VERSION,
    finished: false,
    settings,
    machine: machine(),
    criteria: {},
    experiments: [],
  };
}

const writeResults = (out: string, results: Results) =>
  writeFile(resultsFile(out), JSON.stringify(results) + "\n");
