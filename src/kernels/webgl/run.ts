/** One run of a program: its buffers' textures, its draws in order, and what is done on the CPU between them. */
import type { Call, PlanBuffer } from "../backend.js";
import type { DType } from "../ir.js";
import type { Buffers, Data } from "../js/kernel.js";
import { kernelOf } from "../js/table.js";
import type { Draw, Place } from "./kernel.js";
import type { WebglProgram } from "./program.js";
import type { Readback } from "./readback.js";
import type { Input, Shaders } from "./shaders.js";
import type { Memory, Textures } from "./textures.js";

/** A buffer's texture, from its first use on. */
export type Held = { dtype: DType; elements: number; memory: Memory | null };

/** A temporary of no elements, which no draw made. */
const nothing = (): Held => ({ dtype: "f32", elements: 0, memory: null });

/** What a run needs of the backend. */
export type Device = {
  textures: Pick<Textures, "take" | "give" | "write">;
  shaders: Pick<Shaders, "run">;
  readback: Pick<Readback, "now">;
};

export class Running {
  /** The plan's buffers: those given, and its temporaries, which have memory only between their first and last use. */
  private readonly buffers: Held[];

  constructor(
    private readonly device: Device,
    private readonly program: WebglProgram,
    given: readonly Held[],
    private readonly scalars: readonly number[],
  ) {
    let next = 0;
    this.buffers = program.plan.buffers.map(({ arena, dtype, elements }: PlanBuffer) =>
      arena === null ? given[next++]! : { dtype, elements, memory: null },
    );
  }

  /** Gives all memory of the plan's own back, also when a draw fails. */
  run(): void {
    try {
      for (const { call, label, draws, onCpu, drawn, done } of this.program.steps) {
        if (onCpu !== null) this.compute(call);
        else this.drawAll(call, label, draws, drawn);
        for (const k of done) this.release(this.buffers[k]!);
      }
    } finally {
      const { buffers } = this.program.plan;
      this.buffers.forEach((held, k) => buffers[k]!.arena !== null && this.release(held));
    }
  }

  private drawAll(
    { inputs, outputs, scalars }: Call,
    label: string,
    draws: readonly Draw[],
    drawn: readonly (readonly string[])[],
  ): void {
    const named = [...inputs, ...outputs];
    const own = new Map<string, Held>();
    const at = (place: Place): Held => {
      if (typeof place === "number") return this.buffers[named[place]!]!;
      const held = own.get(place) ?? nothing();
      own.set(place, held);
      return held;
    };
    try {
      draws.forEach((draw, k) => {
        const { dtype, elements, output } = draw;
        const read = draw.buffers.map((place) => this.input(at(place)));
        const numbers = draw.numbers.map(({ value }) => this.numberOf(value, scalars));
        const memory = this.drawOne(draw, read, numbers, label);
        if (typeof output === "string") own.set(output, { dtype, elements, memory });
        else this.replace(at(output), memory);
        for (const name of drawn[k]!) this.release(at(name));
      });
    } finally {
      for (const held of own.values()) this.release(held);
    }
  }

  /** A new texture with what was drawn: the old one is given back only after, for the draw may read it. */
  private drawOne(
    draw: Draw,
    read: readonly Input[],
    numbers: readonly number[],
    label: string,
  ): Memory {
    const { textures, shaders } = this.device;
    const memory = textures.take(draw.dtype, draw.elements);
    try {
      shaders.run(draw, read, numbers, memory, label);
    } catch (error) {
      textures.give(memory);
      throw error;
    }
    return memory;
  }

  private numberOf(value: Draw["numbers"][number]["value"], scalars: readonly number[]): number {
    if (typeof value === "number") return value;
    const number = this.scalars[scalars[value.scalar]!]!;
    return value.through ? value.through(number) : number;
  }

  /** A buffer that nothing was written to has whatever was there. */
  private input(held: Held): Input {
    held.memory ??= this.device.textures.take(held.dtype, held.elements);
    return { memory: held.memory, dtype: held.dtype };
  }

  private replace(held: Held, memory: Memory): void {
    this.release(held);
    held.memory = memory;
  }

  private release(held: Held): void {
    if (held.memory) this.device.textures.give(held.memory);
    held.memory = null;
  }

  /** By the function of js: what the call reads comes back from the device, what it makes goes there. */
  private compute({ kernel, inputs, outputs, scalars }: Call): void {
    const { textures, readback } = this.device;
    const read = inputs.map((k): Data => {
      const { memory } = this.input(this.buffers[k]!);
      const { dtype, elements } = this.buffers[k]!;
      const data = readback.now(memory, dtype, elements);
      return dtype === "f32" ? Float64Array.from(data) : Int32Array.from(data);
    });
    const made = outputs.map((k): Data => {
      const { dtype, elements } = this.buffers[k]!;
      return dtype === "f32" ? new Float64Array(elements) : new Int32Array(elements);
    });
    const numbers = scalars.map((k) => this.scalars[k]!);
    const as = (data: readonly Data[]): Buffers => data as Buffers;
    kernelOf(kernel)(kernel, as(read), as(made), numbers);
    outputs.forEach((k, n) => {
      const held = this.buffers[k]!;
      const memory = textures.take(held.dtype, held.elements);
      textures.write(memory, made[n]!);
      this.replace(held, memory);
    });
  }
}
