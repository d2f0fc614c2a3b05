/** The update of all parameters of a model in one kernel, in place. See kernels/spec.ts, Optimizer. */
import type { Optimizer } from "../../kernels/spec.js";
import type { OpRecord } from "../op.js";

export const optimizer: OpRecord<{ update: Optimizer }> = {
  name: "optimizer",
  forms: () => [],
  compute: { kernel: (_, { update }) => update, inPlace: true },
};
