/**
 * Sizes and strides of a fused kernel, kept out of its code: the same chain over other shapes is then
 * the same function, called with other constants. Only 0 and ±4 (bytes: one element) are baked in,
 * because the code is another one where an axis is walked element by element.
 */
import type { Operand } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";

/** Baked, or the number of a constant parameter. */
export type Num = number | { constant: number };

export class Numbers {
  readonly values: number[] = [];

  of(value: number): Num {
    if (value === 0 || value === 4 || value === -4) return value === 0 ? 0 : value; // no −0
    const known = this.values.indexOf(value);
    if (known >= 0) return { constant: known };
    return { constant: this.values.push(value) - 1 };
  }
}

/** The number as an i32 operand of the function being written. */
export const operandOf = (k: KernelLocals, number: Num): Operand =>
  typeof number === "number" ? number : k.constant(number.constant);
