/**
 * The transpose of convolution in x: the gradient of its input, and the transposed convolution. With stride
 * s only every s-th tap of the kernel reaches a given pixel, the same ones for all pixels of one remainder
 * modulo s. So each pair of remainders is a product of its own, and no multiplication meets a zero:
 *   x[c, (b, h, w)] = Σ_(o, r, s) w[(o, r, s), c] · y[b, o, p, q],  h = i + stride·h',  r = first + step·t,
 *   p = h' + (i + padding − first·dilation)/stride − t·step·dilation/stride
 */
import type { ConvolutionInput } from "../../spec.js";
import { u32, type Dispatch, type Place } from "../kernel.js";
import { tilesOf, type Split } from "../matmul/member.js";
import { loadFour, within } from "../matmul/strided.js";
import { columnsOf, type Operand, type Tile } from "../tiles.js";
import { writeProduct } from "../product.js";
import { gridStart, storeFour, type Product } from "./forward.js";
import { four, gridNumbers, loadInside, outside, sizeNumbers } from "./size.js";

/** The largest product of a remainder. */
export function inputProduct(spec: ConvolutionInput): Product {
  const { B, C, H, W, O, R, S, stride, groups } = spec;
  const [h, w] = [Math.ceil(H / stride[0]), Math.ceil(W / stride[1])];
  const taps = Math.ceil(R / stepOf(spec, 0)) * Math.ceil(S / stepOf(spec, 1));
  return { M: C / groups, N: B * h * w, K: (O / groups) * taps };
}

export const remaindersOf = ({ stride }: ConvolutionInput): number => stride[0] * stride[1];

/** A pixel meets every step-th tap. */
function stepOf({ stride, dilation }: ConvolutionInput, axis: 0 | 1): number {
  return stride[axis] / commonDivisor(stride[axis], dilation[axis]);
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

export function lowerInput(spec: ConvolutionInput, tile: Tile, split: Split, to: Place): Dispatch {
  const product = inputProduct(spec);
  const { groups } = spec;
  const tiles = tilesOf(tile, product.M, product.N);
  const bias = spec.bias && split.parts === 1;
  const { chunk, parts } = split;
  const tiles_across = Math.ceil(product.N / columnsOf(tile));
  return writeProduct({
    tile,
    buffers: {
      b: ["f32", 0],
      a: ["f32", 1],
      ...(bias && { bias: ["f32", 2] as const }),
      out: ["f32", to],
    },
    numbers: {
      ...gridNumbers(tile, {
        ...product,
        chunk,
        groups: groups * remaindersOf(spec),
        tiles,
        tiles_across,
      }),
      ...sizeNumbers(spec),
      channel_groups: u32(groups),
      step0: u32(stepOf(spec, 0)),
      step1: u32(stepOf(spec, 1)),
    },
    groups: tiles * groups * remaindersOf(spec) * parts,
    declarations: taps,
    start,
    left: weightRows,
    right: outputColumns,
    beforeStore: /* wgsl */ `
  let n = column + ${four};
  let h = n / width % height * numbers.stride0 + remainder / numbers.stride1;
  let w = n % width * numbers.stride1 + remainder % numbers.stride1;
  let at_image = (part * numbers.B + n / (height * width)) * numbers.C;`,
    store: /* wgsl */ `
    if (m < numbers.M) {
      let c = channel_group * numbers.M + m;
      let p = ((at_image + c) * numbers.H + h) * numbers.W + w;
      ${storeFour("n", "count", bias ? " + bias[c]" : "")}
    }`,
  });
}

/** The taps of one axis that reach the pixels of a remainder, and where they find them in y. */
const taps = /* wgsl */ `
struct Taps { first: u32, count: u32, place: i32 }
fn taps_of(remainder: u32, size: u32, step: u32, stride: u32, dilation: u32, padding: u32) -> Taps {
  for (var first = 0u; first < min(step, size); first++) {
    let distance = i32(remainder + padding) - i32(first * dilation);
    if (distance % i32(stride) == 0) {
      return Taps(first, (size - first - 1u) / step + 1u, distance / i32(stride));
    }
  }
  return Taps(0u, 0u, 0);
}`;

const start = /* wgsl */ `
  ${gridStart}
  let remainder = parallel / numbers.channel_groups;
  let channel_group = parallel % numbers.channel_groups;
  let rows = taps_of(remainder / numbers.stride1, numbers.R, numbers.step0, numbers.stride0,
    numbers.dilation0, numbers.padding0);
  let columns = taps_of(remainder % numbers.stride1, numbers.S, numbers.step1, numbers.stride1,
    numbers.dilation1, numbers.padding1);
  let height = (numbers.H - remainder / numbers.stride1 + numbers.stride0 - 1u) / numbers.stride0;
  let width = (numbers.W - remainder % numbers.stride1 + numbers.stride1 - 1u) / numbers.stride1;
  let count = numbers.B * height * width;
  let end = min(numbers.O_group * rows.count * columns.count, begin + numbers.chunk);`;

/** Four input channels, and at k = (o, t, u) their weights at tap (r, s). */
const weightRows: Operand = {
  along: "true",
  prepare: (first, round) => `let a_first${round} = ${within(first, "numbers.M")};`,
  load: (round) => /* wgsl */ `
        let o = channel_group * numbers.O_group + k / (rows.count * columns.count);
        let r = rows.first + k / columns.count % rows.count * numbers.step0;
        let s = columns.first + k % columns.count * numbers.step1;
        let m = a_first${round};
        let p = ((o * numbers.M + m) * numbers.R + r) * numbers.S + s;
        ${loadFour("a")}`,
};

/** Four pixels (b, h', w'), and at k = (o, t, u) the outputs that they were seen by. */
const outputColumns: Operand = {
  along: "false",
  prepare: (first, round) => /* wgsl */ `
  let n${round} = ${first} + ${four};
  let b_image${round} = n${round} / (height * width) * numbers.O + channel_group * numbers.O_group;
  let b_row${round} = vec4<i32>(n${round} / width % height) + rows.place;
  let b_top${round} = select(b_row${round}, ${outside}, n${round} >= vec4<u32>(count));
  let b_left${round} = vec4<i32>(n${round} % width) + columns.place;`,
  load: (round) => /* wgsl */ `
        let t = k / columns.count % rows.count;
        let u = k % columns.count;
        let y = b_top${round} - i32(t * numbers.step0 * numbers.dilation0 / numbers.stride0);
        let x = b_left${round} - i32(u * numbers.step1 * numbers.dilation1 / numbers.stride1);
        let channel = b_image${round} + k / (rows.count * columns.count);
        let p = vec4<i32>(channel * numbers.P) * i32(numbers.Q) + y * i32(numbers.Q) + x;
        ${loadInside("b", "numbers.P", "numbers.Q")}`,
};
