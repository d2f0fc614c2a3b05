/**
 * Convolutions whose kernel covers the whole image: one pixel comes out of each (or goes in, where it is
 * transposed, as at the beginning of an image generator). They are plain products with x as rows of
 * C·H·W; as a gather the transpose would multiply H·W times as many numbers, nearly all of them zeros.
 */
import type { Access } from "../ir.js";
import type {
  Convolution,
  ConvolutionInput,
  ConvolutionSize,
  ConvolutionWeight,
  Matmul,
} from "../spec.js";
import type { Lowered } from "./kernel.js";
import { lowerProduct } from "./matmul.js";

export function coversImage({
  B,
  C,
  H,
  W,
  O,
  R,
  S,
  padding,
  dilation,
  groups,
}: ConvolutionSize): boolean {
  const plain = groups * dilation[0] * dilation[1] === 1 && padding[0] + padding[1] === 0;
  return plain && R === H && S === W && B * C * H * W * O > 0;
}

const rows = (width: number): Access => ({ dtype: "f32", offset: 0, strides: [width, 1] });
const columns = (width: number): Access => ({ dtype: "f32", offset: 0, strides: [1, width] });

type Sizes = Pick<Matmul, "M" | "N" | "K">;
const product = (sizes: Sizes, a: Access, b: Access, bias: boolean): Matmul => ({
  kernel: "matmul",
  batch: [],
  ...sizes,
  a,
  b,
  bias,
});

/** y [B, O] = x [B, C·H·W] · wᵀ + bias */
export function wholeOutput({ B, C, H, W, O, bias }: Convolution): Lowered[] {
  const K = C * H * W;
  return lowerProduct(product({ M: B, N: O, K }, rows(K), columns(K), bias), [0, 1], 1);
}

/** x [B, C·H·W] = y [B, O] · w + bias of each channel */
export function wholeInput({ B, C, H, W, O, bias }: ConvolutionInput): Lowered[] {
  const N = C * H * W;
  return lowerProduct(product({ M: B, N, K: O }, rows(O), rows(N), bias), [0, 1], H * W);
}

/** w [O, C·H·W] = yᵀ · x */
export function wholeWeight({ B, C, H, W, O }: ConvolutionWeight): Lowered[] {
  const N = C * H * W;
  return lowerProduct(product({ M: O, N, K: B }, columns(O), rows(N), false), [1, 0], 1);
}
