/** Sizes of a buffer's axes, and how far apart in memory its elements are. */

/** Elements of a shape. */
export const volume = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** The strides of a contiguous buffer whose last axis goes fastest. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
