/**
 * Numbers as integers of the same order, so that comparing is one instruction and NaN has a place:
 * a float32's bits, read as an integer, ascend for positive numbers and descend for negative ones.
 */
import type { DType } from "../ir.js";
import type { FunctionBuilder, Operand } from "./emitter.js";

/**
 * Four keys (i32x4) that ascend as the numbers do: −0 and 0 are one, NaN is above all, 2³¹ − 1.
 * `inverted`: the same for −x, with NaN above all still. Integers are keys already (inverted: ~x).
 */
export function orderKeys(
  f: FunctionBuilder,
  dtype: DType,
  value: Operand,
  inverted: boolean,
): () => void {
  const turned = (key: Operand) => () => (inverted ? f.op("v128.not", key) : f.push(key));
  if (dtype !== "f32") return turned(value);
  const x = f.local("v128", "x");
  const sign = () => f.op("i32x4.shr_s", x, 31);
  const flipped = () => f.op("v128.xor", x, () => f.op("v128.and", sign, 0x7fffffff));
  return () => {
    f.set(x, () => f.op("f32x4.add", value, 0)); // −0 + 0 = 0
    f.op("v128.bitselect", () => f.i32x4(0x7fffffff), turned(flipped), () => f.op("f32x4.ne", x, x));
  };
} // prettier-ignore
