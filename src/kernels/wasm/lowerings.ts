/** Which lowering makes which kernel. */
import type { Kernel, KernelName } from "../spec.js";
import type { Lowered } from "./kernel.js";
import { lowerArgReduce } from "./arg-reduce.js";
import { lowerConcat } from "./concat.js";
import { lowerCrossEntropy, lowerCrossEntropyGradient } from "./cross-entropy.js";
import { lowerCumsum } from "./cumsum.js";
import { lowerFused } from "./fused.js";
import { lowerGather, lowerScatterAdd } from "./gather.js";
import { lowerMatmul } from "./matmul.js";
import { lowerNormalize, lowerNormalizeGradient } from "./normalize.js";
import { lowerOptimizer } from "./optimizer.js";
import { lowerPad } from "./pad.js";
import { lowerRandom } from "./random.js";
import { lowerRecurrent } from "./recurrent.js";
import { lowerRecurrentGradient } from "./recurrent-gradient.js";
import { lowerSoftmax, lowerSoftmaxGradient } from "./softmax.js";
import { lowerSort } from "./sort.js";
import { lowerTake, lowerTakeAdd } from "./take.js";

type Lowerings = { [K in KernelName]?: (kernel: Extract<Kernel, { kernel: K }>) => Lowered[] };

const lowerings: Lowerings = {
  argReduce: lowerArgReduce,
  concat: lowerConcat,
  crossEntropy: lowerCrossEntropy,
  crossEntropyGradient: lowerCrossEntropyGradient,
  cumsum: lowerCumsum,
  fused: lowerFused,
  gather: lowerGather,
  matmul: lowerMatmul,
  normalize: lowerNormalize,
  normalizeGradient: lowerNormalizeGradient,
  optimizer: lowerOptimizer,
  pad: lowerPad,
  random: lowerRandom,
  recurrent: lowerRecurrent,
  recurrentGradient: lowerRecurrentGradient,
  scatterAdd: lowerScatterAdd,
  softmax: lowerSoftmax,
  softmaxGradient: lowerSoftmaxGradient,
  sort: lowerSort,
  take: lowerTake,
  takeAdd: lowerTakeAdd,
};

/** The phases of a kernel. */
export function lower(kernel: Kernel): Lowered[] {
  const make = lowerings[kernel.kernel] as ((kernel: Kernel) => Lowered[]) | undefined;
  if (!make) throw new Error(`The wasm backend has no kernel "${kernel.kernel}".`);
  return make(kernel);
}
