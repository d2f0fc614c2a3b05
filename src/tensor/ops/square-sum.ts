/** Σ x² over all numbers of all inputs, one number: the square of a model's gradient norm in one kernel. */
import type { OpRecord } from "../op.js";
import { sizeOf } from "../shape.js";
import { floats } from "./checks.js";

export const squareSum: OpRecord<Record<never, never>> = {
  name: "squareSum",
  forms: (inputs) => {
    floats("squareSum", ...inputs);
    return [{ shape: [], dtype: "f32" }];
  },
  compute: {
    kernel: (inputs) => ({ kernel: "squareSum", sizes: inputs.map(({ shape }) => sizeOf(shape)) }),
  },
  gradient: ({ g, inputs }) => inputs.map((x) => x.mul(g[0]!.mul(2))),
};
