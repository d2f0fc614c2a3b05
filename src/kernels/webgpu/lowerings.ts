/** Which lowering makes which kernel. */
import type { Kernel, SquareSum } from "../spec.js";
import { lowerAttention } from "./attention/forward.js";
import { lowerAttentionGradient } from "./attention/gradient.js";
import { lowerConvolution, lowerConvolutionInput, lowerConvolutionWeight } from "./convolution.js";
import { lowerCrossEntropy, lowerCrossEntropyGradient } from "./cross-entropy.js";
import { lowerFused } from "./fused.js";
import { lowerGather, lowerScatterAdd, lowerTake, lowerTakeAdd } from "./gather.js";
import { lowerConcat, lowerPad } from "./join.js";
import type { Dispatch } from "./kernel.js";
import { lowerMatmul } from "./matmul.js";
import { lowerNormalize, lowerNormalizeGradient } from "./normalize.js";
import { lowerOptimizer } from "./optimizer.js";
import { lowerRandom } from "./random.js";
import { lowerArgReduce, lowerCumsum } from "./scan.js";
import { lowerSoftmax, lowerSoftmaxGradient } from "./softmax.js";
import { lowerSort } from "./sort.js";
import { lowerRecurrent, lowerRecurrentGradient } from "./recurrent.js";
import { bySubgroups } from "./tree.js";

/** `software`: the adapter computes on the CPU, where a barrier costs more than what it saves. */
type Lowering<K> = (kernel: K, software: boolean) => Dispatch[];
/** All but the sum of squares, which must know where its inputs lie (steps.ts). */
export type Lowerable = Exclude<Kernel, SquareSum>;
type Lowerings = { [K in Lowerable["kernel"]]: Lowering<Extract<Kernel, { kernel: K }>> };

const lowerings: Lowerings = {
  fused: lowerFused,
  softmax: lowerSoftmax,
  softmaxGradient: lowerSoftmaxGradient,
  crossEntropy: lowerCrossEntropy,
  crossEntropyGradient: lowerCrossEntropyGradient,
  normalize: lowerNormalize,
  normalizeGradient: lowerNormalizeGradient,
  take: lowerTake,
  takeAdd: lowerTakeAdd,
  gather: lowerGather,
  scatterAdd: lowerScatterAdd,
  pad: lowerPad,
  concat: lowerConcat,
  cumsum: lowerCumsum,
  argReduce: lowerArgReduce,
  sort: lowerSort,
  random: lowerRandom,
  optimizer: (kernel) => lowerOptimizer(kernel),
  matmul: lowerMatmul,
  convolution: lowerConvolution,
  attention: lowerAttention,
  attentionGradient: lowerAttentionGradient,
  recurrent: lowerRecurrent,
  recurrentGradient: lowerRecurrentGradient,
  convolutionInput: lowerConvolutionInput,
  convolutionWeight: lowerConvolutionWeight,
};

/** The dispatches of a kernel. The table pairs each name with its own type, so this widening is safe. */
export function lower(kernel: Lowerable, software: boolean, subgroups = false): Dispatch[] {
  const make = lowerings[kernel.kernel] as Lowering<Lowerable>;
  const dispatches = make(kernel, software);
  return subgroups ? dispatches.map(bySubgroups) : dispatches;
}
