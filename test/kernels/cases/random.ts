/** Threefry: the words to the bit, the distributions made of them. */
import type { Random } from "../../../src/kernels/spec.js";
import { astride, elementwise, exact, type Case } from "../case.js";

const keys = [
  [0, 0, 0],
  [0x13198a2e, 0x03707344, 7],
  [-1, -1, -1],
] as const;

function random(
  distribution: Random["distribution"],
  count: number,
  key: readonly [number, number, number],
  [low, high]: readonly [number, number] = [0, 1],
): Case {
  const whole = distribution === "bits" || distribution === "integer";
  return {
    name: `random ${distribution} ${count} key ${key.join(",")} in ${low},${high}`,
    kernel: { kernel: "random", count, distribution },
    inputs: () => [],
    outputs: [{ dtype: whole ? "i32" : "f32", elements: count }],
    scalars: [...key, low, high],
    // √, log, cos and the shift by low each round once; a normal near 0 keeps 1e-6 of its deviation.
    tolerance: whole ? exact : { ...elementwise, absolute: 2e-6 },
  };
}

export const randomCases: Case[] = [
  ...keys.flatMap((key) => [
    random("bits", 67, key),
    random("uniform", 67, key, [-1, 3]),
    random("normal", 67, key, [0.5, 2]),
    random("integer", 67, key, [-3, 10]),
  ]),
  ...[0, ...astride].map((count) => random("bits", count, keys[1])),
  ...[0, ...astride].map((count) => random("normal", count, keys[1])),
  random("integer", 33, keys[1], [-2147483648, 2147483647]),
  random("uniform", 70_001, keys[1]),
  random("normal", 70_001, keys[1]),
];
