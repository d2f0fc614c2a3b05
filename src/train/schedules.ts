/** Learning rates over time: functions from the step (0 is the first) to the rate of that step. */
import { NumberError } from "../tensor/index.js";
import { checkAll } from "./numbers.js";

export type Schedule = (step: number) => number;

export function constant(lr: number): Schedule {
  checkAll("constant", { lr });
  return () => lr;
}

/** lr·gamma^⌊step/every⌋: PyTorch's StepLR. */
export function stepDecay({ lr, every, gamma = 0.1 }: { lr: number; every: number; gamma?: number }): Schedule {
  checkAll("stepDecay", { lr, every, gamma });
  if (every === 0) throw new NumberError("stepDecay: every is 0; it must be above 0");
  return (step) => lr * gamma ** Math.floor(step / every);
} // prettier-ignore

/** In a straight line from `from` to `to` in `steps` steps, and `to` from then on. */
export function linear({ from, to, steps }: { from: number; to: number; steps: number }): Schedule {
  checkAll("linear", { from, to, steps });
  return (step) => (step >= steps ? to : from + ((to - from) * step) / steps);
}

/**
 * Up to `lr` in a straight line in `warmup` steps, then down to `minLr` at `steps` by half a cosine, as
 * nanoGPT (Karpathy, train.py, get_lr) does; Loshchilov and Hutter (2017), eq. 5, without restarts.
 */
export function warmupCosine({ lr, minLr = lr / 10, warmup, steps }: { lr: number; minLr?: number; warmup: number; steps: number }): Schedule {
  checkAll("warmupCosine", { lr, minLr, warmup, steps });
  return (step) => {
    if (step < warmup) return (lr * (step + 1)) / (warmup + 1);
    if (step >= steps) return minLr;
    const way = (step - warmup) / (steps - warmup);
    return minLr + 0.5 * (1 + Math.cos(Math.PI * way)) * (lr - minLr);
  };
} // prettier-ignore
