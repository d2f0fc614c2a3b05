/**
 * What a plan's calls become: dispatches with their pipelines, where their buffers lie, and a slot for their
 * numbers in the plan's uniform buffer, 256 bytes (or more) each. Dispatches that may run at once become one.
 */
import type { Plan } from "../backend.js";
import { roundUp } from "./buffers.js";
import { fold } from "./dispatch.js";
import type { Dispatch, KernelNumber } from "./kernel.js";
import { lower } from "./lowerings.js";
import { nameOf } from "./name.js";
import { lowerInSlabs } from "./optimizer/lower.js";
import type { Pipeline, Pipelines } from "./pipelines.js";
import { PlanPlaces, type Target } from "./places.js";
import { writeSource } from "./source.js";
import { binsOf, type Part } from "./together/bins.js";
import { roundsOf } from "./together/rounds.js";
import { writeTogether, type Together } from "./together/text.js";

export type Step = {
  readonly label: string;
  readonly pipeline: Pipeline;
  readonly workgroups: readonly [number, number];
  readonly targets: readonly Target[];
  readonly numbers: { offset: number; bytes: number };
  /** The bind group of the last run: good for the next if the buffers are the same. */
  bound: { group: GPUBindGroup; memory: readonly Required<GPUBufferBinding>[] } | null;
};

/** A dispatch of one call, for `trace`: the step that runs it, alone or with others. */
export type Ran = { step: Step; groups: number; member: string | undefined; others: number };

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

/** Lowers the calls of a plan round by round and lays out their numbers. */
export class StepMaker {
  readonly steps: Step[] = [];
  /** For each call, its dispatches. */
  readonly calls: Ran[][];
  readonly patches: Patch[] = [];
  readonly places: PlanPlaces;
  private readonly values: { at: number; number: KernelNumber }[] = [];
  private end = 0;

  constructor(
    readonly plan: Plan,
    private readonly pipelines: Pipelines,
    private readonly software: boolean,
    readonly mostBytes: number,
  ) {
    this.places = new PlanPlaces(plan);
    this.calls = plan.calls.map(() => []);
    for (const round of roundsOf(plan)) this.addRound(round);
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

  /** The first dispatches of all calls, then the second ones, and so on. */
  private addRound(round: readonly number[]): void {
    let [scratch, end] = [0, 0];
    const made = round.map((call) => {
      const parts = this.partsOf(call, scratch);
      for (const { dispatch } of parts) end = Math.max(end, scratch + scratchEnd(dispatch));
      scratch = end;
      return parts;
    });
    for (let k = 0; made.some((parts) => k < parts.length); k++)
      for (const bin of binsOf(
        made.flatMap((parts) => parts[k] ?? []),
        this.software,
      ))
        this.addStep(bin);
  }

  private partsOf(call: number, scratch: number): Part[] {
    const { kernel, inputs, outputs } = this.plan.calls[call]!;
    const buffers = [...inputs, ...outputs];
    const inPlace = kernel.kernel === "optimizer";
    const dispatches = inPlace ? lowerInSlabs(kernel, inputs, this) : lower(kernel, this.software);
    return dispatches
      .filter(({ groups }) => groups > 0)
      .map((dispatch) => ({
        call,
        dispatch,
        memory: memoryOf(dispatch, buffers, scratch),
        scratch,
        alone: inPlace, // a slab must not be bound beside a part of it
      }));
  }

  private addStep(parts: readonly Part[]): void {
    const { source, groups, numbers, places } = written(parts, (call) => this.buffersOf(call));
    const label = [...new Set(parts.map(({ call }) => nameOf(this.plan.calls[call]!.kernel)))].join(" and "); // prettier-ignore
    const step: Step = {
      label,
      pipeline: this.pipelines.get(source, places.length, label),
      workgroups: fold(groups),
      targets: places.map(({ place, part }) =>
        this.places.targetOf(place, this.buffersOf(part.call), part.scratch),
      ),
      numbers: this.layOut(numbers),
      bound: null,
    };
    this.steps.push(step);
    for (const { call, dispatch } of parts) {
      const [x, y] = fold(dispatch.groups);
      const { member } = dispatch;
      this.calls[call]!.push({ step, groups: x * y, member, others: parts.length - 1 });
    }
  }

  private buffersOf(call: number): number[] {
    const { inputs, outputs } = this.plan.calls[call]!;
    return [...inputs, ...outputs];
  }

  private layOut(numbers: Together["numbers"]): { offset: number; bytes: number } {
    const offset = this.end;
    numbers.forEach(({ number, part }, k) => {
      const [at, [type, value]] = [offset + 4 * k, number];
      if (typeof value === "number") this.values.push({ at, number });
      else {
        const { scalar, through = same } = value;
        const { scalars } = this.plan.calls[part.call]!;
        this.patches.push({ at, type, scalar: scalars[scalar]!, through });
      }
    });
    this.end = offset + roundUp(4 * numbers.length, alignment);
    return { offset, bytes: roundUp(4 * numbers.length, 16) };
  }
}

/** The text of one part as it is, of several as the functions of one. */
function written(parts: readonly Part[], buffersOf: (call: number) => number[]): Together {
  const [part, ...others] = parts;
  if (!part || others.length > 0) return writeTogether(parts);
  const { dispatch, call } = part;
  const { source, places } = writeSource(dispatch, buffersOf(call));
  const numbers: KernelNumber[] = [["u32", dispatch.groups], ...Object.values(dispatch.numbers)];
  return {
    source,
    groups: dispatch.groups,
    numbers: numbers.map((number) => ({ number, part })),
    places: places.map((place) => ({ place, part })),
  };
}

/** For each buffer of a dispatch's text a name of the memory behind it. */
function memoryOf(
  { buffers }: Dispatch,
  ofCall: readonly number[],
  scratch: number,
): Record<string, string> {
  const nameOf = ([, place]: Dispatch["buffers"][string]): string => {
    if (typeof place === "number") return `buffer ${ofCall[place]!}`;
    return "scratch" in place ? `scratch ${scratch + place.scratch}` : "shared";
  };
  return Object.fromEntries(
    Object.entries(buffers).map(([name, buffer]) => [name, nameOf(buffer)]),
  );
}

/** How much scratch memory a dispatch uses. */
const scratchEnd = ({ buffers }: Dispatch): number =>
  Object.values(buffers).reduce((end, [, place]) => {
    if (typeof place === "number" || !("scratch" in place)) return end;
    return Math.max(end, place.scratch + roundUp(place.bytes, alignment));
  }, 0);
