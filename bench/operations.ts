/** What a kernel has to do, read off its sizes: the yardstick of the profile and of the share of the ceiling. */
import type { Call, Plan } from "../src/kernels/backend.js";
import { bytesOf } from "../src/kernels/ir.js";
import type { Kernel } from "../src/kernels/spec.js";

const gates = { rnn: 1, gru: 3, lstm: 4 } as const;
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Multiplications and additions of the kernel's products; 0 where it is no product. */
export function operationsOf(kernel: Kernel): number {
  switch (kernel.kernel) {
    case "matmul":
      return 2 * product(kernel.batch) * kernel.M * kernel.N * kernel.K;
    case "convolution":
    case "convolutionInput":
    case "convolutionWeight": {
      const { B, C, O, R, S, P, Q, groups } = kernel;
      return (2 * B * O * P * Q * C * R * S) / groups;
    }
    case "attention":
      return 2 * attentionProduct(kernel);
    case "attentionGradient":
      return 5 * attentionProduct(kernel); // scores again, and gradients of v, of the weights, of q and of k
    case "recurrent":
    case "recurrentGradient":
      return 2 * kernel.B * kernel.T * gates[kernel.cell] * kernel.H ** 2;
    default:
      return 0;
  }
}

/** One product [T, S] × D for each head; causal ones need what is on and below the diagonal. */
function attentionProduct(kernel: Extract<Kernel, { heads: number }>): number {
  const { B, heads, T, S, D, causal } = kernel;
  const pairs = causal ? T * S - (T * (T - 1)) / 2 : T * S;
  return 2 * B * heads * pairs * D;
}

/** Bytes of all that a call reads and writes, each once; an optimizer writes most of what it reads. */
export function bytesOfCall({ kernel, inputs, outputs }: Call, { buffers }: Plan): number {
  const bytes = (numbers: readonly number[]) =>
    numbers.reduce((sum, k) => sum + bytesOf(buffers[k]!.dtype, buffers[k]!.elements), 0);
  if (kernel.kernel !== "optimizer") return bytes(inputs) + bytes(outputs);
  const parameters = 4 * kernel.sizes.reduce((a, b) => a + b, 0);
  return 2 * bytes(inputs) - parameters; // gradients are only read
}

/** A kernel with its sizes, for a table. */
export function labelOf(kernel: Kernel, ops: readonly string[]): string {
  switch (kernel.kernel) {
    case "fused": {
      const of = kernel.reduce ? ` of ${sizesOf(kernel.reduce.shape)}` : "";
      return `fused (${shortened(ops)}) ${sizesOf(kernel.shape)}${of}`;
    }
    case "matmul": {
      const batch = product(kernel.batch);
      return `matmul ${batch > 1 ? `${batch}·` : ""}${kernel.M}×${kernel.K}×${kernel.N}`;
    }
    case "convolution":
    case "convolutionInput":
    case "convolutionWeight": {
      const { B, C, H, W, O, R, S, stride } = kernel;
      const by = stride[0] > 1 ? ` by ${stride[0]}` : "";
      return `${kernel.kernel} ${B}×${C}×${H}×${W}, ${O} of ${R}×${S}${by}`;
    }
    case "optimizer":
      return `${kernel.method} of ${kernel.sizes.length} parameters`;
    default:
      return `${kernel.kernel} ${sizesIn(kernel)}`;
  }
}

const sizesOf = (shape: readonly number[]): string => shape.join("×") || "1";

/** The ops of a fused kernel without those that only move, cut where they are many. */
function shortened(ops: readonly string[]): string {
  const moving = new Set(["reshape", "expand", "full", "permute", "slice", "squeeze", "unsqueeze"]);
  const own = ops.filter((op) => !moving.has(op));
  return own.length > 5 ? `${own.slice(0, 4).join(" ")} … ${own.at(-1)}` : own.join(" ") || "fill";
}

/** Sizes as the kernel names them: B32 C64 H28 … */
function sizesIn(kernel: Kernel): string {
  return Object.entries(kernel)
    .filter((field): field is [string, number] => typeof field[1] === "number")
    .map(([name, size]) => (name.length > 1 ? `${name} ${size}` : `${name}${size}`))
    .join(" ");
}
