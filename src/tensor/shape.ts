/** Shapes: pure functions of number[]. Axes may be counted from the end (-1 is the last). */
import { rowMajor, volume } from "../kernels/shape.js";
import { ShapeError, show } from "./errors.js";

export type Shape = readonly number[];

export { volume as sizeOf, rowMajor as stridesOf };

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** The axis counted from the front, or a sentence. */
export function axisOf(axis: number, shape: Shape, asked: string): number {
  const found = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(found) && found >= 0 && found < shape.length) return found;
  const range = shape.length ? `${-shape.length} to ${shape.length - 1}` : "none: it is one number";
  throw new ShapeError(`${asked}: axis ${axis} of ${show(shape)}; its axes are ${range}`);
}

/** Axes to reduce over, sorted and each once; undefined means all. */
export function axesOf(axes: number | Shape | undefined, shape: Shape, asked: string): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const found = list.map((axis) => axisOf(axis, shape, asked)).sort((a, b) => a - b);
  if (new Set(found).size < found.length)
    throw new ShapeError(`${asked}: axes ${show(list)} of ${show(shape)} name an axis twice`);
  return found;
}

/** The shape that both spread to, NumPy's rule: axes meet from the right, equal or 1. */
export function broadcast(a: Shape, b: Shape, asked: string): number[] {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = -rank; axis < 0; axis++) {
    const left = a[axis + a.length] ?? 1;
    const right = b[axis + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new ShapeError(
        `${asked}: ${show(a)} and ${show(b)} do not broadcast: axis ${axis} is ${left} and ${right}`,
      );
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

/** Sizes given by a user: whole numbers, none negative. */
export function checkShape(shape: Shape, asked: string): void {
  if (shape.every((size) => Number.isInteger(size) && size >= 0)) return;
  throw new ShapeError(`${asked}: ${show(shape)} is no shape; every size is a whole number from 0`);
}

/** Fills in a single -1 of a reshape. */
export function inferShape(wanted: Shape, from: Shape): number[] {
  const known = wanted.reduce((size, axis) => (axis === -1 ? size : size * axis), 1);
  const open = wanted.filter((axis) => axis === -1).length;
  const size = volume(from);
  const filled = wanted.map((axis) => (axis === -1 ? size / known : axis));
  if (open > 1) throw new ShapeError(`reshape: ${show(wanted)} leaves more than one axis open`);
  if (filled.some((axis) => !Number.isInteger(axis) || axis < 0) || volume(filled) !== size)
    throw new ShapeError(
      `reshape: ${show(from)} has ${size} elements and does not fit ${show(wanted)}`,
    );
  return filled;
}
