/**
 * Blocks of one WebAssembly.Memory: 256-byte aligned, best fit, neighbours joined when freed. The
 * memory grows on demand and never shrinks (WebAssembly cannot); `memory.buffer` is another object
 * after it grew, so views are made anew at each use.
 */
const page = 65536;
const alignment = 256;
/** Vector reads may go past a buffer's end by less than this. */
const slack = 16;
const growth = 16 * 1024 * 1024;
const limit = 65536 * page; // 4 GiB: addresses are 32 bits

/** Some engines set the address range of a shared memory aside at once, and have not all of it to give. */
function sharedMemory(maximum = limit / page): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 16, maximum, shared: true });
  } catch (error) {
    if (maximum <= 4096) throw error;
    return sharedMemory(maximum / 2);
  }
}

/** Of one that is taken nothing changes until it is released. */
export type Block = { start: number; bytes: number; taken: boolean };

export class Heap {
  readonly memory: WebAssembly.Memory;
  private end = 16 * page;
  /** Free blocks in the order of their addresses. The first 256 bytes are kept out: address 0 is no buffer's. */
  private readonly free: Block[] = [
    { start: alignment, bytes: 16 * page - alignment, taken: false },
  ];
  /** The block released last, not among the free ones yet: the next one is often as large. */
  private last: Block | null = null;

  /** `shared`: threads can have it, too. */
  constructor(shared = false) {
    this.memory = shared
      ? sharedMemory()
      : new WebAssembly.Memory({ initial: 16, maximum: limit / page });
  }

  /** At least `bytes`, and 16 more that may be read. Throws when there are none left. */
  allocate(bytes: number): Block {
    const size = Math.ceil((bytes + slack) / alignment) * alignment;
    const block = this.takeLast(size) ?? this.take(size);
    block.taken = true;
    return block;
  }

  release(block: Block): void {
    if (!block.taken) throw new Error(`The block at address ${block.start} was freed twice.`);
    block.taken = false;
    this.insertLast();
    this.last = block;
  }

  private takeLast(size: number): Block | null {
    const { last } = this;
    if (last?.bytes !== size) return null;
    this.last = null;
    return last;
  }

  private insertLast(): void {
    if (this.last) this.insert(this.last);
    this.last = null;
  }

  private take(size: number): Block {
    this.insertLast();
    const block = this.bestFit(size) ?? this.grow(size);
    if (block.bytes === size) return this.free.splice(this.free.indexOf(block), 1)[0]!;
    const { start } = block;
    block.start += size;
    block.bytes -= size;
    return { start, bytes: size, taken: false };
  }

  private bestFit(size: number): Block | undefined {
    let best: Block | undefined;
    for (const block of this.free)
      if (block.bytes >= size && (!best || block.bytes < best.bytes)) best = block;
    return best;
  }

  /** More memory, as one free block that holds at least `size`. */
  private grow(size: number): Block {
    const last = this.free.at(-1);
    const open = last && last.start + last.bytes === this.end ? last.bytes : 0;
    if (!this.extend(Math.max(size - open, growth)) && !this.extend(size - open))
      throw new Error(
        `WASM memory is full: ${size} bytes more were asked for, ${this.end} are held, and the engine gives no more ` +
          `(at most ${limit}). Free tensors, or make the batch or the model smaller.`,
      );
    const block = this.bestFit(size);
    if (!block) throw new Error(`WASM memory grew, and still has no block of ${size} bytes.`);
    return block;
  }

  private extend(bytes: number): boolean {
    const pages = Math.ceil(bytes / page);
    if (this.end + pages * page > limit) return false;
    try {
      this.memory.grow(pages);
    } catch {
      return false; // the engine throws a RangeError when it has no more
    }
    this.insert({ start: this.end, bytes: pages * page, taken: false });
    this.end += pages * page;
    return true;
  }

  /** Puts a free block in its place and joins it with its neighbours. */
  private insert(block: Block): void {
    let at = this.free.findIndex((each) => each.start > block.start);
    if (at < 0) at = this.free.length;
    const [before, after] = [this.free[at - 1], this.free[at]];
    const joinsBefore = before !== undefined && before.start + before.bytes === block.start;
    const joinsAfter = after !== undefined && block.start + block.bytes === after.start;
    if (joinsBefore) before.bytes += block.bytes + (joinsAfter ? after.bytes : 0);
    else if (joinsAfter)
      Object.assign(after, { start: block.start, bytes: block.bytes + after.bytes });
    else this.free.splice(at, 0, block);
    if (joinsBefore && joinsAfter) this.free.splice(at, 1);
  }
}
