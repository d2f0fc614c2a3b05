/** The buffers of the recurrent kernels by name; which there are depends on the cell. At most 8 at once. */
import type { Recurrent, RecurrentGradient } from "../../spec.js";
import type { KernelBuffer } from "../kernel.js";

const placesOf = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name, place) => [name, place]));

const forwardNames = {
  rnn: ["xw", "w_hh", "b_hh", "h0", "h"],
  gru: ["xw", "w_hh", "b_hh", "h0", "h", "gates"],
  lstm: ["xw", "w_hh", "b_hh", "h0", "c0", "h", "c", "gates"],
} as const;

const gradientNames = {
  rnn: ["w_hh", "h0", "h", "gh", "dxw", "dh0"],
  gru: ["w_hh", "h0", "h", "gates", "gh", "dxw", "dhw", "dh0"],
  lstm: ["w_hh", "h0", "c0", "h", "c", "gates", "gh", "gc", "dxw", "dh0", "dc0"],
} as const;

/** What a step of each cell's gradient reads and writes. */
const gradientUses = {
  rnn: ["w_hh", "h", "gh", "dxw"],
  gru: ["w_hh", "h0", "h", "gates", "gh", "dxw", "dhw", "dh0"],
  lstm: ["w_hh", "c0", "c", "gates", "gh", "gc", "dxw", "dc0"],
} as const;

type Buffers = Record<string, KernelBuffer>;

/** All buffers of a forward pass. */
export const forwardBuffers = ({ cell }: Recurrent): Buffers =>
  Object.fromEntries(
    Object.entries(placesOf(forwardNames[cell])).map(([name, place]) => [name, ["f32", place]]),
  );

export const placesOfGradient = ({ cell }: RecurrentGradient): Record<string, number> =>
  placesOf(gradientNames[cell]);

/** The buffers of one step backwards, or of all. */
export function gradientBuffers(spec: RecurrentGradient, of: "step" | "sequence"): Buffers {
  const places = placesOfGradient(spec);
  const last = spec.cell === "rnn" && of === "sequence" ? ["dh0"] : [];
  return Object.fromEntries(
    [...gradientUses[spec.cell], ...last].map((name): [string, KernelBuffer] => [
      name,
      ["f32", places[name]!],
    ]),
  );
}
