/**
 * What a lowering hands to the WASM backend, and what a kernel's function gets.
 *
 * `lowerX(spec): Lowered[]`: the phases of one call. Those that write no output (they fill `shared`:
 * pack B) are done before those that do (multiply); phases of one kind may run side by side.
 * Each phase splits into `units`: independent parts of the work, numbered from 0. The function runs
 * the units [from, to); threads get different ranges, so no result may depend on how they are cut,
 * and no two units may write the same element. 0 units: the phase is not run.
 *
 * Parameters of the function, all i32, in this order (`kernelFunction` declares them):
 *   from, to       the range of units
 *   inputs…        byte addresses, as the call lists them  ┐ or just those that `buffers` picks:
 *   outputs…       byte addresses                          ┘ numbers into [...inputs, ...outputs]
 *   scalars        address of the call's run-time numbers: scalar i is 16 bytes at scalars + 16·i:
 *                  f32 at +0, i32 (wrapped to 32 bits) at +4, f64 at +8
 *   scratch        address of `scratchBytes` of memory for this worker alone; content is left over
 *   shared         address of memory that all workers and all phases of this call see: the largest
 *                  `sharedBytes` of its phases; content is left over before the first phase
 *   constants…     the numbers of `constants`: sizes, strides (wrapped to 32 bits)
 * All buffers, scratch and shared are 256-byte aligned. They may be read up to 16 bytes past their end
 * (garbage), and written up to the next multiple of 256 bytes, never beyond. f32, i32 and bool (0 or 1
 * in an i32) all take 4 bytes an element.
 *
 * Same `key` => same function, compiled once and used by all plans of the backend: so let the key
 * name whatever is baked into the code, and pass as `constants` what is only a number there.
 */
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";

/** One phase of a call. */
export type Lowered = {
  readonly key: string;
  readonly units: number;
  /** Default: all inputs, then all outputs. */
  readonly buffers?: readonly number[];
  readonly scratchBytes?: number;
  readonly sharedBytes?: number;
  readonly constants?: readonly number[];
  /** Writes the function (with `kernelFunction`), and what it calls, into a module. */
  readonly build: (module: ModuleBuilder) => FunctionHandle;
};

/** How many buffers and constants a kernel's function takes. */
export type Signature = { buffers: number; constants?: number };

/** The locals of a kernel's parameters; `buffer(k)` and `constant(k)` by number. */
export type KernelLocals = {
  from: Local;
  to: Local;
  buffer(k: number): Local;
  scalars: Local;
  scratch: Local;
  shared: Local;
  constant(k: number): Local;
};

/** Declares a kernel's function with the parameters above and writes its body. */
export function kernelFunction(
  module: ModuleBuilder,
  name: string,
  signature: Signature,
  write: (f: FunctionBuilder, locals: KernelLocals) => void,
): FunctionHandle {
  const parameters: Record<string, "i32"> = { from: "i32", to: "i32" };
  for (let k = 0; k < signature.buffers; k++) parameters[`buffer${k}`] = "i32";
  Object.assign(parameters, { scalars: "i32", scratch: "i32", shared: "i32" });
  for (let k = 0; k < (signature.constants ?? 0); k++) parameters[`constant${k}`] = "i32";
  return module.function(name, parameters, [], (f, locals) => {
    const local = (key: string): Local => {
      const found = locals[key];
      if (!found)
        throw new Error(
          `The kernel ${name} asked for its parameter ${key}, which its signature lacks.`,
        );
      return found;
    };
    write(f, {
      from: local("from"), to: local("to"), scalars: local("scalars"), scratch: local("scratch"),
      shared: local("shared"),
      buffer: (k) => local(`buffer${k}`),
      constant: (k) => local(`constant${k}`),
    }); // prettier-ignore
  });
}

/** Pushes scalar `index` of the call, splatted over a vector (f32), or as one f32, i32 or f64. */
export function pushScalar(
  f: FunctionBuilder,
  k: KernelLocals,
  index: number,
  as: "f32x4" | "i32x4" | "f32" | "i32" | "f64",
): void {
  const at = 16 * index;
  if (as === "f32x4") f.load("v128.load32_splat", k.scalars, at);
  else if (as === "i32x4") f.load("v128.load32_splat", k.scalars, at + 4);
  else if (as === "f32") f.load("f32.load", k.scalars, at);
  else if (as === "i32") f.load("i32.load", k.scalars, at + 4);
  else f.load("f64.load", k.scalars, at + 8);
}
