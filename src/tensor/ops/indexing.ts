/** Reading and writing at computed places, and putting parts together. Each read is the transpose of a write. */
import { computedIn } from "../../kernels/ir.js";
import { DTypeError, ShapeError, show } from "../errors.js";
import type { Form, OpRecord } from "../op.js";
import { sizeOf, type Shape } from "../shape.js";
import { fits, floats } from "./checks.js";

type AlongAxis = { axis: number };

/** Sizes before, on and after an axis: every kernel here sees three axes. */
const around = (shape: Shape, axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  size: shape[axis]!,
  inner: sizeOf(shape.slice(axis + 1)),
});

function integers(name: string, index: Form): void {
  if (index.dtype !== "i32")
    throw new DTypeError(
      `${name}: the index is i32, got ${index.dtype}; cast it first with .cast("i32")`,
    );
}

/** Rows of a table: x [.., size, ..], index [count] → [.., count, ..]. */
export const take: OpRecord<AlongAxis> = {
  name: "take",
  forms: ([x, index], { axis }) => {
    integers("take", index!);
    if (index!.shape.length !== 1)
      throw new ShapeError(`take: the index is ${show(index!.shape)}; flatten it to one axis`);
    return [{ shape: x!.shape.with(axis, index!.shape[0]!), dtype: x!.dtype }];
  },
  compute: {
    kernel: ([x, index], { axis }) => ({
      kernel: "take", ...around(x!.shape, axis), count: index!.shape[0]!, dtype: x!.access.dtype,
    }), // prettier-ignore
    halves: [0],
  },
  gradient: ({ g, inputs: [x, index], attributes: { axis } }) => [
    g[0]!.takeAdd(index!, axis, x!.shape[axis]!),
    null,
  ],
};

/** The transpose of take: g [.., count, ..] → [.., size, ..]. */
export const takeAdd: OpRecord<AlongAxis & { size: number }> = {
  name: "takeAdd",
  forms: ([g, index], { axis, size }) => {
    integers("takeAdd", index!);
    fits("takeAdd", "the index", index!, [g!.shape[axis]!]);
    return [{ shape: floats("takeAdd", g).shape.with(axis, size), dtype: "f32" }];
  },
  compute: {
    kernel: ([g, index], { axis, size }) => ({
      kernel: "takeAdd", ...around(g!.shape, axis), size, count: index!.shape[0]!,
    }), // prettier-ignore
  },
  gradient: ({ g, inputs: [, index], attributes: { axis } }) => [g[0]!.take(index!, axis), null],
};

/** y[.., j, ..] = x[.., index[.., j, ..], ..]: PyTorch's gather. */
export const gather: OpRecord<AlongAxis> = {
  name: "gather",
  forms: ([x, index], { axis }) => {
    integers("gather", index!);
    const fits =
      index!.shape.length === x!.shape.length &&
      index!.shape.every((size, k) => k === axis || size === x!.shape[k]);
    if (!fits)
      throw new ShapeError(
        `gather: index ${show(index!.shape)} must equal ${show(x!.shape)} but on axis ${axis}`,
      );
    return [{ shape: index!.shape, dtype: x!.dtype }];
  },
  compute: {
    kernel: ([x, index], { axis }) => ({
      kernel: "gather", ...around(x!.shape, axis), count: index!.shape[axis]!, dtype: x!.access.dtype,
    }), // prettier-ignore
    halves: [0],
  },
  gradient: ({ g, inputs: [x, index], attributes: { axis } }) => [
    g[0]!.scatterOnZeros(index!, axis, x!.shape[axis]!),
    null,
  ],
};

/** The transpose of gather: adds g[.., j, ..] at index[.., j, ..] of zeros. */
export const scatterAdd: OpRecord<AlongAxis & { size: number }> = {
  name: "scatterAdd",
  forms: ([g, index], { axis, size }) => {
    floats("scatterAdd", g);
    integers("scatterAdd", index!);
    if (show(g!.shape) !== show(index!.shape))
      throw new ShapeError(
        `scatterAdd: values ${show(g!.shape)} and index ${show(index!.shape)} must be alike`,
      );
    return [{ shape: g!.shape.with(axis, size), dtype: "f32" }];
  },
  compute: {
    kernel: ([g, index], { axis, size }) => ({
      kernel: "scatterAdd", ...around(g!.shape, axis), size, count: index!.shape[axis]!,
    }), // prettier-ignore
  },
  gradient: ({ g, inputs: [, index], attributes: { axis } }) => [g[0]!.gather(axis, index!), null],
};

/** `before` and `after` elements of scalar 0 around each axis. */
export const pad: OpRecord<{ before: Shape; after: Shape }> = {
  name: "pad",
  forms: ([x], { before, after }) => [
    { shape: x!.shape.map((size, k) => before[k]! + size + after[k]!), dtype: x!.dtype },
  ],
  compute: {
    kernel: ([x], border) => ({
      kernel: "pad",
      shape: x!.shape,
      ...border,
      dtype: computedIn(x!.dtype),
    }),
  },
  gradient: ({ g, inputs: [x], attributes: { before } }) => [
    x!.shape.reduce(
      (part, size, axis) => part.slice(axis, before[axis]!, before[axis]! + size),
      g[0]!,
    ),
  ],
};

export const concat: OpRecord<AlongAxis> = {
  name: "concat",
  forms: (parts, { axis }) => {
    const first = parts[0]!;
    for (const { shape, dtype } of parts) {
      if (dtype !== first.dtype)
        throw new DTypeError(`concat: ${first.dtype} and ${dtype} do not mix`);
      if (
        shape.length !== first.shape.length ||
        shape.some((size, k) => k !== axis && size !== first.shape[k])
      )
        throw new ShapeError(
          `concat: ${show(first.shape)} and ${show(shape)} differ off axis ${axis}`,
        );
    }
    const total = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return [{ shape: first.shape.with(axis, total), dtype: first.dtype }];
  },
  compute: {
    kernel: (parts, { axis }) => {
      const { outer, inner } = around(parts[0]!.shape, axis);
      const sizes = parts.map(({ shape }) => shape[axis]!);
      return { kernel: "concat", outer, sizes, inner, dtype: computedIn(parts[0]!.dtype) };
    },
  },
  gradient: ({ g, inputs, attributes: { axis } }) =>
    g[0]!.splitSizes(
      inputs.map(({ shape }) => shape[axis]!),
      axis,
    ),
};
