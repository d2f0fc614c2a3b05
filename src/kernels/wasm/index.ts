/**
 * The WASM backend: SIMD kernels emitted at run time for the plans that need them, over one linear
 * memory. Kernels new to a plan are compiled together, as one module; a kernel made once serves all
 * later plans.
 */
import type { Backend, Buffer, Call, Plan, Program, TypedArray } from "../backend.js";
import type { DType } from "../ir.js";
import { type FunctionHandle, ModuleBuilder } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { lower } from "./lowerings.js";
import { Heap } from "./memory.js";
import { type Compiled, type Run, type Step, WasmBuffer, WasmProgram } from "./program.js";

/** Opens the WASM backend. Throws a sentence where the engine has no WebAssembly SIMD. */
export function openWasm(): Backend {
  if (typeof WebAssembly === "undefined" || !hasSimd())
    throw new Error(
      "This JavaScript engine has no WebAssembly SIMD: Node 20 or a browser since 2023 has.",
    );
  return new WasmBackend();
}

function hasSimd(): boolean {
  const module = new ModuleBuilder();
  module.function("probe", { x: "v128" }, ["v128"], (f, { x }) => {
    f.op("f32x4.add", x, x);
  });
  return WebAssembly.validate(module.bytes());
}

class WasmBackend implements Backend {
  readonly name = "wasm";
  private readonly heap = new Heap();
  private readonly compiled = new Map<string, Compiled>();
  private held = 0;
  /** Blocks that all programs use one after another; each as large as the largest need so far. */
  private readonly blocks = { arena: 0, scalars: 0, scratch: 0, shared: 0 };

  allocate(dtype: DType, elements: number): Buffer {
    const buffer = new WasmBuffer(this.heap, dtype, elements, this.heap.allocate(4 * elements));
    this.held += 4 * elements;
    return buffer;
  }

  free(buffer: Buffer): void {
    const { address, elements } = this.own(buffer);
    this.heap.release(address);
    this.held -= 4 * elements;
    this.own(buffer).freed = true;
  }

  write(buffer: Buffer, data: TypedArray): void {
    const { elements } = buffer;
    if (data.length !== elements)
      throw new Error(
        `A buffer of ${elements} elements was to be written with ${data.length}: give as many as it has.`,
      );
    this.view(buffer).set(data);
  }

  read(buffer: Buffer): Promise<TypedArray> {
    return Promise.resolve(this.view(buffer).slice());
  }

  prepare(plan: Plan): Program {
    const calls = plan.calls.map((call) => lower(call.kernel).filter((phase) => phase.units > 0));
    this.compile(calls.flat());
    const slots: number[] = [];
    const steps = calls.flatMap((phases, i) => {
      const call = plan.calls[i] as Call;
      const scalars = 16 * slots.length;
      slots.push(...call.scalars);
      return phases.map((phase) => this.step(call, phase, scalars));
    });
    const most = (bytes: (phase: Lowered) => number | undefined): number =>
      calls.flat().reduce((largest, phase) => Math.max(largest, bytes(phase) ?? 0), 0);
    this.reserve("arena", plan.arenaBytes);
    this.reserve("scalars", 16 * slots.length);
    this.reserve("scratch", most((phase) => phase.scratchBytes));
    this.reserve("shared", most((phase) => phase.sharedBytes));
    const handles = calls.map((phases) => phases.map((phase) => this.kernel(phase.key).handle));
    return new WasmProgram(this.heap, plan, steps, slots, handles);
  } // prettier-ignore

  run(program: Program, given: readonly Buffer[], scalars: readonly number[]): void {
    if (!(program instanceof WasmProgram) || program.owner !== this.heap)
      throw new Error("This program was prepared by another backend: prepare the plan here.");
    const addresses = this.addresses(program.plan, given);
    this.writeScalars(program.slots, scalars);
    for (const step of program.steps) {
      const { parameters, buffers } = step;
      for (let k = 0; k < buffers.length; k++)
        parameters[2 + k] = addresses[buffers[k] as number] as number;
      const rest = 2 + buffers.length;
      parameters[rest] = this.blocks.scalars + step.scalars;
      parameters[rest + 1] = this.blocks.scratch;
      parameters[rest + 2] = this.blocks.shared;
      step.run(...parameters);
    }
  }

  bytes(): number {
    return this.held + this.heap.size(this.blocks.arena);
  }

  close(): void {
    this.compiled.clear(); // the memory goes with the object
  }

  /** Emits and compiles the phases that no plan had before. */
  private compile(phases: readonly Lowered[]): void {
    const module = new ModuleBuilder();
    const made = new Map<string, FunctionHandle>();
    for (const phase of phases)
      if (!this.compiled.has(phase.key) && !made.has(phase.key))
        made.set(phase.key, phase.build(module));
    if (made.size === 0) return;
    const env = { memory: this.heap.memory };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env });
    for (const [key, handle] of made)
      this.compiled.set(key, { run: exports[`f${handle.index}`] as Run, handle });
  }

  private kernel(key: string): Compiled {
    const found = this.compiled.get(key);
    if (!found) throw new Error(`The kernel "${key}" was not compiled.`);
    return found;
  }

  private step(call: Call, phase: Lowered, scalars: number): Step {
    const all = [...call.inputs, ...call.outputs];
    const buffers = phase.buffers ? phase.buffers.map((k) => all[k] as number) : all;
    const { run, handle } = this.kernel(phase.key);
    const parameters = [0, phase.units, ...buffers, 0, 0, 0, ...(phase.constants ?? [])];
    if (parameters.length !== handle.parameters.length)
      throw new Error(
        `The kernel "${phase.key}" takes ${handle.parameters.length} parameters, and its call gives ${parameters.length}.`,
      );
    return { run, parameters, buffers, scalars };
  }

  /** Makes a shared block at least that large. Its content is not kept: it never outlives a run. */
  private reserve(name: keyof WasmBackend["blocks"], bytes: number): void {
    const block = this.blocks[name];
    if (block !== 0 && this.heap.size(block) >= bytes) return;
    if (bytes === 0) return;
    if (block !== 0) this.heap.release(block);
    this.blocks[name] = 0;
    this.blocks[name] = this.heap.allocate(bytes);
  }

  private addresses(plan: Plan, given: readonly Buffer[]): number[] {
    let next = 0;
    const addresses = plan.buffers.map((buffer) => {
      if (buffer.arena !== null) return this.blocks.arena + buffer.arena;
      const { address, elements } = this.own(given[next++]);
      if (elements < buffer.elements)
        throw new Error(
          `The plan's buffer ${next - 1} has ${buffer.elements} elements, the one given ${elements}.`,
        );
      return address;
    });
    if (next !== given.length)
      throw new Error(
        `The plan takes ${next} buffers at each run, and ${given.length} were given.`,
      );
    return addresses;
  }

  private writeScalars(slots: readonly number[], scalars: readonly number[]): void {
    const view = new DataView(this.heap.memory.buffer, this.blocks.scalars, 16 * slots.length);
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

  private view(buffer: Buffer): Float32Array | Int32Array {
    const { address, dtype, elements } = this.own(buffer);
    const { buffer: bytes } = this.heap.memory;
    return dtype === "f32"
      ? new Float32Array(bytes, address, elements)
      : new Int32Array(bytes, address, elements);
  }
}
