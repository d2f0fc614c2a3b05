/**
 * Views: the same numbers at other places. None of them moves data by itself; a consumer that can
 * walk strides reads through them.
 */
import { ShapeError, show } from "../errors.js";
import type { Form, OpRecord } from "../op.js";
import { reshapeMap, type IndexMap } from "../plan/index-map.js";
import { broadcast, sameShape, type Shape } from "../shape.js";

export const reshape: OpRecord<{ shape: Shape }> = {
  name: "reshape",
  forms: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  compute: { view: (map, input, { shape }) => reshapeMap(map, shape, input.shape) },
  gradient: ({ g, inputs: [x] }) => [g[0]!.reshape(x!.shape)],
};

/** Output axis k is input axis `axes[k]`. */
export const permute: OpRecord<{ axes: readonly number[] }> = {
  name: "permute",
  forms: ([x], { axes }) => [{ shape: axes.map((axis) => x!.shape[axis]!), dtype: x!.dtype }],
  compute: {
    view: (map, _, { axes }) => ({
      ...map,
      rows: axes.map((_, axis) => map.rows[axes.indexOf(axis)]!),
      offset: axes.map((_, axis) => map.offset[axes.indexOf(axis)]!),
    }),
  },
  gradient: ({ g, attributes: { axes } }) => [
    g[0]!.permute(axes.map((_, axis) => axes.indexOf(axis))),
  ],
};

/** Axes of size 1 (and missing ones in front) repeat. The walk of backprop sums the gradient back. */
export const expand: OpRecord<{ shape: Shape }> = {
  name: "expand",
  forms: ([x], { shape }) => {
    if (!sameShape(broadcast(shape, x!.shape, "expand"), shape))
      throw new ShapeError(
        `expand: ${show(x!.shape)} does not spread to ${show(shape)}; axes of size 1 repeat, new ones come in front`,
      );
    return [{ shape, dtype: x!.dtype }];
  },
  compute: { view: (map, input, { shape }) => expandMap(map, input, shape) },
  gradient: ({ g }) => [g[0]!],
};

function expandMap(map: IndexMap, input: Form, shape: Shape): IndexMap {
  const lead = shape.length - input.shape.length;
  const none = map.extents.map(() => 0);
  return {
    rows: input.shape.map((size, axis) => (size === 1 ? none : map.rows[axis + lead]!)),
    offset: input.shape.map((size, axis) => (size === 1 ? 0 : map.offset[axis + lead]!)),
    extents: map.extents,
  };
}

/** Every `step`-th element of `axis` from `start`, `count` of them; a negative step walks back. */
export type SliceOf = { axis: number; start: number; count: number; step: number };
export const slice: OpRecord<SliceOf> = {
  name: "slice",
  forms: ([x], { axis, count }) => [
    { shape: x!.shape.map((size, k) => (k === axis ? count : size)), dtype: x!.dtype },
  ],
  compute: { view: (map, _, at) => sliceMap(map, at) },
  gradient: ({ g, inputs: [x], attributes: { axis, start, count, step } }) => {
    const size = x!.shape[axis]!;
    if (step === 1) return [g[0]!.pad(axis, start, size - start - count)];
    if (step === -1) return [g[0]!.flip(axis).pad(axis, start - count + 1, size - start - 1)];
    return [g[0]!.spread(axis, start, step, size)];
  },
};

const sliceMap = (map: IndexMap, { axis, start, step }: SliceOf): IndexMap => ({
  rows: map.rows.map((row, k) => (k === axis ? row.map((factor) => factor * step) : row)),
  offset: map.offset.map((offset, k) => (k === axis ? start + offset * step : offset)),
  extents: map.extents,
});

/** Parts of `sizes` along `axis`, as one op, so that the gradient is one concat and no sum of pads. */
export const split: OpRecord<{ axis: number; sizes: readonly number[] }> = {
  name: "split",
  forms: ([x], { axis, sizes }) =>
    sizes.map((part) => ({
      shape: x!.shape.map((size, k) => (k === axis ? part : size)),
      dtype: x!.dtype,
    })),
  compute: {
    view: (map, _, { axis, sizes }, output) => {
      const start = sizes.slice(0, output).reduce((sum, size) => sum + size, 0);
      return sliceMap(map, { axis, start, count: sizes[output]!, step: 1 });
    },
  },
  gradient: ({ g, outputs, attributes: { axis } }) => {
    const parts = outputs.map((output, k) => g[k] ?? output.like(0));
    return [parts[0]!.concat(parts.slice(1), axis)];
  },
};

/**
 * Parts along `axis` that already lie side by side as the whole of `x`: a reshape of it, whose gradient goes to the parts.
 * inputs: x, parts; `shape`: that of the parts together.
 */
export const together: OpRecord<{ shape: Shape; axis: number }> = {
  name: "reshape",
  forms: reshape.forms,
  compute: reshape.compute,
  gradient: ({ g, inputs: [, ...parts], attributes: { axis } }) => [
    null,
    ...g[0]!.splitSizes(
      parts.map(({ shape }) => shape[axis]!),
      axis,
    ),
  ],
};

/**
 * Sliding windows over the last two axes: [.., H, W] → [.., P, Q, R, S], for pooling. The gradient
 * adds every window position back to where it was read.
 */
export type WindowOf = {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  dilation: readonly [number, number];
};
export const windows: OpRecord<WindowOf> = {
  name: "windows",
  forms: ([x], { kernel, stride, dilation }) => {
    const [H, W] = x!.shape.slice(-2) as [number, number];
    const places = (size: number, k: 0 | 1) =>
      Math.floor((size - dilation[k] * (kernel[k] - 1) - 1) / stride[k]) + 1;
    if (![...kernel, ...stride, ...dilation].every((n) => Number.isInteger(n) && n >= 1))
      throw new ShapeError(
        `windows: ${show(kernel)}, stride ${show(stride)}, dilation ${show(dilation)}; all are whole numbers from 1`,
      );
    if (x!.shape.length < 2 || places(H, 0) < 1 || places(W, 1) < 1)
      throw new ShapeError(`windows: ${show(kernel)} do not fit into ${show(x!.shape)}`);
    return [
      { shape: [...x!.shape.slice(0, -2), places(H, 0), places(W, 1), ...kernel], dtype: x!.dtype },
    ];
  },
  compute: {
    view: (map, input, { stride, dilation }) => {
      const lead = input.shape.length - 2;
      const line = (k: 0 | 1) =>
        map.rows[lead + k]!.map(
          (f, loop) => f * stride[k] + map.rows[lead + 2 + k]![loop]! * dilation[k],
        );
      const start = (k: 0 | 1) =>
        map.offset[lead + k]! * stride[k] + map.offset[lead + 2 + k]! * dilation[k];
      return {
        rows: [...map.rows.slice(0, lead), line(0), line(1)],
        offset: [...map.offset.slice(0, lead), start(0), start(1)],
        extents: map.extents,
      };
    },
  },
  gradient: ({
    g,
    inputs: [x],
    attributes: {
      kernel: [R, S],
      stride,
      dilation,
    },
  }) => {
    const [H, W] = x!.shape.slice(-2) as [number, number];
    const lead = x!.shape.length - 2;
    let total = x!.like(0);
    for (let r = 0; r < R; r++)
      for (let s = 0; s < S; s++) {
        const seen = g[0]!.at(lead + 2, r).at(lead + 2, s); // [.., P, Q]
        const tall = seen.spread(lead, r * dilation[0], stride[0], H);
        total = total.add(tall.spread(lead + 1, s * dilation[1], stride[1], W));
      }
    return [total];
  },
};
