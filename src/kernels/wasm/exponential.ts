/**
 * exp, expm1 and tanh of four floats, over the whole range, to about 2 units in the last place, and erf
 * to 4e-7. x = n·ln 2 + r, |r| ≤ ½ ln 2: then eˣ = 2ⁿ·eʳ, and eʳ is a polynomial (minimax, fitted here).
 * ln 2 is taken off in two parts, the first so short that n times it is exact (Cody and Waite, 1980).
 * A vector takes about one cycle for each 2.5 instructions, so few of them is what counts.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { choose, floats, integers } from "./vector.js";

const log2e = 1.4426950408889634;
const ln2High = 0.693115234375; // 13 bits
const ln2Low = 3.194618329871446e-5;
/** 1.5·2²³: added to a float it leaves the nearest integer in the low bits. */
const magic = 12582912;
const oneBits = 0x3f800000;
const signBit = -0x80000000;

/** 2ʳ, |r| ≤ ½, to 9e-8 of its value */
const exp2Short = [1, 0.693147, 0.24022247, 0.05550711, 0.009671294, 0.0013269406];
/** (eʳ − 1 − r)/r² */
const expTail = [0.49999997, 0.16666542, 0.041667204, 0.008366713, 0.0013882478] as const;
/** erf x = x·P(x²)/Q(x²), |x| ≤ 3.92, to 5e-8 */
const erfAbove = [1.1283791, 0.19992359, 0.0505732, 0.0037015686, 0.0001418494, -1.9578295e-6, 1.9924233e-8]; // prettier-ignore
const erfBelow = [1, 0.5105093, 0.11499802, 0.014353122, 0.00095602886];

/** n + 1.5·2²³ and eʳ − 1. `x` must be within ±2²². */
function split(f: FunctionBuilder, x: Local): { shifted: Local; small: Local } {
  const { sub, mul, madd, nmadd, polynomial, keep } = floats(f);
  const shifted = keep("shifted", madd(x, log2e, magic));
  const n = keep("n", sub(shifted, magic));
  const r = keep("r", nmadd(n, ln2Low, nmadd(n, ln2High, x)));
  const small = keep("small", madd(mul(r, r), polynomial(r, expTail), r));
  return { shifted, small };
}

/** 2^(n + more) for n + more from −126 to 127, by writing the exponent's bits. */
const powerOfTwo = (f: FunctionBuilder, shifted: Operand, more = 0): Operand => {
  const { add, left } = integers(f);
  return add(left(shifted, 23), oneBits + more * (1 << 23));
};

/** value · 2ⁿ for any n: in two steps, so that neither factor leaves the range and denormals come out right. */
function scale(f: FunctionBuilder, value: Operand, n: Local): Operand {
  const { sub, right } = integers(f);
  const { mul, keep } = floats(f);
  const half = keep("half", right(n, 1));
  return mul(mul(value, powerOfTwo(f, half)), powerOfTwo(f, sub(n, half)));
}

/** 2ⁿ·eʳ, |r| ≤ ½ ln 2, for an integer n (i32). */
export function scaledExp(f: FunctionBuilder, r: Local, n: Local): Operand {
  const { add, mul, madd, polynomial } = floats(f);
  const small = madd(mul(r, r), polynomial(r, expTail), r);
  return scale(f, add(small, 1), n);
}

/** eʳ, |r| ≤ ½ ln 2: its terms two and two, so that the processor need not wait for one after another. */
function expSmall(f: FunctionBuilder, r: Local): Operand {
  const { add, mul, madd, keep } = floats(f);
  const [c2, c3, c4, c5, c6] = expTail;
  const square = keep("square", mul(r, r));
  const low = madd(madd(r, c3, c2), square, r);
  const high = madd(square, c6, madd(r, c5, c4));
  return add(madd(high, mul(square, square), low), 1);
}

/**
 * Leaves eˣ on the stack: 0 below −104, ∞ above 88.73. `shifted` has n + 254 in its low bits, the sum of
 * the exponents' bits of two powers of two that make 2ⁿ: so neither leaves the range, and denormals come out right.
 */
export function exp(f: FunctionBuilder, x: Local): void {
  const { sub, mul, madd, nmadd, lower, higher, keep } = floats(f);
  const bits = integers(f);
  const kept = keep("x", higher(lower(x, 89), -104.5));
  const shifted = keep("shifted", madd(kept, log2e, magic + 254));
  const n = keep("n", sub(shifted, magic + 254));
  const r = keep("r", nmadd(n, ln2Low, nmadd(n, ln2High, kept)));
  const half = keep("half", bits.left(bits.right(shifted, 1), 23));
  const rest = bits.sub(bits.left(shifted, 23), half);
  f.push(mul(mul(expSmall(f, r), half), rest));
}

/**
 * eˣ for x up to 88 (or NaN), as a softmax has it after taking the maximum off: half the work of `exp`.
 * In powers of two, whose rounding errs by as much as that of x did: (2 + |x|) · 1e-7 of the value.
 */
export function expWithin(f: FunctionBuilder, x: Local): void {
  exp2Within(f, floats(f).keep("x", inPowersOfTwo(f, x)));
}

/**
 * x·log₂e, from where `exp2Within` goes on. At least −127, so that a masked −∞ weighs nothing: the exponent's
 * bits of 2⁻¹²⁷ are all 0, and so is the product with them.
 */
export function inPowersOfTwo(f: FunctionBuilder, x: Operand): Operand {
  const { mul, higher } = floats(f);
  return higher(mul(x, log2e), -127);
}

/** 2ˣ for x from −127 to 127. */
export function exp2Within(f: FunctionBuilder, x: Local): void {
  const { add, sub, mul, polynomial, keep } = floats(f);
  const shifted = keep("shifted", add(x, magic + 127)); // n + 127 in its low bits
  const r = keep("r", sub(x, sub(shifted, magic + 127)));
  f.push(mul(polynomial(r, exp2Short), integers(f).left(shifted, 23)));
}

/** eˣ − 1 = 2ⁿ(eʳ − 1) + (2ⁿ − 1), times ½ inside so that 2¹²⁸ does not occur. */
export function expm1(f: FunctionBuilder, x: Local): void {
  const { add, sub, mul, lt, abs, madd, lower, higher, keep } = floats(f);
  const { shifted, small } = split(f, keep("x", higher(lower(x, 89), -30)));
  const power = keep("power", powerOfTwo(f, shifted, -1));
  const half = keep("half", madd(small, power, sub(power, 0.5)));
  f.push(choose(f, lt(abs(x), 1e-5), mul(x, madd(x, 0.5, 1)), add(half, half)));
}

/** tanh x = e/(e + 2), e = exp(2|x|) − 1, with the sign of x. */
export function tanh(f: FunctionBuilder, x: Local): void {
  const { add, sub, div, abs, madd, lower, keep } = floats(f);
  const { and, or } = integers(f);
  const size = keep("size", lower(abs(x), 10)); // tanh 10 is 1 in float32
  const { shifted, small } = split(f, keep("twice", add(size, size)));
  const power = keep("power", powerOfTwo(f, shifted));
  const e = keep("e", madd(small, power, sub(power, 1)));
  f.push(or(div(e, add(e, 2)), and(x, signBit)));
}

/** A quotient of polynomials, held between −1 and 1: rounding would pass them. */
export function erf(f: FunctionBuilder, x: Local): void {
  const { mul, div, lower, higher, polynomial, keep } = floats(f);
  const kept = keep("x", higher(lower(x, 3.92), -3.92)); // erf 3.92 is 1 in float32
  const square = keep("square", mul(kept, kept));
  const above = mul(kept, polynomial(square, erfAbove));
  f.push(higher(lower(div(above, polynomial(square, erfBelow)), 1), -1));
}
