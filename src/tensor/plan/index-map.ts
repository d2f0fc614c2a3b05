/**
 * Affine maps from the axes of a loop to the axes of a tensor: index[axis] = offset[axis] +
 * Σ rows[axis][loop]·i[loop]. Views (permute, slice, expand, …) compose them; a load turns one into
 * offset and strides of a buffer.
 */
import type { Access, DType } from "../../kernels/ir.js";
import { stridesOf, type Shape } from "../shape.js";

export type IndexMap = {
  rows: readonly (readonly number[])[]; // [axes of the tensor][axes of the loop]
  offset: readonly number[];
  extents: readonly number[]; // of the loop's axes
};

export function identityMap(shape: Shape): IndexMap {
  return {
    rows: shape.map((_, axis) => shape.map((_, loop) => (axis === loop ? 1 : 0))),
    offset: shape.map(() => 0),
    extents: shape,
  };
}

/** Adds loop axes at the end, which the tensor's axes do not depend on yet. */
export function withLoopAxes(map: IndexMap, extents: Shape): IndexMap {
  const zeros = extents.map(() => 0);
  return {
    rows: map.rows.map((row) => [...row, ...zeros]),
    offset: map.offset,
    extents: [...map.extents, ...extents],
  };
}

const zeroRow = (map: IndexMap): number[] => map.extents.map(() => 0);

/** The map of an input of `shape` that is broadcast to the shape that `map` speaks of. */
export function broadcastMap(map: IndexMap, shape: Shape): IndexMap {
  const lead = map.rows.length - shape.length;
  return {
    rows: shape.map((size, axis) => (size === 1 ? zeroRow(map) : map.rows[axis + lead]!)),
    offset: shape.map((size, axis) => (size === 1 ? 0 : map.offset[axis + lead]!)),
    extents: map.extents,
  };
}

/** The linear position in a contiguous buffer of `shape`, as offset and one stride a loop axis. */
export function linear(map: IndexMap, shape: Shape): { offset: number; strides: number[] } {
  const strides = zeroRow(map);
  let offset = 0;
  stridesOf(shape).forEach((stride, axis) => {
    offset += stride * map.offset[axis]!;
    map.rows[axis]!.forEach((factor, loop) => (strides[loop]! += stride * factor));
  });
  return {
    offset,
    strides: strides.map((stride, loop) => (map.extents[loop] === 1 ? 0 : stride)),
  };
}

export const accessOf = (map: IndexMap, shape: Shape, dtype: DType): Access => ({
  dtype,
  ...linear(map, shape),
});

/**
 * The same elements under another shape: from a map onto `output` to a map onto `input`, both of one
 * size. Every term factor·i of the linear position goes to the input axis whose stride divides it;
 * null if a term would have to be carried over from one axis to the next (then no affine map exists).
 */
export function reshapeMap(map: IndexMap, output: Shape, input: Shape): IndexMap | null {
  const position = linear(map, output);
  const strides = stridesOf(input);
  const rows = input.map(() => zeroRow(map));
  const offset = input.map(() => 0);
  const top = input.map(() => 0); // the largest index met on each axis
  if (input.includes(0)) return { rows, offset, extents: map.extents }; // no element to find
  let rest = position.offset;
  for (let axis = 0; axis < input.length; axis++) {
    if (input[axis] === 1) continue;
    offset[axis] = top[axis] = Math.floor(rest / strides[axis]!);
    rest -= offset[axis]! * strides[axis]!;
  }
  for (const [loop, stride] of position.strides.entries()) {
    if (stride === 0 || map.extents[loop]! <= 1) continue;
    const axis = strides.findIndex(
      (s, axis) => input[axis] !== 1 && s <= Math.abs(stride) && stride % s === 0,
    );
    if (axis < 0) return null;
    const factor = stride / strides[axis]!;
    rows[axis]![loop] = factor;
    if (factor < 0) return null;
    top[axis]! += factor * (map.extents[loop]! - 1);
  }
  if (top.some((index, axis) => index > 0 && index >= input[axis]!)) return null;
  return { rows, offset, extents: map.extents };
}
