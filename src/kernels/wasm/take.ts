/**
 * take copies whole rows of a table, takeAdd adds rows into one: the embedding and its gradient.
 *   take    y[o, j, :] = x[o, index[j], :]        takeAdd    x[o, index[j], :] += g[o, j, :]
 */
import type { Take, TakeAdd } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { kernelFunction, type KernelLocals, type Lowered } from "./kernel.js";
import { cutOf, eachVector, eachVectorOnce, lanesOf, type Cut } from "./row.js";

/** A unit is one row [o, j] of the output. An index outside fills it with NaN, or with 0 for integers. */
export function lowerTake({ outer, size, inner, count, dtype }: Take): Lowered[] {
  const cut = cutOf(inner);
  const missing = dtype === "f32" ? NaN : 0;
  const key = `take ${dtype === "f32" ? "f32" : "i32"} ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 3, constants: 4 }, (f, k) => {
      const [size, bytes, count, tableBytes] = [0, 1, 2, 3].map((n) => k.constant(n));
      const j = f.let("i32", "j", () => f.op("i32.rem_u", k.from, count!));
      const table = f.let("i32", "table", () =>
        f.op("i32.add", k.buffer(0), () =>
          f.op("i32.mul", tableBytes!, () => f.op("i32.div_u", k.from, count!)),
        ),
      );
      const y = f.let("i32", "y", () =>
        f.op("i32.add", k.buffer(2), () => f.op("i32.mul", k.from, bytes!)),
      );
      const [unit, index, x] = [f.local("i32", "unit"), f.local("i32", "index"), f.local("i32", "x")];
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(index, () => f.load("i32.load", () => f.address(k.buffer(1), j)));
        const copy = () => {
          f.set(x, () => f.op("i32.add", table, () => f.op("i32.mul", index, bytes!)));
          eachVector(f, cut, bytes!, (vector) => vector.store(y, vector.load(x)));
        };
        const fill = () =>
          eachVector(f, cut, bytes!, (vector) => vector.store(y, () => f.f32x4(missing)));
        f.if(() => f.op("i32.lt_u", index, size!), copy, fill);
        f.increase(y, bytes!).increase(j, 1);
        f.if(() => f.op("i32.eq", j, count!), () => f.set(j, 0).increase(table, tableBytes!));
      });
    });
  return [
    { key, units: inner ? outer * count : 0, constants: [size, 4 * inner, count, 4 * size * inner], build },
  ];
} // prettier-ignore

/** Bytes of a block of columns. */
const blockBytes = 256;

/**
 * A unit is a block of 64 columns of one table, so that no two units write one element; it goes through
 * all of `index` in order.
 */
export function lowerTakeAdd({ outer, size, inner, count }: TakeAdd): Lowered[] {
  const cut = cutOf(inner);
  const key = `takeAdd ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 3, constants: 4 }, (f, k) => {
      const [rowBytes, blocks] = [k.constant(1), k.constant(3)];
      const [unit, o, column] = [f.local("i32", "unit"), f.local("i32", "o"), f.local("i32", "column")];
      const bytes = f.local("i32", "bytes");
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(o, () => f.op("i32.div_u", unit, blocks));
        f.set(column, () => f.scaled(() => f.op("i32.rem_u", unit, blocks), blockBytes));
        f.set(bytes, () => f.op("i32.sub", rowBytes, column));
        f.if(() => f.op("i32.gt_s", bytes, blockBytes), () => f.set(bytes, blockBytes));
        addBlock(f, k, cut, { o, column, bytes });
      });
    });
  const blocks = Math.ceil((4 * inner) / blockBytes);
  return [{ key, units: outer * blocks, constants: [size, 4 * inner, count, blocks], build }];
} // prettier-ignore

/** Which columns of which table: `bytes` bytes from `column` (bytes) on, in table `o`. */
type Block = { o: Local; column: Local; bytes: Local };

function addBlock(f: FunctionBuilder, k: KernelLocals, cut: Cut, { o, column, bytes }: Block): void {
  const [size, rowBytes, count] = [k.constant(0), k.constant(1), k.constant(2)];
  /** Where the block begins in the first row of its table, whose tables have `rows` rows. */
  const start = (buffer: number, rows: Local) => () => {
    const table = () => f.op("i32.mul", () => f.op("i32.mul", o, rows), rowBytes);
    f.op("i32.add", k.buffer(buffer), () => f.op("i32.add", column, table));
  };
  const [j, index] = [f.local("i32", "j"), f.local("i32", "index")];
  const row = f.let("i32", "row", start(2, size));
  f.loop(j, 0, size, 1, () => f.fill(row, 0, bytes).increase(row, rowBytes));
  const [x, g] = [f.let("i32", "x", start(2, size)), f.let("i32", "g", start(0, count))];
  f.loop(j, 0, count, 1, () => {
    f.set(index, () => f.load("i32.load", () => f.address(k.buffer(1), j)));
    f.if(() => f.op("i32.lt_u", index, size), () => {
      f.set(row, () => f.op("i32.add", x, () => f.op("i32.mul", index, rowBytes)));
      eachVectorOnce(f, lanesOf(cut), bytes, (vector) =>
        vector.store(row, () => f.op("f32x4.add", vector.load(row), vector.load(g))),
      );
    });
    f.increase(g, rowBytes);
  });
} // prettier-ignore
