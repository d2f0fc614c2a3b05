/**
 * What a plan's calls become: dispatches with their pipelines, where their buffers lie, and a slot for their
 * numbers in the plan's uniform buffer, 256 bytes (or more) each.
 */
import type { Plan } from "../backend.js";
import { roundUp } from "./buffers.js";
import { fold } from "./dispatch.js";
import type { KernelNumber, Place } from "./kernel.js";
import { lower } from "./lowerings.js";
import { nameOf } from "./name.js";
import type { Pipeline, Pipelines } from "./pipelines.js";
import { writeSource } from "./source.js";

/** A buffer given at the run, by number, or a part of the arena or of the scratch memory. */
export type Target =
  { in: "given"; index: number } | { in: "arena" | "scratch"; offset: number; bytes: number };

export type Step = {
  readonly label: string;
  readonly member: string | undefined;
  readonly pipeline: Pipeline;
  readonly workgroups: readonly [number, number];
  readonly targets: readonly Target[];
  readonly numbers: { offset: number; bytes: number };
  /** The bind group of the last run: good for the next if the buffers are the same. */
  bound: { group: GPUBindGroup; buffers: readonly GPUBuffer[] } | null;
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
  private readonly values: { at: number; number: KernelNumber }[] = [];
  private end = 0;
  private readonly targets: readonly Target[];
  constructor(
    private readonly plan: Plan,
    private readonly pipelines: Pipelines,
    private readonly software: boolean,
  ) {
    this.targets = targetsOf(plan);
  }

  stepsOf(call: number): Step[] {
    const { kernel, inputs, outputs, scalars } = this.plan.calls[call]!;
    const buffers = [...inputs, ...outputs];
    const label = nameOf(kernel);
    return lower(kernel, this.software)
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
    const [offset, bytes] = [place.scratch, roundUp(place.bytes, 256)];
    this.scratchBytes = Math.max(this.scratchBytes, offset + bytes);
    return { in: "scratch", offset, bytes };
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
