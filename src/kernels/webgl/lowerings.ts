/** What each kernel becomes here: draws, or null where gpu.js is no place for it, with the reason. */
import type { Kernel } from "../spec.js";
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

/** Why a kernel runs on the CPU, by its js function; null where it does not. */
export function whyOnCpu(kernel: Kernel): string | null {
  if (kernel.kernel === "sort" && kernel.columns > longest)
    return `a row of ${kernel.columns} numbers would take ${kernel.columns}² comparisons in shaders, which cannot move what they sort`;
  return null;
}

export function lower(kernel: Kernel): Draw[] {
  switch (kernel.kernel) {
    case "fused":
      return lowerFused(kernel);
    case "matmul":
      return lowerMatmul(kernel);
    case "convolution":
      return lowerConvolution(kernel);
    case "convolutionInput":
      return lowerConvolutionInput(kernel);
    case "convolutionWeight":
      return lowerConvolutionWeight(kernel);
    case "softmax":
      return lowerSoftmax(kernel);
    case "softmaxGradient":
      return lowerSoftmaxGradient(kernel);
    case "crossEntropy":
      return lowerCrossEntropy(kernel);
    case "crossEntropyGradient":
      return lowerCrossEntropyGradient(kernel);
    case "normalize":
      return lowerNormalize(kernel);
    case "normalizeGradient":
      return lowerNormalizeGradient(kernel);
    case "attention":
      return lowerAttention(kernel);
    case "attentionGradient":
      return lowerAttentionGradient(kernel);
    case "recurrent":
      return lowerRecurrent(kernel);
    case "recurrentGradient":
      return lowerRecurrentGradient(kernel);
    case "take":
      return lowerTake(kernel);
    case "takeAdd":
      return lowerTakeAdd(kernel);
    case "gather":
      return lowerGather(kernel);
    case "scatterAdd":
      return lowerScatterAdd(kernel);
    case "pad":
      return lowerPad(kernel);
    case "concat":
      return lowerConcat(kernel);
    case "cumsum":
      return lowerCumsum(kernel);
    case "argReduce":
      return lowerArgReduce(kernel);
    case "sort":
      return lowerSort(kernel);
    case "random":
      return lowerRandom(kernel);
    case "optimizer":
      return lowerOptimizer(kernel);
  }
}
