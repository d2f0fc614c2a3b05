/**
 * The loop nest of a fused kernel, made as flat as it goes: axes of size 1 are dropped, and two
 * neighbours become one where every buffer walks them as one (stride outside = stride · size inside).
 */
import type { Fused, Instruction } from "./ir.js";
import { rowMajor } from "./shape.js";

/** One loop: how far each stream (the loads, then the output) moves at a step, in elements. */
export type Axis = { size: number; strides: number[]; name: number | null };

/** The kernel's axes before flattening; `name` is the axis number that an `index` line gives, if one does. */
export function nestOf(spec: Fused): { output: Axis[]; reduce: Axis[] } {
  const sizes = [...spec.shape, ...(spec.reduce?.shape ?? [])];
  const named = new Set([...spec.body, ...spec.epilogue].flatMap(indexed));
  const outStrides = rowMajor(spec.shape);
  const axes = sizes.map((size, axis): Axis => {
    const strides = spec.loads.map((load) => load.strides[axis] ?? 0);
    return {
      size,
      strides: [...strides, outStrides[axis] ?? 0],
      name: named.has(axis) ? axis : null,
    };
  });
  return { output: axes.slice(0, spec.shape.length), reduce: axes.slice(spec.shape.length) };
}

const indexed = (line: Instruction): number[] => (line.op === "index" ? [line.axis] : []);

/** The same walk with as few axes as it needs. */
export function flatten(axes: readonly Axis[]): Axis[] {
  const flat: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outside = flat.at(-1);
    if (outside && joins(outside, axis)) {
      outside.size *= axis.size;
      outside.strides = axis.strides;
    } else flat.push({ ...axis });
  }
  return flat;
}

/** Elements of an axis whose bytes are counted in a signed i32. */
export const longestAxis = 2 ** 28;

const joins = (outside: Axis, inside: Axis): boolean =>
  outside.size * inside.size <= longestAxis &&
  outside.name === null &&
  inside.name === null &&
  outside.strides.every((stride, k) => stride === inside.strides[k]! * inside.size);

export const volumeOf = (axes: readonly Axis[]): number =>
  axes.reduce((n, { size }) => n * size, 1);
