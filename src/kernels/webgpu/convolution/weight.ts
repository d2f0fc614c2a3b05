/**
 * The transpose of convolution in w, for each group
 *   w[o, (c, r, s)] = Σ_(b, p, q) y[o, (b, p, q)] · x[b, c, p·stride + r·dilation − padding, …]
 * Its output is small and its sum long: so the sum is split among workgroups, and added up in a second pass.
 */
import type { ConvolutionWeight } from "../../spec.js";
import type { Dispatch, Place } from "../kernel.js";
import { tilesOf, type Split } from "../matmul/member.js";
import { loadFour, within } from "../matmul/strided.js";
import { columnsOf, type Operand, type Tile } from "../tiles.js";
import { writeProduct } from "../product.js";
import { gridStart, type Product } from "./forward.js";
import { four, gridNumbers, loadInside, outside, sizeNumbers } from "./size.js";

export const weightProduct = ({ B, C, O, R, S, P, Q, groups }: ConvolutionWeight): Product => {
  return { M: O / groups, N: (C / groups) * R * S, K: B * P * Q };
};

/** `to`: the output, or its parts [parts, O, C/groups, R, S]. */
export function lowerWeight(
  spec: ConvolutionWeight,
  tile: Tile,
  { chunk, parts }: Split,
  to: Place,
): Dispatch {
  const product = weightProduct(spec);
  const { groups } = spec;
  const tiles = tilesOf(tile, product.M, product.N);
  const tiles_across = Math.ceil(product.N / columnsOf(tile));
  return writeProduct({
    tile,
    buffers: { b: ["f32", 0], a: ["f32", 1], out: ["f32", to] },
    numbers: {
      ...gridNumbers(tile, { ...product, chunk, groups, tiles, tiles_across }),
      ...sizeNumbers(spec),
    },
    groups: tiles * groups * parts,
    start: /* wgsl */ `
  ${gridStart}
  let end = min(numbers.K, begin + numbers.chunk);`,
    left: outputRows,
    right: imageTaps,
    store: /* wgsl */ `
    if (m < numbers.M) {
      let p = ((part * numbers.parallel + parallel) * numbers.M + m) * numbers.N + column;
      ${[0, 1, 2, 3].map((c) => `if (column + ${c}u < numbers.N) { out[p + ${c}u] = value[${c}]; }`).join("\n      ")}
    }`,
  });
}

/** Four output channels at k = (b, p, q). */
const outputRows: Operand = {
  along: "true",
  prepare: (first, round) => `let a_first${round} = ${within(first, "numbers.M")};`,
  load: (round) => /* wgsl */ `
        let area = numbers.P * numbers.Q;
        let m = a_first${round};
        let p = (k / area * numbers.O + parallel * numbers.M + m) * area + k % area;
        ${loadFour("a")}`,
};

/** Four weights (c, r, s), and at k = (b, p, q) the pixels that they met. */
const imageTaps: Operand = {
  along: "true",
  prepare: (first, round) => /* wgsl */ `
  let n${round} = ${first} + ${four};
  let b_image${round} = parallel * numbers.C_group + n${round} / (numbers.R * numbers.S);
  let b_row${round} = vec4<i32>(n${round} / numbers.S % numbers.R * numbers.dilation0) - i32(numbers.padding0);
  let b_top${round} = select(b_row${round}, ${outside}, n${round} >= vec4<u32>(numbers.N));
  let b_left${round} = vec4<i32>(n${round} % numbers.S * numbers.dilation1) - i32(numbers.padding1);`,
  load: (round) => /* wgsl */ `
        let y = b_top${round} + i32(k / numbers.Q % numbers.P * numbers.stride0);
        let x = b_left${round} + i32(k % numbers.Q * numbers.stride1);
        let channel = b_image${round} + k / (numbers.P * numbers.Q) * numbers.C;
        let p = vec4<i32>(channel * numbers.H) * i32(numbers.W) + y * i32(numbers.W) + x;
        ${loadInside("b", "numbers.H", "numbers.W")}`,
};
