/**
 * Which noise levels a sampler visits: a path from pure noise to the data with fewer stops than the training
 * had. The names of the spacings are diffusers'; Lin et al. (2024), table 2, compare them.
 */
import { NumberError } from "../tensor/index.js";
import type { NoiseSchedule } from "./schedule.js";

/** What the network is told, and how much of the data is left there. */
export type Level = { t: number; alphaBar: number };

/** "trailing" starts at the noisiest step, as pure noise wants; "leading" ends at the first; "linspace" has both ends, "karras" too, and stands densest near the data. */
export type Spacing = "leading" | "trailing" | "linspace" | "karras";

/** Where the last step ends: in the data themselves, or in the first noise level, as some published samplers do. */
export type Ending = "clean" | "first";

/** `steps` + 1 levels, the noisiest first. */
export function levelsOf(
  schedule: NoiseSchedule,
  steps: number,
  spacing: Spacing,
  ending: Ending,
): Level[] {
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= schedule.steps))
    throw new NumberError(
      `sampler: steps is ${steps}; it must be a whole number from 1 to the schedule's ${schedule.steps}`,
    );
  const end = { t: 0, alphaBar: ending === "clean" ? 1 : schedule.alphaBars[0]! };
  const stops =
    spacing === "karras"
      ? karrasLevels(schedule, steps)
      : spacings[spacing](schedule.steps, steps).map((t) => ({
          t,
          alphaBar: schedule.alphaBars[t]!,
        }));
  return [...stops, end];
}

/** T training steps, S sampling steps → t, the noisiest first. */
const spacings = {
  leading: (T: number, S: number) => falling(S, (k) => k * Math.floor(T / S)),
  trailing: (T: number, S: number) => falling(S, (k) => Math.round(((k + 1) * T) / S) - 1),
  linspace: (T: number, S: number) => falling(S, (k) => Math.round(((k + 1) * (T - 1)) / S)),
};

const falling = (count: number, t: (k: number) => number): number[] =>
  Array.from({ length: count }, (_, k) => t(count - 1 - k));

/** σ_i = (σ_max^(1/ρ) + i/(N − 1)·(σ_min^(1/ρ) − σ_max^(1/ρ)))^ρ: eq. 5 of Karras et al. (2022). */
export function karrasSigmas(count: number, smallest: number, largest: number, rho = 7): number[] {
  const [from, to] = [largest ** (1 / rho), smallest ** (1 / rho)];
  const part = (k: number) => (count > 1 ? k / (count - 1) : 0);
  return Array.from({ length: count }, (_, k) => (from + part(k) * (to - from)) ** rho);
}

/** σ = √((1 − ᾱ)/ᾱ) by Karras' rule; t is the training step whose log σ is nearest. */
function karrasLevels(schedule: NoiseSchedule, steps: number): Level[] {
  const sigmas = schedule.alphaBars.map((a) => Math.sqrt((1 - a) / a));
  const logs = sigmas.map(Math.log);
  return karrasSigmas(steps, sigmas[0]!, sigmas.at(-1)!).map((sigma) => ({
    t: placeAmong(logs, Math.log(sigma)),
    alphaBar: 1 / (1 + sigma * sigma),
  }));
}

/** The place of `x` among rising `values`, rounded. */
function placeAmong(values: Float64Array, x: number): number {
  const above = values.findIndex((value) => value >= x);
  if (above <= 0) return above === 0 ? 0 : values.length - 1;
  const [low, high] = [values[above - 1]!, values[above]!];
  return Math.round(above - 1 + (x - low) / (high - low));
}
