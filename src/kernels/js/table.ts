/** Every kernel by its name. */
import type { Kernel, KernelName } from "../spec.js";
import { fused } from "./fused.js";
import type { Run } from "./kernel.js";

type Named<Name extends KernelName> = Extract<Kernel, { kernel: Name }>;

const kernels: { [Name in KernelName]?: Run<Named<Name>> } = {
  fused,
};

/** The function for `kernel`. The table pairs each name with its own type, so this widening is safe. */
export const kernelOf = ({ kernel }: Kernel): Run<Kernel> => kernels[kernel] as Run<Kernel>;
