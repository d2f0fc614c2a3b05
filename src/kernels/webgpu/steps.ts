/**
 * What a plan's calls become: dispatches with their pipelines, where their buffers lie, and a slot for their
 * numbers in the plan's uniform buffer, 256 bytes (or more) each. Dispatches that may run at once become one.
 */
import type { Plan } from "../backend.js";
import { nameOf } from "../name.js";
import type { Kernel } from "../spec.js";
import { alignment, roundUp } from "./buffers.js";
import type { Opened } from "./device.js";
import { fold } from "./dispatch.js";
import type { Dispatch, KernelNumber } from "./kernel.js";
import { lower } from "./lowerings.js";
import { lowerInSlabs } from "./optimizer/lower.js";
import type { Pipeline, Pipelines } from "./pipelines.js";
import { PlanPlaces, type Target } from "./places.js";
import { writeSource } from "./source.js";
import { lowerSquareSum } from "./square-sum.js";
import { binsOf, type Part } from "./together/bins.js";
import { end } from "./together/ending-text.js";
import { roundsOf, type Work } from "./together/rounds.js";
import { writeTogether, type Together } from "./together/text.js";
import { bySubgroups } from "./tree.js";

/** What the choice of kernels depends on. */
export type Adapter = Pick<Opened, "software" | "subgroups">;

/** A dispatch's numbers in the uniform buffer of the plan. */
export type Slot = { offset: number; bytes: number };

export type Step = {
  readonly label: string;
  readonly pipeline: Pipeline;
  readonly workgroups: readonly [number, number];
  readonly targets: readonly Target[];
  readonly numbers: Slot;
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
  slot: Slot;
};

const same = (value: number): number => value;

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
    private readonly adapter: Adapter,
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
  private addRound(round: readonly Work[]): void {
    let [scratch, end] = [0, 0];
    const made = round.map((work) => {
      const parts = this.partsOf(work, scratch);
      for (const { dispatch } of parts) end = Math.max(end, scratch + scratchEnd(dispatch));
      scratch = end;
      return parts;
    });
    for (let k = 0; made.some((parts) => k < parts.length); k++)
      for (const bin of binsOf(
        made.flatMap((parts) => parts[k] ?? []),
        this.adapter.software,
      ))
        this.addStep(bin);
  }

  private partsOf(work: Work, scratch: number): Part[] {
    const { kernel, inputs } = this.plan.calls[work.call]!;
    const lowered = this.lowered(kernel, inputs);
    const dispatches = work.ending === null ? lowered : this.ended(lowered, work.call, work.ending);
    const { buffers, scalars } = this.operandsOf(work);
    return dispatches
      .filter(({ groups }) => groups > 0)
      .map((dispatch) => ({
        ...work,
        dispatch,
        buffers,
        scalars,
        memory: memoryOf(dispatch, buffers, scratch),
        scratch,
        alone: kernel.kernel === "optimizer" || kernel.kernel === "squareSum", // a slab must not be bound beside a part of it
      }));
  }

  private lowered(kernel: Kernel, inputs: readonly number[]): Dispatch[] {
    const { software, subgroups } = this.adapter;
    if (kernel.kernel === "optimizer") return lowerInSlabs(kernel, inputs, this);
    if (kernel.kernel !== "squareSum") return lower(kernel, software, subgroups);
    const dispatches = lowerSquareSum(kernel, inputs, this);
    return subgroups ? dispatches.map(bySubgroups) : dispatches;
  }

  /** The dispatches of a call with the elementwise kernel of another in their stores. */
  private ended(dispatches: readonly Dispatch[], call: number, ending: number): Dispatch[] {
    const [first, last] = [this.plan.calls[call]!, this.plan.calls[ending]!];
    if (last.kernel.kernel !== "fused") throw new Error("Only elementwise kernels end others.");
    const [made] = first.outputs;
    const before = first.inputs.length + first.outputs.length;
    const places = last.inputs.map((buffer, k) => (buffer === made ? first.inputs.length : before + k)); // prettier-ignore
    const ended = {
      kernel: last.kernel,
      inputs: places,
      output: before + last.inputs.length,
      made: first.inputs.length,
      firstScalar: first.scalars.length,
      kept: this.isRead(made!, ending),
    };
    return dispatches.map((dispatch) => end(dispatch, ended));
  }

  /** Whether a buffer outlives the run, or another call than `ending` reads it. */
  private isRead(buffer: number, ending: number): boolean {
    const { buffers, calls } = this.plan;
    const read = calls.some(({ inputs }, k) => k !== ending && inputs.includes(buffer));
    return read || buffers[buffer]!.arena === null;
  }

  /** What a call reads and writes, and its scalars; behind them those of its ending. */
  private operandsOf({ call, ending }: Work): { buffers: number[]; scalars: number[] } {
    const calls = [call, ...(ending === null ? [] : [ending])].map((k) => this.plan.calls[k]!);
    return {
      buffers: calls.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
      scalars: calls.flatMap(({ scalars }) => scalars),
    };
  }

  private addStep(parts: readonly Part[]): void {
    const { source, groups, numbers, places } = written(parts);
    const names = parts.flatMap(({ call, ending }) => (ending === null ? [call] : [call, ending]));
    const label = [...new Set(names.map((k) => nameOf(this.plan.calls[k]!.kernel)))].join(" and ");
    const step: Step = {
      label,
      pipeline: this.pipelines.get(source, places.length, label),
      workgroups: fold(groups),
      targets: places.map(({ place, part }) =>
        this.places.targetOf(place, part.buffers, part.scratch),
      ),
      numbers: this.layOut(numbers),
      bound: null,
    };
    this.steps.push(step);
    for (const { call, ending, dispatch } of parts) {
      const [x, y] = fold(dispatch.groups);
      const ran = { step, groups: x * y, others: parts.length - 1 };
      this.calls[call]!.push({ ...ran, member: dispatch.member });
      if (ending !== null)
        this.calls[ending]!.push({ ...ran, member: `the end of kernel ${call}` });
    }
  }

  private layOut(numbers: Together["numbers"]): Slot {
    const offset = this.end;
    const slot = { offset, bytes: roundUp(4 * numbers.length, 16) };
    numbers.forEach(({ number, part }, k) => {
      const [at, [type, value]] = [offset + 4 * k, number];
      if (typeof value === "number") this.values.push({ at, number });
      else {
        const { scalar, through = same } = value;
        this.patches.push({ at, type, scalar: part.scalars[scalar]!, through, slot });
      }
    });
    this.end = offset + roundUp(4 * numbers.length, alignment);
    return slot;
  }
}

/** The text of one part as it is, of several as the functions of one. */
function written(parts: readonly Part[]): Together {
  const [part, ...others] = parts;
  if (!part || others.length > 0) return writeTogether(parts);
  const { dispatch, buffers } = part;
  const { source, places } = writeSource(dispatch, buffers);
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
