/** Where the buffers of a plan's dispatches are: given at each run, in shared memory, or in tables of the program's own. */
import type { Plan } from "../backend.js";
import { bytesOf } from "../ir.js";
import { alignment, roundUp } from "./buffers.js";
import type { Place } from "./kernel.js";
import type { Places, SlabLayout } from "./optimizer/slabs.js";

/** A buffer given at the run, by number, the slab that it lies in, or a part of the arena or of the scratch memory. */
export type OutsideTarget =
  | { in: "given" | "slab"; index: number }
  | { in: "arena" | "scratch"; offset: number; bytes: number };
/** The same, or a part of the program's tables. */
export type Target = OutsideTarget | { in: "table"; offset: number; bytes: number };

export class PlanPlaces {
  scratchBytes = 0;
  readonly slabs: SlabLayout[] = [];
  /** Tables that dispatches read, one behind the other. */
  readonly tables: number[] = [];
  private readonly targets: readonly Target[];

  constructor({ buffers }: Plan) {
    let index = 0;
    this.targets = buffers.map(({ arena, dtype, elements }) =>
      arena === null
        ? { in: "given", index: index++ }
        : { in: "arena", offset: arena, bytes: roundUp(bytesOf(dtype, elements), alignment) },
    );
  }

  /** `buffers`: of the call, as its dispatches number them; `scratch`: where the call's part of that memory begins. */
  targetOf(place: Place, buffers: readonly number[], scratch: number): Target {
    if (typeof place === "number") return this.targets[buffers[place]!]!;
    if ("arena" in place) return { in: "arena", offset: place.arena, bytes: place.bytes };
    if ("table" in place) return this.keep(place.table);
    if ("slab" in place) return { in: "slab", index: this.givenAt(buffers[place.slab]!) };
    const [offset, bytes] = [scratch + place.scratch, roundUp(place.bytes, alignment)];
    this.scratchBytes = Math.max(this.scratchBytes, offset + bytes);
    return { in: "scratch", offset, bytes };
  }

  isGiven(buffer: number): boolean {
    return this.targets[buffer]!.in === "given";
  }

  /** Asks for inputs of a call to lie in one slab. */
  gather(layout: Omit<SlabLayout, "members">, places: Places, inputs: readonly number[]): void {
    const members = places.map(({ input, offset }) => ({
      index: this.givenAt(inputs[input]!),
      offset,
    }));
    this.slabs.push({ ...layout, members });
  }

  private givenAt(buffer: number): number {
    const target = this.targets[buffer]!;
    if (target.in !== "given") throw new Error("Only what is given at a run can move into a slab.");
    return target.index;
  }

  private keep(table: readonly number[]): Target {
    const offset = 4 * this.tables.length;
    const bytes = roundUp(4 * table.length, alignment);
    this.tables.push(...table, ...new Array<number>(bytes / 4 - table.length).fill(0));
    return { in: "table", offset, bytes };
  }
}
