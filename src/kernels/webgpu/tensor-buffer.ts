/**
 * Where a tensor's numbers lie on the device: in a GPU buffer of their own, or beside others in a slab. The parameters
 * of a model and the states of its optimizer move into one at the first step, and the gradients are made in another:
 * then one dispatch, which may name only eight buffers, updates all of them.
 *
 * Memory is taken, moved and given back when a call comes, not when its work is done; work takes along where things
 * lay at its call. So memory that is given back may be used again at once: what uses it is behind.
 */
import type { Buffer } from "../backend.js";
import { bytesOf, type DType } from "../ir.js";
import { roundUp, type BufferPool } from "./buffers.js";

/** A GPU buffer that holds several tensors; back to the pool with the last of them. */
export class Slab {
  private users = 0;
  constructor(
    readonly gpu: GPUBuffer,
    private readonly pool: BufferPool,
  ) {}
  join(): void {
    this.users++;
  }
  leave(): void {
    if (--this.users === 0) this.pool.give(this.gpu);
  }
}

export class WebgpuBuffer implements Buffer {
  freed = false;
  /** Why its content is not what it should be. */
  spoiled: Error | null = null;
  private gpu: GPUBuffer | null = null;
  /** In bytes, a multiple of 256. */
  private offset = 0;
  private slab: Slab | null = null;

  constructor(
    readonly owner: object,
    readonly dtype: DType,
    readonly elements: number,
    private readonly pool: BufferPool,
    /** Memory of its own, at the first use; `made` names the kernel that writes it first. */
    private readonly take: (buffer: WebgpuBuffer, made?: string) => GPUBuffer,
  ) {}

  /** Where it lies; only what was never used lies nowhere yet. */
  get binding(): Required<GPUBufferBinding> {
    return this.bindingFor();
  }
  bindingFor(made?: string): Required<GPUBufferBinding> {
    this.gpu ??= this.take(this, made);
    return {
      buffer: this.gpu,
      offset: this.offset,
      size: roundUp(bytesOf(this.dtype, this.elements), 16),
    };
  }

  /** Its slab, if it lies there at `offset`. */
  slabAt(offset: number): Slab | null {
    return this.offset === offset ? this.slab : null;
  }

  /** From now on its numbers lie there; copying them is the caller's work. */
  move(slab: Slab, offset: number): void {
    slab.join(); // first: it may be the slab that it leaves
    this.letGo();
    [this.slab, this.gpu, this.offset] = [slab, slab.gpu, offset];
  }

  free(): void {
    this.freed = true;
    this.letGo();
  }

  private letGo(): void {
    if (this.slab) this.slab.leave();
    else if (this.gpu) this.pool.give(this.gpu);
  }
}
