/** Runs the phases of a kernel as threads will: each phase's units cut in ranges, on workers' own scratch. */
import type { TypedArray } from "../../src/kernels/backend.js";
import { ModuleBuilder } from "../../src/kernels/wasm/emitter.js";
import type { Lowered } from "../../src/kernels/wasm/kernel.js";
import { lower } from "../../src/kernels/wasm/lowerings.js";
import type { Case } from "./case.js";

type Run = (...parameters: number[]) => void;

const guard = 0xab;

/** Hands out 256-byte aligned blocks of one memory, each followed by 256 bytes that nobody may write. */
class Blocks {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  readonly #guards: number[] = [];
  #end = 256;

  take(bytes: number): number {
    const start = this.#end;
    this.#guards.push(start + Math.ceil(bytes / 256) * 256);
    this.#end = this.#guards.at(-1)! + 256;
    const missing = this.#end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    new Uint8Array(this.memory.buffer, this.#guards.at(-1), 256).fill(guard);
    return start;
  }

  /** How many blocks were written past their end. */
  overrun(): number {
    const broken = (at: number): boolean =>
      new Uint8Array(this.memory.buffer, at, 256).some((byte) => byte !== guard);
    return this.#guards.filter(broken).length;
  }

  put(data: TypedArray): number {
    const start = this.take(4 * data.length);
    const view = data instanceof Int32Array ? Int32Array : Float32Array;
    new view(this.memory.buffer, start, data.length).set(data);
    return start;
  }

  /** Scalars as kernel.ts lays them out: f32, i32, f64 in 16 bytes each. */
  putScalars(scalars: readonly number[]): number {
    const start = this.take(16 * scalars.length);
    const view = new DataView(this.memory.buffer, start, 16 * scalars.length);
    scalars.forEach((value, i) => {
      view.setFloat32(16 * i, value, true);
      view.setInt32(16 * i + 4, value, true);
      view.setFloat64(16 * i + 8, value, true);
    });
    return start;
  }
}

function compile(phases: readonly Lowered[], memory: WebAssembly.Memory): Run[] {
  const module = new ModuleBuilder();
  const handles = new Map<string, number>();
  for (const { key, build } of phases) {
    if (!handles.has(key)) handles.set(key, build(module).index);
  }
  const compiled = new WebAssembly.Module(module.bytes());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return phases.map(({ key }) => exports[`f${handles.get(key)}`] as Run);
}

/** Ranges [from, to) that cover `units`, the later ones first: the order must not matter either. */
function cutsOf(units: number, ranges: number): [number, number][] {
  const at = Array.from({ length: ranges + 1 }, (_, i) => Math.floor((units * i) / ranges));
  const all = at.slice(1).map((to, i): [number, number] => [at[i]!, to]);
  return all.filter(([from, to]) => from < to).reverse();
}

/** What a run left: the bytes of inputs and outputs, and how many blocks were written past their end. */
type Left = { inputs: Uint8Array[]; outputs: Uint8Array[]; overrun: number };

/**
 * The numbers of a call's phases, in an order in which they may run: first those that fill shared
 * memory, then those that write outputs (all, in an optimizer), each kind as it comes or backwards.
 */
function orderOf(phases: readonly Lowered[], inputs: number, outputs: number, backwards: boolean): number[] {
  const fills = ({ buffers }: Lowered): boolean =>
    outputs > 0 && buffers !== undefined && buffers.every((k) => k < inputs);
  const all = phases.map((_, i) => i);
  const turn = (list: number[]): number[] => (backwards ? list.reverse() : list);
  return [
    ...turn(all.filter((i) => fills(phases[i]!))),
    ...turn(all.filter((i) => !fills(phases[i]!))),
  ];
} // prettier-ignore

/** Runs a case with its units in so many ranges, and with garbage in every block before; phases backwards from 2 ranges on. */
export function runPhases(row: Case, inputs: readonly TypedArray[], ranges: number): Left {
  const blocks = new Blocks();
  const phases = lower(row.kernel).filter(({ units }) => units > 0);
  const runs = compile(phases, blocks.memory);
  const ins = inputs.map((data) => blocks.put(data));
  const outs = row.outputs.map(({ elements }) => blocks.put(new Float32Array(elements).fill(-77)));
  const scalars = blocks.putScalars(row.scalars ?? []);
  const shared = blocks.take(Math.max(0, ...phases.map((phase) => phase.sharedBytes ?? 0)));
  for (const i of orderOf(phases, ins.length, outs.length, ranges > 1)) {
    const phase = phases[i]!;
    const buffers = phase.buffers?.map((k) => [...ins, ...outs][k]!) ?? [...ins, ...outs];
    for (const [from, to] of cutsOf(phase.units, ranges)) {
      const scratch = blocks.put(new Float32Array((phase.scratchBytes ?? 0) / 4).fill(NaN));
      runs[i]!(from, to, ...buffers, scalars, scratch, shared, ...(phase.constants ?? []));
    }
  }
  const bytesAt = (at: number, elements: number): Uint8Array =>
    new Uint8Array(blocks.memory.buffer.slice(at, at + 4 * elements));
  return {
    inputs: ins.map((at, k) => bytesAt(at, inputs[k]!.length)),
    outputs: outs.map((at, k) => bytesAt(at, row.outputs[k]!.elements)),
    overrun: blocks.overrun(),
  };
}
