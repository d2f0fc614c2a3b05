/**
 * f16 on the host: IEEE 754's binary16, 1 sign, 5 exponent (bias 15) and 10 fraction bits. JavaScript has
 * arrays of it only since 2025 (Float16Array), so its bits are made here. The largest number is 65504.
 */
const exact = new Float64Array(1);
const words = new Int32Array(exact.buffer); // low word first, as on every machine that runs JavaScript
const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

/** From here on the nearest number is 65536, which is infinity. */
const beyond = 65520;

/** The nearest number that f16 has: ties go to the one whose last bit is 0; NaN stays. */
export function nearestHalf(x: number): number {
  const size = Math.abs(x);
  if (!(size < beyond)) return size >= beyond ? x * Infinity : x;
  exact[0] = size;
  const exponent = Math.max((words[1]! >> 20) - 1023, -14); // below 2⁻¹⁴ all are 2⁻²⁴ apart
  // 1.5·2⁵² of the last place: added to it no bit below that place is left, and IEEE addition rounds so.
  words[0] = 0;
  words[1] = ((exponent - 10 + 52 + 1023) << 20) | 0x80000;
  const rounded = size + exact[0] - exact[0];
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** The bits of the nearest number in f16. */
export function halfBits(x: number): number {
  single[0] = nearestHalf(x); // exact
  const bits = singleBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >> 23) & 255;
  if (exponent === 255) return sign | (x === x ? 0x7c00 : 0x7e00);
  if (exponent < 113) return sign | (Math.abs(single[0]) * 2 ** 24); // subnormal: so many times 2⁻²⁴
  return sign | ((bits >> 13) & 0x3ff) | ((exponent - 112) << 10); // bias 127 -> 15
}

/** The bits in float32 of a number given by its bits in f16; a NaN keeps its payload. */
export function floatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13); // bias 15 -> 127
  if (fraction === 0) return sign;
  // A subnormal, fraction·2⁻²⁴, is a normal float32 once its leading one is at bit 10.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}

/** Numbers as f16, rounded. */
export const toHalves = (numbers: ArrayLike<number>): Uint16Array =>
  Uint16Array.from(numbers, halfBits);

/** f16 as float32, exactly. */
export function fromHalves(halves: Uint16Array): Float32Array {
  const bits = Int32Array.from(halves, floatBits);
  return new Float32Array(bits.buffer);
}
