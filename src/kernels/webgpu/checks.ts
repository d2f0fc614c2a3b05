/**
 * What the device says of errors. It says so some time after a call, at the end of an error scope: then the
 * buffers that the work was to write are spoiled, and reading one tells why.
 */
import type { WebgpuBuffer } from "./tensor-buffer.js";

export class Checks {
  /** Everything that the device has still to tell. */
  all: Promise<void> = Promise.resolve();

  constructor(private readonly device: GPUDevice) {}

  /** Ends an error scope; what it tells spoils `buffers`, unless `before` has told why it had to. */
  end(
    buffers: readonly WebgpuBuffer[],
    what = "",
    before: Promise<Error | null> | null = null,
  ): void {
    const told = this.told(what);
    this.all = this.all.then(async () => {
      const error = (await before) ?? (await told);
      if (error) spoil(buffers, error);
    });
  }

  /** Ends an error scope: the error, or null. A lost device says so elsewhere. */
  told(what: string): Promise<Error | null> {
    return this.device.popErrorScope().then(
      (error) => error && new Error(what + error.message),
      () => null,
    );
  }
}

export function spoil(buffers: readonly WebgpuBuffer[], error: Error): void {
  for (const buffer of buffers) buffer.spoiled ??= error;
}
