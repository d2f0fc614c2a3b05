/** C [batch.., M, N] = A·B (+ bias): each element of C is a sum over K. */
import { volume } from "../shape.js";
import type { Matmul } from "../spec.js";
import { draw, type Draw } from "./kernel.js";
import { address, coordinates } from "./strides.js";
import { summed } from "./sum.js";

export function lowerMatmul({ batch, M, N, K, a, b, bias }: Matmul): Draw[] {
  const outer = batch.map((_, axis) => `b${axis}`);
  const product = `a[${address(a, [...outer, "m", "k"])}] * b[${address(b, [...outer, "k", "n"])}]`;
  return [
    draw({
      output: bias ? 3 : 2,
      elements: volume([...batch, M, N]),
      buffers: { a: 0, b: 1, ...(bias ? { bias: 2 } : {}) },
      body: [
        ...coordinates([...outer, "m", "n"], [...batch, M, N]),
        ...summed("sum", "k", K, product),
        bias ? "return sum + bias[n];" : "return sum;",
      ],
    }),
  ];
}
