/**
 * Laying buffers into a larger one: pad puts x inside a border, concat puts several side by side
 * along the middle axis.
 */
import { rowMajor } from "../shape.js";
import type { Concat, Pad } from "../spec.js";
import type { Run } from "./kernel.js";
import { positions } from "./strided.js";

export const pad: Run<Pad> = ({ shape, before, after }, [x], [y], [border]) => {
  const outer = shape.map((size, axis) => before[axis]! + size + after[axis]!);
  const strides = rowMajor(outer);
  const offset = strides.reduce((sum, stride, axis) => sum + stride * before[axis]!, 0);
  y.fill(border!);
  positions(shape, { offset, strides }).forEach((to, from) => (y[to] = x[from]!));
};

export const concat: Run<Concat> = ({ outer, sizes, inner }, inputs, [y]) => {
  const row = sizes.reduce((a, b) => a + b, 0) * inner;
  let start = 0;
  sizes.forEach((size, k) => {
    const width = size * inner;
    for (let o = 0; o < outer; o++) {
      y.set(inputs[k]!.subarray(o * width, (o + 1) * width), o * row + start);
    }
    start += width;
  });
};
