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

/** Statements that add `value` to `sum` and keep in `lost` what the rounding took, if anything finite (Kahan, 1965). */
const addReal = (value: string): string[] => [
  `const more = ${value} - lost;`,
  "const raised = sum + more;",
  "lost = chosen(less(magnitude(raised), infinity()), (raised - sum) - more, 0);",
  "sum = raised;",
];

/** Statements that declare `sum`, and those that add to it. */
function running(dtype: Cumsum["dtype"]): { begin: string[]; add(value: string): string[] } {
  const { next, start } = reductionOf("sum", dtype);
  const begin = [`let sum = ${start};`];
  return dtype === "f32"
    ? { begin: [...begin, "let lost = 0;"], add: addReal }
    : { begin, add: (value) => [`sum = ${next("sum", value)};`] };
}

/** Statements that add the steps of a block from `first` on, those for which `guard` holds. */
function addBlock({ size, inner, reverse, dtype }: Cumsum, guard: string): string[] {
  const step = reverse ? `${size - 1} - (first + k)` : "first + k";
  return each("k", block, [
    `if (${guard}) {`,
    `const value = x[(o * ${size} + ${step}) * ${inner} + i];`,
    ...running(dtype).add("value"),
    "}",
  ]);
}

export function lowerCumsum(spec: Cumsum): Draw[] {
  const blocks = Math.ceil(spec.size / block);
  return blocks > 1 ? [blockSums(spec, blocks), elements(spec, blocks)] : [elements(spec, blocks)];
}

/** "sums" [outer, blocks, inner] */
function blockSums(spec: Cumsum, blocks: number): Draw {
  const { outer, size, inner, dtype } = spec;
  return draw({
    output: "sums",
    elements: outer * blocks * inner,
    dtype,
    buffers: { x: 0 },
    body: [
      ...coordinates(["o", "n", "i"], [outer, blocks, inner]),
      `const first = n * ${block};`,
      ...running(dtype).begin,
      ...addBlock(spec, `first + k < ${size}`),
      "return sum;",
    ],
  });
}

function elements(spec: Cumsum, blocks: number): Draw {
  const { outer, size, inner, reverse, dtype } = spec;
  const { begin, add } = running(dtype);
  const before = each("m", Math.max(blocks - 1, 0), [
    "if (m < n) {",
    `const whole_block = sums[(o * ${blocks} + m) * ${inner} + i];`,
    ...add("whole_block"),
    "}",
  ]);
  return draw({
    output: 1,
    elements: outer * size * inner,
    dtype,
    buffers: blocks > 1 ? { x: 0, sums: "sums" } : { x: 0 },
    body: [
      ...coordinates(["o", "j", "i"], [outer, size, inner]),
      `const step = ${reverse ? `${size - 1} - j` : "j"};`,
      `const n = divided(step, ${block});`,
      `const first = n * ${block};`,
      ...begin,
      ...before,
      ...addBlock(spec, "first + k <= step"),
      "return sum;",
    ],
  });
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
          ...(real ? ["const best_is_number = is_equal(best, best);", "const value_is_number = is_equal(value, value);"] : []),
          `const wins = ${beats};`,
          `if (${real ? "wins !== 0 || (value_is_number === 0 && best_is_number !== 0)" : "wins !== 0"}) {`,
          "best = value;",
          "found = j;",
          "}",
        ]),
        "return pair(found);",
      ],
    }),
  ];
} // prettier-ignore
