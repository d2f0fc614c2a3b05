/** Division, remainder and power of 32-bit integers, four at a time: WebAssembly has none of them for vectors. */
import type { FunctionBuilder, Local, Operand } from "../emitter.js";
import { choose, doubles, integers } from "../vector.js";

/** Truncated; by 0 it is 0. In float64, where the quotient's integer part is exact. */
export function divide(f: FunctionBuilder, x: Local, y: Local): void {
  const { and, ne, eq } = integers(f);
  const quotient = byHalves(f, x, y, (a, b) => doubles(f).div(a, b));
  const negated = () => f.op("i32x4.neg", x); // the lowest integer by −1 wraps
  f.push(and(choose(f, eq(y, -1), negated, quotient), ne(y, 0)));
}

/** With the sign of y; by 0 it is 0. */
export function remainder(f: FunctionBuilder, x: Local, y: Local): void {
  const { and, ne } = integers(f);
  const rest = byHalves(f, x, y, (a, b) => {
    const { div, floor, mul, sub } = doubles(f);
    return sub(a, mul(floor(div(a, b)), b));
  });
  f.push(and(rest, ne(y, 0)));
}

/** A function of doubles on integers, the result truncated. */
function byHalves(
  f: FunctionBuilder,
  x: Local,
  y: Local,
  write: (a: Local, b: Local) => Operand,
): Operand {
  const half = (lanes: readonly [number, number, number, number]): Operand => {
    const wide = (v: Local) =>
      f.let("v128", "wide", () => f.op("f64x2.convert_low_i32x4_s", () => f.shuffle(lanes, v, v)));
    const [a, b] = [wide(x), wide(y)];
    return () => f.op("i32x4.trunc_sat_f64x2_s_zero", write(a, b));
  };
  const [low, high] = [half([0, 1, 0, 1]), half([2, 3, 2, 3])];
  return () => f.shuffle([0, 1, 4, 5], low, high);
}

/** By squaring, each product wrapped; a negative power truncates: 0 but for ±1. */
export function power(f: FunctionBuilder, x: Local, y: Local): void {
  const { and, ne, eq, gt, lt, mul, right } = integers(f);
  const result = f.let("v128", "result", () => f.i32x4(1));
  const square = f.let("v128", "square", x);
  const bits = f.let("v128", "bits", () => f.op("i32x4.max_s", y, 0));
  f.block((done) =>
    f.repeat((again) => {
      f.brIf(done, () => f.op("i32.eqz", () => f.op("v128.any_true", gt(bits, 0))));
      f.set(result, choose(f, ne(and(bits, 1), 0), mul(result, square), result));
      f.set(square, mul(square, square));
      f.set(bits, right(bits, 1));
      f.br(again);
    }),
  );
  const odd = ne(and(y, 1), 0);
  const ofUnit = choose(f, and(odd, eq(x, -1)), x, () => f.i32x4(1));
  const negative = and(
    ofUnit,
    eq(() => f.op("i32x4.abs", x), 1),
  );
  f.push(choose(f, lt(y, 0), negative, result));
}
