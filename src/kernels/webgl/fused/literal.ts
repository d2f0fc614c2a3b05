/**
 * Constants. gpu.js takes a bare 2 for an integer or a real number as it sees fit, so each is the argument of
 * a function that says which; what JavaScript's text or GLSL's cannot hold exactly is given by its bits.
 */
import type { DType } from "../../ir.js";

/** A number of the IR's as JavaScript. */
export function literal(value: number, dtype: DType): string {
  if (dtype === "i32") return `pair(${value | 0})`;
  if (dtype === "bool") return `real(${value === 0 ? 0 : 1})`;
  const single = Math.fround(value);
  if (Number.isNaN(single)) return "not_a_number()";
  if (!Number.isFinite(single)) return single > 0 ? "infinity()" : "negated(infinity())";
  const size = Math.abs(single);
  const plain = size >= 2 ** -126 && size < 2 ** 31 ? `real(${size})` : ofBits(size);
  return Object.is(single, -0) || single < 0 ? `negated(${plain})` : plain;
}

const ofBits = (value: number): string =>
  value === 0 ? "real(0)" : `real_of_bits(${new Int32Array(Float32Array.of(value).buffer)[0]!})`;
