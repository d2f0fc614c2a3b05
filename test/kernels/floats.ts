/** float32 numbers to try a function with, and how near a result is. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
/** Where functions of real numbers go wrong. */
export const edges = [
  0, -0, Infinity, -Infinity, NaN, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 88, 88.72, 88.73, 89, -87.3,
  -87.4, -103.9, -104, -104.1, 10, -10, 1e-45, -1e-45, 1e-40, 1.1754944e-38, 3.4028235e38,
  -3.4028235e38, Math.PI, Math.PI / 2, 16777216, 1e6, 1e7, 0.99999994, 1.0000001, -0.99999994,
]; // prettier-ignore

/** All exponents and signs, `each` mantissas of each, then the edges. */
export function wholeRange(each: number): Float32Array {
  const values: number[] = [];
  let random = 1;
  for (let head = 0; head < 512; head++)
    for (let k = 0; k < each; k++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      bits[0] = ((head << 23) | (random >>> 9)) >>> 0;
      values.push(float[0]!);
    }
  return Float32Array.from([...values, ...edges]);
}

export const between = (low: number, high: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));

/** The distance between floats near x. */
export function ulp(x: number): number {
  float[0] = Math.abs(x);
  const exponent = bits[0]! >>> 23;
  return 2 ** (Math.max(exponent, 1) - 150);
}
