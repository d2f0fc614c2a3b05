/** What every kernel of this folder is: a function of its sizes, its buffers and its run-time numbers. */

/** f32 lives in float64 here; i32 and bool (0 or 1) in 32-bit integers. */
export type Data = Float64Array | Int32Array;

/** A call's buffers, as many as its spec says. The type has eight, so that a kernel can name its own. */
export type Buffers = readonly [Data, Data, Data, Data, Data, Data, Data, Data, ...Data[]];

export type Run<Spec> = (
  spec: Spec,
  inputs: Buffers,
  outputs: Buffers,
  scalars: readonly number[],
) => void;
