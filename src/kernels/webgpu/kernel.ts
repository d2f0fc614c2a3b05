/**
 * What a lowering hands to the WebGPU backend: the dispatches of one call, run one after another.
 *
 * A dispatch is the WGSL of what one thread does, over `groups` workgroups of `threads` threads. Its text
 * may use `group` and `thread` (numbers of the workgroup and of the thread in it, both u32), the buffers
 * by their names, and `numbers.…`. Sizes and strides go into `numbers`, not into the text: then a new
 * shape compiles nothing. `groups` is known there as `numbers.groups`.
 */

/** Scalar so-and-so of the call, given at each run; `through` a function that needs float64. */
export type GivenNumber = { scalar: number; through?: (value: number) => number };

/** A number of the kernel: known when the plan is made, or given at each run. */
export type KernelNumber = readonly [type: "u32" | "i32" | "f32", value: number | GivenNumber];

/** Where a buffer is: its place in [...inputs, ...outputs], or `bytes` from `scratch` on of memory that the call's dispatches share. */
export type Place = number | { scratch: number; bytes: number } | Shared;

/** What an optimizer updates all parameters in: the slab of input so-and-so, a part of the arena, a table of numbers. */
export type Shared = { slab: number } | { arena: number; bytes: number } | { table: number[] };

/** Storage buffers that a dispatch may name: so many WebGPU promises. */
export const mostBuffers = 8;

export type KernelBuffer = readonly [element: string, place: Place];

export type Dispatch = {
  readonly buffers: Readonly<Record<string, KernelBuffer>>;
  readonly numbers: Readonly<Record<string, KernelNumber>>;
  readonly groups: number;
  readonly threads: number;
  /** Which of its family this is, for `trace`. */
  readonly member?: string;
  /** Functions and workgroup memory, before `main`. */
  readonly declarations?: string;
  readonly body: string;
};

export const u32 = (value: number): KernelNumber => ["u32", value];
export const i32 = (value: number): KernelNumber => ["i32", value];
export const scalar = (index: number, type: "u32" | "i32" | "f32" = "f32"): KernelNumber => [
  type,
  { scalar: index },
];
/** A function of a scalar, in float64 on the host: 1 − 0.999, say, of which float32 would lose half. */
export const throughScalar = (index: number, through: (value: number) => number): KernelNumber => [
  "f32",
  { scalar: index, through },
];

/** Threads of a workgroup where each thread makes an element of its own. */
const wide = 256;

/** A dispatch of one thread an element: `i` < `numbers.count` is the thread's. */
export function eachElement(
  count: number,
  { body, numbers, ...rest }: Pick<Dispatch, "buffers" | "numbers" | "declarations" | "body">,
): Dispatch {
  return {
    ...rest,
    numbers: { count: u32(count), ...numbers },
    groups: Math.ceil(count / wide),
    threads: wide,
    body: /* wgsl */ `
  let i = group * ${wide}u + thread;
  if (i >= numbers.count) { return; }
  ${body.trim()}`,
  };
}

/** A dispatch of one workgroup a row, as wide as the row makes use of: `group` is the row. */
export function eachRow(
  rows: number,
  columns: number,
  write: (threads: number) => Pick<Dispatch, "buffers" | "numbers" | "declarations" | "body">,
  software = false,
): Dispatch {
  const threads = software ? vectorLanes : threadsFor(columns);
  return { ...write(threads), groups: rows, threads };
}

/** On an adapter that computes on the CPU so many threads are one vector, and wait for nobody. */
const vectorLanes = 4;

/** A power of two from 32 to 256: as many threads as numbers, if that goes. */
const threadsFor = (numbers: number): number =>
  Math.min(Math.max(2 ** Math.ceil(Math.log2(Math.max(numbers, 1))), 32), 256);
