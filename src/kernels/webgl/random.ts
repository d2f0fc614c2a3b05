/** Random numbers by counter, the same integers as on every backend (glsl/random.glsl.ts). */
import type { Random } from "../spec.js";
import { draw, integer, real, type Draw } from "./kernel.js";

const counter = "this.thread.x, k0, k1, stream";

const values: Record<Random["distribution"], string> = {
  bits: `random_bits(${counter})`,
  uniform: `low + (high - low) * random_fraction(${counter})`,
  normal: `low + high * random_normal(${counter})`,
  integer: `random_below(${counter}, low, high)`,
};

export function lowerRandom({ count, distribution }: Random): Draw[] {
  const isWhole = distribution === "bits" || distribution === "integer";
  const bound = isWhole ? integer : real;
  return [
    draw({
      output: 0,
      elements: count,
      dtype: isWhole ? "i32" : "f32",
      numbers: { k0: integer(0), k1: integer(1), stream: integer(2), low: bound(3), high: bound(4) },
      body: [`return ${values[distribution]};`],
    }),
  ];
} // prettier-ignore
