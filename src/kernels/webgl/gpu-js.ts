/**
 * The npm package gpu.js as far as it is used here, and a WebGL 2 context for it. gpu.js falls back to the
 * CPU in silence where it finds no WebGL; here that is an error, for wasm is faster there.
 */
import { signatures } from "./glsl/functions.js";

/** A texture that gpu.js knows; `texture` is WebGL's own. */
export interface GpuTexture {
  texture: WebGLTexture;
  /** Counts one holder of WebGL's texture less. */
  delete(): void;
}
export type TextureClass = new (settings: {
  texture: WebGLTexture;
  size: Int32Array;
  dimensions: readonly number[];
  output: readonly number[];
  context: WebGL2RenderingContext;
  internalFormat: number;
  textureFormat: number;
  kernel: unknown;
}) => GpuTexture;

/** A compiled function. */
export interface GpuKernel {
  (...given: (GpuTexture | number)[]): unknown;
  kernel: { texture: GpuTexture | null; _textureSwitched: boolean; constructor: { mode?: string } };
  destroy(): void;
}

export interface Gpu {
  createKernel(source: string, settings: Record<string, unknown>): GpuKernel;
  addNativeFunction(name: string, source: string, settings: object): unknown;
  destroy(): Promise<void>;
}
/** gpu.js' class GPU, whose types a user may not have. */
export type GpuClass = new (settings: object) => object;

export type WebglOptions = {
  /** Draw with a WebGL that computes on the CPU, too: right and slow. */
  software?: boolean;
  /** gpu.js' class, where the page loaded it by itself; else the npm package gpu.js is imported. */
  GPU?: GpuClass;
};

export type OpenedGl = {
  gpu: Gpu;
  gl: WebGL2RenderingContext;
  /** What draws, for people. */
  name: string;
};

type Canvas = Pick<HTMLCanvasElement, "addEventListener"> & {
  getContext(name: "webgl2", settings: WebGLContextAttributes): WebGL2RenderingContext | null;
};

function newCanvas(): Canvas {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(2, 2) as unknown as Canvas;
  if (typeof document !== "undefined") return document.createElement("canvas");
  throw new Error("WebGL is in browsers only: use webgpu, wasm or js here");
}

export async function openGl({ software, GPU }: WebglOptions): Promise<OpenedGl> {
  const canvas = newCanvas();
  const gl = canvas.getContext("webgl2", { alpha: false, depth: false, antialias: false });
  if (!gl) throw new Error("This browser has no WebGL 2, or has switched it off");
  if (!gl.getExtension("EXT_color_buffer_float"))
    throw new Error("This WebGL draws no float32 textures (EXT_color_buffer_float is missing)");
  const name = nameOf(gl);
  if (!software && /swiftshader|llvmpipe|software|basic render/i.test(name))
    throw new Error(
      `WebGL computes on the CPU here (${name}): wasm is faster, and webgl.with({ software: true }) takes it all the same`,
    );
  const gpu = new (GPU ?? (await gpuClass()))({ canvas, context: gl }) as Gpu;
  // By name and types only: each shader is given the texts that it needs (shaders.ts).
  for (const { name, ...types } of signatures()) gpu.addNativeFunction(name, "", types);
  return { gpu, gl, name };
}

function nameOf(gl: WebGL2RenderingContext): string {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return String(name);
}

type GpuModule = { GPU?: GpuClass; default?: GpuModule & GpuClass };

/** The package is a CommonJS module in Node and one script in browsers: bundlers name its class in three ways. */
async function gpuClass(): Promise<GpuClass> {
  const found: unknown = await import("gpu.js").catch(() => null);
  if (!found)
    throw new Error("webgl stands on the npm package gpu.js: npm install gpu.js brings it");
  const { GPU, default: whole } = found as GpuModule;
  const own = GPU ?? whole?.GPU ?? whole;
  if (own) return own;
  throw new Error("The package gpu.js has no class GPU: install a version 2 of it");
}
