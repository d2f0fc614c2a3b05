/**
 * Convolution as a product (implicit GEMM: the unfolded image exists only a tile at a time), for each group
 *   y[o, (b, p, q)] = Σ_(c, r, s) w[o, (c, r, s)] · x[b, c, p·stride + r·dilation − padding, …]
 */
import type { Convolution } from "../../spec.js";
import { i32, type Dispatch, type Place } from "../kernel.js";
import { tilesOf, type Split } from "../matmul/member.js";
import { leftMatrix } from "../matmul/strided.js";
import { columnsOf, type Operand, type Tile } from "../tiles.js";
import { writeProduct } from "../product.js";
import { four, gridNumbers, loadInside, outside, sizeNumbers } from "./size.js";

export type Product = { M: number; N: number; K: number };

export const forwardProduct = ({ B, C, O, R, S, P, Q, groups }: Convolution): Product => {
  return { M: O / groups, N: B * P * Q, K: (C / groups) * R * S };
};

/** `to`: the output, or its parts [parts, B, O, P, Q]. */
export function lowerForward(spec: Convolution, tile: Tile, split: Split, to: Place): Dispatch {
  const product = forwardProduct(spec);
  const { M, N, K } = product;
  const { groups } = spec;
  const tiles = tilesOf(tile, M, N);
  const bias = spec.bias && split.parts === 1;
  const { chunk, parts } = split;
  const tiles_across = Math.ceil(N / columnsOf(tile));
  return writeProduct({
    tile,
    buffers: {
      b: ["f32", 0],
      a: ["f32", 1],
      ...(bias && { bias: ["f32", 2] as const }),
      out: ["f32", to],
    },
    numbers: {
      ...gridNumbers(tile, { ...product, chunk, groups, tiles, tiles_across }),
      ...sizeNumbers(spec),
      a_row: i32(K),
      a_column: i32(1),
    },
    groups: tiles * groups * parts,
    start: /* wgsl */ `
  ${gridStart}
  let end = min(numbers.K, begin + numbers.chunk);
  let a_start = i32(parallel * numbers.M * numbers.K);`,
    left: leftMatrix(),
    right: imageColumns,
    beforeStore: /* wgsl */ `
  let n = column + ${four};
  let area = numbers.P * numbers.Q;
  let from_part = part * numbers.B * numbers.O * area;
  let at_image = from_part + n / area * numbers.O * area + n % area;`,
    store: /* wgsl */ `
    if (m < numbers.M) {
      let o = parallel * numbers.M + m;
      let p = at_image + o * area;
      ${storeFour("n", "numbers.N", bias ? " + bias[o]" : "")}
    }`,
  });
}

/** Where a workgroup stands: group = ((part · groups) + group) · tiles + tile. */
export const gridStart = /* wgsl */ `
  let row0 = group % numbers.tiles / numbers.tiles_across * numbers.tile_rows;
  let column0 = group % numbers.tiles % numbers.tiles_across * numbers.tile_columns;
  let parallel = group / numbers.tiles % numbers.parallel; // the group of channels
  let part = group / numbers.tiles / numbers.parallel;
  let begin = part * numbers.chunk;`;

export const storeFour = (n: string, size: string, plus: string): string =>
  [..."xyzw"]
    .map((c) => `if (${n}.${c} < ${size}) { out[p.${c}] = value.${c}${plus}; }`)
    .join("\n      ");

/** Four outputs (b, p, q), and at k = (c, r, s) the pixels that they see. */
const imageColumns: Operand = {
  along: "false",
  prepare: (first, round) => /* wgsl */ `
  let n${round} = ${first} + ${four};
  let b_image${round} = n${round} / (numbers.P * numbers.Q) * numbers.C + parallel * numbers.C_group;
  let b_row${round} = vec4<i32>(n${round} / numbers.Q % numbers.P * numbers.stride0) - i32(numbers.padding0);
  let b_top${round} = select(b_row${round}, ${outside}, n${round} >= vec4<u32>(numbers.N));
  let b_left${round} = vec4<i32>(n${round} % numbers.Q * numbers.stride1) - i32(numbers.padding1);`,
  load: (round) => /* wgsl */ `
        let y = b_top${round} + i32(k / numbers.S % numbers.R * numbers.dilation0);
        let x = b_left${round} + i32(k % numbers.S * numbers.dilation1);
        let channel = b_image${round} + k / (numbers.R * numbers.S);
        let p = vec4<i32>(channel * numbers.H) * i32(numbers.W) + y * i32(numbers.W) + x;
        ${loadInside("b", "numbers.H", "numbers.W")}`,
};
