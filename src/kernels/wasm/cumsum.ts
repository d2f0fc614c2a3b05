/**
 * Running sums along the middle axis. A unit is up to four neighbours on the inner axis, one a lane;
 * float32 is summed in float64, two lanes and two, so that a long run keeps its last digits.
 */
import type { Cumsum } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";
import { eachLanes, type Vector } from "./row.js";

export function lowerCumsum({ outer, size, inner, reverse, dtype }: Cumsum): Lowered[] {
  const groups = Math.ceil(inner / 4);
  const key = `cumsum ${dtype} rest${inner % 4}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 5 }, (f, k) => {
      const [size, groups, bytes, first, stepBytes] = [0, 1, 2, 3, 4].map((n) => k.constant(n));
      const [unit, o, at] = [f.local("i32", "unit"), f.local("i32", "o"), f.local("i32", "at")];
      const [step, x, y] = [f.local("i32", "step"), f.local("i32", "x"), f.local("i32", "y")];
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(o, () => f.op("i32.div_u", unit, groups!));
        f.set(at, () => f.scaled(() => f.op("i32.rem_u", unit, groups!), 16));
        const rows = () => f.op("i32.mul", o, size!);
        const start = () => f.op("i32.mul", () => f.op("i32.add", rows, first!), bytes!);
        f.set(x, () => f.op("i32.add", k.buffer(0), start));
        f.set(y, () => f.op("i32.add", k.buffer(1), start));
        eachLanes(f, inner, at, bytes!, (vector) => {
          const add = dtype === "f32" ? wideSum(f) : wholeSum(f);
          f.loop(step, 0, size!, 1, () => {
            add(vector, x, y);
            f.increase(x, stepBytes!).increase(y, stepBytes!);
          });
        });
      });
    });
  const bytes = 4 * inner;
  const constants = [size, groups, bytes, reverse ? size - 1 : 0, reverse ? -bytes : bytes];
  return [{ key, units: size > 0 ? outer * groups : 0, constants, build }];
}

type Add = (vector: Vector, x: Local, y: Local) => void;

function wholeSum(f: FunctionBuilder): Add {
  const sum = f.let("v128", "sum", 0);
  return (vector, x, y) =>
    vector.store(y, () => f.tee(sum, () => f.op("i32x4.add", sum, vector.load(x))));
}

function wideSum(f: FunctionBuilder): Add {
  const [low, high] = [f.let("v128", "low", 0), f.let("v128", "high", 0)];
  const next = f.local("v128", "next");
  return (vector, x, y) => {
    f.set(next, vector.load(x));
    const upper = () => f.shuffle([2, 3, 2, 3], next, next);
    f.set(low, () => f.op("f64x2.add", low, () => f.op("f64x2.promote_low_f32x4", next)));
    f.set(high, () => f.op("f64x2.add", high, () => f.op("f64x2.promote_low_f32x4", upper)));
    const demoted = (half: Local) => () => f.op("f32x4.demote_f64x2_zero", half);
    vector.store(y, () => f.shuffle([0, 1, 4, 5], demoted(low), demoted(high)));
  };
}
