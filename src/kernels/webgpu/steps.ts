/**
 * What a plan's calls become: dispatches with their pipelines, where their buffers lie, and a slot for their
 * numbers in the plan's uniform buffer, 256 bytes (or more) each.
 */
import type { Plan } from "../backend.js";
import { roundUp } from "./buffers.js";
import { fold } from "./dispatch.js";
import type { Optimizer } from "../spec.js";
import type { Dispatch, KernelNumber, Place } from "./kernel.js";
import { lower } from "./lowerings.js";
import { nameOf } from "./name.js";
import { lowerOptimizer } from "./optimizer.js";
import * as slabs from "./optimizer/slabs.js";
import type { Pipeline, Pipelines } from "./pipelines.js";
import { writeSource } from "./source.js";

/** A buffer given at the run, by number, the slab that it lies in, or a part of the arena or of the scratch memory. */
export type OutsideTarget =
  | { in: "given" | "slab"; index: number }
  | { in: "arena" | "scratch"; offset: number; bytes: number };
/** The same, or a part of the program's tables. */
export type Target = OutsideTarget | { in: "table"; offset: number; bytes: number };

export type Step = {
  readonly label: string;
  readonly member: string | undefined;
  readonly pipeline: Pipeline;
  readonly workgroups: readonly [number, number];
  readonly targets: readonly Target[];
  readonly numbers: { offset: number; bytes: number };
  /** The bind group of the last run: good for the next if the buffers are the same. */
  bound: { group: GPUBindGroup; memory: readonly Required<GPUBufferBinding>[] } | null;
};

/** A scalar of the run, in its place among the numbers. */
export type Patch = {
  at: number;
  type: "u32" | "i32" | "f32";
  scalar: number;
  through: (value: number) => number;
};

const same = (value: number): number => value;

/** Where a slot of the uniform buffer may begin (WebGPU's default). */
const alignment = 256;

/** Lowers the calls of a plan one by one and lays out their numbers. */
export class StepMaker {
  scratchBytes = 0;
  readonly patches: Patch[] = [];
  readonly slabs: slabs.SlabLayout[] = [];
  /** Tables that dispatches read, each at a multiple of 256 bytes. */
  readonly tables: number[] = [];
  private readonly values: { at: number; number: KernelNumber }[] = [];
  private end = 0;
  private readonly targets: readonly Target[];
  constructor(
    private readonly plan: Plan,
    private readonly pipelines: Pipelines,
    private readonly software: boolean,
    private readonly mostBytes: number,
  ) {
    this.targets = targetsOf(plan);
  }

  stepsOf(call: number): Step[] {
    const { kernel, inputs, outputs, scalars } = this.plan.calls[call]!;
    const buffers = [...inputs, ...outputs];
    const label = nameOf(kernel);
    const dispatches =
      kernel.kernel === "optimizer"
        ? this.lowerOptimizer(kernel, inputs)
        : lower(kernel, this.software);
    return dispatches
      .filter(({ groups }) => groups > 0)
      .map((dispatch): Step => {
        const { source, places } = writeSource(dispatch, buffers);
        const numbers = { groups: ["u32", dispatch.groups] as const, ...dispatch.numbers };
        return {
          label,
          member: dispatch.member,
          pipeline: this.pipelines.get(source, places.length, label),
          workgroups: fold(dispatch.groups),
          targets: places.map((place) => this.targetOf(place, buffers)),
          numbers: this.layOut(Object.values(numbers), scalars),
          bound: null,
        };
      });
  }

  mirror(): DataView<ArrayBuffer> {
    const view = new DataView(new ArrayBuffer(Math.max(this.end, alignment)));
    for (const { at, number } of this.values) {
      const [type, value] = number as [string, number];
      if (type === "f32") view.setFloat32(at, value, true);
      else view.setInt32(at, value, true);
    }
    return view;
  }

  private targetOf(place: Place, buffers: readonly number[]): Target {
    if (typeof place === "number") return this.targets[buffers[place]!]!;
    if ("arena" in place) return { in: "arena", offset: place.arena, bytes: place.bytes };
    if ("table" in place) return this.keep(place.table);
    if ("slab" in place) return { in: "slab", index: this.givenAt(buffers[place.slab]!) };
    const [offset, bytes] = [place.scratch, roundUp(place.bytes, 256)];
    this.scratchBytes = Math.max(this.scratchBytes, offset + bytes);
    return { in: "scratch", offset, bytes };
  }

  /** Parameters whose gradients this plan makes are updated together, others by themselves. */
  private lowerOptimizer(kernel: Optimizer, inputs: readonly number[]): Dispatch[] {
    const gradient = (k: number): number => inputs[k * slabs.inputsOf(kernel) + 1]!;
    const inArena = kernel.sizes.map((_, k) => this.plan.buffers[gradient(k)]!.arena);
    const made = new Set(this.plan.calls.flatMap(({ outputs }) => outputs));
    const dispatches: Dispatch[] = [];
    const done = new Set<number>();
    for (const slab of slabs.slabsOf(kernel, this.mostBytes)) {
      const members = slabs.membersOf(kernel, slab);
      if (members.some(({ input }) => this.targets[inputs[input]!]!.in !== "given")) continue;
      const temporary = slab.rows.filter(({ k }) => inArena[k] !== null);
      const results = slab.rows.filter(({ k }) => inArena[k] === null && made.has(gradient(k)));
      if (temporary.length + results.length === 0) continue;
      this.gather("Parameters and states of an optimizer", slab.bytes, members, inputs, true); // prettier-ignore
      const starts = inArena.map((start) => start ?? 0);
      dispatches.push(...slabs.lowerFromArena(kernel, temporary, starts, this.mostBytes));
      if (results.length > 0) dispatches.push(this.fromResults(kernel, results, inputs));
      for (const { k } of [...temporary, ...results]) done.add(k);
    }
    return [...dispatches, ...lowerOptimizer(kernel, (k) => !done.has(k))];
  }

  /** Gradients that outlive the run are made in a slab of theirs. */
  private fromResults(
    kernel: Optimizer,
    rows: readonly slabs.Row[],
    inputs: readonly number[],
  ): Dispatch {
    const { bytes, places } = slabs.gradientsOf(kernel, rows);
    this.gather("Gradients", bytes, places, inputs, false);
    const starts = new Map(rows.map(({ k }, row) => [k, places[row]!.offset]));
    return slabs.lowerTogether(kernel, rows, { slab: places[0]!.input }, (k) => starts.get(k)!);
  }

  private gather(
    what: string,
    bytes: number,
    places: slabs.Places,
    inputs: readonly number[],
    kept: boolean,
  ): void {
    const members = places.map(({ input, offset }) => ({
      index: this.givenAt(inputs[input]!),
      offset,
    }));
    this.slabs.push({ what, bytes, members, kept });
  }

  /** Which of the buffers given at a run a buffer of the plan is. */
  private givenAt(buffer: number): number {
    const target = this.targets[buffer]!;
    if (target.in !== "given") throw new Error("An optimizer was to change a temporary.");
    return target.index;
  }

  private keep(table: readonly number[]): Target {
    const offset = 4 * this.tables.length;
    const bytes = roundUp(4 * table.length, alignment);
    this.tables.push(...table, ...new Array<number>(bytes / 4 - table.length).fill(0));
    return { in: "table", offset, bytes };
  }

  private layOut(
    numbers: readonly KernelNumber[],
    scalars: readonly number[],
  ): { offset: number; bytes: number } {
    const offset = this.end;
    numbers.forEach((number, k) => {
      const [at, [type, value]] = [offset + 4 * k, number];
      if (typeof value === "number") this.values.push({ at, number });
      else {
        const { scalar, through = same } = value;
        this.patches.push({ at, type, scalar: scalars[scalar]!, through });
      }
    });
    this.end = offset + roundUp(4 * numbers.length, alignment);
    return { offset, bytes: roundUp(4 * numbers.length, 16) };
  }
}

/** Where each buffer of the plan is. */
function targetsOf({ buffers }: Plan): Target[] {
  let index = 0;
  return buffers.map(({ arena, elements }) =>
    arena === null
      ? { in: "given", index: index++ }
      : { in: "arena", offset: arena, bytes: roundUp(4 * elements, 256) },
  );
}
