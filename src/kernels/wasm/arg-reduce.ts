/**
 * Where the largest (smallest) stands on the middle axis; of equal ones the first, and NaN before all.
 * Works on integer keys (order.ts). With inner = 1 the lanes of a vector are neighbours on the axis and
 * meet at the end; otherwise they are neighbours on the inner axis, each with a result of its own.
 */
import type { ArgReduce } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, type KernelLocals, type Lowered } from "./kernel.js";
import { orderKeys } from "./order.js";
import { cutOf, eachLanes, eachVector, type Vector } from "./row.js";

const lowest = -2147483648;

export const lowerArgReduce = (spec: ArgReduce): Lowered[] =>
  spec.inner === 1 ? alongRows(spec) : acrossRows(spec);

/** The best key so far in each lane, and where it was. */
type Best = { key: Local; at: Local };

const begin = (f: FunctionBuilder): Best => ({
  key: f.let("v128", "best", () => f.i32x4(lowest)),
  at: f.let("v128", "bestAt", () => f.i32x4(0)),
});

/** Only a larger key displaces one: of equal ones the first stands. */
function meet(f: FunctionBuilder, best: Best, key: Operand, at: Local): void {
  const next = f.let("v128", "key", key);
  const isLarger = () => f.op("i32x4.gt_s", next, best.key);
  f.set(best.at, () => f.op("v128.bitselect", at, best.at, isLarger));
  f.set(best.key, () => f.op("i32x4.max_s", next, best.key));
}

/** A unit is a row. */
function alongRows({ outer, size, op, dtype }: ArgReduce): Lowered[] {
  const cut = cutOf(size);
  const key = `argReduce ${op} ${dtype} ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 1 }, (f, k) => {
      const [row, x] = [f.local("i32", "row"), f.local("i32", "x")];
      const at = f.local("v128", "at");
      f.loop(row, k.from, k.to, 1, () => {
        f.set(x, () => f.op("i32.add", k.buffer(0), () => f.op("i32.mul", row, k.constant(0))));
        const best = begin(f);
        const visit = (vector: Vector): void => {
          vector.positions(at);
          const keys = orderKeys(f, dtype, vector.load(x), op === "min");
          meet(f, best, vector.once(keys, lowest, "i32x4"), at);
        };
        eachVector(f, cut, k.constant(0), visit);
        f.store("i32.store", () => f.address(k.buffer(1), row), () => firstOfLanes(f, best));
      });
    });
  return [{ key, units: outer, constants: [4 * size], build }];
} // prettier-ignore

/** The position of the best of the four lanes, of equal ones the smallest. */
function firstOfLanes(f: FunctionBuilder, best: Best): void {
  const lane = (of: Local, n: number) => () => f.lane("i32x4.extract_lane", n, of);
  const key = f.let("i32", "key", lane(best.key, 0));
  const at = f.let("i32", "first", lane(best.at, 0));
  const [otherKey, otherAt] = [f.local("i32", "otherKey"), f.local("i32", "otherAt")];
  for (let n = 1; n < 4; n++) {
    f.set(otherKey, lane(best.key, n)).set(otherAt, lane(best.at, n));
    const isEqual = () => f.op("i32.eq", otherKey, key);
    const isEarlier = () => f.op("i32.and", isEqual, () => f.op("i32.lt_s", otherAt, at));
    const isBetter = () => f.op("i32.or", () => f.op("i32.gt_s", otherKey, key), isEarlier);
    f.if(isBetter, () => f.set(key, otherKey).set(at, otherAt));
  }
  f.push(at);
}

/** A unit is up to four neighbours on the inner axis. */
function acrossRows({ outer, size, inner, op, dtype }: ArgReduce): Lowered[] {
  const groups = Math.ceil(inner / 4);
  const key = `argReduce ${op} ${dtype} lanes rest${inner % 4}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 3 }, (f, k) => {
      const [unit, o, at] = [f.local("i32", "unit"), f.local("i32", "o"), f.local("i32", "at")];
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(o, () => f.op("i32.div_u", unit, k.constant(1)));
        f.set(at, () => f.scaled(() => f.op("i32.rem_u", unit, k.constant(1)), 16));
        eachLanes(f, inner, at, k.constant(2), (vector) => group(f, k, vector, o, { op, dtype }));
      });
    });
  return [{ key, units: outer * groups, constants: [size, groups, 4 * inner], build }];
}

function group(
  f: FunctionBuilder,
  k: KernelLocals,
  vector: Vector,
  o: Local,
  { op, dtype }: Pick<ArgReduce, "op" | "dtype">,
): void {
  const [size, bytes] = [k.constant(0), k.constant(2)];
  const rows = () => f.op("i32.mul", o, size);
  const x = f.let("i32", "x", () =>
    f.op("i32.add", k.buffer(0), () => f.op("i32.mul", rows, bytes)),
  );
  const y = f.let("i32", "y", () => f.op("i32.add", k.buffer(1), () => f.op("i32.mul", o, bytes)));
  const [step, position] = [f.local("i32", "step"), f.local("v128", "position")];
  const best = begin(f);
  f.loop(step, 0, size, 1, () => {
    f.set(position, () => f.op("i32x4.splat", step));
    meet(f, best, orderKeys(f, dtype, vector.load(x), op === "min"), position);
    f.increase(x, bytes);
  });
  vector.store(y, best.at);
}
