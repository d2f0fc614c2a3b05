/**
 * A WebAssembly module written at run time: types, an imported memory, functions. Instructions are
 * recorded once and read twice: as bytes to compile (`ModuleBuilder.bytes`, encode.ts) and as WAT to
 * read (`FunctionHandle.text`, text.ts). https://webassembly.github.io/spec/core/binary
 *
 *   const module = new ModuleBuilder();
 *   const double = module.function("double", { x: "v128" }, ["v128"], (f, { x }) => {
 *     f.op("f32x4.add", x, x);
 *   });
 *
 * Operands of `op`, `load`, `store`, `set`, `call`, `if` … are pushed in order, left to right. An
 * operand is a local, or a number (a constant of the instruction's lane type: 2 in "f32x4.mul" is a
 * vector of twos, hoisted to the function's start), or a function that leaves a value on the stack:
 *   f.set(y, () => f.op("f32x4.add", () => f.op("f32x4.mul", x, 2), z));  // y = 2x + z
 * Leave operands out to take what is on the stack already.
 */
import type { FunctionHandle, Local, ValueType } from "./code.js";
import { encodeModule } from "./encode.js";
import { FunctionBuilder } from "./function-builder.js";
import { functionText } from "./text.js";

export { FunctionBuilder } from "./function-builder.js";
export { relaxed } from "./relaxed.js";
export type { FunctionHandle, Label, Local, Operand, ValueType } from "./code.js";

export class ModuleBuilder {
  readonly functions: FunctionHandle[] = [];
  private readonly made = new Map<string, FunctionHandle>();

  /** Adds a function. `parameters` are named, in order; `write` gets a local for each. */
  function<const P extends Readonly<Record<string, ValueType>>>(
    name: string,
    parameters: P,
    results: readonly ValueType[],
    write: (f: FunctionBuilder, parameters: { [K in keyof P]: Local }) => void,
  ): FunctionHandle {
    const f = new FunctionBuilder();
    const locals = {} as { -readonly [K in keyof P]: Local };
    for (const key in parameters) locals[key] = f.local(parameters[key] as ValueType, key);
    const count = f.locals.length;
    write(f, locals);
    const handle = finish(name, f, count, results, this.functions.length);
    this.functions.push(handle);
    return handle;
  }

  /** The function of that name if there is one, else the one that `make` adds: for subroutines that kernels share. */
  once(name: string, make: () => FunctionHandle): FunctionHandle {
    const handle = this.made.get(name) ?? make();
    this.made.set(name, handle);
    return handle;
  }

  /** The module's bytes: imports `env.memory`, exports each function as `f` + its index. */
  bytes(shared = false): Uint8Array<ArrayBuffer> {
    return encodeModule(this.functions, shared);
  }
}

function finish(
  name: string, f: FunctionBuilder, count: number, results: readonly ValueType[], index: number,
): FunctionHandle {
  const handle: FunctionHandle = {
    index, name, results,
    parameters: f.locals.slice(0, count),
    locals: f.locals.slice(count),
    code: f.prologue.concat(f.code),
    text: () => functionText(handle),
  };
  return handle;
} // prettier-ignore
