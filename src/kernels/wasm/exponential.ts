/**
 * exp, expm1, tanh and erf of four floats, over the whole range, to about 2 units in the last place.
 * x = n·ln 2 + r, |r| ≤ ½ ln 2: then eˣ = 2ⁿ·eʳ, and eʳ − 1 is a polynomial (minimax, fitted here).
 * ln 2 is taken off in two parts, the first so short that n times it is exact (Cody and Waite, 1980).
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { choose, floats, integers } from "./vector.js";

const log2e = 1.4426950408889634;
const ln2High = 0.693115234375; // 13 bits
const ln2Low = 3.194618329871446e-5;
/** 1.5·2²³: added to a float it leaves the nearest integer in the low bits. */
const magic = 12582912;
const magicBits = 0x4b400000;
const oneBits = 0x3f800000;
const signBit = -0x80000000;

/** eʳ, to 9e-8 of its value */
const expShort = [1, 0.9999997, 0.49999148, 0.16667639, 0.04189816, 0.008290272];
/** (eʳ − 1 − r)/r² */
const expTail = [0.49999997, 0.16666542, 0.041667204, 0.008366713, 0.0013882478];
/** −1 − log(1 − erf t)/t, t ≤ 4, but for its sign */
const erfTail = [0.12837917, 0.6366194, 0.10277784, -0.01915309, -0.00016035252, 0.0016669867, -0.00063281576, 0.00011763564, -9.255661e-6]; // prettier-ignore

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

/** Leaves eˣ on the stack: 0 below −104, ∞ above 88.73. */
export function exp(f: FunctionBuilder, x: Local): void {
  const { add, lower, higher, keep } = floats(f);
  const { shifted, small } = split(f, keep("x", higher(lower(x, 89), -104.5)));
  const n = keep("n", () => f.op("i32x4.sub", shifted, magicBits));
  f.push(scale(f, add(small, 1), n));
}

/**
 * eˣ for x up to 88 (or NaN), as a softmax has it after taking the maximum off: half the work of `exp`. ln 2 is
 * taken off in one part, which errs by as much as the rounding of x did, and the polynomial is shorter:
 * together (2 + |x|) · 1e-7 of the value. 0 below −87.7, so that a masked −∞ weighs nothing: at −88 the
 * exponent's bits of 2ⁿ are all 0, and so is 2ⁿ·eʳ.
 */
export function expWithin(f: FunctionBuilder, x: Local): void {
  const { sub, mul, madd, nmadd, higher, keep } = floats(f);
  const kept = keep("x", higher(x, -88));
  const shifted = keep("shifted", madd(kept, log2e, magic));
  const r = keep("r", nmadd(sub(shifted, magic), Math.LN2, kept));
  const power = expShort
    .slice(0, -1)
    .reduceRight<Operand>((sum, c) => madd(sum, r, c), expShort.at(-1)!);
  f.push(mul(power, powerOfTwo(f, shifted)));
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

/** erf |x| = 1 − exp(−|x|·(1 + P(|x|))), as −(2ⁿ(eʳ − 1) + 2ⁿ − 1) so that nothing cancels near 0; with the sign of x. */
export function erf(f: FunctionBuilder, x: Local): void {
  const { sub, abs, neg, madd, nmadd, lower, polynomial, keep } = floats(f);
  const { and, or } = integers(f);
  const size = keep("size", lower(abs(x), 4)); // erf 4 is 1 in float32
  const log = keep("log", neg(madd(size, polynomial(size, erfTail), size)));
  const { shifted, small } = split(f, log);
  const power = keep("power", powerOfTwo(f, shifted));
  f.push(or(nmadd(small, power, sub(1, power)), and(x, signBit)));
}
