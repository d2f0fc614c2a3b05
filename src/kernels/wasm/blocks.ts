/**
 * The blocks of memory that all programs of a backend use one after another, each as large as the
 * largest need so far: their content never outlives a run.
 */
import type { Plan } from "../backend.js";
import type { Lowered } from "./kernel.js";
import type { Block, Heap } from "./memory.js";

type Name = "arena" | "scalars" | "scratch" | "shared";

export class Blocks {
  /** Where each begins; 0: not needed yet. */
  readonly at: Record<Name, number> = { arena: 0, scalars: 0, scratch: 0, shared: 0 };
  private readonly blocks: Partial<Record<Name, Block>> = {};
  /** Bytes from one thread's scratch to the next one's. */
  scratchStride = 0;

  constructor(
    private readonly heap: Heap,
    private readonly threads: number,
  ) {}

  /** Makes them large enough for a plan with these phases and so many slots for scalars. */
  reserve(plan: Plan, phases: readonly Lowered[], slots: number): void {
    const most = (bytes: (phase: Lowered) => number | undefined): number =>
      phases.reduce((largest, phase) => Math.max(largest, bytes(phase) ?? 0), 0);
    this.grow("arena", plan.arenaBytes);
    this.grow("scalars", 16 * slots);
    this.grow("shared", most((phase) => phase.sharedBytes));
    // 256 bytes apart at least: what is written up to a multiple of 256, or read beyond, meets nobody.
    const scratch = Math.ceil(most((phase) => phase.scratchBytes) / 256) * 256 + 256;
    this.scratchStride = Math.max(this.scratchStride, scratch);
    this.grow("scratch", this.threads * this.scratchStride);
  } // prettier-ignore

  bytes(name: Name): number {
    return this.blocks[name]?.bytes ?? 0;
  }

  private grow(name: Name, bytes: number): void {
    const block = this.blocks[name];
    if (bytes <= this.bytes(name)) return;
    if (block) this.heap.release(block);
    this.blocks[name] = undefined;
    this.at[name] = (this.blocks[name] = this.heap.allocate(bytes)).start;
  }
}
