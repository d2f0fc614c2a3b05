/** Choosing a backend: the only file that knows them all. */
import type { Backend } from "../kernels/backend.js";
import { openJs } from "../kernels/js/index.js";
import { openWasm, type WasmOptions } from "../kernels/wasm/index.js";
import type { OpenOptions } from "../kernels/webgpu/index.js";
import { BackendError } from "./errors.js";
import { realize } from "./realize.js";
import { runtime } from "./runtime.js";

/** A way to open a backend; `open` throws a sentence when this machine has none. */
export type Opener = { name: string; open(): Backend | Promise<Backend> };

/** Plain loops in float64: the definition of right, and slow. */
export const js: Opener = { name: "js", open: openJs };
/**
 * SIMD code made at run time: the CPU backend to train on. It works on as many threads as there are cores,
 * at most 8; `wasm.with({ threads: 2 })` on so many. Results do not depend on it. In browsers threads need
 * a cross-origin isolated page: elsewhere there is one, and `trace` says so.
 */
export const wasm = {
  name: "wasm",
  open: () => openWasm(),
  with: (options: WasmOptions): Opener => ({
    name: `wasm${options.threads === undefined ? "" : `, ${options.threads} threads`}`,
    open: () => openWasm(options),
  }),
} satisfies Opener & { with(options: WasmOptions): Opener };
/**
 * The GPU: `navigator.gpu` in browsers, in Node the npm package `webgpu`. An adapter that computes on the CPU
 * is refused unless it is asked for: `webgpu.with({ software: true })`; `with({ device })` takes yours.
 */
export const webgpu = {
  name: "webgpu",
  open: () => openGpu(),
  with: (options: OpenOptions): Opener => ({ name: "webgpu", open: () => openGpu(options) }),
} satisfies Opener & { with(options: OpenOptions): Opener };

/** Its kernels are loaded only where they are asked for. */
async function openGpu(options?: OpenOptions): Promise<Backend> {
  const { openWebgpu } = await import("../kernels/webgpu/index.js");
  return openWebgpu(options);
}

const opened = new Map<string, Backend>();

/**
 * Opens the first backend that works, makes it the current one, and returns it. Tensors stay where they
 * were made. Without a call the first step opens wasm, or js where there is no SIMD.
 */
export async function use(...openers: Opener[]): Promise<Backend> {
  const failures: string[] = [];
  for (const opener of openers.length ? openers : [wasm, js]) {
    try {
      const known = opened.get(opener.name);
      const backend = known && !known.lost ? known : await opener.open();
      opened.set(opener.name, backend);
      if (runtime.backend && runtime.backend !== backend && !runtime.backend.lost) realize([]); // what waits belongs to the old one
      return (runtime.backend = backend);
    } catch (error) {
      failures.push(`${opener.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new BackendError(`use: no backend opened. ${failures.join(". ")}`);
}

runtime.openDefault = () => {
  try {
    const backend = openWasm();
    opened.set("wasm", backend);
    return backend;
  } catch {
    const backend = openJs();
    opened.set("js", backend);
    return backend;
  }
};
