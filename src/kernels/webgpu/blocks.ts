/** Memory that all programs use one after another, and that no run needs after its end: the arena, and scratch. */
import { alignment, roundUp, type BufferPool } from "./buffers.js";
import type { Checks } from "./checks.js";
import type { OutsideTarget } from "./places.js";

type Block = "arena" | "scratch";
type Part = Extract<OutsideTarget, { in: Block }>;

export class Blocks {
  /** Each as large as the largest need so far. */
  private readonly blocks: Record<Block, GPUBuffer | null> = { arena: null, scratch: null };
  /** Why there is no memory: told some time after a plan asks, when runs may be under way. */
  told: Promise<Error | null> = Promise.resolve(null);
  /** The same, once it is known. */
  error: Error | null = null;

  constructor(
    private readonly device: GPUDevice,
    private readonly pool: BufferPool,
    private readonly checks: Checks,
    private readonly destroy: (buffer: GPUBuffer) => void,
  ) {}

  get arenaBytes(): number {
    return this.blocks.arena?.size ?? 0;
  }

  /** Makes a block at least that large; what it held is gone. `largest` names the plan's largest kernel. */
  reserve(name: Block, bytes: number, largest: string): void {
    const block = this.blocks[name];
    if (bytes === 0 || (block && block.size >= bytes)) return;
    if (block) this.destroy(block);
    this.device.pushErrorScope("out-of-memory");
    this.blocks[name] = this.pool.take(roundUp(bytes, alignment));
    const before = this.told;
    const what = `${bytes} bytes of ${name} for a plan, whose largest kernel is ${largest}: `;
    this.told = this.checks.told(what).then(async (error) => {
      const known = error ?? (await before);
      return (this.error = known); // runs from now on are not encoded: they would spoil others beside them
    });
  }

  at({ in: name, offset, bytes }: Part): Required<GPUBufferBinding> {
    const buffer = this.blocks[name];
    if (!buffer) throw new Error("A plan ran before its memory was made.");
    return { buffer, offset, size: bytes };
  }
}
