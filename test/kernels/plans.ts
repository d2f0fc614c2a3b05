/** Small plans, for the tests of backends as objects. */
import type { Plan } from "../../src/kernels/backend.js";
import type { Fused, Instruction } from "../../src/kernels/ir.js";

const load = (operand: number): Instruction => ({ op: "load", operand, dtype: "f32" });

/** x · scalar 0 of the call. */
const scaled = (size: number): Fused => ({
  kernel: "fused",
  dtype: "f32",
  shape: [size],
  loads: [{ dtype: "f32", offset: 0, strides: [1] }],
  body: [
    load(0),
    { op: "scalar", index: 0, dtype: "f32" },
    { op: "mul", args: [0, 1], dtype: "f32" },
  ],
  reduce: null,
  epilogue: [],
});

/** in → arena → out, times run scalar 1, then times run scalar 0. */
export const chain = (size: number): Plan => ({
  buffers: [
    { dtype: "f32", elements: size, arena: null },
    { dtype: "f32", elements: size, arena: 256 },
    { dtype: "f32", elements: size, arena: null },
  ],
  arenaBytes: 256 + 4 * size,
  calls: [
    { kernel: scaled(size), inputs: [0], outputs: [1], scalars: [1] },
    { kernel: scaled(size), inputs: [1], outputs: [2], scalars: [0] },
  ],
});

/** x + x: one plan buffer as two inputs. */
export const twice = (size: number): Plan => ({
  buffers: [0, 1].map(() => ({ dtype: "f32", elements: size, arena: null })),
  arenaBytes: 0,
  calls: [
    {
      kernel: {
        ...scaled(size),
        loads: [0, 1].map(() => ({ dtype: "f32", offset: 0, strides: [1] })),
        body: [load(0), load(1), { op: "add", args: [0, 1], dtype: "f32" }],
      },
      inputs: [0, 0],
      outputs: [1],
      scalars: [],
    },
  ],
});

/** The first of five numbers, `size` times. */
export const repeated = (size: number): Plan => ({
  buffers: [5, size].map((elements) => ({ dtype: "f32", elements, arena: null })),
  arenaBytes: 0,
  calls: [
    {
      kernel: {
        ...scaled(size),
        loads: [{ dtype: "f32", offset: 0, strides: [0] }],
        body: [load(0)],
      },
      inputs: [0],
      outputs: [1],
      scalars: [],
    },
  ],
});
