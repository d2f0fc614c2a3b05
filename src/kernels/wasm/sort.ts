/**
 * The stable order of each row. A number's key (order.ts) and its position make one 64-bit integer,
 * key above: all are different, so any sort of them is stable. Runs of 8 are sorted by insertion, then
 * merged two by two between two arrays in scratch memory. A unit is a row.
 */
import type { Sort } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";
import { orderKeys } from "./order.js";
import { cutOf, eachVector } from "./row.js";

const run = 8;

export function lowerSort({ rows, columns, descending, dtype }: Sort): Lowered[] {
  const cut = cutOf(columns);
  const key = `sort ${descending ? "descending" : "ascending"} ${dtype} ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle => {
    const [insertion, merge] = [insertionOf(module), mergeOf(module)];
    return kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 2 }, (f, k) => {
      const [columns, bytes] = [k.constant(0), k.constant(1)];
      const pairsBytes = () => f.scaled(columns, 8);
      const end = f.let("i32", "end", () => f.op("i32.add", k.scratch, pairsBytes));
      const [row, x, y] = [f.local("i32", "row"), f.local("i32", "x"), f.local("i32", "y")];
      const [at, from] = [f.local("i32", "at"), f.local("i32", "sorted")];
      f.loop(row, k.from, k.to, 1, () => {
        const start = () => f.op("i32.mul", row, bytes);
        f.set(x, () => f.op("i32.add", k.buffer(0), start));
        f.set(y, () => f.op("i32.add", k.buffer(1), start));
        const keys = (value: Operand) => () => {
          const ascending = orderKeys(f, dtype, value, false);
          return descending ? f.op("v128.not", ascending) : ascending();
        };
        eachVector(f, cut, bytes, (vector) => vector.store(y, keys(vector.load(x))));
        pairUp(f, k.scratch, y, columns);
        f.call(insertion, k.scratch, end);
        f.call(merge, k.scratch, pairsBytes).set(from);
        f.loop(at, 0, columns, 1, () =>
          f.store("i32.store", () => f.address(y, at), () =>
            f.load("i32.load", () => f.address(from, at, 8)),
          ),
        );
      });
    });
  };
  return [
    { key, units: columns ? rows : 0, scratchBytes: 16 * columns, constants: [columns, 4 * columns], build },
  ];
} // prettier-ignore

/** scratch[j] = keys[j] above, j below. */
function pairUp(f: FunctionBuilder, scratch: Local, keys: Local, columns: Local): void {
  const j = f.local("i32", "j");
  const to = f.let("i32", "to", scratch);
  f.loop(j, 0, columns, 1, () => {
    f.store("i32.store", to, j);
    f.store("i32.store", to, () => f.load("i32.load", () => f.address(keys, j)), 4);
    f.increase(to, 8);
  });
}

/** Sorts each run of 8 pairs of [start, end). */
const insertionOf = (module: ModuleBuilder): FunctionHandle =>
  module.once("insertion_sort", () =>
    module.function("insertion_sort", { start: "i32", end: "i32" }, [], (f, { start, end }) => {
      const [first, last] = [f.local("i32", "first"), f.local("i32", "last")];
      const [at, hole] = [f.local("i32", "at"), f.local("i32", "hole")];
      const [pair, other] = [f.local("i64", "pair"), f.local("i64", "other")];
      f.loop(first, start, end, 8 * run, () => {
        f.set(last, () => f.op("i32.add", first, 8 * run));
        f.if(() => f.op("i32.gt_u", last, end), () => f.set(last, end));
        f.loop(at, first, last, 8, () => {
          f.set(pair, () => f.load("i64.load", at)).set(hole, at);
          f.block((placed) =>
            f.repeat((again) => {
              f.brIf(placed, () => f.op("i32.eq", hole, first));
              f.set(other, () => f.load("i64.load", () => f.op("i32.sub", hole, 8)));
              f.brIf(placed, () => f.op("i64.lt_s", other, pair));
              f.store("i64.store", hole, other).increase(hole, -8);
              f.br(again);
            }),
          );
          f.store("i64.store", hole, pair);
        }, "i32.lt_u");
      }, "i32.lt_u");
    }),
  ); // prettier-ignore

/** Merges the runs of `bytes` bytes at `pairs` with the help of as many after them; gives where they ended up. */
const mergeOf = (module: ModuleBuilder): FunctionHandle =>
  module.once("merge_sort", () =>
    module.function(
      "merge_sort",
      { pairs: "i32", bytes: "i32" },
      ["i32"],
      (f, { pairs, bytes }) => {
        const from = f.let("i32", "from", pairs);
        const to = f.let("i32", "to", () => f.op("i32.add", pairs, bytes));
        const [width, other] = [f.local("i32", "width"), f.local("i32", "other")];
        f.loop(width, 8 * run, bytes, width, () => {
          mergePass(f, { from, to, bytes, width });
          f.set(other, from).set(from, to).set(to, other);
        });
        f.push(from);
      },
    ),
  );

type Pass = { from: Local; to: Local; bytes: Local; width: Local };

/** Merges neighbouring runs of `width` bytes. */
function mergePass(f: FunctionBuilder, { from, to, bytes, width }: Pass): void {
  const least = (local: Local, value: Operand): void => {
    f.set(local, value);
    f.if(() => f.op("i32.gt_s", local, bytes), () => f.set(local, bytes));
  }; // prettier-ignore
  const [start, middle, end] = [f.local("i32", "start"), f.local("i32", "middle"), f.local("i32", "end")];
  const [a, b, out] = [f.local("i32", "a"), f.local("i32", "b"), f.local("i32", "out")];
  const [left, right] = [f.local("i64", "left"), f.local("i64", "right")];
  const isLeft = f.local("i32", "isLeft");
  const pairAt = (at: Local) => () => f.load("i64.load", () => f.op("i32.add", from, at));
  f.set(out, to);
  f.loop(start, 0, bytes, () => f.scaled(width, 2), () => {
    least(middle, () => f.op("i32.add", start, width));
    least(end, () => f.op("i32.add", middle, width));
    f.set(a, start).set(b, middle);
    f.block((oneIsEmpty) =>
      f.repeat((again) => {
        f.brIf(oneIsEmpty, () => f.op("i32.ge_s", a, middle));
        f.brIf(oneIsEmpty, () => f.op("i32.ge_s", b, end));
        f.set(left, pairAt(a)).set(right, pairAt(b));
        f.set(isLeft, () => f.op("i64.lt_s", left, right));
        // Without a branch on the comparison, which nobody can predict.
        f.store("i64.store", out, () => f.op("select", left, right, isLeft));
        f.increase(a, () => f.scaled(isLeft, 8));
        f.increase(b, () => f.scaled(() => f.op("i32.eqz", isLeft), 8));
        f.increase(out, 8);
        f.br(again);
      }),
    );
    copyRest(f, from, out, a, middle);
    copyRest(f, from, out, b, end);
  });
} // prettier-ignore

/** What is left of a run goes behind. */
function copyRest(f: FunctionBuilder, from: Local, out: Local, at: Local, end: Local): void {
  const bytes = f.let("i32", "bytes", () => f.op("i32.sub", end, at));
  f.if(() => f.op("i32.gt_s", bytes, 0), () => {
    f.copy(out, () => f.op("i32.add", from, at), bytes);
    f.increase(out, bytes);
  });
} // prettier-ignore
