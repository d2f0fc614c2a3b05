/**
 * Vector expressions as operands, so that formulas read as formulas:
 *   const { add, mul, keep } = floats(f);
 *   const y = keep("y", add(mul(a, x), 1));
 * An expression is code that is written where it is used, so use it once, or `keep` it.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";

type One = (x: Operand) => Operand;
type Two = (x: Operand, y: Operand) => Operand;

export type Lanes = {
  add: Two; sub: Two; mul: Two; div: Two;
  /** The smaller (larger) one; `x` where it is NaN: one instruction, unlike IEEE's. */
  lower: Two; higher: Two;
  abs: One; neg: One; sqrt: One; floor: One; trunc: One; nearest: One;
  eq: Two; ne: Two; lt: Two; le: Two; gt: Two; ge: Two;
  /** x · y + z, and z − x · y. */
  madd(x: Operand, y: Operand, z: Operand): Operand;
  nmadd(x: Operand, y: Operand, z: Operand): Operand;
  /** Σ coefficients[i] · xⁱ. */
  polynomial(x: Local, coefficients: readonly number[]): Operand;
  keep(name: string, value: Operand): Local;
}; // prettier-ignore

function lanes(f: FunctionBuilder, shape: "f32x4" | "f64x2"): Lanes {
  const madd = (x: Operand, y: Operand, z: Operand) => () => f.madd(x, y, z, shape);
  return {
    add: (x, y) => () => f.op(`${shape}.add`, x, y),
    sub: (x, y) => () => f.op(`${shape}.sub`, x, y),
    mul: (x, y) => () => f.op(`${shape}.mul`, x, y),
    div: (x, y) => () => f.op(`${shape}.div`, x, y),
    lower: (x, y) => () => f.op(`${shape}.pmin`, x, y),
    higher: (x, y) => () => f.op(`${shape}.pmax`, x, y),
    abs: (x) => () => f.op(`${shape}.abs`, x),
    neg: (x) => () => f.op(`${shape}.neg`, x),
    sqrt: (x) => () => f.op(`${shape}.sqrt`, x),
    floor: (x) => () => f.op(`${shape}.floor`, x),
    trunc: (x) => () => f.op(`${shape}.trunc`, x),
    nearest: (x) => () => f.op(`${shape}.nearest`, x),
    eq: (x, y) => () => f.op(`${shape}.eq`, x, y),
    ne: (x, y) => () => f.op(`${shape}.ne`, x, y),
    lt: (x, y) => () => f.op(`${shape}.lt`, x, y),
    le: (x, y) => () => f.op(`${shape}.le`, x, y),
    gt: (x, y) => () => f.op(`${shape}.gt`, x, y),
    ge: (x, y) => () => f.op(`${shape}.ge`, x, y),
    madd,
    nmadd: (x, y, z) => () => f.nmadd(x, y, z, shape),
    polynomial: (x, coefficients) => polynomial(f, shape, x, coefficients),
    keep: (name, value) => f.let("v128", name, value),
  };
} // prettier-ignore

/**
 * Horner's rule; a long sum in two, Σ c₂ᵢx²ⁱ + x·Σ c₂ᵢ₊₁x²ⁱ (Estrin), which run beside each other: a
 * chain of nine steps would keep the processor waiting.
 */
function polynomial(
  f: FunctionBuilder,
  shape: "f32x4" | "f64x2",
  x: Local,
  coefficients: readonly number[],
): Operand {
  const madd = (a: Operand, b: Operand, c: Operand) => () => f.madd(a, b, c, shape);
  if (coefficients.length <= 4)
    return coefficients.slice(0, -1).reduceRight<Operand>((sum, c) => madd(sum, x, c), coefficients.at(-1) ?? 0); // prettier-ignore
  const square = f.let("v128", "square", () => f.op(`${shape}.mul`, x, x));
  const [even, odd] = [0, 1].map((from) => polynomial(f, shape, square, coefficients.filter((_, i) => i % 2 === from))); // prettier-ignore
  return madd(odd ?? 0, x, even ?? 0);
}

export const floats = (f: FunctionBuilder): Lanes => lanes(f, "f32x4");
export const doubles = (f: FunctionBuilder): Lanes => lanes(f, "f64x2");

/** 32-bit integers and bits. A number among bits is four times that integer. */
export type Integers = {
  add: Two; sub: Two; mul: Two;
  and: Two; or: Two; xor: Two; andnot: Two; // andnot: x & ~y
  not: One;
  eq: Two; ne: Two; lt: Two; gt: Two;
  left(x: Operand, by: number): Operand;
  /** Shifts the sign along. */
  right(x: Operand, by: number): Operand;
  /** Shifts zeros in. */
  rightUnsigned(x: Operand, by: number): Operand;
}; // prettier-ignore

export function integers(f: FunctionBuilder): Integers {
  return {
    add: (x, y) => () => f.op("i32x4.add", x, y),
    sub: (x, y) => () => f.op("i32x4.sub", x, y),
    mul: (x, y) => () => f.op("i32x4.mul", x, y),
    and: (x, y) => () => f.op("v128.and", x, y),
    or: (x, y) => () => f.op("v128.or", x, y),
    xor: (x, y) => () => f.op("v128.xor", x, y),
    andnot: (x, y) => () => f.op("v128.andnot", x, y),
    not: (x) => () => f.op("v128.not", x),
    eq: (x, y) => () => f.op("i32x4.eq", x, y),
    ne: (x, y) => () => f.op("i32x4.ne", x, y),
    lt: (x, y) => () => f.op("i32x4.lt_s", x, y),
    gt: (x, y) => () => f.op("i32x4.gt_s", x, y),
    left: (x, by) => () => f.op("i32x4.shl", x, by),
    right: (x, by) => () => f.op("i32x4.shr_s", x, by),
    rightUnsigned: (x, by) => () => f.op("i32x4.shr_u", x, by),
  };
}

/** `yes` in the lanes where the mask is all ones, `no` where it is 0; a number is a float in each lane. */
export const choose =
  (f: FunctionBuilder, mask: Operand, yes: Operand, no: Operand): (() => unknown) =>
  () =>
    f.push(yes, "f32x4").push(no, "f32x4").push(mask).op("v128.bitselect");

/**
 * The larger (smaller) one, NaN where either is. WebAssembly's own max says so too, and takes V8 six
 * instructions; here the NaN of `y` is laid over by its mask, that of `x` stays of itself.
 */
export const extreme =
  (f: FunctionBuilder, which: "max" | "min", x: Operand, y: Local): (() => unknown) =>
  () =>
    f.op("v128.or", () => f.op(`f32x4.p${which}`, x, y), () => f.op("f32x4.ne", y, y)); // prettier-ignore

/** The two halves of a vector of floats as doubles, and back. */
export const promoteLow =
  (f: FunctionBuilder, x: Operand): Operand =>
  () =>
    f.op("f64x2.promote_low_f32x4", x);
export const promoteHigh =
  (f: FunctionBuilder, x: Local): Operand =>
  () =>
    f.op("f64x2.promote_low_f32x4", () => f.shuffle([2, 3, 2, 3], x, x));
export const demote = (f: FunctionBuilder, low: Operand, high: Operand): Operand => () =>
  f.shuffle([0, 1, 4, 5], () => f.op("f32x4.demote_f64x2_zero", low), () => f.op("f32x4.demote_f64x2_zero", high)); // prettier-ignore
