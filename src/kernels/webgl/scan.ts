/**
 * Walks along the middle axis of [outer, size, inner]. A running sum is made in two draws: of blocks of 64,
 * then of each element from the blocks before it and its own block.
 */
import type { ArgReduce, Cumsum } from "../spec.js";
import { reductionOf } from "./fused/expression.js";
import { draw, type Draw } from "./kernel.js";
import { coordinates } from "./strides.js";
import { each } from "./sum.js";

const block = 64;

export function lowerCumsum({ outer, size, inner, reverse, dtype }: Cumsum): Draw[] {
  const blocks = Math.ceil(size / block);
  const { next, start } = reductionOf("sum", dtype);
  const at = (step: string): string =>
    `x[(o * ${size} + ${reverse ? `${size - 1} - (${step})` : step}) * ${inner} + i]`;
  const own = (guard: string): string[] =>
    each("k", block, [
      `if (${guard}) {`,
      `const value = ${at("first + k")};`,
      `sum = ${next("sum", "value")};`,
      "}",
    ]);
  const sums = draw({
    output: "sums", // [outer, blocks, inner]
    elements: outer * blocks * inner,
    dtype,
    buffers: { x: 0 },
    body: [
      ...coordinates(["o", "n", "i"], [outer, blocks, inner]),
      `const first = n * ${block};`,
      `let sum = ${start};`,
      ...own(`first + k < ${size}`),
      "return sum;",
    ],
  });
  const element = draw({
    output: 1,
    elements: outer * size * inner,
    dtype,
    buffers: blocks > 1 ? { x: 0, sums: "sums" } : { x: 0 },
    body: [
      ...coordinates(["o", "j", "i"], [outer, size, inner]),
      ...(reverse ? [`const step = ${size - 1} - j;`] : ["const step = j;"]),
      `const n = divided(step, ${block});`,
      `const first = n * ${block};`,
      `let before = ${start};`,
      ...(blocks > 1
        ? each("m", blocks - 1, [
            "if (m < n) {",
            `const whole_block = sums[(o * ${blocks} + m) * ${inner} + i];`,
            `before = ${next("before", "whole_block")};`,
            "}",
          ])
        : []),
      `let sum = ${start};`,
      ...own("first + k <= step"),
      `return ${next("before", "sum")};`,
    ],
  });
  return blocks > 1 ? [sums, element] : [element];
}

/** The first largest (smallest) on the axis; the first NaN, where there is one. */
export function lowerArgReduce({ op, outer, size, inner, dtype }: ArgReduce): Draw[] {
  const less = dtype === "f32" ? "less" : "integer_less";
  const beats = op === "max" ? `${less}(best, value)` : `${less}(value, best)`;
  const real = dtype === "f32";
  return [
    draw({
      output: 1,
      elements: outer * inner,
      dtype: "i32",
      buffers: { x: 0 },
      body: [
        ...coordinates(["o", "i"], [outer, inner]),
        "let found = 0;",
        `let best = x[o * ${size * inner} + i];`,
        ...each("j", size, [
          `const value = x[(o * ${size} + j) * ${inner} + i];`,
          ...(real ? ["const is_number = is_equal(best, best);", "const is_worse = is_equal(value, value);"] : []),
          `const wins = ${beats};`,
          `if (${real ? "wins !== 0 || (is_worse === 0 && is_number !== 0)" : "wins !== 0"}) {`,
          "best = value;",
          "found = j;",
          "}",
        ]),
        "return pair(found);",
      ],
    }),
  ];
} // prettier-ignore
