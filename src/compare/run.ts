/** What a run gives its experiments: random numbers, budgets, checkpoints, kept parts, a place for pictures. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { encodePng, type Picture } from "../data/index.js";
import { checkNumbers, seed as setSeed, type Tensor } from "../tensor/index.js";
import { Stopped, type Context, type Experiment, type Saved, type Scale } from "./experiment.js";
import type { KeptParts } from "./kept.js";
import type { Progress } from "./progress.js";
import type { Source } from "./text-source.js";
import { train, type Trained, type Training } from "./training.js";

export type Run = {
  scale: Scale;
  seed: number;
  /** Words of `--only`; empty: all. */
  only: readonly string[];
  seconds: number | null;
  steps: number | null;
  out: string;
  check: boolean;
  stop: { readonly asked: boolean };
  text: Source;
  parts: KeptParts;
  progress: Progress;
};

/** Whether `--only` names the experiment or one of its contestants. */
export const takesPart = ({ id, contestants }: Experiment, only: readonly string[]): boolean =>
  !only.length || only.includes(id) || contestants.some((name) => only.includes(name));

/** Seconds of training of one contestant; Infinity where steps are the budget. */
export const secondsOf = (experiment: Experiment, { scale, seconds, steps }: Run): number =>
  seconds ?? (steps === null ? experiment.seconds[scale] : Infinity);

/** About how long an experiment takes; Infinity where steps are the budget, as no one knows how long these take. */
export function expected(experiment: Experiment, run: Run): number {
  const { contestants, runs, measuring } = experiment;
  const asked = contestants.filter((name) => chosen(experiment, name, run.only));
  const trainings = asked.length * (runs?.[run.scale] ?? 1);
  return measuring[run.scale] + secondsOf(experiment, run) * trainings;
}

const chosen = ({ id }: Experiment, contestant: string, only: readonly string[]): boolean =>
  !only.length || only.includes(id) || only.includes(contestant);

export class RunContext implements Context {
  readonly scale: Scale;
  readonly seed: number;

  constructor(
    private readonly experiment: Experiment,
    private readonly run: Run,
  ) {
    this.scale = run.scale;
    this.seed = run.seed;
  }

  get text(): Source {
    return this.run.text;
  }

  has(contestant: string): boolean {
    return chosen(this.experiment, contestant, this.run.only);
  }

  size<T>(sizes: Record<Scale, T>): T {
    return sizes[this.scale];
  }

  async part<T>(name: string, make: () => Promise<T>): Promise<T> {
    const key = `${this.experiment.id}/${name}`;
    const { parts } = this.run;
    if (!parts.has(key)) {
      await this.pause(key);
      this.reseed(name);
      await parts.set(key, await make());
    }
    return parts.get(key) as T;
  }

  reseed(name: string): void {
    setSeed(JSON.stringify([this.seed, this.experiment.id, name]));
  }

  train<Batch>(training: Training<Batch>): Promise<Trained> {
    const { steps, parts, stop, progress } = this.run;
    const name = `${this.experiment.id} ${training.name}`;
    const budget = {
      seconds: secondsOf(this.experiment, this.run),
      steps: steps ?? Number.MAX_SAFE_INTEGER,
    };
    const checkpoint = parts.file(name);
    return train({ ...training, name }, { budget, checkpoint, stop, progress });
  }

  async pause(doing: string): Promise<void> {
    this.run.progress.measuring(doing);
    await setImmediate();
    if (this.run.stop.asked) throw new Stopped(`${this.run.out} holds what is done so far`);
  }

  async check(what: string, tensors: readonly Tensor[]): Promise<void> {
    if (this.run.check) await checkNumbers(what, tensors);
  }

  async picture(name: string, picture: Picture): Promise<Saved> {
    const png = await encodePng(picture);
    const file = `samples/${name}.png`;
    await mkdir(path.join(this.run.out, "samples"), { recursive: true });
    await writeFile(path.join(this.run.out, file), png);
    const { width, height } = picture;
    return { png: Buffer.from(png).toString("base64"), file, width, height };
  }

  async keep(name: string, bytes: Uint8Array): Promise<void> {
    await writeFile(this.run.parts.file(`${this.experiment.id} ${name}`), bytes);
  }

  kept(name: string): Promise<Uint8Array | null> {
    return readFile(this.run.parts.file(`${this.experiment.id} ${name}`)).catch(() => null);
  }
}
