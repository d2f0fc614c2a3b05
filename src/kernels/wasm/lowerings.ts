/** Which lowering makes which kernel. */
import type { Kernel, KernelName } from "../spec.js";
import { lowerArgReduce } from "./arg-reduce.js";
import { lowerAttentionGradient } from "./attention-gradient.js";
import { lowerAttention } from "./attention.js";
import { lowerConcat } from "./concat.js";
import { lowerConvolutionWeight } from "./convolution-weight.js";
import { lowerConvolution, lowerConvolutionInput } from "./convolution.js";
import { lowerCrossEntropy, lowerCrossEntropyGradient } from "./cross-entropy.js";
import { lowerCumsum } from "./cumsum.js";
import { lowerFused } from "./fused.js";
import { lowerGather, lowerScatterAdd } from "./gather.js";
import { isCastOfHalves, lowerCastOfHalves } from "./half-casts.js";
import { lowerMatmul } from "./matmul.js";
import { lowerNormalize, lowerNormalizeGradient } from "./normalize.js";
import { lowerOptimizer } from "./optimizer.js";
import { lowerPad } from "./pad.js";
import { lowerRandom } from "./random.js";
import { lowerRecurrentGradient } from "./recurrent-gradient.js";
import { lowerRecurrent } from "./recurrent.js";
import { lowerSoftmax, lowerSoftmaxGradient } from "./softmax.js";
import { lowerSort } from "./sort.js";
import { lowerSquareSum } from "./square-sum.js";
import { lowerTake, lowerTakeAdd } from "./take.js";
import type { Lowered } from "./kernel.js";

type Lowerings = { [K in KernelName]: (kernel: Extract<Kernel, { kernel: K }>) => Lowered[] };

const lowerings: Lowerings = {
  argReduce: lowerArgReduce,
  attention: lowerAttention,
  attentionGradient: lowerAttentionGradient,
  concat: lowerConcat,
  convolution: lowerConvolution,
  convolutionInput: lowerConvolutionInput,
  convolutionWeight: lowerConvolutionWeight,
  crossEntropy: lowerCrossEntropy,
  crossEntropyGradient: lowerCrossEntropyGradient,
  cumsum: lowerCumsum,
  fused: (spec) => (isCastOfHalves(spec) ? lowerCastOfHalves(spec) : lowerFused(spec)),
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
  squareSum: lowerSquareSum,
  take: lowerTake,
  takeAdd: lowerTakeAdd,
};

/** The phases of a kernel. The table pairs each name with its own type, so this widening is safe. */
export const lower = (kernel: Kernel): Lowered[] =>
  (lowerings[kernel.kernel] as (kernel: Kernel) => Lowered[])(kernel);
