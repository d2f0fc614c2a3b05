/** Every kernel by its name. */
import type { Kernel, KernelName } from "../spec.js";
import { attention, attentionGradient } from "./attention.js";
import { convolution, convolutionInput, convolutionWeight } from "./convolution.js";
import { crossEntropy, crossEntropyGradient } from "./cross-entropy.js";
import { fused } from "./fused.js";
import { gather, scatterAdd, take, takeAdd } from "./gather.js";
import { concat, pad } from "./join.js";
import type { Run } from "./kernel.js";
import { matmul } from "./matmul.js";
import { normalize, normalizeGradient } from "./normalize.js";
import { optimizer } from "./optimizer.js";
import { random } from "./random.js";
import { recurrentGradient } from "./recurrent-gradient.js";
import { recurrent } from "./recurrent.js";
import { argReduce, cumsum } from "./scan.js";
import { softmax, softmaxGradient } from "./softmax.js";
import { sort } from "./sort.js";
import { squareSum } from "./square-sum.js";

type Named<Name extends KernelName> = Extract<Kernel, { kernel: Name }>;

const kernels: { [Name in KernelName]: Run<Named<Name>> } = {
  fused,
  matmul,
  convolution,
  convolutionInput,
  convolutionWeight,
  softmax,
  softmaxGradient,
  crossEntropy,
  crossEntropyGradient,
  normalize,
  normalizeGradient,
  attention,
  attentionGradient,
  recurrent,
  recurrentGradient,
  take,
  takeAdd,
  gather,
  scatterAdd,
  pad,
  concat,
  cumsum,
  argReduce,
  sort,
  random,
  squareSum,
  optimizer,
};

/** The function for `kernel`. The table pairs each name with its own type, so this widening is safe. */
export const kernelOf = ({ kernel }: Kernel): Run<Kernel> => kernels[kernel] as Run<Kernel>;
