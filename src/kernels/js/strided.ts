/** How the kernels here walk a strided buffer: an odometer over the axes, the last one fastest. */
import type { Access } from "../ir.js";
import { volume } from "../shape.js";

/** The index on each axis of the point that stands `position`-th in row-major order. */
function indexOf(shape: readonly number[], position: number): number[] {
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = position % shape[axis]!;
    position = Math.floor(position / shape[axis]!);
  }
  return index;
}

/** Writes into `out` where in its buffer `access` finds the points start, start + 1, … of `shape`. */
export function walk(
  shape: readonly number[],
  { offset, strides }: Pick<Access, "offset" | "strides">,
  start: number,
  count: number,
  out: Int32Array | Float64Array,
): void {
  const index = indexOf(shape, start);
  let at = index.reduce((sum, i, axis) => sum + i * strides[axis]!, offset);
  for (let point = 0; point < count; point++) {
    out[point] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!; // this axis is through: back to its start, on to the next
      index[axis] = 0;
    }
  }
}

/** Where `access` finds every point of `shape`, in row-major order. */
export function positions(
  shape: readonly number[],
  access: Pick<Access, "offset" | "strides">,
): Int32Array {
  const out = new Int32Array(volume(shape));
  walk(shape, access, 0, out.length, out);
  return out;
}
