/**
 * log and log1p of four floats to about 1 unit in the last place. x = 2ᵉ·m, √½ ≤ m < √2, and
 * log m = 2 artanh s with s = (m − 1)/(m + 1), whose series in s² converges fast (coefficients:
 * minimax, fitted here; the order of the sums that loses nothing is that of FreeBSD's e_log.c).
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { choose, floats, integers } from "./vector.js";

const ln2High = 0.693115234375;
const ln2Low = 3.194618329871446e-5;
const oneBits = 0x3f800000;
const sqrtHalfBits = 0x3f3504f3;
const smallestNormal = 1.1754943508222875e-38;

/** (log((1+s)/(1−s)) − 2s)/s³, in s² */
const artanhTail = [0.6666666, 0.40000334, 0.28537348, 0.23581468];

/** A positive, finite x as 2ᵉ·(1 + fraction), e as a float; denormals are scaled up first. */
export function takeApart(f: FunctionBuilder, x: Local): { e: Local; fraction: Local } {
  const { mul, sub, lt, keep } = floats(f);
  const bits = integers(f);
  const tiny = keep("tiny", lt(x, smallestNormal));
  const scaled = choose(f, tiny, mul(x, 2 ** 23), x);
  const shifted = keep("shifted", bits.add(scaled, oneBits - sqrtHalfBits));
  const exponent = bits.sub(bits.right(shifted, 23), bits.add(127, bits.and(tiny, 23)));
  const e = keep("e", () => f.op("f32x4.convert_i32x4_s", exponent));
  const mantissa = bits.add(bits.and(shifted, 0x7fffff), sqrtHalfBits);
  return { e, fraction: keep("fraction", sub(mantissa, 1)) };
}

/** log x + correction; NaN below 0, −∞ at 0. */
function logarithm(f: FunctionBuilder, x: Local, correction: Operand | null): Operand {
  const { add, sub, mul, div, madd, eq, lt, polynomial, keep } = floats(f);
  const { or } = integers(f);
  const { e, fraction } = takeApart(f, x);
  const s = keep("s", div(fraction, add(fraction, 2)));
  const square = keep("square", mul(s, s));
  const half = keep("half", mul(mul(fraction, 0.5), fraction)); // fraction²/2
  const tail = keep("tail", add(half, mul(square, polynomial(square, artanhTail))));
  const low = correction ? madd(e, ln2Low, correction) : mul(e, ln2Low);
  const rest = sub(half, madd(s, tail, low));
  const finite = madd(e, ln2High, sub(fraction, rest));
  const positive = choose(f, lt(x, Infinity), finite, x);
  return or(choose(f, eq(x, 0), -Infinity, positive), lt(x, 0)); // all ones are a NaN
}

export function log(f: FunctionBuilder, x: Local): void {
  f.push(logarithm(f, x, null));
}

/** log(1 + x) = log u + (1 + x − u)/u with u = 1 + x rounded. */
export function log1p(f: FunctionBuilder, x: Local): void {
  const { add, sub, div, eq, keep } = floats(f);
  const u = keep("u", add(x, 1));
  const result = logarithm(f, u, div(sub(x, sub(u, 1)), u));
  f.push(choose(f, eq(x, 0), x, result));
}
