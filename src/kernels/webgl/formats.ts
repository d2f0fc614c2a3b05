/**
 * How numbers lie in a texture: f32 one a texel (R32F), i32 and bool two (RG32F, glsl/integer.glsl.ts); and
 * what gpu.js must be told of all kernels so that it draws into such textures.
 */
import type { DType } from "../ir.js";
import type { Gpu, GpuTexture, TextureClass } from "./gpu-js.js";

export type Format = {
  channels: 1 | 2;
  internal: number;
  format: number;
  /** gpu.js' class of such textures, and its name for an argument that is one. */
  wrap: TextureClass;
  type: string;
};

/** What all kernels have in common: float32 without packing, results that stay textures, each its own, highp. */
export const settings = {
  pipeline: true,
  immutable: true,
  precision: "single",
  tactic: "precision",
  fixIntegerDivisionAccuracy: false,
} as const;

/** What a kernel that makes such numbers returns. */
export const returnTypeOf = (dtype: DType): "Number" | "Array(2)" =>
  dtype === "f32" ? "Number" : "Array(2)";

export function formatsOf(gpu: Gpu, gl: WebGL2RenderingContext): (dtype: DType) => Format {
  const real: Format = {
    channels: 1,
    internal: gl.R32F,
    format: gl.RED,
    ...classOf(gpu, "function () { return 0; }", "f32"),
  };
  const pair: Format = {
    channels: 2,
    internal: gl.RG32F,
    format: gl.RG,
    ...classOf(gpu, "function () { return [0, 0]; }", "i32"),
  };
  return (dtype) => (dtype === "f32" ? real : pair);
}

/** gpu.js does not export its textures' classes: a kernel's result tells its own. */
function classOf(gpu: Gpu, source: string, dtype: DType): Pick<Format, "wrap" | "type"> {
  const returnType = returnTypeOf(dtype);
  const kernel = gpu.createKernel(source, { ...settings, output: [1], returnType });
  const made = kernel() as GpuTexture & { type: string; constructor: TextureClass };
  if (kernel.kernel.constructor.mode !== "gpu" || !made.texture)
    throw new Error("gpu.js computes on the CPU here, which it says nowhere: use wasm, or js");
  const { constructor: wrap, type } = made;
  made.delete();
  kernel.destroy();
  return { wrap, type };
}

/** As gpu.js lays `elements` out: as near to a square as it goes. */
export function sizeOf(elements: number): Int32Array {
  const count = Math.max(elements, 1);
  let [high, low] = [Math.ceil(Math.sqrt(count)), Math.floor(Math.sqrt(count))];
  while (high * low < count) {
    high--;
    low = Math.ceil(count / high);
  }
  return Int32Array.of(low, Math.ceil(count / low));
}
