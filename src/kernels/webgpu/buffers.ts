/**
 * GPU buffers, kept by exact size when they are given back: a training step asks for the same sizes
 * every time, so that from the second step on none is made.
 */
import { usage } from "./usage.js";

/** Where a part of a buffer that a dispatch binds may begin: at multiples of so many bytes (WebGPU's default). */
export const alignment = 256;

/** The next multiple of `to`; not 0, since no buffer may be empty. */
export const roundUp = (bytes: number, to: number): number =>
  Math.ceil(Math.max(bytes, 1) / to) * to;

/** What is kept idle beyond what is in use. */
const mostIdle = 256 * 2 ** 20;

export class BufferPool {
  private readonly idle = new Map<number, GPUBuffer[]>();
  private idleBytes = 0;
  /** Buffers made so far. */
  made = 0;

  constructor(
    private readonly device: GPUDevice,
    /** Must see to it that no work still to be submitted names the buffer. */
    private readonly destroy: (buffer: GPUBuffer) => void,
  ) {}

  take(bytes: number): GPUBuffer {
    const size = roundUp(bytes, 16); // so that any can be walked as vec4
    const kept = this.idle.get(size)?.pop();
    if (kept) {
      this.idleBytes -= size;
      return kept;
    }
    this.checkSize(bytes);
    this.made++;
    return this.device.createBuffer({
      label: `${bytes} bytes`,
      size,
      usage: usage.storage | usage.copySource | usage.copyDestination,
    });
  }

  give(buffer: GPUBuffer): void {
    if (this.idleBytes + buffer.size > mostIdle) return this.destroy(buffer);
    this.idleBytes += buffer.size;
    const sameSize = this.idle.get(buffer.size);
    if (sameSize) sameSize.push(buffer);
    else this.idle.set(buffer.size, [buffer]);
  }

  /** Throws where one buffer cannot be so large. */
  checkSize(bytes: number): void {
    const most = this.device.limits.maxBufferSize;
    if (bytes <= most) return;
    throw new Error(
      `A buffer of ${bytes} bytes was asked for, and this device allows ${most} in one: split the tensor, or use wasm.`,
    );
  }
}
