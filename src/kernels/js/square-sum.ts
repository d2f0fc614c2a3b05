/** Σ x² over every number of all inputs: the square of the norm of a model's gradients. */
import type { SquareSum } from "../spec.js";
import type { Run } from "./kernel.js";

export const squareSum: Run<SquareSum> = (_spec, inputs, [out]) => {
  let sum = 0;
  for (const x of inputs) for (const value of x) sum += value * value;
  out[0] = sum;
};
