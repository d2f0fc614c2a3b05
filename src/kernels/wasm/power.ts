/**
 * pow and mod of four floats by four, exact enough by way of float64. pow: x^y = 2^(y·log₂|x|), with
 * log₂ good to 45 bits, for an error in it is multiplied by up to 150. Signs and edges are IEEE 754's.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { scaledExp } from "./exponential.js";
import { takeApart } from "./logarithm.js";
import { choose, demote, doubles, floats, integers, promoteHigh, promoteLow } from "./vector.js";

const ln2 = Math.LN2;
const signBit = -0x80000000;
/** 1.5·2⁵²: added to a double it leaves the nearest integer in the low bits. */
const magic = 6755399441055744;

/** log₂((1+s)/(1−s))/s, in s²: minimax for s ≤ (√2−1)/(√2+1), fitted here. */
const log2Series = [
  2.8853900817778504, 0.9617966941130272, 0.5770779424152794, 0.41220924959736793,
  0.3199057450949934, 0.28290019337565303,
]; // prettier-ignore

export function pow(f: FunctionBuilder, x: Local, y: Local): void {
  const { abs, eq, lt, gt, ne, lower, higher, mul, nearest, keep } = floats(f);
  const { and, andnot, or, xor } = integers(f);
  const size = keep("size", abs(x));
  const power = keep("power", higher(lower(y, 3e38), -3e38)); // so that 1^∞ is not NaN
  const magnitude = powOfSize(f, size, power);
  const whole = keep("whole", eq(nearest(power), power));
  const half = keep("half", mul(power, 0.5));
  const odd = and(whole, ne(nearest(half), half));
  const signed = xor(magnitude, and(odd, and(x, signBit)));
  const noRoot = andnot(and(lt(x, 0), gt(x, -Infinity)), whole); // all ones are a NaN
  f.push(choose(f, or(eq(y, 0), eq(x, 1)), 1, or(signed, noRoot)));
}

function powOfSize(f: FunctionBuilder, size: Local, power: Local): Operand {
  const { eq, lt, keep } = floats(f);
  const { e, fraction } = takeApart(f, size);
  f.set(e, choose(f, eq(size, 0), -Infinity, e));
  f.set(e, choose(f, lt(size, Infinity), e, size));
  const half = (part: (x: Local) => Operand) => exponentOf(f, part(fraction), part(e), part(power));
  const low = half((x) => promoteLow(f, x));
  const high = half((x) => promoteHigh(f, x));
  const rest = keep("rest", demote(f, low.rest, high.rest));
  const n = keep("n", () => f.shuffle([0, 2, 4, 6], low.shifted, high.shifted));
  return scaledExp(f, rest, n);
}

/** y·log₂ x as an integer (in the low bits of `shifted`) and a rest, in units of ln 2. */
function exponentOf(
  f: FunctionBuilder,
  fraction: Operand,
  e: Operand,
  power: Operand,
): { shifted: Local; rest: Local } {
  const { add, sub, mul, div, lower, higher, madd, polynomial, keep } = doubles(f);
  const m = keep("m", fraction);
  const s = keep("s", div(m, add(m, 2)));
  const square = keep("square", mul(s, s));
  const log2 = madd(s, polynomial(square, log2Series), e);
  const exponent = keep("exponent", higher(lower(mul(log2, power), 200), -200));
  const shifted = keep("shifted", add(exponent, magic));
  return { shifted, rest: keep("rest", mul(sub(exponent, sub(shifted, magic)), ln2)) };
}

/** x − y·⌊x/y⌋, without the rounding of that product: the exact remainder, with the sign of y. */
export function mod(f: FunctionBuilder, x: Local, y: Local): void {
  const low = remainder(f, promoteLow(f, x), promoteLow(f, y));
  const high = remainder(f, promoteHigh(f, x), promoteHigh(f, y));
  f.push(demote(f, low, high));
}

function remainder(f: FunctionBuilder, dividend: Operand, divisor: Operand): Local {
  const { abs, add, div, eq, ge, lt, ne, nmadd, trunc, keep } = doubles(f);
  const { and, xor } = integers(f);
  const x = keep("x", dividend);
  const y = keep("y", divisor);
  const a = keep("a", abs(x));
  const b = keep("b", abs(y));
  const q = keep("q", trunc(div(a, b)));
  const far = keep("far", and(ge(q, 2 ** 24), lt(q, Infinity))); // q·b would be rounded
  const small = and(eq(b, Infinity), lt(a, Infinity));
  const r = keep("r", choose(f, small, a, nmadd(q, b, a)));
  f.if(() => f.op("v128.any_true", far), () => f.set(r, choose(f, far, farRemainder(f, a, b, far), r))); // prettier-ignore
  const sign = xor(
    r,
    and(x, () => f.f64x2(-0)),
  );
  const signed = keep("signed", sign);
  const other = and(ne(signed, 0), xor(lt(signed, 0), lt(y, 0)));
  return keep("mod", add(signed, and(y, other)));
}

/** Takes b·2ᵏ off a, as often as it goes, for falling k: each step leaves 2²⁴ times less, and is exact. */
function farRemainder(f: FunctionBuilder, a: Local, b: Local, far: Local): Local {
  const { add, div, ge, higher, lt, mul, nmadd, trunc, keep } = doubles(f);
  const { and } = integers(f);
  const left = keep("left", a);
  f.repeat((again) => {
    const power = and(div(left, b), () => f.i64x2(0x7ff0000000000000n)); // 2^⌊log₂ quotient⌋
    const step = keep("step", mul(b, higher(mul(power, 2 ** -24), 1)));
    f.set(left, nmadd(trunc(div(left, step)), step, left));
    f.set(left, add(left, and(step, lt(left, 0)))); // the quotient may have been rounded up
    f.brIf(again, () => f.op("v128.any_true", and(far, ge(left, b))));
  });
  return left;
}
