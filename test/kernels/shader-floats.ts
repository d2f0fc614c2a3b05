/** Where the float32 of shaders may rightly differ from js, which computes in float64. */
import type { Backend, TypedArray } from "../../src/kernels/backend.js";
import type { Case, Tolerance } from "./case.js";
import { evaluate, worst } from "./run.js";

/** A product of 100,003 float32 numbers rounds as often: 6e-8·√n, where js has float64. */
export const toleranceOf = ({ name, tolerance }: Case): Tolerance =>
  /^fused prod .*100003/.test(name) ? { ...tolerance, relative: 4e-5 } : tolerance;

const smallestNormal = 2 ** -126;
const flush = (data: TypedArray): TypedArray =>
  data.map((x) => (Math.abs(x) < smallestNormal ? 0 * x : x));

/** A shader may take a subnormal for 0 (WGSL, section 15.7.2; GLSL ES 3.00, section 4.5.1): where that changes a result, both are right. */
export async function alternativesOf(
  js: Backend,
  row: Case,
  inputs: readonly TypedArray[],
): Promise<TypedArray[]> {
  const isReal = inputs.some((data) => data instanceof Float32Array);
  if (row.kernel.kernel !== "fused" || !isReal) return [];
  return evaluate(js, row, inputs.map((data) => (data instanceof Float32Array ? flush(data) : data))); // prettier-ignore
}

/** `expected`, but the alternative at elements where only that is near what was got. */
export function nearer(
  got: TypedArray,
  expected: TypedArray,
  other: TypedArray | undefined,
  tolerance: Tolerance,
): TypedArray {
  if (!other) return expected;
  const at = (data: TypedArray, k: number): TypedArray => data.subarray(k, k + 1);
  return expected.map((value, k) => {
    const misses = worst(at(got, k), at(expected, k), tolerance).share > 1;
    return misses && worst(at(got, k), at(other, k), tolerance).share <= 1 ? other[k]! : value;
  });
}
