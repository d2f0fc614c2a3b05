/**
 * sin and cos of four floats, of any size. x = q·π/2 + r, |r| ≤ π/4, found in float64; then a
 * polynomial in r² (minimax, fitted here), chosen and signed by q mod 4. Up to 10⁶ π/2 is taken off
 * in two parts; beyond, x·2/π is formed from 2/π in pieces of 24 bits, whose products are exact, and
 * whole turns are dropped piece by piece (the idea of Payne and Hanek, 1983).
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { choose, demote, doubles, floats, integers, promoteHigh, promoteLow } from "./vector.js";

const twoOverPi = 2 / Math.PI;
const piOverTwo = Math.PI / 2;
const piOverTwoHigh = 1.5707963267341256; // 33 bits
const piOverTwoLow = 6.077100506506192e-11;
const largest = 1e6;
const signBit = -0x80000000;
/** 1.5·2⁵²: added to a double it leaves the nearest integer in the low bits. */
const magic = 6755399441055744;

/** 2/π in pieces of 24 bits. */
const pieces = [
  0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041,
].map((piece, k) => piece * 2 ** (-24 * (k + 1))); // prettier-ignore

/** (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴, in r² */
const sinTail = [-0.16666655, 0.008332156, -0.00019514632];
const cosTail = [0.041666646, -0.001388731, 2.4432413e-5];

export function sin(f: FunctionBuilder, x: Local): void {
  wave(f, x, 0);
}

export function cos(f: FunctionBuilder, x: Local): void {
  wave(f, x, 1);
}

/** The sine `ahead` quarter turns on. A sine is odd: it is found of |x|, so that −0 stays −0. */
function wave(f: FunctionBuilder, x: Local, ahead: 0 | 1): void {
  const { abs, keep } = floats(f);
  const { and, xor, left, add } = integers(f);
  const size = keep("size", abs(x));
  const r = f.local("v128", "r");
  const quarter = f.local("v128", "quarter");
  reduce(f, size, r, quarter);
  const q = ahead ? keep("q", add(quarter, 1)) : quarter;
  const value = fromQuarter(f, r, q);
  const sign = left(and(q, 2), 30);
  f.push(xor(value, ahead ? sign : xor(sign, and(x, signBit))));
}

/** The sine of r in even quarters, the cosine in odd ones, unsigned. */
function fromQuarter(f: FunctionBuilder, r: Local, q: Local): Operand {
  const { mul, madd, nmadd, polynomial, keep } = floats(f);
  const { and, ne } = integers(f);
  const square = keep("square", mul(r, r));
  const sine = madd(mul(square, r), polynomial(square, sinTail), r);
  const flat = nmadd(square, 0.5, 1);
  const cosine = madd(mul(square, square), polynomial(square, cosTail), flat);
  return choose(f, ne(and(q, 1), 0), cosine, sine);
}

function reduce(f: FunctionBuilder, size: Local, r: Local, quarter: Local): void {
  const { gt, lt } = floats(f);
  const { and } = integers(f);
  const large = () => f.op("v128.any_true", and(gt(size, largest), lt(size, Infinity)));
  const way = (half: typeof reduceLarge) => () => {
    const low = half(f, f.let("v128", "low", promoteLow(f, size)));
    const high = half(f, f.let("v128", "high", promoteHigh(f, size)));
    f.set(r, demote(f, low.r, high.r));
    f.set(quarter, () => f.shuffle([0, 2, 4, 6], low.shifted, high.shifted));
  };
  f.if(large, way(reduceLarge), way(reduceSmall));
}

type Half = { r: Local; shifted: Local };

function reduceSmall(f: FunctionBuilder, x: Local): Half {
  const { sub, madd, nmadd, keep } = doubles(f);
  const shifted = keep("shifted", madd(x, twoOverPi, magic));
  const n = keep("n", sub(shifted, magic));
  return { r: keep("r", nmadd(n, piOverTwoLow, nmadd(n, piOverTwoHigh, x))), shifted };
}

/** Only what is over whole turns is kept of each piece's product, and of the sum what is over whole quarters. */
function reduceLarge(f: FunctionBuilder, x: Local): Half {
  const { add, sub, mul, nearest, keep } = doubles(f);
  const over = keep("over", 0);
  const quarters = keep("quarters", 0);
  for (const piece of pieces) {
    const product = keep("product", mul(x, piece));
    const rest = nearestTurn(f, product);
    f.set(over, add(over, rest));
    const whole = keep("whole", nearest(over));
    f.set(over, sub(over, whole));
    f.set(quarters, add(quarters, whole));
  }
  return { r: keep("r", mul(over, piOverTwo)), shifted: keep("shifted", add(quarters, magic)) };
}

function nearestTurn(f: FunctionBuilder, product: Local): Operand {
  const { sub, mul, nearest } = doubles(f);
  return sub(product, mul(nearest(mul(product, 0.25)), 4));
}

/** Sine and cosine of 2π·turns, |turns| ≤ 1 (Box–Muller): sets the two locals, pushes nothing. */
export function sincosTurns(f: FunctionBuilder, turns: Local, sine: Local, cosine: Local): void {
  const { sub, mul, nearest, keep } = floats(f);
  const { add, and, xor, left } = integers(f);
  const quarters = keep("quarters", mul(turns, 4));
  const whole = keep("whole", nearest(quarters));
  const r = keep("r", mul(sub(quarters, whole), piOverTwo)); // exact up to this product
  const q = keep("q", () => f.op("i32x4.trunc_sat_f32x4_s", whole));
  const ahead = keep("ahead", add(q, 1));
  const sign = (k: Local) => left(and(k, 2), 30);
  f.set(sine, xor(fromQuarter(f, r, q), sign(q)));
  f.set(cosine, xor(fromQuarter(f, r, ahead), sign(ahead)));
}
