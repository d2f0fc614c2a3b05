/** What the WASM backend hands out: buffers and programs, opaque to everyone else. */
import type { Buffer, Explanation, Plan, Program } from "../backend.js";
import type { DType } from "../ir.js";
import type { FunctionHandle } from "./emitter.js";
import type { Block, Heap } from "./memory.js";
import type { Segment } from "./segments.js";

export type Run = (...parameters: number[]) => void;
/** A kernel, made once for all plans that need it. */
export type Compiled = { number: number; run: Run; handle: FunctionHandle };

/** One phase of a call, ready: its parameters, of which the buffers' addresses are filled in at each run. */
export type Step = {
  key: string; kernel: number; run: Run;
  parameters: number[]; // from, to, buffers, scalars, scratch, shared, constants
  buffers: readonly number[]; scalars: number;
  scratchAt: number; // the parameter that differs from thread to thread
  units: number;
  parts: number; // ranges of units that threads take
}; // prettier-ignore

/** Runs units of a step on the calling thread. A trap becomes a sentence that names the kernel. */
export function runUnits(step: Step, from: number, to: number): void {
  step.parameters[0] = from;
  step.parameters[1] = to;
  try {
    step.run(...step.parameters);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The kernel "${step.key}" failed: ${reason}.`, { cause: error });
  }
}

export class WasmBuffer implements Buffer {
  freed = false;
  constructor(readonly owner: Heap, readonly dtype: DType, readonly elements: number, readonly block: Block) {}
} // prettier-ignore

/** A call's phases, as they will run. */
export type Explained = { handles: readonly FunctionHandle[]; steps: readonly Step[] };

export class WasmProgram implements Program {
  /** Whether any segment is shared among threads. */
  readonly shared: boolean;

  constructor(
    readonly owner: Heap,
    readonly plan: Plan,
    readonly segments: readonly Segment[],
    /** For each slot of the scalar block, the run's number that goes there. */
    readonly slots: readonly number[],
    private readonly calls: readonly Explained[],
    /** How steps run that are in no shared segment, and in one. */
    private readonly threads: () => { alone: string; together: string },
  ) {
    this.shared = segments.some((segment) => segment.shared);
  }

  explain(): Explanation[] {
    const shared = new Set(this.segments.flatMap((segment) => (segment.shared ? segment.steps : [])));
    const { alone, together } = this.threads();
    return this.calls.map(({ handles, steps }) => {
      const parts = steps.filter((step) => shared.has(step)).map((step) => step.parts);
      const how = parts.length ? `${together} (${parts.join(" + ")} parts)` : alone;
      return { source: sources(handles), where: `wasm: SIMD, ${how}, compiled from bytes emitted here` };
    });
  }
} // prettier-ignore

/** The WAT of functions and of all that they call. */
function sources(functions: readonly FunctionHandle[]): string {
  const seen = new Set<FunctionHandle>(functions);
  for (const f of seen) for (const code of f.code) if (code.op === "call") seen.add(code.callee);
  return [...seen].map((f) => f.text()).join("\n");
}
