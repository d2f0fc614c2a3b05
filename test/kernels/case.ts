/**
 * What a row of the kernel table is: one kernel, its inputs, and how near to `js` a backend must come.
 * Numbers come from a generator seeded with the case's own name, so a case never depends on another.
 */
import seedrandom from "seedrandom";
import type { TypedArray } from "../../src/kernels/backend.js";
import type { Access, DType } from "../../src/kernels/ir.js";
import type { Kernel } from "../../src/kernels/spec.js";

/** A difference passes when it is at most `absolute + relative · |expected|`; `why` is DESIGN section 4. */
export type Tolerance = { relative: number; absolute: number; why: string };

export type Output = { dtype: DType; elements: number };

export type Case = {
  name: string; // unique, starts with the kernel's name
  kernel: Kernel;
  inputs: () => TypedArray[] | Promise<TypedArray[]>; // made when the case runs
  outputs: readonly Output[]; // none: the kernel writes its inputs
  scalars?: readonly number[];
  tolerance: Tolerance;
};

export const exact: Tolerance = { relative: 0, absolute: 0, why: "moves or counts, never rounds" };
export const elementwise: Tolerance = { relative: 1e-5, absolute: 1e-37, why: "elementwise: 1e-5" };
export const softmaxLike: Tolerance = { relative: 1e-6, absolute: 1e-6, why: "softmax: 1e-6" };

/** Inputs are unit normals, so a product summed over K terms is about √K large. */
export const product = (K: number): Tolerance => ({
  relative: 1e-6,
  absolute: 1e-6 * Math.sqrt(Math.max(K, 1)),
  why: `matmul and convolution: 1e-6·√K, K = ${K}`,
});

/** Sizes on both sides of every tile edge that the kernels have. */
export const astride = [1, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65] as const;

export const f32 = (elements: number): Output => ({ dtype: "f32", elements });
export const i32 = (elements: number): Output => ({ dtype: "i32", elements });

/** Draws for one case: the same name gives the same numbers. */
export class Draw {
  readonly #next: () => number;
  constructor(seed: string) {
    this.#next = seedrandom(seed);
  }

  uniform(count: number, low = 0, high = 1): Float32Array {
    return Float32Array.from({ length: count }, () => low + (high - low) * this.#next());
  }

  /** Box–Muller. */
  normal(count: number, mean = 0, deviation = 1): Float32Array {
    return Float32Array.from({ length: count }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - this.#next()));
      return mean + deviation * radius * Math.cos(2 * Math.PI * this.#next());
    });
  }

  /** Whole numbers of [low, high). */
  integers(count: number, low: number, high: number): Int32Array {
    return Int32Array.from({ length: count }, () => low + Math.floor((high - low) * this.#next()));
  }

  /** The array with each of `values` written over some element, for edges such as NaN and ±∞. */
  sprinkle<T extends TypedArray>(array: T, values: readonly number[]): T {
    if (array.length === 0) return array;
    for (const value of values) array[Math.floor(this.#next() * array.length)] = value;
    return array;
  }
}

export const volume = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A view and the size of the buffer that it walks. */
export type Viewed = { view: Access; elements: number };

/** How a view lies in its buffer: the order of its axes in memory, gaps after an axis, a start, flips, repeats. */
export type Layout = {
  order?: readonly number[]; // axes from slowest to fastest; default as named
  gap?: number; // elements left out after each row of the fastest axis
  offset?: number;
  flipped?: readonly number[]; // axes walked backwards
  repeated?: readonly number[]; // axes of stride 0
};

/** A view of `shape` over a buffer of its own. */
export function viewed(shape: readonly number[], layout: Layout = {}): Viewed {
  const { order = shape.map((_, i) => i), gap = 0, offset = 0 } = layout;
  const strides = shape.map(() => 0);
  let extent = 1;
  [...order].reverse().forEach((axis, position) => {
    if (layout.repeated?.includes(axis)) return;
    strides[axis] = extent;
    extent *= shape[axis]!;
    if (position === 0) extent += gap;
  });
  let start = offset;
  for (const axis of layout.flipped ?? []) {
    start += strides[axis]! * Math.max(shape[axis]! - 1, 0);
    strides[axis] = -strides[axis]!;
  }
  return { view: { dtype: "f32", offset: start, strides }, elements: offset + extent };
}
