/**
 * The caller's side of threads: starts workers, mails them the modules of new kernels, and runs
 * segments with whoever of them is there. A worker that still starts, or has not read its mail, is
 * never waited for: the others take its parts. What a part computes does not depend on who takes it.
 */
import { runUnits, type Step } from "../program.js";
import { control as at, line, mostParts, segment, stepHead } from "./control.js";
import { maySleep, type Platform, type Spawned } from "./spawn.js";
import { workerSource } from "./worker-source.js";

/** A compiled module, and the number and the export's name of each kernel in it. */
export type ModuleMail = { module: WebAssembly.Module; kernels: [number, string][] };

/** Looks at `meeting` before the caller goes to sleep: about 40 µs. */
const patience = 10_000;

export class Team {
  private readonly words = new Int32Array(new SharedArrayBuffer(4 * at.words));
  private readonly workers: Spawned[] = [];
  private readonly sleeps = maySleep();
  private mailed = 0; // modules
  private closed = false;
  /** Why workers are missing, where something went wrong. */
  trouble: string | null = null;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly platform: Extract<Platform, { threads: true }>,
    /** The caller and the workers. */
    readonly threads: number,
    /** False: the caller leaves all parts to the workers, which must be ready (for tests). */
    private readonly callerWorks = true,
  ) {}

  /** Starts the workers if there are none yet, and posts the modules that they do not have. */
  mail(modules: readonly ModuleMail[]): void {
    const isNew = this.workers.length === 0;
    if (isNew) this.start();
    const fresh = modules.slice(this.mailed);
    if (!isNew && fresh.length === 0) return;
    this.mailed = modules.length;
    this.workers.forEach((worker, k) => {
      const { memory, words, threads } = this;
      worker.post({ modules: fresh, ...(isNew && { memory, words, threads, rank: k + 1 }) });
    });
    Atomics.add(this.words, at.mail, 1);
    this.lookUp();
  }

  /** How many workers have read all their mail. */
  ready(): number {
    const mail = Atomics.load(this.words, at.mail);
    if (mail === 0) return 0;
    return this.workers.filter((_, k) => Atomics.load(this.words, at.received + k + 1) === mail).length;
  } // prettier-ignore

  /** Parts of steps that each thread ran so far, the caller first. */
  taken(): number[] {
    return Array.from({ length: this.threads }, (_, rank) => this.words[at.taken + line * rank]!);
  }

  /** Wakes sleeping workers: their first segment is near. */
  wake(): void {
    if (Atomics.load(this.words, at.sleepers) > 0) this.lookUp();
  }

  /** Runs steps that may run side by side; returns when all is done. Throws what trapped. */
  run(steps: readonly Step[], scratchStride: number): void {
    const { words } = this;
    this.write(steps, scratchStride);
    Atomics.add(words, at.meeting, segment); // open
    this.notify();
    try {
      this.takeParts(steps);
    } finally {
      Atomics.add(words, at.meeting, segment); // closed
      this.waitForWorkers();
    }
    if (words[at.failed] !== 0) throw this.failure(steps);
  }

  end(): void {
    this.closed = true;
    for (const worker of this.workers) worker.end();
    this.workers.length = 0;
  }

  private start(): void {
    const fails = (reason: string): void => void (this.trouble ??= reason);
    try {
      for (let k = 1; k < this.threads && !this.closed; k++)
        this.workers.push(this.platform.spawn(workerSource, fails));
    } catch (error) {
      fails(String(error));
    }
  }

  private lookUp(): void {
    Atomics.add(this.words, at.meeting, 2 * segment);
    this.notify();
  }

  private notify(): void {
    if (Atomics.load(this.words, at.sleepers) > 0) Atomics.notify(this.words, at.meeting);
  }

  /** The first part is taken before anyone else can see it. */
  private write(steps: readonly Step[], scratchStride: number): void {
    const { words } = this;
    words[at.count] = steps.length;
    words[at.stride] = scratchStride;
    words[at.failed] = 0;
    let place: number = at.steps;
    for (const { kernel, parameters, scratchAt, units, parts } of steps) {
      const { length } = parameters;
      for (const word of [kernel, length, scratchAt, units, parts, 0]) words[place++] = word;
      for (const word of parameters) words[place++] = word; // `set` takes several times as long
    }
    if (this.callerWorks) words[at.steps + 5] = 1;
  }

  private takeParts(steps: readonly Step[]): void {
    let place: number = at.steps;
    for (const step of steps) {
      if (this.callerWorks) this.takePartsOf(step, place + 5, place === at.steps ? 1 : 0);
      else while (!this.allTaken(step, place + 5));
      place += stepWords(step);
    }
  }

  private allTaken({ parts }: Step, bits: number): boolean {
    const all = parts === mostParts ? -1 : (1 << parts) - 1;
    return Atomics.load(this.words, bits) === all || Atomics.load(this.words, at.failed) !== 0;
  }

  private takePartsOf(step: Step, bits: number, taken: number): void {
    const { units, parts } = step;
    for (let part = 0; part < parts; part++) {
      const bit = 1 << part;
      if (part >= taken && Atomics.or(this.words, bits, bit) & bit) continue;
      const end = Math.floor((units * (part + 1)) / parts);
      runUnits(step, Math.floor((units * part) / parts), end);
      this.words[at.taken]!++;
    }
  }

  private waitForWorkers(): void {
    const { words } = this;
    const isAlone = (meeting: number): boolean => (meeting & (segment - 1)) === 0;
    for (let n = 0; n < patience; n++) if (isAlone(Atomics.load(words, at.meeting))) return;
    Atomics.store(words, at.waiting, 1);
    for (;;) {
      const meeting = Atomics.load(words, at.meeting);
      if (isAlone(meeting)) break;
      if (this.sleeps) Atomics.wait(words, at.meeting, meeting);
    }
    Atomics.store(words, at.waiting, 0);
  }

  private failure(steps: readonly Step[]): Error {
    const { words } = this;
    const step = steps[words[at.failed]! - 1];
    const text = String.fromCharCode(...words.slice(at.text, at.text + words[at.textLength]!));
    return new Error(`The kernel "${step?.key}" failed in a worker: ${text}.`);
  }
}

/** Words that a step takes in a segment. */
export const stepWords = (step: Step): number => stepHead + step.parameters.length;
