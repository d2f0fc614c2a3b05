/**
 * Trains anything until its budget of time or of steps is spent. Every minute, and when the user stops, all goes into a
 * checkpoint, so that a run goes on to the same numbers as one that went through.
 */
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { prefetch } from "../data/index.js";
import { NumberError } from "../tensor/index.js";
import { loadCheckpoint, saveCheckpoint } from "../train/index.js";
import { Stopped } from "./experiment.js";
import type { Progress } from "./progress.js";

export type Budget = { seconds: number; steps: number }; // whichever ends first

export type Training<Batch> = {
  /** As "language-gru": names the checkpoint. */
  name: string;
  /** All that a checkpoint holds: models, optimizers, averages. */
  parts: object;
  /** Batches from step `start` on, without end. */
  batches(start: number): Iterable<Batch>;
  /** Learns one batch and returns the loss; `way` is how much of the budget is spent, from 0 to 1. */
  step(batch: Batch, way: number, step: number): Promise<number>;
  /** A share of the usual budget of one contestant; 1 by default. */
  share?: number;
};

export type Trained = {
  steps: number;
  seconds: number;
  /** Mean losses of up to 100 stretches: [last step, loss]. */
  curve: [step: number, loss: number][];
};

export type Surroundings = {
  budget: Budget;
  /** Where the checkpoint lies; one that exists is gone on from. */
  checkpoint: string;
  stop: { readonly asked: boolean };
  progress: Progress;
};

const CHECKPOINT_SECONDS = 60;
const STRETCHES = 100; // of a curve
const SMOOTH = 0.95; // of the loss on the progress line

type Notes = { seconds: number; losses: number[] };

/** @throws Stopped where the user asked to stop: then the checkpoint is written. */
export async function train<Batch>(
  { name, parts, batches, step: learn, share = 1 }: Training<Batch>,
  { budget, checkpoint, stop, progress }: Surroundings,
): Promise<Trained> {
  const saved = await begun(checkpoint, parts);
  const { losses, seconds: before } = saved.extra;
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1e3;
  const most = { seconds: share * budget.seconds, steps: Math.ceil(share * budget.steps) };
  const way = () => Math.max(step / most.steps, seconds() / most.seconds);
  const keep = () =>
    saveCheckpoint(checkpoint, parts, { step, extra: { seconds: seconds(), losses } });
  let { step } = saved;
  let shown = losses.at(-1) ?? NaN;
  let keptAt = performance.now();
  if (way() < 1 && !stop.asked)
    for await (const batch of prefetch(batches(step))) {
      const loss = await learn(batch, way(), step);
      step++;
      if (!Number.isFinite(loss)) throw new NumberError(exploded(name, step, loss));
      losses.push(rounded(loss));
      shown = Number.isNaN(shown) ? loss : SMOOTH * shown + (1 - SMOOTH) * loss;
      progress.training({ name, step, loss: shown, secondsLeft: seconds() / way() - seconds() });
      await setImmediate(); // signals and timers get their turn
      if (way() >= 1 || stop.asked) break;
      if (performance.now() - keptAt > 1e3 * CHECKPOINT_SECONDS) {
        await keep();
        keptAt = performance.now();
      }
    }
  await keep(); // at the end, too: measuring may be stopped
  if (way() < 1) throw new Stopped(`${name} is kept in ${checkpoint} after ${step} steps`);
  return { steps: step, seconds: seconds(), curve: curveOf(losses) };
}

async function begun(checkpoint: string, parts: object): Promise<{ step: number; extra: Notes }> {
  const there = await readFile(checkpoint).then(() => true, () => false); // prettier-ignore
  if (!there) return { step: 0, extra: { seconds: 0, losses: [] } };
  const { step, extra } = await loadCheckpoint(checkpoint, parts);
  return { step, extra: extra as Notes };
}

const exploded = (name: string, step: number, loss: number): string =>
  `${name}, step ${step}: the loss is ${loss}; run again with --check to see which op made it`;

/** A checkpoint holds thousands of losses: 6 digits of each are enough for a curve. */
const rounded = (x: number): number => Number(x.toPrecision(6));

function curveOf(losses: readonly number[]): [number, number][] {
  const stretches = Math.min(STRETCHES, losses.length);
  return Array.from({ length: stretches }, (_, k) => {
    const [from, to] = [k, k + 1].map((at) => Math.floor((at * losses.length) / stretches));
    const some = losses.slice(from, to);
    return [to!, rounded(some.reduce((sum, x) => sum + x, 0) / some.length)];
  });
}
