/**
 * About how long a kernel takes on one core, in microseconds: products at 40 GFLOP/s, what else there
 * is by its elements. It decides only whether work is shared among threads, never what comes out.
 */
import type { Fused, Instruction } from "../ir.js";
import { volume } from "../shape.js";
import type { ConvolutionSize, Kernel } from "../spec.js";

const flopsPerMicrosecond = 40_000;
/** Elements of memory that a simple kernel goes through in a microsecond. */
const elementsPerMicrosecond = 6000;

const product = (multiplications: number): number => (2 * multiplications) / flopsPerMicrosecond;

/** `elements`: of all its inputs and outputs. */
export function microsecondsOf(kernel: Kernel, elements: number): number {
  const moved = elements / elementsPerMicrosecond;
  switch (kernel.kernel) {
    case "matmul": return moved + product(volume(kernel.batch) * kernel.M * kernel.N * kernel.K);
    case "convolution":
    case "convolutionInput":
    case "convolutionWeight": return moved + convolution(kernel);
    case "attention": return moved + 2 * product(heads(kernel));
    case "attentionGradient": return moved + 6 * product(heads(kernel));
    case "recurrent":
    case "recurrentGradient": {
      const gates = { rnn: 1, gru: 3, lstm: 4 }[kernel.cell];
      return 4 * moved + product(kernel.B * kernel.T * gates * kernel.H * kernel.H);
    }
    case "fused": return fused(kernel);
    case "sort": return moved * 10 * Math.log2(kernel.columns + 2);
    case "random": return moved * 10;
    case "softmax":
    case "crossEntropy":
    case "crossEntropyGradient":
    case "normalize":
    case "normalizeGradient": return moved * 2;
    default: return moved;
  }
} // prettier-ignore

const heads = (size: { B: number; heads: number; T: number; S: number; D: number; causal: boolean }): number =>
  (size.B * size.heads * size.T * size.S * size.D) / (size.causal ? 2 : 1); // prettier-ignore

const convolution = ({ B, C, O, R, S, P, Q, groups }: ConvolutionSize): number =>
  product(B * O * P * Q * (C / groups) * R * S);

/** Simple lines of an expression that are evaluated in a microsecond, while memory keeps up. */
const linesPerMicrosecond = 48_000;
/** Functions of their own, and how many simple lines they take. */
const heavyLines = 30;
const heavy = new Set(["exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf", "pow", "mod"]);

function fused({ shape, reduce, body, epilogue }: Fused): number {
  const results = volume(shape);
  const points = results * volume(reduce?.shape ?? []);
  const weight = (lines: readonly Instruction[]): number =>
    lines.reduce((sum, { op }) => sum + (heavy.has(op) ? heavyLines : 1), 1);
  return (points * weight(body) + results * weight(epilogue)) / linesPerMicrosecond;
}
