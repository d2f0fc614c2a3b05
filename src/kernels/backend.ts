/**
 * What a backend must do, on one screen: hold buffers, and run plans.
 *
 * A plan is the whole of a step: kernels in order, over buffers that are either given at each run
 * (parameters, batches, results) or live inside the plan's arena at a fixed offset. A backend turns a
 * plan into a program once and runs it often. No call may alias an output with one of its inputs,
 * except the optimizers, which write their inputs and have no outputs.
 */
import type { DType } from "./ir.js";
import type { Kernel } from "./spec.js";

export type TypedArray = Float32Array | Float64Array | Int32Array;

/** One buffer of a plan. `arena` is its byte offset in the arena (a multiple of 256), or null: given at each run. */
export type PlanBuffer = { dtype: DType; elements: number; arena: number | null };

/** One kernel at work. Numbers index `Plan.buffers`, and for `scalars` the run's list of scalars. */
export type Call = {
  kernel: Kernel;
  inputs: readonly number[];
  outputs: readonly number[];
  scalars: readonly number[];
};

export type Plan = {
  buffers: readonly PlanBuffer[];
  arenaBytes: number;
  calls: readonly Call[];
};

/** Memory on the backend; opaque to everyone else. */
export interface Buffer {
  readonly dtype: DType;
  readonly elements: number;
}

/** What a backend says of one call, for `trace`: the source it made (WAT, WGSL), where it ran and why there. */
export type Explanation = { source: string; where: string };

/** A plan made ready to run. */
export interface Program {
  /** One entry for each call of the plan. */
  explain(): Explanation[];
}

export interface Backend {
  readonly name: "js" | "wasm" | "webgpu" | "webgl";
  /** Threads of the CPU that compute; left out: one. */
  readonly threads?: number;
  /** Why it can do no more, with what its buffers held gone (a lost device); null, or left out, while it works. */
  readonly lost?: string | null;
  /** Fresh memory; its content is whatever was there. Throws a sentence when there is none left. */
  allocate(dtype: DType, elements: number): Buffer;
  free(buffer: Buffer): void;
  /** Host to backend; bool is 0 or 1 in an Int32Array; for f16 any floats, which are rounded (half.ts). */
  write(buffer: Buffer, data: TypedArray): void;
  /** Backend to host: a copy; a Float32Array of f16. js keeps f32 in float64 and gives a Float64Array. */
  read(buffer: Buffer): Promise<TypedArray>;
  prepare(plan: Plan): Program;
  /** `given` holds a buffer for each plan buffer whose `arena` is null, in the order of `Plan.buffers`. Returns at once or when done. */
  run(program: Program, given: readonly Buffer[], scalars: readonly number[]): void;
  /** Bytes held in buffers and in the arena. */
  bytes(): number;
  close(): void;
}
