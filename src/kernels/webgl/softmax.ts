/**
 * Row softmax, its logarithm, their gradients, and cross-entropy (js/softmax.ts, js/cross-entropy.ts). What
 * a row has in common, its maximum and its sum, is a buffer of one element a row, made first.
 */
import type { CrossEntropy, CrossEntropyGradient, Softmax, SoftmaxGradient } from "../spec.js";
import { draw, real, type Draw, type Place } from "./kernel.js";
import { each, summed } from "./sum.js";

type Size = { rows: number; columns: number };

/** "highest" and "weight", log Σ_j e^(x_j − highest), of the rows of `x`. */
export function logSumExp(x: Place, { rows, columns }: Size): Draw[] {
  const at = (j: string): string => `x[this.thread.x * ${columns} + ${j}]`;
  return [
    draw({
      output: "highest",
      elements: rows,
      buffers: { x },
      body: [
        "let highest = negated(infinity());",
        ...each("j", columns, [`highest = larger(highest, ${at("j")});`]),
        "return highest;",
      ],
    }),
    draw({
      output: "weight",
      elements: rows,
      buffers: { x, highest: "highest" },
      body: [
        "const top = highest[this.thread.x];",
        ...summed("sum", "j", columns, `exponential(${at("j")} - top)`),
        "return logarithm(sum);",
      ],
    }),
  ];
}

const row = (columns: number): string => `const row = divided(this.thread.x, ${columns});`;

export function lowerSoftmax({ log, rows, columns }: Softmax): Draw[] {
  const value = "x[this.thread.x] - highest[row] - weight[row]";
  return [
    ...logSumExp(0, { rows, columns }),
    draw({
      output: 1,
      elements: rows * columns,
      buffers: { x: 0, highest: "highest", weight: "weight" },
      body: [
        row(columns),
        `const logarithm_of_share = ${value};`,
        log ? "return logarithm_of_share;" : "return exponential(logarithm_of_share);",
      ],
    }),
  ];
}

export function lowerSoftmaxGradient({ log, rows, columns }: SoftmaxGradient): Draw[] {
  const at = `this.thread.x * ${columns} + j`;
  const term = log ? `g[${at}]` : `g[${at}] * y[${at}]`;
  const value = log
    ? "g[this.thread.x] - exponential(y[this.thread.x]) * sums[row]"
    : "y[this.thread.x] * (g[this.thread.x] - sums[row])";
  return [
    draw({
      output: "sums",
      elements: rows,
      buffers: log ? { g: 1 } : { y: 0, g: 1 },
      body: [...summed("sum", "j", columns, term), "return sum;"],
    }),
    draw({
      output: 2,
      elements: rows * columns,
      buffers: { y: 0, g: 1, sums: "sums" },
      body: [row(columns), `return ${value};`],
    }),
  ];
}

type Labels = { columns: number; ignoreIndex: number | null };

/** Statements that set `label` of row `at`, and end with 0 where it is ignored, with NaN where it names no column. */
const labelled = (at: string, { columns, ignoreIndex }: Labels): string[] => [
  `const label = whole(target[${at}]);`,
  ...(ignoreIndex === null ? [] : [`if (label === ${ignoreIndex}) {`, "return 0;", "}"]),
  `if (label < 0 || label >= ${columns}) {`,
  "return not_a_number();",
  "}",
];

/** Statements that set `q`, what column `j` shall have. */
const wanted = ({ columns }: Labels): string[] => [
  `let q = smoothing / ${columns};`,
  "if (j === label) {",
  "q += 1 - smoothing;",
  "}",
];

export function lowerCrossEntropy(spec: CrossEntropy): Draw[] {
  const { rows, columns } = spec;
  const share = `x[this.thread.x * ${columns} + j] - top - log`;
  return [
    ...logSumExp(0, { rows, columns }),
    draw({
      output: 3,
      elements: rows,
      buffers: { highest: "highest", weight: "weight" },
      body: ["return highest[this.thread.x] + weight[this.thread.x];"],
    }),
    draw({
      output: 2,
      elements: rows,
      buffers: { x: 0, target: 1, highest: "highest", weight: "weight" },
      numbers: { smoothing: real(0) },
      body: [
        ...labelled("this.thread.x", spec),
        "const top = highest[this.thread.x];",
        "const log = weight[this.thread.x];",
        ...summed("sum", "j", columns, `q * (${share})`, {
          before: wanted(spec),
          guard: "q !== 0", // a class of no weight adds nothing, even where its logit is −∞
        }),
        "return negated(sum);",
      ],
    }),
  ];
}

export function lowerCrossEntropyGradient(spec: CrossEntropyGradient): Draw[] {
  const { rows, columns } = spec;
  return [
    draw({
      output: 4,
      elements: rows * columns,
      buffers: { x: 0, target: 1, logsumexp: 2, g: 3 },
      numbers: { smoothing: real(0) },
      body: [
        row(columns),
        `const j = rest(this.thread.x, ${columns});`,
        ...labelled("row", spec),
        ...wanted(spec),
        "return g[row] * (exponential(x[this.thread.x] - logsumexp[row]) - q);",
      ],
    }),
  ];
}
