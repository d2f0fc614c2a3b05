/** Trains one language model until its budget is spent; an interrupt leaves a checkpoint to go on from. */
import { setImmediate } from "node:timers/promises";
import type { TextDataset } from "../data/index.js";
import { backprop, checkNumbers, NumberError, tensor } from "../tensor/index.js";
import {
  adamw,
  crossEntropy,
  loadCheckpoint,
  saveCheckpoint,
  warmupCosine,
} from "../train/index.js";
import { learningRate, logitsOf, type LanguageModel, type Name } from "./contestants.js";
import { Progress } from "./progress.js";

export type Budget = { seconds: number; steps: number }; // whichever ends first

export type Training = {
  name: Name;
  model: LanguageModel;
  data: TextDataset;
  batch: number;
  budget: Budget;
  seed: number;
  /** Where the checkpoint lies; an existing one is resumed if `resume`. */
  checkpoint: string;
  resume: boolean;
  /** Set when the user wants to stop. */
  stop: { readonly asked: boolean };
  /** Look for NaN before every step; slow. */
  check: boolean;
};

export type Trained = { steps: number; seconds: number; finished: boolean };

const WARMUP = 0.05; // of the budget
const PARTS = 1000; // the budget as the schedule counts it
const SMOOTH = 0.95; // of the loss on the progress line

/** `finished` is false if `stop` came first: then the checkpoint is written. */
export async function train({
  name,
  model,
  data,
  batch,
  budget,
  seed,
  checkpoint,
  resume,
  stop,
  check,
}: Training): Promise<Trained> {
  const optimizer = adamw(model, {
    lr: learningRate[name],
    betas: [0.9, 0.99],
    weightDecay: 0.1,
    decay: (_, { shape }) => shape.length >= 2,
  });
  const parts = { model, optimizer };
  const saved = resume ? await loadCheckpoint(checkpoint, parts) : { step: 0, extra: 0 };
  const before = Number(saved.extra); // seconds of earlier runs
  const schedule = warmupCosine({
    lr: learningRate[name],
    minLr: learningRate[name] / 10,
    warmup: WARMUP * PARTS,
    steps: PARTS,
  });
  const progress = new Progress();
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1e3;
  const done = (step: number) => Math.max(step / budget.steps, seconds() / budget.seconds);
  let step = saved.step;
  let shown = NaN;
  for (const { x, y, context } of data.batches({ batch, steps: budget.steps, seed, start: step })) {
    if (done(step) >= 1 || stop.asked) break;
    optimizer.lr = schedule(done(step) * PARTS);
    using tokens = tensor(x, { shape: [batch, context] });
    using target = tensor(y, { shape: [batch, context] });
    using result = backprop(model, () => crossEntropy(logitsOf(model, tokens), target));
    if (check)
      await checkNumbers(`${name}, step ${step + 1}`, [result.loss, ...result.grads.tensors()]);
    optimizer.step(result.grads.clip(1));
    const loss = await result.loss.item();
    await setImmediate(); // signals and timers get their turn
    step++;
    if (!Number.isFinite(loss))
      throw new NumberError(
        `${name}, step ${step}: the loss is ${loss}; run again with --check to see which op made it`,
      );
    shown = Number.isNaN(shown) ? loss : SMOOTH * shown + (1 - SMOOTH) * loss;
    const tokensPerSecond = ((step - saved.step) * batch * context) / (seconds() - before);
    progress.show({
      name,
      step,
      loss: shown,
      tokensPerSecond,
      secondsLeft: seconds() / done(step) - seconds(),
    });
  }
  progress.end();
  const finished = done(step) >= 1;
  if (!finished) await saveCheckpoint(checkpoint, parts, { step, extra: seconds() });
  return { steps: step, seconds: seconds(), finished };
}
