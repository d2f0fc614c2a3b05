/**
 * A matmul as numbers: the spec's views brought to one form, in bytes, before a way to run it is
 * chosen (matmul.ts).
 */
import type { Matmul } from "../spec.js";

/** One batch axis: how far A and B move along it, in bytes. */
export type BatchAxis = { size: number; a: number; b: number };

/** C [items, M, N], contiguous; strides and offsets in bytes. */
export type MatmulShape = {
  M: number; N: number; K: number;
  axes: readonly BatchAxis[];
  a: { offset: number; row: number; step: number };
  b: { offset: number; step: number; column: number };
  /** Whether A and B changed places. */
  turned: boolean;
}; // prettier-ignore

/**
 * Axes of size 1 go; those that A and B walk alike become one; those along which B stands still are
 * rows of A where their strides say so; and a product with a single column is turned on its side,
 * for it is the columns that lie in vectors. C's memory is the same all along.
 */
export function matmulShape(spec: Matmul): MatmulShape {
  const { M, N, K, batch, a, b } = spec;
  const rank = batch.length;
  const bytes = (view: { strides: readonly number[] }, axis: number): number =>
    4 * (view.strides[axis] ?? 0);
  const axes = mergeAxes(
    batch.map((size, axis) => ({ size, a: bytes(a, axis), b: bytes(b, axis) })),
  );
  const shape = {
    M, N, K, axes, turned: false,
    a: { offset: 4 * a.offset, row: bytes(a, rank), step: K === 1 ? 4 : bytes(a, rank + 1) },
    b: { offset: 4 * b.offset, step: bytes(b, rank), column: N === 1 ? 4 : bytes(b, rank + 1) },
  }; // prettier-ignore
  const folded = foldRows(shape);
  return N === 1 && !spec.bias ? turned(folded, bytes(b, rank)) : folded;
}

function mergeAxes(axes: readonly BatchAxis[]): BatchAxis[] {
  const merged: BatchAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = merged.at(-1);
    if (outer && outer.a === axis.size * axis.a && outer.b === axis.size * axis.b)
      merged.splice(-1, 1, { ...axis, size: outer.size * axis.size });
    else merged.push(axis);
  }
  return merged;
}

function foldRows(shape: MatmulShape): MatmulShape {
  const last = shape.axes.at(-1);
  if (!last || last.b !== 0) return shape;
  if (shape.M === 1) shape = { ...shape, a: { ...shape.a, row: last.a } };
  else if (last.a !== shape.M * shape.a.row) return shape;
  return foldRows({ ...shape, M: last.size * shape.M, axes: shape.axes.slice(0, -1) });
}

/** Cᵀ [1, M] = bᵀ [1, K] · Aᵀ [K, M]. */
function turned(shape: MatmulShape, bStep: number): MatmulShape {
  const { a, b } = shape;
  return {
    M: 1, N: shape.M, K: shape.K, turned: true,
    axes: shape.axes.map(({ size, a, b }) => ({ size, a: b, b: a })),
    a: { offset: b.offset, row: 0, step: shape.K === 1 ? 4 : bStep },
    b: { offset: a.offset, step: a.step, column: shape.M === 1 ? 4 : a.row },
  };
} // prettier-ignore

/** How many products the batch holds. */
export function itemCount({ axes }: { axes: readonly { size: number }[] }): number {
  return axes.reduce((product, { size }) => product * size, 1);
}
