/**
 * What each function of the expression IR means, for real numbers and for 32-bit integers: the tables
 * that every backend's code is held against. A bool is 0 or 1; NaN and infinity go as IEEE 754 says.
 */
import type { Binary, Computed, Reduction, Unary } from "../ir.js";
import { reductionStep } from "../ir.js";
import { erf } from "./erf.js";

export type OfOne = (x: number) => number;
export type OfTwo = (x: number, y: number) => number;

/** Half goes to the even neighbour: added to 2⁵² no bit below 1 is left, and IEEE addition rounds so. */
function round(x: number): number {
  const size = Math.abs(x);
  if (size >= 2 ** 52) return x; // whole already
  const rounded = size + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** The remainder with the divisor's sign, x − y·⌊x/y⌋, without the rounding of that product. */
function mod(x: number, y: number): number {
  const remainder = x % y; // has the sign of x
  return remainder !== 0 && remainder < 0 !== y < 0 ? remainder + y : remainder;
}

/** IEEE 754's pow: unlike JavaScript's, 1 to any power and −1 to an infinite one are 1. */
const pow: OfTwo = (x, y) =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);

const ofOne: Record<Unary, OfOne> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round,
  sqrt: Math.sqrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  not: (x) => Number(x === 0),
};

const ofTwo: Record<Binary, OfTwo> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  mod,
  pow,
  max: Math.max, // NaN if either is
  min: Math.min,
  lt: (x, y) => Number(x < y),
  le: (x, y) => Number(x <= y),
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
  and: (x, y) => Number(x !== 0 && y !== 0),
  or: (x, y) => Number(x !== 0 || y !== 0),
};

/** Integer power by squaring, each product wrapped. A negative power truncates: 0 but for ±1. */
function integerPow(x: number, y: number): number {
  if (y < 0) return Math.abs(x) === 1 ? x ** (y & 1) : 0;
  let result = 1;
  for (let square = x, bits = y; bits > 0; bits >>= 1, square = Math.imul(square, square)) {
    if (bits & 1) result = Math.imul(result, square);
  }
  return result;
}

/**
 * A function of one number in `dtype`. Of integers it is the real function wrapped to 32 bits, which
 * is exact: every sum, difference, quotient or remainder of two of them fits in a float64. Of bools it
 * is that of integers, and whether it is not 0.
 */
export function functionOfOne(op: Unary, dtype: Computed): OfOne {
  const real = ofOne[op];
  if (dtype === "f32") return real;
  return dtype === "i32" ? (x) => real(x) | 0 : (x) => Number((real(x) | 0) !== 0);
}

/** A function of two numbers whose result is `dtype`. Integer division and remainder by 0 are 0. */
export function functionOfTwo(op: Binary, dtype: Computed): OfTwo {
  const real = ofTwo[op];
  if (dtype === "f32") return real;
  if (dtype === "bool") return (x, y) => Number((real(x, y) | 0) !== 0);
  if (op === "mul") return Math.imul; // this product does not fit in a float64
  if (op === "pow") return integerPow;
  return (x, y) => real(x, y) | 0;
}

/** To i32: truncated toward zero, held within 32 bits, NaN to 0. To bool: not equal 0, so NaN is true. */
export const castTo: Record<Computed, OfOne> = {
  f32: (x) => x,
  i32: (x) => Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1) | 0,
  bool: (x) => Number(x !== 0),
};

/** How a reduction in `dtype` goes on from one value to the next. */
export const reducer = (op: Reduction, dtype: Computed): OfTwo =>
  functionOfTwo(reductionStep[op], dtype);
