/** The sizes of a convolution as numbers of a kernel, and its image side as an operand of tileProduct. */
import type { ConvolutionSize } from "../../spec.js";
import { u32, type KernelNumber } from "../kernel.js";
import { loadFour } from "../matmul/strided.js";
import { columnsOf, rowsOf, type Tile } from "../tiles.js";

/** C and O of a group; `stride0` and so on for the height, `stride1` for the width. */
export function sizeNumbers(size: ConvolutionSize): Record<string, KernelNumber> {
  const { B, C, H, W, O, R, S, P, Q, groups, stride, padding, dilation } = size;
  const plain = { B, C, H, W, O, R, S, P, Q, C_group: C / groups, O_group: O / groups };
  const axes = [0, 1].flatMap((axis): [string, number][] => [
    [`stride${axis}`, stride[axis]!],
    [`padding${axis}`, padding[axis]!],
    [`dilation${axis}`, dilation[axis]!],
  ]);
  return Object.fromEntries(
    [...Object.entries(plain), ...axes].map(([name, value]) => [name, u32(value)]),
  );
}

/** The numbers of a tiled kernel: where the workgroup stands among tiles, groups and parts of k. */
export const gridNumbers = (
  tile: Tile,
  grid: {
    M: number;
    N: number;
    K: number;
    chunk: number;
    groups: number;
    tiles: number;
    tiles_across: number;
  },
): Record<string, KernelNumber> =>
  Object.fromEntries(
    Object.entries({ ...grid, tile_rows: rowsOf(tile), tile_columns: columnsOf(tile) }).map(
      ([name, value]) => [name === "groups" ? "parallel" : name, u32(value)],
    ),
  );

/**
 * Statements that load four numbers of `image` at `p` (a vec4 of positions), 0 where row `y` or column `x`
 * (vec4<i32>) is outside: a negative one is, as u32, too large. Reads outside a buffer are harmless in WGSL.
 */
export const loadInside = (image: string, height: string, width: string): string => /* wgsl */ `
        let inside = (vec4<u32>(y) < vec4<u32>(${height})) & (vec4<u32>(x) < vec4<u32>(${width}));
        ${loadFour(image)}
        four = select(vec4<f32>(), four, inside);`;

/** What is added to four numbers in a row to name them all. */
export const four = "vec4<u32>(0u, 1u, 2u, 3u)";

/** A row so far outside that no tap of a kernel leads back in. */
export const outside = "vec4<i32>(-1073741824)";
