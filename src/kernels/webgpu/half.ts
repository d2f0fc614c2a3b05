/**
 * How kernels read and write numbers that are kept in f16: two in a u32, the first in its lower half. That is core
 * WGSL, on every adapter; an array<f16> would need the feature `shader-f16`. Sums are f32 either way.
 */
import type { DType } from "../ir.js";

/** The WGSL type of which a buffer's memory is an array. */
export function memoryType(dtype: DType): "f32" | "i32" | "u32" {
  if (dtype === "f16") return "u32";
  return dtype === "f32" ? "f32" : "i32";
}

/** Number `at` of the buffer `name`, as a WGSL expression. */
export const element = (dtype: DType, name: string, at: string): string =>
  dtype === "f16"
    ? `unpack2x16float(${name}[u32(${at}) >> 1u] >> (16u * (u32(${at}) & 1u))).x`
    : `${name}[${at}]`;
