/** What each kernel becomes here: draws, but for those that js computes on the CPU, with the reason. */
import type { Kernel, KernelName } from "../spec.js";
import { lowerAttentionGradient } from "./attention-gradient.js";
import { lowerAttention } from "./attention.js";
import { lowerConvolution, lowerConvolutionInput, lowerConvolutionWeight } from "./convolution.js";
import { lowerFused } from "./fused/lower.js";
import { lowerGather, lowerScatterAdd, lowerTake, lowerTakeAdd } from "./indexing.js";
import { lowerConcat, lowerPad } from "./join.js";
import type { Draw } from "./kernel.js";
import { lowerMatmul } from "./matmul.js";
import { lowerNormalize, lowerNormalizeGradient } from "./normalize.js";
import { lowerOptimizer } from "./optimizer.js";
import { lowerRandom } from "./random.js";
import { lowerRecurrentGradient } from "./recurrent-gradient.js";
import { lowerRecurrent } from "./recurrent.js";
import { lowerArgReduce, lowerCumsum } from "./scan.js";
import { lowerCrossEntropy, lowerCrossEntropyGradient, lowerSoftmax, lowerSoftmaxGradient } from "./softmax.js"; // prettier-ignore
import { longest, lowerSort } from "./sort.js";
import { lowerSquareSum } from "./square-sum.js";

/** Why a kernel runs on the CPU, by its js function; null where it does not. */
export function whyOnCpu(kernel: Kernel): string | null {
  if (kernel.kernel === "sort" && kernel.columns > longest)
    return `a row of ${kernel.columns} numbers would take ${kernel.columns}² comparisons in shaders, which cannot move what they sort`;
  return null;
}

type Named<Name extends KernelName> = Extract<Kernel, { kernel: Name }>;

const lowerings: { [Name in KernelName]: (kernel: Named<Name>) => Draw[] } = {
  fused: lowerFused,
  matmul: lowerMatmul,
  convolution: lowerConvolution,
  convolutionInput: lowerConvolutionInput,
  convolutionWeight: lowerConvolutionWeight,
  softmax: lowerSoftmax,
  softmaxGradient: lowerSoftmaxGradient,
  crossEntropy: lowerCrossEntropy,
  crossEntropyGradient: lowerCrossEntropyGradient,
  normalize: lowerNormalize,
  normalizeGradient: lowerNormalizeGradient,
  attention: lowerAttention,
  attentionGradient: lowerAttentionGradient,
  recurrent: lowerRecurrent,
  recurrentGradient: lowerRecurrentGradient,
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
  squareSum: lowerSquareSum,
  optimizer: lowerOptimizer,
};

/** The draws of `kernel`. The table pairs each name with its own type, so this widening is safe. */
export const lower = (kernel: Kernel): Draw[] =>
  (lowerings[kernel.kernel] as (kernel: Kernel) => Draw[])(kernel);
