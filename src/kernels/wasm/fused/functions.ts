/**
 * The IR's functions on vectors of four, for each dtype: floats, integers, and masks for bools (all
 * ones or 0 inside a kernel; 0 and 1 in memory). Operands are locals, so that each may be used twice.
 */
import type { Binary, DType, Unary } from "../../ir.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import * as math from "../math.js";
import { choose, extreme } from "../vector.js";
import { divide, power, remainder } from "./integer-functions.js";
import type { Plain } from "../opcodes.js";

type OfOne = (f: FunctionBuilder, x: Local) => unknown;
type OfTwo = (f: FunctionBuilder, x: Local, y: Local) => unknown;

const one =
  (name: Plain): OfOne =>
  (f, x) =>
    f.op(name, x);
const two =
  (name: Plain): OfTwo =>
  (f, x, y) =>
    f.op(name, x, y);

const floatOne: Record<Exclude<Unary, "not">, OfOne> = {
  neg: one("f32x4.neg"), abs: one("f32x4.abs"), floor: one("f32x4.floor"), ceil: one("f32x4.ceil"),
  round: one("f32x4.nearest"), sqrt: one("f32x4.sqrt"),
  sign: math.sign, exp: math.exp, expm1: math.expm1, log: math.log, log1p: math.log1p,
  sin: math.sin, cos: math.cos, tanh: math.tanh, erf: math.erf,
}; // prettier-ignore

const floatTwo: Record<Exclude<Binary, "and" | "or">, OfTwo> = {
  add: two("f32x4.add"), sub: two("f32x4.sub"), mul: two("f32x4.mul"), div: two("f32x4.div"),
  max: (f, x, y) => extreme(f, "max", x, y)(), min: (f, x, y) => extreme(f, "min", x, y)(),
  mod: math.mod, pow: math.pow,
  lt: two("f32x4.lt"), le: two("f32x4.le"), eq: two("f32x4.eq"), ne: two("f32x4.ne"),
}; // prettier-ignore

const same: OfOne = (f, x) => f.get(x);

const integerOne: Partial<Record<Unary, OfOne>> = {
  neg: one("i32x4.neg"), abs: one("i32x4.abs"), floor: same, ceil: same, round: same,
  sign: (f, x) => f.op("i32x4.sub", () => f.op("i32x4.gt_s", 0, x), () => f.op("i32x4.gt_s", x, 0)),
}; // prettier-ignore

const integerTwo: Record<Exclude<Binary, "and" | "or">, OfTwo> = {
  add: two("i32x4.add"), sub: two("i32x4.sub"), mul: two("i32x4.mul"),
  max: two("i32x4.max_s"), min: two("i32x4.min_s"),
  lt: two("i32x4.lt_s"), le: two("i32x4.le_s"), eq: two("i32x4.eq"), ne: two("i32x4.ne"),
  div: divide, mod: remainder, pow: power,
}; // prettier-ignore

/** x^c for the exponents that are written with products or roots; null for the others. */
function powConstant(f: FunctionBuilder, x: Local, exponent: number): (() => unknown) | null {
  const square = () => f.op("f32x4.mul", x, x);
  const root = () => f.op("f32x4.sqrt", x);
  if (exponent === 1) return () => f.get(x);
  if (exponent === 2) return square;
  if (exponent === 3) return () => f.op("f32x4.mul", square, x);
  if (exponent === 4) return () => f.op("f32x4.mul", square, square);
  if (exponent === -1) return () => f.op("f32x4.div", 1, x);
  if (exponent === -2) return () => f.op("f32x4.div", 1, square);
  // (−∞)^½ is ∞ and (−0)^½ is 0, unlike their roots
  if (exponent === 0.5) return choose(f, () => f.op("f32x4.eq", x, -Infinity), Infinity, () => f.op("f32x4.add", root, 0)); // prettier-ignore
  return null;
}

/** Pushes op(x) for x of `dtype`. */
export function ofOne(f: FunctionBuilder, op: Unary, dtype: DType, x: Local): void {
  if (op === "not") f.op("v128.not", x);
  else if (dtype === "f32") floatOne[op](f, x);
  else if (dtype === "bool") inIntegers(f, () => (integerOne[op] ?? same)(f, asInteger(f, x)));
  else (integerOne[op] ?? throughFloats(op))(f, x);
}

const throughFloats =
  (op: Exclude<Unary, "not">): OfOne =>
  (f, x) => {
    const wide = f.let("v128", "float", () => f.op("f32x4.convert_i32x4_s", x));
    floatOne[op](f, wide);
    f.op("i32x4.trunc_sat_f32x4_s");
  };

const comparisons = new Set<Binary>(["lt", "le", "eq", "ne"]);

/** x ∘ c where a constant makes it simpler: most powers, and max or min, whose constant is no NaN. */
function withConstant(
  f: FunctionBuilder,
  op: Binary,
  x: Local,
  constant: number,
): (() => unknown) | null {
  if (op === "pow") return powConstant(f, x, constant);
  if ((op === "max" || op === "min") && !Number.isNaN(constant))
    return () => f.op(`f32x4.p${op}`, x, constant); // x where x is NaN
  return null;
}

/** Pushes op(x, y) for x and y of `dtype`; `constants` are their values, where they are constants. */
export function ofTwo(
  f: FunctionBuilder, op: Binary, dtype: DType, [x, y]: readonly [Local, Local],
  constants: readonly [number | null, number | null],
): void {
  if (op === "and" || op === "or") f.op(`v128.${op}`, x, y);
  else if (dtype === "f32") {
    const [first, second] = constants;
    const swapped = (op === "max" || op === "min") && first !== null;
    const constant = swapped ? first : second;
    const simple = constant === null ? null : withConstant(f, op, swapped ? y : x, constant);
    if (simple) simple();
    else floatTwo[op](f, x, y);
  } else if (dtype === "i32") integerTwo[op](f, x, y);
  else if (comparisons.has(op)) integerTwo[op](f, asInteger(f, x), asInteger(f, y));
  else inIntegers(f, () => integerTwo[op](f, asInteger(f, x), asInteger(f, y)));
} // prettier-ignore

const asInteger = (f: FunctionBuilder, mask: Local): Local =>
  f.let("v128", "integer", () => f.op("v128.and", mask, 1));

/** What `write` makes of 0 and 1, as a mask again. */
function inIntegers(f: FunctionBuilder, write: () => unknown): void {
  write();
  f.op("i32x4.ne", () => f.i32x4(0));
}

/** Pushes x of dtype `from` as one of `to`. */
export function cast(f: FunctionBuilder, x: Local, from: DType, to: DType): void {
  if (from === to) f.get(x);
  else if (to === "bool") f.op(from === "f32" ? "f32x4.ne" : "i32x4.ne", x, 0);
  else if (from === "bool") f.op("v128.and", x, to === "f32" ? () => f.f32x4(1) : 1);
  else f.op(to === "f32" ? "f32x4.convert_i32x4_s" : "i32x4.trunc_sat_f32x4_s", x);
}

/** What a line costs in instructions, roughly: how far a loop is unrolled depends on it. */
export const costOf = (op: string): number =>
  ({ exp: 25, expm1: 28, log: 30, log1p: 36, sin: 45, cos: 45, tanh: 25, erf: 45, pow: 90, mod: 40, div: 2, max: 2, min: 2 })[op] ?? 1; // prettier-ignore
