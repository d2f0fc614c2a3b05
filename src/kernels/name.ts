/** A kernel in a few words with its sizes, for error messages: "matmul M 3, N 4, K 5". */
import type { Kernel } from "./spec.js";

export function nameOf(kernel: Kernel): string {
  const sizes = Object.entries(kernel).flatMap(([key, value]) => {
    if (typeof value === "number") return [`${key} ${value}`];
    const isList = Array.isArray(value) && value.length > 0 && typeof value[0] === "number";
    return isList ? [`${key} [${(value as number[]).join(", ")}]`] : [];
  });
  const over =
    kernel.kernel === "fused" && kernel.reduce ? [`over [${kernel.reduce.shape.join(", ")}]`] : [];
  return `${kernel.kernel} ${[...sizes, ...over].join(", ")}`.trim();
}
