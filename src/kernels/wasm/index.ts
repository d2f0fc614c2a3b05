/**
 * The WASM backend: SIMD kernels emitted at run time for the plans that need them, over one linear
 * memory. Kernels new to a plan are compiled together, as one module; a kernel made once serves all
 * later plans. With threads the memory is shared, and the segments of a plan that are worth it run on
 * all of them (segments.ts, threads/).
 */
import type { Backend, Buffer, Call, Plan, Program, TypedArray } from "../backend.js";
import { fromHalves, toHalves } from "../half.js";
import { bytesOf, type DType } from "../ir.js";
import { Blocks } from "./blocks.js";
import { type FunctionHandle, ModuleBuilder } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { withCasts } from "./half-plan.js";
import { Kernels } from "./kernels.js";
import { lower } from "./lowerings.js";
import { Heap } from "./memory.js";
import { runUnits, type Step, WasmBuffer, WasmProgram } from "./program.js";
import { joined, place, regionsOf, type Segment, segmentsOf, type Sharing } from "./segments.js";
import { mostThreads } from "./threads/control.js";
import { platform } from "./threads/spawn.js";
import { Team } from "./threads/team.js";

/** `threads`: how many work at once, the caller counted; default: the cores there are, at most 8. */
export type WasmOptions = { threads?: number };
/** For tests: a crossover of other work, and a caller that leaves all work to the workers. */
export type SharingOptions = Partial<Omit<Sharing, "threads">> & { callerWorks?: boolean };

/** The backend with what only it can tell of its threads. */
export type WasmBackend = Backend & {
  readonly threads: number;
  /** Workers that have all kernels: the others take part from when they have. */
  workersReady(): number;
  /** Parts of kernels that each thread ran so far, the caller first. */
  partsTaken(): number[];
};

/**
 * Opens the WASM backend. Throws a sentence where the engine has no WebAssembly SIMD. Where there are no
 * threads it opens with one, and `trace` says why.
 */
export function openWasm(options: WasmOptions = {}, sharing: SharingOptions = {}): WasmBackend {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= mostThreads))
    throw new Error(
      `The wasm backend was asked for ${threads} threads: give a whole number from 1 to ${mostThreads}.`,
    );
  if (typeof WebAssembly === "undefined" || !hasSimd())
    throw new Error(
      "This JavaScript engine has no WebAssembly SIMD: Node 20 or a browser since 2023 has.",
    );
  return new ThreadedBackend(options, sharing);
} // prettier-ignore

/** A buffer given twice may be read and written at once: then nothing runs side by side. */
function areDistinct(given: readonly Buffer[]): boolean {
  if (given.length > 8) return new Set(given).size === given.length;
  for (let k = 1; k < given.length; k++) if (given.lastIndexOf(given[k]!, k - 1) >= 0) return false;
  return true;
}

function hasSimd(): boolean {
  const module = new ModuleBuilder();
  module.function("probe", { x: "v128" }, ["v128"], (f, { x }) => {
    f.op("f32x4.add", x, x);
  });
  return WebAssembly.validate(module.bytes());
}

const mostByDefault = 8;
/** Measured: two threads that are awake meet in about a microsecond. */
const defaultSharing = { crossover: 8, part: 6 };

class ThreadedBackend implements WasmBackend {
  readonly name = "wasm";
  readonly threads: number;
  private readonly heap: Heap;
  private readonly kernels: Kernels;
  private readonly team: Team | null = null;
  private readonly sharing: Sharing;
  private readonly without: string | null = null; // why there are no threads
  private held = 0;
  private readonly blocks: Blocks;

  constructor({ threads: asked }: WasmOptions, { callerWorks, ...sharing }: SharingOptions) {
    const here = platform();
    const cores = here.threads ? Math.min(here.cores, mostByDefault) : 1;
    const threads = here.threads ? (asked ?? cores) : 1;
    if (!here.threads && asked !== 1) this.without = here.reason;
    this.threads = threads;
    this.sharing = { ...defaultSharing, ...sharing, threads };
    this.heap = new Heap(threads > 1);
    this.kernels = new Kernels(this.heap.memory, threads > 1);
    this.blocks = new Blocks(this.heap, threads);
    if (here.threads && threads > 1)
      this.team = new Team(this.heap.memory, here, threads, callerWorks);
  }

  allocate(dtype: DType, elements: number): Buffer {
    const bytes = bytesOf(dtype, elements);
    const buffer = new WasmBuffer(this.heap, dtype, elements, this.heap.allocate(bytes));
    this.held += bytes;
    return buffer;
  }

  free(buffer: Buffer): void {
    const own = this.own(buffer);
    own.freed = true;
    this.heap.release(own.block);
    this.held -= bytesOf(own.dtype, own.elements);
  }

  write(buffer: Buffer, data: TypedArray): void {
    const { dtype, elements } = buffer;
    if (data.length !== elements)
      throw new Error(
        `A buffer of ${elements} elements was to be written with ${data.length}: give as many as it has.`,
      );
    this.view(buffer).set(dtype === "f16" ? toHalves(data) : data);
  }

  read(buffer: Buffer): Promise<TypedArray> {
    const view = this.view(buffer);
    return Promise.resolve(view instanceof Uint16Array ? fromHalves(view) : view.slice());
  }

  prepare(given: Plan): Program {
    const { plan, origin } = withCasts(given);
    const calls = plan.calls.map((call) => lower(call.kernel).filter((phase) => phase.units > 0));
    this.kernels.compile(calls.flat());
    const slots: number[] = [];
    const steps = calls.map((phases, i) => {
      const call = plan.calls[i] as Call;
      const scalars = 16 * slots.length;
      slots.push(...call.scalars);
      return phases.map((phase) => this.step(call, phase, scalars));
    });
    this.blocks.reserve(plan, calls.flat(), slots.length);
    const segments = this.segments(plan, calls, steps);
    const explained = given.calls.map((): { handles: FunctionHandle[]; steps: Step[] } => ({ handles: [], steps: [] }));
    calls.forEach((phases, i) => {
      const { handles, steps: own } = explained[origin[i]!]!;
      handles.push(...phases.map((phase) => this.kernels.of(phase.key).handle));
      own.push(...steps[i]!);
    });
    const program = new WasmProgram(this.heap, plan, segments, slots, explained, () => this.where());
    if (program.shared) this.team?.mail(this.kernels.modules);
    return program;
  } // prettier-ignore

  run(program: Program, given: readonly Buffer[], scalars: readonly number[]): void {
    if (!(program instanceof WasmProgram) || program.owner !== this.heap)
      throw new Error("This program was prepared by another backend: prepare the plan here.");
    const addresses = this.addresses(program.plan, given);
    this.writeScalars(program.slots, scalars);
    const team = program.shared && areDistinct(given) ? this.team : null;
    team?.wake();
    for (const { steps, shared } of program.segments) {
      for (const step of steps) this.fill(step, addresses);
      if (shared && team) team.run(steps, this.blocks.scratchStride);
      else for (const step of steps) runUnits(step, 0, step.units);
    }
  }

  workersReady(): number {
    return this.team?.ready() ?? 0;
  }

  partsTaken(): number[] {
    return this.team?.taken() ?? [0];
  }

  bytes(): number {
    return this.held + this.blocks.bytes("arena");
  }

  close(): void {
    this.team?.end();
    this.kernels.clear(); // the memory goes with the object
  }

  private step(call: Call, phase: Lowered, scalars: number): Step {
    const all = [...call.inputs, ...call.outputs];
    const buffers = phase.buffers ? phase.buffers.map((k) => all[k] as number) : all;
    const { number: kernel, run, handle } = this.kernels.of(phase.key);
    const { key, units } = phase;
    const parameters = [0, units, ...buffers, 0, 0, 0, ...(phase.constants ?? [])];
    if (parameters.length !== handle.parameters.length)
      throw new Error(
        `The kernel "${key}" takes ${handle.parameters.length} parameters, and its call gives ${parameters.length}.`,
      );
    const scratchAt = 3 + buffers.length;
    return { key, kernel, run, parameters, buffers, scalars, scratchAt, units, parts: 1 };
  }

  private segments(plan: Plan, calls: readonly Lowered[][], steps: readonly Step[][]): Segment[] {
    if (!this.team) return [{ steps: steps.flat(), shared: false }];
    const memory = regionsOf(plan);
    const placed = calls.flatMap((phases, i) =>
      phases.map((phase, n) => place(steps[i]![n]!, plan.calls[i]!, i, phase, phases, memory)),
    );
    return joined(segmentsOf(placed, this.sharing));
  }

  private fill(step: Step, addresses: readonly number[]): void {
    const { parameters, buffers, scratchAt } = step;
    for (let k = 0; k < buffers.length; k++)
      parameters[2 + k] = addresses[buffers[k] as number] as number;
    parameters[scratchAt - 1] = this.blocks.at.scalars + step.scalars;
    parameters[scratchAt] = this.blocks.at.scratch;
    parameters[scratchAt + 1] = this.blocks.at.shared;
  }

  /** How the steps of a program run, for `trace`. */
  private where(): { alone: string; together: string } {
    const reason = this.without ?? this.team?.trouble;
    return {
      alone: `one thread${reason ? ` (${reason})` : ""}`,
      together: `${this.threads} threads${reason ? ` (but a worker failed: ${reason})` : ""}`,
    };
  }

  private addresses(plan: Plan, given: readonly Buffer[]): number[] {
    let next = 0;
    const addresses = plan.buffers.map((buffer) => {
      if (buffer.arena !== null) return this.blocks.at.arena + buffer.arena;
      const { block, elements } = this.own(given[next++]);
      if (elements < buffer.elements)
        throw new Error(
          `The plan's buffer ${next - 1} has ${buffer.elements} elements, the one given ${elements}.`,
        );
      return block.start;
    });
    if (next !== given.length)
      throw new Error(
        `The plan takes ${next} buffers at each run, and ${given.length} were given.`,
      );
    return addresses;
  }

  private writeScalars(slots: readonly number[], scalars: readonly number[]): void {
    if (slots.length === 0) return;
    const view = new DataView(this.heap.memory.buffer, this.blocks.at.scalars, 16 * slots.length);
    slots.forEach((index, slot) => {
      const value = scalars[index];
      if (value === undefined)
        throw new Error(`The plan takes a scalar ${index}, and ${scalars.length} were given.`);
      view.setFloat32(16 * slot, value, true);
      view.setInt32(16 * slot + 4, value, true); // ToInt32: wraps
      view.setFloat64(16 * slot + 8, value, true);
    });
  }

  private own(buffer: Buffer | undefined): WasmBuffer {
    if (!(buffer instanceof WasmBuffer) || buffer.owner !== this.heap)
      throw new Error(
        "This buffer is not of this wasm backend: write its content into one that is.",
      );
    if (buffer.freed) throw new Error("This buffer was freed: its content is gone.");
    return buffer;
  }

  private view(buffer: Buffer): Float32Array | Int32Array | Uint16Array {
    const { block, dtype, elements } = this.own(buffer);
    const { buffer: bytes } = this.heap.memory;
    if (dtype === "f16") return new Uint16Array(bytes, block.start, elements);
    return dtype === "f32"
      ? new Float32Array(bytes, block.start, elements)
      : new Int32Array(bytes, block.start, elements);
  }
}
