/**
 * One command encoder with one open compute pass that takes dispatch after dispatch: opening a pass costs
 * more than a small kernel. It is submitted when enough has come together, or when somebody reads.
 * Dispatches of a pass run in order, and each sees what those before it wrote (WebGPU, section 3.4.4).
 */

/** Two submits for a step of 130 dispatches; few enough that a GPU watchdog sees progress (docs/decisions). */
const mostDispatches = 96;
/** With so many submits unfinished, work waits: it would only lengthen the queue. */
const mostInFlight = 4;

export class Encoder {
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private waiting = 0;
  /** Submits that the device has not finished. */
  private readonly inFlight: Promise<void>[] = [];
  /** Buffers that the work not yet submitted names. */
  private readonly named = new Set<GPUBuffer>();
  readonly counts = { dispatches: 0, submits: 0, bytesBound: 0 };

  constructor(
    private readonly device: GPUDevice,
    /** Called after each submit, within an error scope that it must end: encoding errors come out there. */
    private readonly submitted: () => void,
  ) {}

  dispatch(
    pipeline: GPUComputePipeline,
    group: GPUBindGroup,
    [x, y]: readonly [number, number],
    memory: readonly Required<GPUBufferBinding>[],
  ): void {
    const pass = (this.pass ??= this.open().beginComputePass());
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y);
    for (const { buffer, size } of memory) {
      this.named.add(buffer);
      this.counts.bytesBound += size;
    }
    this.counts.dispatches++;
    if (++this.waiting >= mostDispatches) this.submit();
  }

  copy(from: GPUBufferBinding, to: GPUBufferBinding, bytes: number): void {
    this.endPass();
    this.open().copyBufferToBuffer(from.buffer, from.offset ?? 0, to.buffer, to.offset ?? 0, bytes);
    this.named.add(from.buffer).add(to.buffer);
    this.waiting++;
  }

  /** `queue.writeBuffer` overtakes what is not submitted: so whoever writes into a buffer calls this first. */
  submitIfNamed(buffer: GPUBuffer): void {
    if (this.named.has(buffer)) this.submit();
  }

  /** Resolves when there is room for more work; null where there is. */
  get room(): Promise<void> | null {
    const { length } = this.inFlight;
    return length < mostInFlight ? null : this.inFlight[length - mostInFlight]!;
  }

  submit(): void {
    if (!this.encoder) return;
    this.endPass();
    this.device.pushErrorScope("validation");
    this.device.queue.submit([this.encoder.finish()]);
    this.encoder = null;
    this.waiting = 0;
    this.named.clear();
    this.counts.submits++;
    const finished = (): void => void this.inFlight.splice(this.inFlight.indexOf(done), 1);
    const done = this.device.queue.onSubmittedWorkDone().then(finished, finished); // lost: told elsewhere
    this.inFlight.push(done);
    this.submitted();
  }

  private open(): GPUCommandEncoder {
    return (this.encoder ??= this.device.createCommandEncoder());
  }

  private endPass(): void {
    this.pass?.end();
    this.pass = null;
  }
}
