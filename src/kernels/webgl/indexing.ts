/**
 * Reading by index, and adding by index. A shader cannot write where it likes: each place of the sum goes
 * through all indices and adds those that name it, in their order.
 */
import type { DType } from "../ir.js";
import type { Gather, ScatterAdd, Take, TakeAdd } from "../spec.js";
import { draw, type Draw } from "./kernel.js";
import { coordinates } from "./strides.js";
import { summed } from "./sum.js";

const missing = (dtype: DType): string => (dtype === "f32" ? "not_a_number()" : "pair(0)");

function read({ outer, size, inner, count, dtype }: Take | Gather, index: string): Draw[] {
  return [
    draw({
      output: 2,
      elements: outer * count * inner,
      dtype,
      buffers: { x: 0, index: 1 },
      body: [
        ...coordinates(["o", "j", "i"], [outer, count, inner]),
        `const k = whole(${index});`,
        `if (k < 0 || k >= ${size}) {`,
        `return ${missing(dtype)};`,
        "}",
        `return x[(o * ${size} + k) * ${inner} + i];`,
      ],
    }),
  ];
}

export const lowerTake = (spec: Take): Draw[] => read(spec, "index[j]");
export const lowerGather = (spec: Gather): Draw[] => read(spec, "index[this.thread.x]");

function add({ outer, size, inner, count }: TakeAdd | ScatterAdd, index: string): Draw[] {
  return [
    draw({
      output: 2,
      elements: outer * size * inner,
      buffers: { g: 0, index: 1 },
      body: [
        ...coordinates(["o", "k", "i"], [outer, size, inner]),
        ...summed("sum", "j", count, "g[from]", {
          before: [
            `const from = (o * ${count} + j) * ${inner} + i;`,
            `const named = whole(${index});`,
          ],
          guard: "named === k",
        }),
        "return sum;",
      ],
    }),
  ];
}

export const lowerTakeAdd = (spec: TakeAdd): Draw[] => add(spec, "index[j]");
export const lowerScatterAdd = (spec: ScatterAdd): Draw[] => add(spec, "index[from]");
