/**
 * The WebGPU backend: WGSL kernels, in Node on Dawn and in the browser. Calls return at once; the work is
 * submitted in batches, and only a read waits for it. What goes wrong on the device comes out at the read
 * of the buffers that it spoiled, in a sentence that names the kernel and its sizes.
 */
import type { Backend, Buffer, Plan, Program, TypedArray } from "../backend.js";
import { fromHalves, toHalves } from "../half.js";
import { bytesOf, type DType } from "../ir.js";
import { Blocks } from "./blocks.js";
import { BufferPool, roundUp } from "./buffers.js";
import { Checks, spoil } from "./checks.js";
import { openDevice, type Opened, type OpenOptions } from "./device.js";
import { Encoder } from "./encoder.js";
import type { SlabLayout } from "./optimizer/slabs.js";
import { OrderedWork } from "./ordered-work.js";
import { Pipelines } from "./pipelines.js";
import { WebgpuProgram } from "./program.js";
import { Staging } from "./staging.js";
import type { OutsideTarget } from "./places.js";
import { Slab, WebgpuBuffer } from "./tensor-buffer.js";

export type { OpenOptions } from "./device.js";

/** What a backend of this kind has done so far; a training step should raise the last two by nothing. */
export type Counts = {
  dispatches: number;
  submits: number;
  /** From the host to the device: tensors and the numbers of kernels. */
  bytesWritten: number;
  bytesRead: number;
  /** Of the buffers that dispatches name: the most that they can read and write, if they do it once. */
  bytesBound: number;
  buffers: number;
  pipelines: number;
};

/** Opens WebGPU; its error says why there is none. A caller's own `device` is used and never destroyed. */
export async function openWebgpu(options: OpenOptions = {}): Promise<WebgpuBackend> {
  return new WebgpuBackend(await openDevice(options));
}

export class WebgpuBackend implements Backend {
  readonly name = "webgpu";
  /** Why this backend can do no more; null while it works. */
  lost: string | null = null;
  private readonly work = new OrderedWork();
  private readonly encoder: Encoder;
  private readonly pipelines: Pipelines;
  private readonly pool: BufferPool;
  private readonly staging: Staging;
  private readonly checks: Checks;
  private readonly blocks: Blocks;
  /** Rejects the reads that wait, when the device is lost. */
  private readonly reads = new Set<(error: Error) => void>();
  /** What the work not yet submitted writes. */
  private readonly batch = new Set<WebgpuBuffer>();
  private held = 0;
  private bytesWritten = 0;
  private bytesRead = 0;
  /** Buffers of programs. */
  private programBuffers = 0;

  readonly device: GPUDevice;

  constructor(private readonly opened: Opened) {
    const { device } = opened;
    this.device = device;
    this.checks = new Checks(device);
    this.encoder = new Encoder(device, () => {
      this.checks.end([...this.batch]);
      this.batch.clear();
    });
    this.pipelines = new Pipelines(device);
    this.staging = new Staging(device);
    const destroy = (buffer: GPUBuffer): void => this.destroy(buffer);
    this.pool = new BufferPool(device, destroy);
    this.blocks = new Blocks(device, this.pool, this.checks, destroy);
    void device.lost.then(({ message }) => this.lose(message));
  }

  get counts(): Counts {
    const { bytesWritten, bytesRead, pipelines, pool, staging } = this;
    return {
      ...this.encoder.counts,
      bytesWritten,
      bytesRead,
      buffers: pool.made + staging.made + this.programBuffers,
      pipelines: pipelines.made,
    };
  }

  allocate(dtype: DType, elements: number): Buffer {
    this.mustLive();
    const bytes = bytesOf(dtype, elements);
    this.pool.checkSize(bytes);
    this.held += bytes;
    return new WebgpuBuffer(this, dtype, elements, this.pool, (own, made) => this.memoryFor([own], bytes, `A buffer of ${elements} ${dtype}${made ? `, made by ${made}` : ""}`)); // prettier-ignore
  }

  free(buffer: Buffer): void {
    const own = this.ownOf(buffer);
    this.held -= bytesOf(own.dtype, own.elements);
    own.free();
  }

  write(buffer: Buffer, data: TypedArray): void {
    this.mustLive();
    const { elements, dtype, binding } = this.ownOf(buffer);
    if (data.length !== elements)
      throw new Error(
        `A buffer of ${elements} elements was to be written with ${data.length}: give as many as it has.`,
      );
    const copy = storedAs(dtype, data);
    this.bytesWritten += copy.byteLength;
    this.work.do(() => {
      this.encoder.submitIfNamed(binding.buffer);
      this.device.queue.writeBuffer(binding.buffer, binding.offset, copy);
    });
  }

  read(buffer: Buffer): Promise<TypedArray> {
    const own = this.ownOf(buffer);
    const where = this.lost === null ? own.binding : null;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.reads.delete(fail);
        reject(error);
      };
      if (!where) return fail(new Error(this.lost ?? ""));
      this.reads.add(fail);
      this.work.do(() => {
        this.fetch(own, where).then(
          (data) => {
            this.reads.delete(fail);
            resolve(data);
          },
          (error: Error) => fail(this.lost === null ? error : new Error(this.lost)),
        );
      });
    });
  }

  prepare(plan: Plan): Program {
    this.mustLive();
    const program = new WebgpuProgram(this, plan, this.device, this.pipelines, this.opened);
    this.programBuffers += program.buffers;
    this.blocks.reserve("arena", plan.arenaBytes, program.largest);
    this.blocks.reserve("scratch", program.scratchBytes, program.largest);
    return program;
  }

  run(program: Program, given: readonly Buffer[], scalars: readonly number[]): void {
    this.mustLive();
    if (!(program instanceof WebgpuProgram) || program.owner !== this)
      throw new Error("This program was prepared by another backend: prepare the plan here.");
    const buffers = this.fitting(program.plan, given);
    if (scalars.length < program.scalars)
      throw new Error(
        `The plan takes a scalar ${program.scalars - 1}, and ${scalars.length} were given.`,
      );
    const numbers = [...scalars];
    for (const slab of program.slabs) this.gather(slab, buffers);
    const memory = buffers.map((buffer, k) => buffer.bindingFor(program.makers[k]));
    const ready = program.compiling ?? this.encoder.room;
    this.work.do(() => this.encode(program, buffers, memory, numbers), ready);
  }

  bytes(): number {
    return this.held + this.blocks.arenaBytes;
  }

  close(): void {
    this.lose("it was closed");
    if (this.opened.own) this.device.destroy();
  }

  private async fetch(buffer: WebgpuBuffer, from: Required<GPUBufferBinding>): Promise<TypedArray> {
    const bytes = 4 * Math.ceil(bytesOf(buffer.dtype, buffer.elements) / 4); // f16 comes in pairs
    const staging = this.staging.take(bytes);
    if (bytes > 0) this.encoder.copy(from, { buffer: staging, offset: 0 }, bytes);
    this.encoder.submit();
    this.bytesRead += bytes;
    const copy = await this.staging
      .read(staging, bytes)
      .catch((error) => this.lossOr(error as Error));
    await this.checks.all;
    if (buffer.spoiled) throw buffer.spoiled;
    if (buffer.dtype === "f16") return fromHalves(new Uint16Array(copy, 0, buffer.elements));
    return buffer.dtype === "f32" ? new Float32Array(copy) : new Int32Array(copy);
  }

  /** Chromium refuses to map before it tells that the device is lost: waits for that, a second at most. */
  private async lossOr(error: Error): Promise<never> {
    const second = new Promise((resolve) => setTimeout(resolve, 1000));
    await Promise.race([this.device.lost, second]);
    throw this.lost === null ? error : new Error(this.lost);
  }

  private encode(
    program: WebgpuProgram,
    given: readonly WebgpuBuffer[],
    memory: readonly Required<GPUBufferBinding>[],
    scalars: readonly number[],
  ): void {
    const written = given.filter((_, k) => program.writes[k]);
    const bad = this.blocks.error ?? given.find(({ spoiled }) => spoiled)?.spoiled;
    if (bad || this.lost !== null) return spoil(written, bad ?? new Error(this.lost ?? ""));
    const { device, encoder } = this;
    for (const buffer of written) this.batch.add(buffer);
    device.pushErrorScope("validation");
    try {
      this.bytesWritten += program.writeScalars(scalars, (buffer) => encoder.submitIfNamed(buffer));
      program.encode(encoder, (target) => this.memoryOf(target, memory));
    } catch (error) {
      spoil(written, error as Error);
    }
    this.checks.end(written, "", this.blocks.told);
  }

  private memoryOf(
    target: OutsideTarget,
    given: readonly Required<GPUBufferBinding>[],
  ): Required<GPUBufferBinding> {
    if (!("index" in target)) return this.blocks.at(target);
    const { buffer, ...part } = given[target.index]!;
    return { buffer, ...(target.in === "slab" ? { offset: 0, size: buffer.size } : part) };
  }

  /** Memory from the pool; if there is none, that spoils the buffers it was to hold. */
  private memoryFor(buffers: readonly WebgpuBuffer[], bytes: number, what: string): GPUBuffer {
    this.device.pushErrorScope("out-of-memory");
    const gpu = this.pool.take(bytes);
    this.checks.end(buffers, `${what}: `);
    return gpu;
  }

  /** Brings tensors together in one slab, each at its place, if they are not there. */
  private gather({ what, bytes, members, kept }: SlabLayout, given: readonly WebgpuBuffer[]): void {
    const places = members.map(({ index, offset }) => ({ own: given[index]!, offset }));
    const [home] = places.map(({ own, offset }) => own.slabAt(offset));
    if (home && places.every(({ own, offset }) => own.slabAt(offset) === home)) return;
    const gpu = this.memoryFor(places.map(({ own }) => own), bytes, what); // prettier-ignore
    const slab = new Slab(gpu, this.pool);
    for (const { own, offset } of places) {
      if (kept) {
        const from = own.binding;
        this.work.do(() => this.encoder.copy(from, { buffer: gpu, offset }, 4 * own.elements));
      }
      own.move(slab, offset);
    }
  }

  /** Once no work names it any more. */
  private destroy(buffer: GPUBuffer): void {
    this.work.do(() => {
      this.encoder.submitIfNamed(buffer);
      buffer.destroy();
    });
  }

  private fitting(plan: Plan, given: readonly Buffer[]): WebgpuBuffer[] {
    const wanted = plan.buffers.filter(({ arena }) => arena === null);
    if (wanted.length !== given.length)
      throw new Error(
        `The plan takes ${wanted.length} buffers at each run, and ${given.length} were given.`,
      );
    return wanted.map(({ elements }, k) => {
      const own = this.ownOf(given[k]);
      if (own.elements >= elements) return own;
      throw new Error(
        `The plan's buffer ${k} has ${elements} elements, the one given ${own.elements}.`,
      );
    });
  }

  private ownOf(buffer: Buffer | undefined): WebgpuBuffer {
    if (!(buffer instanceof WebgpuBuffer) || buffer.owner !== this)
      throw new Error(
        "This buffer is not of this webgpu backend: write its content into one that is.",
      );
    if (buffer.freed) throw new Error("This buffer was freed: its content is gone.");
    return buffer;
  }

  private mustLive(): void {
    if (this.lost !== null) throw new Error(this.lost);
  }

  private lose(why: string): void {
    if (this.lost !== null) return;
    this.lost = `The GPU device was lost (${why}), and what its tensors held with it: open a new one with await use(webgpu), and go on from the last checkpoint.`;
    const error = new Error(this.lost);
    for (const reject of [...this.reads]) reject(error);
  }
}

/** As the device holds it; f16 in pairs, the last of them filled up. */
function storedAs(
  dtype: DType,
  data: TypedArray,
): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  if (dtype === "f32") return Float32Array.from(data);
  if (dtype !== "f16") return Int32Array.from(data);
  const pairs = new Uint16Array(roundUp(data.length, 2));
  pairs.set(toHalves(data));
  return pairs;
}
