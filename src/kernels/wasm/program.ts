/** What the WASM backend hands out: buffers and programs, opaque to everyone else. */
import type { Buffer, Explanation, Plan, Program } from "../backend.js";
import type { DType } from "../ir.js";
import type { FunctionHandle } from "./emitter.js";
import type { Heap } from "./memory.js";

export type Run = (...parameters: number[]) => void;
/** A kernel, made once for all plans that need it. */
export type Compiled = { run: Run; handle: FunctionHandle };

/** One phase of a call, ready: its parameters, of which the buffers' addresses are filled in at each run. */
export type Step = { run: Run; parameters: number[]; buffers: readonly number[]; scalars: number };

export class WasmBuffer implements Buffer {
  freed = false;
  constructor(readonly owner: Heap, readonly dtype: DType, readonly elements: number, readonly address: number) {}
} // prettier-ignore

export class WasmProgram implements Program {
  constructor(
    readonly owner: Heap,
    readonly plan: Plan,
    readonly steps: readonly Step[],
    /** For each slot of the scalar block, the run's number that goes there. */
    readonly slots: readonly number[],
    private readonly phases: readonly (readonly FunctionHandle[])[], // of each call
  ) {}

  explain(): Explanation[] {
    const where = `wasm: SIMD, one thread, compiled from bytes emitted here`;
    return this.phases.map((phases) => ({ source: sources(phases), where }));
  }
}

/** The WAT of functions and of all that they call. */
function sources(functions: readonly FunctionHandle[]): string {
  const seen = new Set<FunctionHandle>(functions);
  for (const f of seen) for (const code of f.code) if (code.op === "call") seen.add(code.callee);
  return [...seen].map((f) => f.text()).join("\n");
}
