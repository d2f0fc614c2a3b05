/**
 * The comparison: RNN, GRU, LSTM and GPT of about equal size learn the same text for the same time, and a table
 * says what each is worth. Every finished one is kept in the output folder, so that a run resumes.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { textDataset } from "../data/index.js";
import { count, dispose, seed as setSeed } from "../tensor/index.js";
import { build, fullScale, names, quickScale, type Name, type Scale } from "./contestants.js";
import { evaluate } from "./evaluation.js";
import { samples, table, type Outcome } from "./table.js";
import { readText } from "./text-source.js";
import { train } from "./training.js";

export type CompareOptions = {
  data?: string;
  quick: boolean;
  only: readonly Name[];
  seed: number;
  /** Seconds of training for each; the default follows `quick`. */
  seconds?: number;
  /** Steps of training for each at most: with it a run is the same on any machine. */
  steps?: number;
  out: string;
  resume: boolean;
  check: boolean;
  stop: { readonly asked: boolean };
  print(text: string): void;
};

type Preset = { scale: Scale; seconds: number; windows: number };
const quick: Preset = { scale: quickScale, seconds: 11, windows: 256 };
const full: Preset = { scale: fullScale, seconds: 180, windows: Infinity };

/** What a resumed run must have in common with the one that it goes on from. */
type Identity = { text: string; quick: boolean; seed: number };
type Saved = { identity: Identity; outcomes: Outcome[] };

/** Runs the comparison; returns false if it was stopped before its end. */
export async function compare(options: CompareOptions): Promise<boolean> {
  const { print, stop, seed, only } = options;
  const preset = options.quick ? quick : full;
  const source = await readText(options.data);
  const data = textDataset(source.text, { context: preset.scale.context });
  const saved = await openFolder(options, { text: source.name, quick: options.quick, seed });
  print(
    `${source.name}: ${data.train.length + data.validation.length} characters, ${data.vocab} different ones; ${preset.scale.batch} windows of ${preset.scale.context} a step`,
  );
  for (const name of only) {
    if (saved.outcomes.some((outcome) => outcome.name === name)) continue;
    setSeed(seed);
    const model = build(name, data.vocab, preset.scale);
    const checkpoint = path.join(options.out, `${name}.safetensors`);
    const budget = {
      seconds: options.seconds ?? (options.steps === undefined ? preset.seconds : Infinity),
      steps: options.steps ?? Number.MAX_SAFE_INTEGER,
    };
    const resume = options.resume && (await exists(checkpoint));
    const trained = await train({
      name,
      model,
      data,
      batch: preset.scale.batch,
      budget,
      seed,
      checkpoint,
      resume,
      stop,
      check: options.check,
    });
    if (!trained.finished) {
      print(
        `Stopped. ${name} is kept in ${checkpoint} after ${trained.steps} steps; go on with the same command and --resume.`,
      );
      return false;
    }
    const scores = await evaluate(model, data, preset.windows, seed);
    const tokens = trained.steps * preset.scale.batch * preset.scale.context;
    saved.outcomes.push({
      name,
      parameters: count(model),
      tokensPerSecond: tokens / trained.seconds,
      steps: trained.steps,
      seconds: trained.seconds,
      ...scores,
    });
    dispose(model);
    await rm(checkpoint, { force: true });
    await writeFile(resultsFile(options.out), JSON.stringify(saved, null, 2) + "\n");
  }
  const shown = only.flatMap((name) => saved.outcomes.filter((outcome) => outcome.name === name));
  print(`\n${table(shown)}\n\n${samples(shown)}\n\nResults: ${resultsFile(options.out)}`);
  return true;
}

const resultsFile = (out: string) => path.join(out, "results.json");
const exists = (file: string) => readFile(file).then(() => true, () => false); // prettier-ignore

/** Earlier results if this run resumes; a fresh start otherwise. */
async function openFolder({ out, resume }: CompareOptions, identity: Identity): Promise<Saved> {
  await mkdir(out, { recursive: true });
  if (!resume) {
    await Promise.all(
      names.map((name) => rm(path.join(out, `${name}.safetensors`), { force: true })),
    );
    return { identity, outcomes: [] };
  }
  if (!(await exists(resultsFile(out)))) return { identity, outcomes: [] };
  const saved = JSON.parse(await readFile(resultsFile(out), "utf8")) as Saved;
  if (JSON.stringify(saved.identity) !== JSON.stringify(identity))
    throw new Error(
      `compare: ${out} holds a run of ${describe(saved.identity)}, and this one is ${describe(identity)}; resume with the same options, or give another --out`,
    );
  return saved;
}

const describe = ({ text, quick, seed }: Identity) =>
  `${text}${quick ? ", quick" : ""}, seed ${seed}`;
