/** Runs one kernel on the js backend, from arrays to arrays; and two ways to say that arrays agree. */
import { expect } from "vitest";
import type { TypedArray } from "../../../src/kernels/backend.js";
import type { DType } from "../../../src/kernels/ir.js";
import type { Kernel } from "../../../src/kernels/spec.js";
import { openJs } from "../../../src/kernels/js/index.js";

/** Plain arrays are f32; an Int32Array is i32. */
export type Numbers = readonly number[] | Int32Array;

const dtypeOf = (data: Numbers): DType => (data instanceof Int32Array ? "i32" : "f32");

/** The kernel's outputs. `outputs` gives the size of each, and its dtype where it is not f32. */
export async function run(
  kernel: Kernel,
  inputs: readonly Numbers[],
  outputs: readonly (number | [DType, number])[],
  scalars: readonly number[] = [],
): Promise<TypedArray[]> {
  return (await runInPlace(kernel, inputs, outputs, scalars)).outputs;
}

/** The same, and what the inputs hold afterwards: the optimizers write there. */
export async function runInPlace(
  kernel: Kernel,
  inputs: readonly Numbers[],
  outputs: readonly (number | [DType, number])[],
  scalars: readonly number[] = [],
): Promise<{ inputs: TypedArray[]; outputs: TypedArray[] }> {
  const backend = openJs();
  const sizes = outputs.map((o): [DType, number] => (typeof o === "number" ? ["f32", o] : o));
  const buffers = [
    ...inputs.map((data) => backend.allocate(dtypeOf(data), data.length)),
    ...sizes.map(([dtype, elements]) => backend.allocate(dtype, elements)),
  ];
  inputs.forEach((data, k) => backend.write(buffers[k]!, Float64Array.from(data)));
  const program = backend.prepare({
    buffers: buffers.map(({ dtype, elements }) => ({ dtype, elements, arena: null })),
    arenaBytes: 0,
    calls: [
      {
        kernel,
        inputs: inputs.map((_, k) => k),
        outputs: outputs.map((_, k) => inputs.length + k),
        scalars: scalars.map((_, k) => k),
      },
    ],
  });
  backend.run(program, buffers, scalars);
  const data = await Promise.all(buffers.map((buffer) => backend.read(buffer)));
  return { inputs: data.slice(0, inputs.length), outputs: data.slice(inputs.length) };
}

/** Every number within `tolerance` of its size (or of 1, where it is smaller). */
export function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance = 1e-12,
) {
  expect(actual.length).toBe(wanted.length);
  const wrong = Array.from(actual).flatMap((a, i) => {
    const w = wanted[i]!;
    const agrees =
      Object.is(a, w) || a === w || Math.abs(a - w) <= tolerance * Math.max(1, Math.abs(w));
    return agrees ? [] : [`[${i}]: ${a}, wanted ${w}`];
  });
  expect(wrong).toEqual([]);
}

/** Numbers without pattern in [-1, 1), the same in every run: the fraction of a growing sine. */
export function noise(count: number, salt = 1): number[] {
  return Array.from({ length: count }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + salt * 78.233) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });
}

/** d(f)/dx by central differences: (f(x + h) − f(x − h)) / 2h, one element of x after the other. */
export async function slope(
  f: (x: number[]) => Promise<number>,
  x: readonly number[],
  h = 1e-5,
): Promise<number[]> {
  const at = (i: number, by: number): Promise<number> =>
    f(x.map((value, k) => (k === i ? value + by : value)));
  const slopes: number[] = [];
  for (let i = 0; i < x.length; i++) {
    slopes.push(((await at(i, h)) - (await at(i, -h))) / (2 * h));
  }
  return slopes;
}

/** Σ a·b: with fixed weights, one number that stands for a whole output. */
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
