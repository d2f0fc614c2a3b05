/**
 * What the three cells' way back through time has in common: its steps, where each finds what, and how the
 * gradient of the gates reaches the state before.
 */
import type { RecurrentGradient } from "../spec.js";
import { draw, type Draw, type Numeric, type Place } from "./kernel.js";
import { times } from "./recurrent.js";
import { coordinates } from "./strides.js";
import { summed } from "./sum.js";

export type Spec = RecurrentGradient;

/** The inputs and outputs of each cell, by number. */
export const places = {
  rnn: { w: 0, h0: 1, h: 2, gh: 3, dx: 4, dh0: 5 },
  gru: { w: 0, h0: 1, h: 2, gates: 3, gh: 4, dx: 5, du: 6, dh0: 7 },
  lstm: { w: 0, c0: 2, c: 4, gates: 5, gh: 6, gc: 7, dx: 8, dh0: 9, dc0: 10 },
} as const;

/** A step: its time, whether another comes after and before it (in the order of time), and that one's time. */
export type Step = { t: number; last: boolean; before: number | null };

export const stepsBack = (spec: Spec): Step[] =>
  times(spec)
    .map((t, s, all) => ({ t, last: s === all.length - 1, before: s === 0 ? null : all[s - 1]! }))
    .reverse();

export const row = ({ T }: Spec, t = "t"): string => `(b * ${T} + ${t})`;
export const gate = (spec: Spec, k: number): string =>
  `gates[(${row(spec)} * 4 + ${k}) * ${spec.H} + j]`;

/** The carried gradient of a state, 0 after the last step. */
export const carried = (name: string, last: boolean, at: string): string =>
  last ? "real(0)" : `${name}[${at}]`;

/** Through u to the state before: Σ over the gates' rows of du·W, and what comes otherwise. */
export function throughHidden(
  { B, H }: Spec,
  width: number,
  du: Place,
  more: Extra,
  output: Place,
): Draw {
  return draw({
    output,
    elements: B * H,
    buffers: { w: 0, du, ...more.buffers },
    numbers: more.numbers,
    body: [
      ...coordinates(["b", "j"], [B, H]),
      ...summed("sum", "k", width, `du[b * ${width} + k] * w[k * ${H} + j]`),
      ...more.before,
      `return ${more.value};`,
    ],
  });
}
export type Extra = {
  buffers: Record<string, Place>;
  numbers: Record<string, Numeric>;
  before: string[];
  value: string;
};
export const alone: Extra = { buffers: {}, numbers: {}, before: [], value: "sum" };
