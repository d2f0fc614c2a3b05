/**
 * i32 expressions as operands, so that addresses read as sums: `plus(f, base, times(f, row,
 * stride))`.
 */
import type { FunctionBuilder, Operand } from "./emitter.js";

type Two = (f: FunctionBuilder, x: Operand, y: Operand) => Operand;

export const plus: Two = (f, x, y) => () => f.op("i32.add", x, y);
export const minus: Two = (f, x, y) => () => f.op("i32.sub", x, y);
export const times: Two = (f, x, y) =>
  typeof y === "number" ? () => f.scaled(x, y) : () => f.op("i32.mul", x, y);
/** x / y rounded down, x % y: of numbers ≥ 0. */
export const quotient: Two = (f, x, y) => () => f.op("i32.div_u", x, y);
export const remainder: Two = (f, x, y) => () => f.op("i32.rem_u", x, y);

/** The smaller one. Both are pushed twice, so give locals or numbers. */
export const smaller: Two = (f, x, y) => () => {
  f.push(x).push(y); // as i32: a number given to select would be a vector
  f.op("i32.lt_s", x, y).op("select");
};
