/** Matrix products. The gradient of each product is two more of them, with one side transposed. */
import type { Matmul } from "../../kernels/spec.js";
import { DTypeError, ShapeError, show } from "../errors.js";
import type { Form, Layout, OpRecord } from "../op.js";
import { broadcast, sizeOf } from "../shape.js";
import { floats, ranked } from "./checks.js";

type None = Record<never, never>;

function product(name: string, a: Form, b: Form): Form {
  if (a.dtype !== "f32" || b.dtype !== "f32")
    throw new DTypeError(`${name}: takes f32, got ${a.dtype} and ${b.dtype}`);
  if (a.shape.length < 2 || b.shape.length < 2)
    throw new ShapeError(
      `${name}: ${show(a.shape)} · ${show(b.shape)}: both sides need two axes or more`,
    );
  const [M, K] = [a.shape.at(-2)!, a.shape.at(-1)!];
  const [rows, N] = [b.shape.at(-2)!, b.shape.at(-1)!];
  if (K !== rows)
    throw new ShapeError(
      `${name}: ${show(a.shape)} · ${show(b.shape)}: ${K} columns meet ${rows} rows`,
    );
  if (a.shape.length === 2 && b.shape.length === 2) return { shape: [M, N], dtype: "f32" };
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2), name);
  return { shape: [...batch, M, N], dtype: "f32" };
}

/** The kernel for a [.., M, K] and b [.., K, N], batch axes broadcast by stride 0 and joined where both sides allow. */
function kernelOf(a: Layout, b: Layout, bias: boolean): Matmul {
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2), "matmul");
  const view = ({ shape, access }: Layout) => {
    const lead = batch.length - (shape.length - 2);
    const walk = batch.map((_, k) => (shape[k - lead] === 1 ? 0 : (access.strides[k - lead] ?? 0)));
    return { ...access, strides: [...walk, ...access.strides.slice(-2)] };
  };
  const [M, K] = a.shape.slice(-2) as [number, number];
  return { kernel: "matmul", batch, M, N: b.shape.at(-1)!, K, a: view(a), b: view(b), bias };
}

/** [.., M, K] · [.., K, N] → [.., M, N]; batch axes broadcast. */
export const matmul: OpRecord<None> = {
  name: "matmul",
  forms: ([a, b]) => [product("matmul", a!, b!)],
  compute: { kernel: ([a, b]) => kernelOf(a!, b!, false), strided: () => true, halves: [0, 1] },
  gradient: ({ g, inputs: [a, b] }) => [g[0]!.matmul(b!.transpose()), a!.transpose().matmul(g[0]!)],
};

/** x [rows, in] · weightᵀ [in, out] (+ bias [out]): a linear layer in one kernel. */
export const affine: OpRecord<None> = {
  name: "affine",
  forms: ([x, weight, bias]) => {
    floats("linear", x, weight, bias);
    ranked("linear", "weight", weight!, 2);
    const [out, width] = weight!.shape as [number, number];
    const transposed = { shape: [width, out], dtype: weight!.dtype };
    if (bias && sizeOf(bias.shape) !== out)
      throw new ShapeError(
        `linear: bias ${show(bias.shape)} does not fit weight ${show(weight!.shape)}`,
      );
    return [product("linear", x!, transposed)];
  },
  compute: {
    kernel: ([x, weight, bias]) => {
      const { shape, access } = weight!;
      const turned = {
        ...weight!,
        shape: [shape[1]!, shape[0]!],
        access: { ...access, strides: [access.strides[1]!, access.strides[0]!] },
      };
      return kernelOf(x!, turned, bias !== undefined);
    },
    strided: (input) => input < 2,
    halves: [0, 1],
  },
  gradient: ({ g, inputs: [x, weight] }) => [
    g[0]!.matmul(weight!),
    g[0]!.transpose().matmul(x!),
    g[0]!.sum(0),
  ],
};
