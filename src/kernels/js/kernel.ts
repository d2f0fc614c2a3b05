/** What every kernel of this folder is: a function of its sizes, its buffers and its run-time numbers. */

/** f32 lives in float64 here; i32 and bool (0 or 1) in 32-bit integers. */
export type Data = Float64Array | Int32Array;

export type Run<Spec> = (
  spec: Spec,
  inputs: readonly Data[],
  outputs: readonly Data[],
  scalars: readonly number[],
) => void;
