/** Buffers that the host can map, for reads: used in turn, so that a loop of reads makes none after the first. */
import { roundUp } from "./buffers.js";
import { mapForReading, usage } from "./usage.js";

/** So many are kept; a power of two in size, since reads differ in size and not in much else. */
const mostKept = 4;

export class Staging {
  private readonly idle: GPUBuffer[] = [];
  /** Buffers made so far. */
  made = 0;
  constructor(private readonly device: GPUDevice) {}

  /** The one of those kept that fits best, or a new one. */
  take(bytes: number): GPUBuffer {
    const fitting = this.idle.filter(({ size }) => size >= bytes).sort((a, b) => a.size - b.size);
    const [kept] = fitting;
    if (kept && kept.size <= 4 * roundUp(bytes, 1024)) {
      this.idle.splice(this.idle.indexOf(kept), 1);
      return kept;
    }
    this.made++;
    const size = 2 ** Math.ceil(Math.log2(roundUp(bytes, 1024)));
    return this.device.createBuffer({
      label: `staging for a read of ${bytes} bytes`,
      size: Math.min(size, Math.max(this.device.limits.maxBufferSize, bytes)),
      usage: usage.mapRead | usage.copyDestination,
    });
  }

  /** Waits until what was copied into it is there, and gives a copy of the first `bytes`. */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    await buffer.mapAsync(mapForReading, 0, roundUp(bytes, 8));
    const copy = buffer.getMappedRange(0, roundUp(bytes, 8)).slice(0, bytes);
    buffer.unmap();
    this.give(buffer);
    return copy;
  }

  private give(buffer: GPUBuffer): void {
    this.idle.push(buffer);
    if (this.idle.length > mostKept) this.idle.shift()?.destroy();
  }
}
