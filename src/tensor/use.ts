/** Choosing a backend: the only file that knows them all. */
import type { Backend } from "../kernels/backend.js";
import { openWasm, type WasmOptions } from "../kernels/wasm/index.js";
import type { WebglOptions } from "../kernels/webgl/index.js";
import type { OpenOptions } from "../kernels/webgpu/index.js";
import { BackendError } from "./errors.js";
import { realize } from "./realize.js";
import { runtime } from "./runtime.js";

/** A way to open a backend; `open` throws a sentence when this machine has none. */
export type Opener = { name: string; open(): Backend | Promise<Backend> };

/** Plain loops in float64: the definition of right, and slow. Loaded where it is asked for, as the GPU's kernels are. */
export const js: Opener = {
  name: "js",
  open: async () => (await import("../kernels/js/index.js")).openJs(),
};
/**
 * SIMD code made at run time: the CPU backend to train on. It works on as many threads as there are cores,
 * at most 8; `wasm.with({ threads: 2 })` on so many. Results do not depend on it. In browsers threads need
 * a cross-origin isolated page: elsewhere there is one, and `trace` says so.
 */
export const wasm = {
  name: "wasm",
  open: () => openWasm(),
  with: (options: WasmOptions): Opener =>
    openerOf(
      `wasm${options.threads === undefined ? "" : `, ${options.threads} threads`}`,
      options,
      () => openWasm(options),
    ),
} satisfies Opener & { with(options: WasmOptions): Opener };
/**
 * The GPU: `navigator.gpu` in browsers, in Node the npm package `webgpu`. An adapter that computes on the CPU
 * is refused unless it is asked for: `webgpu.with({ software: true })`; `with({ device })` takes yours.
 */
export const webgpu = {
  name: "webgpu",
  open: () => openGpu(),
  with: (options: OpenOptions): Opener => openerOf("webgpu", options, () => openGpu(options)),
} satisfies Opener & { with(options: OpenOptions): Opener };

/** Its kernels are loaded only where they are asked for. */
async function openGpu(options?: OpenOptions): Promise<Backend> {
  const { openWebgpu } = await import("../kernels/webgpu/index.js");
  return openWebgpu(options);
}

/**
 * The fallback for browsers without WebGPU: WebGL 2 by the npm package `gpu.js`. A WebGL that computes on
 * the CPU is refused unless it is asked for: `webgl.with({ software: true })`. Not opened by default.
 */
export const webgl = {
  name: "webgl",
  open: () => openGl(),
  with: (options: WebglOptions): Opener => openerOf("webgl", options, () => openGl(options)),
} satisfies Opener & { with(options: WebglOptions): Opener };

async function openGl(options?: WebglOptions): Promise<Backend> {
  const { openWebgl } = await import("../kernels/webgl/index.js");
  return openWebgl(options);
}

const openers = new Map<string, Opener>();

/** The same plain options give the same opener; with an object of the caller's (a device) each is its own. */
function openerOf(name: string, options: object, open: Opener["open"]): Opener {
  const entries = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.some(([, value]) => /object|function/.test(typeof value))) return { name, open };
  const key = JSON.stringify([name, ...entries]);
  const opener = openers.get(key) ?? { name, open };
  openers.set(key, opener);
  return opener;
}

/** What each opener opened: it is opened once, and again when its device is lost. */
const opened = new WeakMap<Opener, Promise<Backend>>();

async function backendOf(opener: Opener): Promise<Backend> {
  const known = opened.get(opener);
  if (known && !(await known).lost) return known;
  const opening = Promise.resolve().then(() => opener.open());
  opened.set(opener, opening);
  opening.catch(() => opened.delete(opener));
  return opening;
}

/**
 * Opens the first backend that works, makes it the current one, and returns it; without arguments the first
 * of webgpu, wasm, js. Writes a note to the console when it passes one over, say a GPU that is software.
 * Tensors stay where they were made. Without a call the first step opens wasm.
 */
export async function use(...choice: Opener[]): Promise<Backend> {
  const failures: string[] = [];
  for (const opener of choice.length ? choice : [webgpu, wasm, js]) {
    try {
      const backend = await backendOf(opener);
      if (runtime.backend && runtime.backend !== backend && !runtime.backend.lost) realize([]); // what waits belongs to the old one
      runtime.backend = backend;
      note(failures, opener.name);
      return backend;
    } catch (error) {
      failures.push(`${opener.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new BackendError(`use: no backend opened. ${failures.join(". ")}`);
}

const noted = new Set<string>();

/** Says once what was passed over, and why. */
function note(failures: readonly string[], name: string): void {
  const text = `genarch runs on ${name}. ${failures.join(". ")}`;
  if (failures.length === 0 || noted.has(text)) return;
  noted.add(text);
  console.warn(text);
}

/** What runs before any call of `use`: it must be there at once, so it cannot be one that is loaded first. */
runtime.openDefault = () => {
  try {
    const backend = openWasm();
    opened.set(wasm, Promise.resolve(backend));
    return backend;
  } catch (error) {
    throw new BackendError(
      `${error instanceof Error ? error.message : String(error)} Or call await use() before the first step: it takes webgpu or js.`,
    );
  }
};
