/** Ops that depend on order along an axis: running sums, the place of the largest, sorting. */
import { DTypeError } from "../errors.js";
import { computedIn } from "../../kernels/ir.js";
import type { Form, OpRecord } from "../op.js";
import { sizeOf } from "../shape.js";

function numbers(name: string, { dtype }: Form): "f32" | "i32" {
  const computed = computedIn(dtype);
  if (computed !== "bool") return computed;
  throw new DTypeError(`${name}: takes numbers, got bool; cast it first with .cast("i32")`);
}

const around = ({ shape }: Form, axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  size: shape[axis]!,
  inner: sizeOf(shape.slice(axis + 1)),
});

export const cumsum: OpRecord<{ axis: number; reverse: boolean }> = {
  name: "cumsum",
  forms: ([x]) => [{ shape: x!.shape, dtype: numbers("cumsum", x!) }],
  compute: {
    kernel: ([x], { axis, reverse }) => ({
      kernel: "cumsum", reverse, ...around(x!, axis), dtype: numbers("cumsum", x!),
    }), // prettier-ignore
  },
  gradient: ({ g, attributes: { axis, reverse } }) => [g[0]!.cumsum(axis, { reverse: !reverse })],
};

/** The place of the first largest or smallest; NaN counts as both. */
export const argReduce: OpRecord<{ axis: number; op: "max" | "min" }> = {
  name: "argReduce",
  forms: ([x], { axis }) => {
    numbers("argmax", x!);
    return [{ shape: x!.shape.filter((_, k) => k !== axis), dtype: "i32" }];
  },
  compute: {
    kernel: ([x], { axis, op }) => ({
      kernel: "argReduce",
      op,
      ...around(x!, axis),
      dtype: numbers("argmax", x!),
    }),
  },
};

/** Places of the elements of the last axis in their order. */
export const sort: OpRecord<{ descending: boolean }> = {
  name: "sort",
  forms: ([x]) => {
    numbers("sort", x!);
    return [{ shape: x!.shape, dtype: "i32" }];
  },
  compute: {
    kernel: ([x], { descending }) => {
      const columns = x!.shape.at(-1) ?? 1;
      const rows = columns ? sizeOf(x!.shape) / columns : 0;
      return { kernel: "sort", rows, columns, descending, dtype: numbers("sort", x!) };
    },
  },
};
