/** Pooling and resizing of images [.., H, W], made of views, reductions and small products. */
import { ShapeError, show } from "./errors.js";
import { tensor } from "./create.js";
import type { Tensor } from "./tensor.js";

type Pair = number | readonly [number, number];
export type PoolOptions = { stride?: Pair; padding?: Pair };

export const pair = (x: Pair): readonly [number, number] => (typeof x === "number" ? [x, x] : x);

function pool(
  x: Tensor,
  kernel: Pair,
  { stride = kernel, padding = 0 }: PoolOptions,
  border: number,
): Tensor {
  const [h, w] = pair(padding);
  const wide = x.pad(-2, h, h, border).pad(-1, w, w, border);
  const [R, S] = pair(kernel);
  if (R > wide.shape.at(-2)! || S > wide.shape.at(-1)!)
    throw new ShapeError(`pooling: a window of ${show([R, S])} does not fit ${show(wide.shape)}`);
  return wide.windows([R, S], pair(stride)); // [.., P, Q, R, S]
}

/** The largest of each window. Equal largest ones share the gradient. */
export const maxPool2d = (x: Tensor, kernel: Pair, options: PoolOptions = {}): Tensor =>
  pool(x, kernel, options, -Infinity).max([-2, -1]);

/** The mean of each window; the border counts as zeros, PyTorch's default. */
export const avgPool2d = (x: Tensor, kernel: Pair, options: PoolOptions = {}): Tensor =>
  pool(x, kernel, options, 0).mean([-2, -1]);

/** Each pixel repeated `factor` times on both axes. */
export function upsampleNearest(x: Tensor, factor: number): Tensor {
  const lead = x.shape.slice(0, -2);
  const [H, W] = x.shape.slice(-2) as [number, number];
  const spread = x.reshape([...lead, H, 1, W, 1]).expand([...lead, H, factor, W, factor]);
  return spread.reshape([...lead, H * factor, W * factor]);
}

/** To [.., height, width] by "nearest" (source ⌊i·in/out⌋) or "bilinear" (PyTorch's, alignCorners false). */
export function resize(
  x: Tensor,
  [height, width]: readonly [number, number],
  mode: "nearest" | "bilinear",
): Tensor {
  const [H, W] = x.shape.slice(-2) as [number, number];
  if (mode === "nearest" && height % H === 0 && height / H === width / W)
    return upsampleNearest(x, height / H);
  const weights = mode === "nearest" ? nearest : bilinear;
  return weights(height, H).matmul(x.matmul(weights(width, W).transpose()));
}

/** [out, in], one 1 a row. */
function nearest(out: number, size: number): Tensor {
  return matrix(out, size, (i, put) => put(Math.min(size - 1, Math.floor((i * size) / out)), 1));
}

/** [out, in]: the pixel centre (i + ½)·in/out − ½ lies between two sources, which share by distance. */
function bilinear(out: number, size: number): Tensor {
  return matrix(out, size, (i, put) => {
    const centre = Math.max(0, ((i + 0.5) * size) / out - 0.5);
    const low = Math.min(size - 1, Math.floor(centre));
    put(low, 1 - (centre - low));
    put(Math.min(size - 1, low + 1), centre - low);
  });
}

function matrix(
  rows: number,
  columns: number,
  fill: (row: number, put: (column: number, weight: number) => void) => void,
): Tensor {
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    fill(row, (column, weight) => (data[row * columns + column]! += weight));
  return tensor(data, { shape: [rows, columns] });
}
