/**
 * gather reads an element by index along the middle axis, scatterAdd adds one there.
 *   gather  y[o, j, i] = x[o, index[o, j, i], i]     scatterAdd  x[o, index[o, j, i], i] += g[o, j, i]
 * Every element has an index of its own, so both go one by one: WASM has no gather instruction.
 */
import type { Gather, ScatterAdd } from "../spec.js";
import type { FunctionHandle, ModuleBuilder } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";

/** A unit is one row [o, j] of the output. An index outside reads NaN, or 0 of integers. */
export function lowerGather({ outer, size, inner, count, dtype }: Gather): Lowered[] {
  const isReal = dtype === "f32";
  const key = `gather ${isReal ? "f32" : "i32"}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 3, constants: 3 }, (f, k) => {
      const [size, inner, count] = [0, 1, 2].map((n) => k.constant(n));
      const [unit, table] = [f.local("i32", "unit"), f.local("i32", "table")];
      const [i, index] = [f.local("i32", "i"), f.local("i32", "index")];
      const at = f.let("i32", "at", () => f.scaled(() => f.op("i32.mul", k.from, inner!), 4));
      const found = () =>
        f.load("i32.load", () =>
          f.address(table, () => f.op("i32.add", () => f.op("i32.mul", index, inner!), i)),
        );
      const missing = () => (isReal ? f.op("i32.reinterpret_f32", () => f.f32(NaN)) : f.i32(0));
      f.loop(unit, k.from, k.to, 1, () => {
        const o = () => f.op("i32.div_u", unit, count!);
        const before = () => f.op("i32.mul", () => f.op("i32.mul", o, size!), inner!);
        f.set(table, () => f.address(k.buffer(0), before));
        f.loop(i, 0, inner!, 1, () => {
          f.set(index, () => f.load("i32.load", () => f.op("i32.add", k.buffer(1), at)));
          f.op("i32.add", k.buffer(2), at);
          f.if(() => f.op("i32.lt_u", index, size!), found, missing, "i32");
          f.store("i32.store").increase(at, 4);
        });
      });
    });
  return [{ key, units: inner ? outer * count : 0, constants: [size, inner, count], build }];
}

/** Columns of a unit. */
const blockColumns = 16;

/** A unit is a block of 16 columns of one table [size, inner]: no two units write one element. */
export function lowerScatterAdd({ outer, size, inner, count }: ScatterAdd): Lowered[] {
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, "scatterAdd", { buffers: 3, constants: 4 }, (f, k) => {
      const [size, inner, count, blocks] = [0, 1, 2, 3].map((n) => k.constant(n));
      const [unit, o, first] = [f.local("i32", "unit"), f.local("i32", "o"), f.local("i32", "first")];
      const [end, i, j] = [f.local("i32", "end"), f.local("i32", "i"), f.local("i32", "j")];
      const [x, at, index] = [f.local("i32", "x"), f.local("i32", "at"), f.local("i32", "index")];
      /** Elements before row `row` of the o-th of tables with `rows` rows. */
      const before = (rows: number, row: () => unknown) => () =>
        f.op("i32.mul", () => f.op("i32.add", () => f.op("i32.mul", o, k.constant(rows)), row), inner!);
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(o, () => f.op("i32.div_u", unit, blocks!));
        f.set(first, () => f.scaled(() => f.op("i32.rem_u", unit, blocks!), blockColumns));
        f.set(end, () => f.op("i32.add", first, blockColumns));
        f.if(() => f.op("i32.gt_s", end, inner!), () => f.set(end, inner!));
        f.set(x, () => f.address(k.buffer(2), before(0, () => f.i32(0))));
        f.loop(j, 0, size!, 1, () => {
          const row = () => f.op("i32.add", () => f.op("i32.mul", j, inner!), first);
          f.fill(() => f.address(x, row), 0, () => f.scaled(() => f.op("i32.sub", end, first), 4));
        });
        f.loop(j, 0, count!, 1, () => {
          f.set(at, () => f.scaled(() => f.op("i32.add", before(2, () => f.get(j)), first), 4));
          f.loop(i, first, end, 1, () => {
            f.set(index, () => f.load("i32.load", () => f.op("i32.add", k.buffer(1), at)));
            f.if(() => f.op("i32.lt_u", index, size!), () => {
              const to = () => f.op("i32.add", () => f.op("i32.mul", index, inner!), i);
              f.set(index, () => f.address(x, to));
              const g = () => f.load("f32.load", () => f.op("i32.add", k.buffer(0), at));
              f.store("f32.store", index, () => f.op("f32.add", () => f.load("f32.load", index), g));
            });
            f.increase(at, 4);
          });
        });
      });
    });
  const blocks = Math.ceil(inner / blockColumns);
  return [{ key: "scatterAdd", units: outer * blocks, constants: [size, inner, count, blocks], build }];
} // prettier-ignore
