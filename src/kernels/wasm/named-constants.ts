/**
 * Phases whose run-time constants have names: one object gives their values to `Lowered` and their
 * locals to the code.
 */
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { type KernelLocals, type Lowered, kernelFunction } from "./kernel.js";

type Phase<Name extends string> = Omit<Lowered, "constants" | "build" | "buffers"> & {
  readonly buffers: readonly number[];
  /** The same names for every call under one key. */
  readonly numbers: Readonly<Record<Name, number>>;
  /** Numbers without names, after them: as many as the key says. */
  readonly list?: readonly number[];
  readonly write: (context: Context<Name>) => void;
};

export type Context<Name extends string> = {
  f: FunctionBuilder;
  module: ModuleBuilder;
  kernel: KernelLocals;
  numbers: Record<Name, Local>;
  list: Local[];
};

export function phase<Name extends string>(of: Phase<Name>): Lowered {
  const { numbers, list = [], write, ...rest } = of;
  const names = Object.keys(numbers) as Name[];
  const signature = { buffers: of.buffers.length, constants: names.length + list.length };
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, of.key.replace(/\W+/g, "_"), signature, (f, kernel) => {
      const locals = names.map((name, k) => [name, kernel.constant(k)] as const);
      write({
        f, module, kernel,
        numbers: Object.fromEntries(locals) as Record<Name, Local>,
        list: list.map((_, k) => kernel.constant(names.length + k)),
      });
    }); // prettier-ignore
  return { ...rest, constants: [...Object.values<number>(numbers), ...list], build };
}
