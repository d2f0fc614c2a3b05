/**
 * A plan made ready: its dispatches with their pipelines, and all their numbers in one uniform buffer. At a
 * run only the run's scalars change there.
 */
import type { Explanation, Plan, Program } from "../backend.js";
import { nameOf } from "../name.js";
import type { Opened } from "./device.js";
import type { Encoder } from "./encoder.js";
import type { Pipelines } from "./pipelines.js";
import type { SlabLayout } from "./optimizer/slabs.js";
import type { OutsideTarget } from "./places.js";
import { StepMaker, type Patch, type Ran, type Slot, type Step } from "./steps.js";
import { usage } from "./usage.js";

export class WebgpuProgram implements Program {
  readonly steps: readonly Step[];
  readonly scratchBytes: number;
  /** Which of the buffers given at a run are written. */
  readonly writes: readonly boolean[];
  /** For each of them the kernel that makes it, in words, for errors; and the kernel that makes the largest temporary. */
  readonly makers: readonly (string | undefined)[];
  readonly largest: string;
  /** Resolves when all pipelines are there; null when they are. */
  compiling: Promise<void> | null;
  readonly numbers: GPUBuffer;
  /** What must lie together before a run. */
  readonly slabs: readonly SlabLayout[];
  private readonly tables: GPUBuffer | null;
  private readonly mirror: DataView<ArrayBuffer>;
  private readonly patches: readonly Patch[];
  private readonly calls: readonly (readonly Ran[])[];
  private written = false;

  constructor(
    readonly owner: object,
    readonly plan: Plan,
    private readonly device: GPUDevice,
    pipelines: Pipelines,
    private readonly opened: Pick<Opened, "name" | "software" | "subgroups">,
  ) {
    const { maxStorageBufferBindingSize } = device.limits;
    const maker = new StepMaker(plan, pipelines, opened, maxStorageBufferBindingSize);
    this.calls = maker.calls;
    this.steps = maker.steps;
    this.scratchBytes = maker.places.scratchBytes;
    this.writes = writesOf(plan);
    this.makers = makersOf(plan);
    this.largest = largestOf(plan);
    this.patches = maker.patches;
    const { slabs, tables } = maker.places;
    this.slabs = slabs;
    this.tables = tables.length === 0 ? null : this.tableOf(tables);
    this.mirror = maker.mirror();
    this.numbers = device.createBuffer({
      label: "numbers of a plan",
      size: this.mirror.byteLength,
      usage: usage.uniform | usage.copyDestination,
    });
    const waiting = [...new Set(this.steps.map(({ pipeline }) => pipeline))]
      .filter(({ ready }) => !ready)
      .map(({ compiled }) => compiled);
    this.compiling = waiting.length === 0 ? null : Promise.all(waiting).then(() => undefined);
    this.compiling?.then(
      () => (this.compiling = null),
      () => undefined,
    );
  }

  explain(): Explanation[] {
    return this.calls.map((dispatches) => {
      const groups = dispatches.map(({ groups }) => groups).join(", ");
      const members = dispatches.flatMap(({ member }) => (member ? [`; ${member}`] : [])).join("");
      const shared = dispatches.filter(({ others }) => others > 0).length;
      const company = shared > 0 ? `; ${shared} together with those of other kernels` : "";
      return {
        source: [...new Set(dispatches.map(({ step }) => step.pipeline.source))].join("\n"),
        where: `webgpu: ${this.opened.name}, ${dispatches.length} dispatches of ${groups} workgroups${members}${company}`,
      };
    });
  }

  /** Brings the run's scalars to the device and tells how many bytes that took; `before` is called first if any changed. */
  writeScalars(scalars: readonly number[], before: (buffer: GPUBuffer) => void): number {
    const changed = new Set<Slot>();
    for (const { at, type, scalar, through, slot } of this.patches) {
      const [value, old] = [through(scalars[scalar]!), this.mirror.getUint32(at, true)];
      if (type === "f32") this.mirror.setFloat32(at, value, true);
      else this.mirror.setInt32(at, value, true); // wraps
      if (this.mirror.getUint32(at, true) !== old) changed.add(slot);
    }
    const whole = { offset: 0, bytes: this.mirror.byteLength };
    const slots = this.written ? [...changed] : [whole];
    if (slots.length > 0) before(this.numbers);
    for (const { offset, bytes } of slots)
      this.device.queue.writeBuffer(this.numbers, offset, this.mirror.buffer, offset, bytes);
    this.written = true;
    return slots.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Records all dispatches; `memoryOf` tells where a target lies in this run. */
  encode(encoder: Encoder, memoryOf: (target: OutsideTarget) => Required<GPUBufferBinding>): void {
    for (const step of this.steps) {
      const { ready, failed } = step.pipeline;
      if (!ready) throw failed ?? new Error(`The pipeline of ${step.label} was not compiled.`);
      const memory = step.targets.map((target) =>
        target.in === "table" ? this.tablesAt(target.offset, target.bytes) : memoryOf(target),
      );
      const group = this.bind(step, memory);
      const { offset, bytes } = step.numbers;
      const numbers = { buffer: this.numbers, offset, size: bytes };
      encoder.dispatch(ready, group, step.workgroups, [numbers, ...memory]);
    }
  }

  private tablesAt(offset: number, size: number): Required<GPUBufferBinding> {
    if (!this.tables) throw new Error("A plan without tables wanted one.");
    return { buffer: this.tables, offset, size };
  }

  private tableOf(numbers: readonly number[]): GPUBuffer {
    const { storage, copyDestination } = usage;
    const size = 4 * numbers.length;
    const buffer = this.device.createBuffer({ label: "tables of a plan", size, usage: storage | copyDestination }); // prettier-ignore
    this.device.queue.writeBuffer(buffer, 0, Uint32Array.from(numbers));
    return buffer;
  }

  private bind(step: Step, memory: readonly Required<GPUBufferBinding>[]): GPUBindGroup {
    const { bound, label, numbers } = step;
    const same =
      bound &&
      memory.every(
        ({ buffer, offset }, k) =>
          buffer === bound.memory[k]!.buffer && offset === bound.memory[k]!.offset,
      );
    if (same) return bound.group;
    for (const { size } of memory) this.checkSize(label, size);
    const entries = memory.map((resource, k) => ({ binding: k + 1, resource }));
    const { offset, bytes } = numbers;
    const first = { binding: 0, resource: { buffer: this.numbers, offset, size: bytes } };
    const group = this.device.createBindGroup({
      label,
      layout: step.pipeline.layout,
      entries: [first, ...entries],
    });
    step.bound = { group, memory };
    return group;
  }

  private checkSize(label: string, bytes: number): void {
    const most = this.device.limits.maxStorageBufferBindingSize;
    if (bytes <= most) return;
    throw new Error(
      `${label} reads or writes ${bytes} bytes as one buffer, and this device allows ${most}: split the tensor, or use wasm.`,
    );
  }

  /** GPU buffers of its own. */
  get buffers(): number {
    return this.tables ? 2 : 1;
  }

  /** The smallest number of scalars that a run must bring. */
  get scalars(): number {
    return this.patches.reduce((most, { scalar }) => Math.max(most, scalar + 1), 0);
  }
}

/** The optimizers write what they are given; all other kernels their outputs. */
function writesOf({ buffers, calls }: Plan): boolean[] {
  const written = new Set<number>();
  for (const { kernel, inputs, outputs } of calls)
    for (const k of kernel.kernel === "optimizer" ? inputs : outputs) written.add(k);
  const given = buffers.flatMap(({ arena }, k) => (arena === null ? [k] : []));
  return given.map((k) => written.has(k));
}

function makersOf({ buffers, calls }: Plan): (string | undefined)[] {
  const makers = new Map<number, string>();
  for (const { kernel, outputs } of calls)
    for (const k of outputs) if (!makers.has(k)) makers.set(k, nameOf(kernel));
  return buffers.flatMap(({ arena }, k) => (arena === null ? [makers.get(k)] : []));
}

function largestOf({ buffers, calls }: Plan): string {
  const bytes = ({ outputs }: Plan["calls"][number]): number =>
    Math.max(0, ...outputs.map((k) => (buffers[k]!.arena === null ? 0 : buffers[k]!.elements)));
  const [first, ...rest] = calls;
  if (!first) return "none";
  return nameOf(
    rest.reduce((most, call) => (bytes(call) > bytes(most) ? call : most), first).kernel,
  );
}
