/** Which lowering makes which kernel. */
import type { Kernel, KernelName } from "../spec.js";
import type { Lowered } from "./kernel.js";

type Lowerings = { [K in KernelName]?: (kernel: Extract<Kernel, { kernel: K }>) => Lowered[] };

const lowerings: Lowerings = {};

/** The phases of a kernel. */
export function lower(kernel: Kernel): Lowered[] {
  const make = lowerings[kernel.kernel] as ((kernel: Kernel) => Lowered[]) | undefined;
  if (!make) throw new Error(`The wasm backend has no kernel "${kernel.kernel}".`);
  return make(kernel);
}
