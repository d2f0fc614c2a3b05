/** Which lowering makes which kernel. */
import type { Kernel, KernelName } from "../spec.js";
import { lowerAttention } from "./attention/forward.js";
import { lowerAttentionGradient } from "./attention/gradient.js";
import { lowerConvolution, lowerConvolutionInput, lowerConvolutionWeight } from "./convolution.js";
import { lowerFused } from "./fused.js";
import type { Dispatch } from "./kernel.js";
import { lowerMatmul } from "./matmul.js";
import { lowerRecurrent, lowerRecurrentGradient } from "./recurrent.js";

type Lowerings = { [K in KernelName]?: (kernel: Extract<Kernel, { kernel: K }>) => Dispatch[] };

const lowerings: Lowerings = {
  fused: lowerFused,
  matmul: lowerMatmul,
  convolution: lowerConvolution,
  attention: lowerAttention,
  attentionGradient: lowerAttentionGradient,
  recurrent: lowerRecurrent,
  recurrentGradient: lowerRecurrentGradient,
  convolutionInput: lowerConvolutionInput,
  convolutionWeight: lowerConvolutionWeight,
};

/** The dispatches of a kernel. */
export function lower(kernel: Kernel): Dispatch[] {
  const make = lowerings[kernel.kernel] as ((kernel: Kernel) => Dispatch[]) | undefined;
  if (!make) throw new Error(`The webgpu backend has no kernel "${kernel.kernel}".`);
  return make(kernel);
}
