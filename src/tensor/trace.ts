/**
 * How the library shows its insides: `trace(fn)` runs `fn` and tells every kernel that ran, which ops it
 * computed, over which shapes, from which source text, where and why.
 */
import type { Backend } from "../kernels/backend.js";
import { bytesOf } from "../kernels/ir.js";
import { tensorsIn } from "./parameters.js";
import { realize } from "./realize.js";
import { runtime, type Ran } from "./runtime.js";

/** One kernel of one run. */
export type TracedKernel = {
  kernel: string;
  /** The ops that this kernel computes, inputs first. */
  ops: readonly string[];
  /** Elements of each input and output buffer, and the bytes that they are together. */
  inputs: readonly number[];
  outputs: readonly number[];
  bytes: number;
  /** WAT, or JavaScript on the js backend. */
  source: string;
  /** The backend and the reason for what was chosen there. */
  where: string;
};

/** One plan that ran. */
export type TracedRun = {
  backend: Backend["name"];
  /** Whether its plan was made in this run, or found. */
  made: boolean;
  arenaBytes: number;
  kernels: readonly TracedKernel[];
};

export type Trace<T> = { result: T; runs: readonly TracedRun[]; toString(): string };

/** Runs `fn` (async or not) and returns its result with all that ran. What `fn` returned is computed, too. */
export async function trace<T>(fn: () => T | Promise<T>): Promise<Trace<T>> {
  const runs: TracedRun[] = [];
  const listen = (ran: Ran) => void runs.push(describe(ran));
  runtime.listeners.add(listen);
  try {
    const result = await fn();
    realize([...tensorsIn(result)]);
    return { result, runs, toString: () => runs.map(write).join("\n") };
  } finally {
    runtime.listeners.delete(listen);
  }
}

function describe({ planned: { plan, ops }, program, backend, made }: Ran): TracedRun {
  const sources = program.explain();
  const kernels = plan.calls.map((call, k) => {
    const sizes = (buffers: readonly number[]) =>
      buffers.map((buffer) => plan.buffers[buffer]!.elements);
    const inputs = sizes(call.inputs);
    const outputs = sizes(call.outputs);
    const bytes = [...call.inputs, ...call.outputs].reduce(
      (sum, k) => sum + bytesOf(plan.buffers[k]!.dtype, plan.buffers[k]!.elements),
      0,
    );
    return { kernel: call.kernel.kernel, ops: ops[k]!, inputs, outputs, bytes, ...sources[k]! };
  });
  return { backend: backend.name, made, arenaBytes: plan.arenaBytes, kernels };
}

function write({ backend, made, arenaBytes, kernels }: TracedRun): string {
  const head = `${backend}: ${kernels.length} kernels, ${arenaBytes} bytes of arena, plan ${made ? "made" : "found"}`;
  return [
    head,
    ...kernels.map(
      ({ kernel, ops, bytes, where }) => `  ${kernel} (${ops.join(" ")}) ${bytes} bytes, ${where}`,
    ),
  ].join("\n");
}
