/** Normalization and its gradient (js/normalize.ts): statistics of a row first, an element a row, then all elements. */
import type { Normalize, NormalizeGradient } from "../spec.js";
import { draw, real, type Draw } from "./kernel.js";
import { summed } from "./sum.js";

type Size = { outer: number; rows: number; inner: number };

/** Statements that set `at`, where member k of row `this.thread.x` stands. */
function member({ rows, inner }: Size): string[] {
  if (inner === 1) return [`const at = k * ${rows} + this.thread.x;`];
  return [
    `const at = (divided(k, ${inner}) * ${rows} + this.thread.x) * ${inner} + rest(k, ${inner});`,
  ];
}

/** The mean of `term`, an expression in `at`, over the members of a row. */
function mean(size: Size, total: string, term: string): string[] {
  const members = size.outer * size.inner;
  return [
    ...summed(total, "k", members, term, { before: member(size) }),
    `${total} = ${total} / ${members};`,
  ];
}

const rowOf = ({ rows, inner }: Size): string =>
  `const row = rest(${inner === 1 ? "this.thread.x" : `divided(this.thread.x, ${inner})`}, ${rows});`;

/**
 * Where numbers are far from 0 and close together, a mean in float32 is off by more than they differ: so what
 * the numbers less that mean have for a mean is taken off, too.
 */
export function lowerNormalize(spec: Normalize): Draw[] {
  const { outer, rows, inner, rms } = spec;
  const centered = (at: string, row: string): string =>
    rms ? `x[${at}]` : `(x[${at}] - center[${row}] - more[${row}])`;
  const own = centered("at", "this.thread.x");
  const means: Record<string, string> = rms ? {} : { center: "center", more: "more" };
  return [
    ...(rms ? [draw({ output: 2, elements: rows, body: ["return 0;"] })] : meansOf(spec)),
    draw({
      output: 3,
      elements: rows,
      buffers: { x: 0, ...means },
      numbers: { eps: real(0) },
      body: [...mean(spec, "variance", `${own} * ${own}`), "return 1 / Math.sqrt(variance + eps);"],
    }),
    draw({
      output: 1,
      elements: outer * rows * inner,
      buffers: { x: 0, ...means, rstd: 3 },
      body: [rowOf(spec), `return ${centered("this.thread.x", "row")} * rstd[row];`],
    }),
  ];
}

function meansOf(spec: Normalize): Draw[] {
  const { rows } = spec;
  return [
    draw({
      output: "center",
      elements: rows,
      buffers: { x: 0 },
      body: [...mean(spec, "mean", "x[at]"), "return mean;"],
    }),
    draw({
      output: "more",
      elements: rows,
      buffers: { x: 0, center: "center" },
      body: [
        "const middle = center[this.thread.x];",
        "if (less(magnitude(middle), infinity()) === 0) {",
        "return 0;",
        "}",
        ...mean(spec, "mean", "(x[at] - middle)"),
        "return mean;",
      ],
    }),
    draw({
      output: 2,
      elements: rows,
      buffers: { center: "center", more: "more" },
      body: ["return center[this.thread.x] + more[this.thread.x];"],
    }),
  ];
}

export function lowerNormalizeGradient(spec: NormalizeGradient): Draw[] {
  const { outer, rows, inner, rms } = spec;
  const meanG: Draw[] = rms
    ? []
    : [
        draw({
          output: "mean_g",
          elements: rows,
          buffers: { g: 2 },
          body: [...mean(spec, "mean", "g[at]"), "return mean;"],
        }),
      ];
  return [
    ...meanG,
    draw({
      output: "mean_gy",
      elements: rows,
      buffers: { y: 0, g: 2 },
      body: [...mean(spec, "mean", "g[at] * y[at]"), "return mean;"],
    }),
    draw({
      output: 3,
      elements: outer * rows * inner,
      buffers: { y: 0, rstd: 1, g: 2, mean_gy: "mean_gy", ...(rms ? {} : { mean_g: "mean_g" }) },
      body: [
        rowOf(spec),
        `const projected = y[this.thread.x] * mean_gy[row];`,
        `return rstd[row] * (g[this.thread.x]${rms ? "" : " - mean_g[row]"} - projected);`,
      ],
    }),
  ];
}
