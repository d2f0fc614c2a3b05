/**
 * Convolution and its two transposes. It is linear in x, in w and in y, and all three are sums over the
 * same products: output [b, o, p, q] meets input [b, c, p·stride + r·dilation − padding, …] at the
 * weight [o, c, r, s]. So `eachMeeting` walks them once, and what differs is only who adds up whom.
 *   convolution        y += x·w      convolutionInput   x += y·w      convolutionWeight   w += x·y
 */
import type { Convolution, ConvolutionInput, ConvolutionSize, ConvolutionWeight } from "../spec.js";
import type { Data, Run } from "./kernel.js";

/** Calls `visit` with the places in y, x and w of every product that stays inside the image. */
export function eachMeeting(
  size: ConvolutionSize,
  visit: (y: number, x: number, w: number) => void,
): void {
  const { B, C, H, W, O, R, S, P, Q, groups } = size;
  const inGroup = C / groups; // input channels that an output channel sees
  const rowOf = along(0, size);
  const columnOf = along(1, size);
  for (let b = 0; b < B; b++) {
    for (let o = 0; o < O; o++) {
      const group = Math.floor(o / (O / groups));
      for (let p = 0; p < P; p++) {
        for (let q = 0; q < Q; q++) {
          const y = ((b * O + o) * P + p) * Q + q;
          for (let c = 0; c < inGroup; c++) {
            const image = (b * C + group * inGroup + c) * H;
            const kernel = (o * inGroup + c) * R;
            for (let r = 0; r < R; r++) {
              const row = rowOf(p, r);
              if (row < 0 || row >= H) continue;
              for (let s = 0; s < S; s++) {
                const column = columnOf(q, s);
                if (column < 0 || column >= W) continue;
                visit(y, (image + row) * W + column, (kernel + r) * S + s);
              }
            }
          }
        }
      }
    }
  }
}

/** Which row (axis 0) or column (axis 1) of the image output p meets at tap r of the kernel. */
function along(axis: 0 | 1, { stride, dilation, padding }: ConvolutionSize) {
  return (p: number, r: number): number => p * stride[axis] + r * dilation[axis] - padding[axis];
}

/** Starts an image [B, channels, height·width] at its channel's bias, or at 0. */
function start(image: Data, bias: Data | null, channels: number, pixels: number): void {
  for (let at = 0; at < image.length; at++) {
    image[at] = bias ? bias[Math.floor(at / pixels) % channels]! : 0;
  }
}

export const convolution: Run<Convolution> = (spec, [x, w, bias], [y]) => {
  start(y, spec.bias ? bias : null, spec.O, spec.P * spec.Q);
  eachMeeting(spec, (atY, atX, atW) => (y[atY]! += x[atX]! * w[atW]!));
};

export const convolutionInput: Run<ConvolutionInput> = (spec, [y, w, bias], [x]) => {
  start(x, spec.bias ? bias : null, spec.C, spec.H * spec.W);
  eachMeeting(spec, (atY, atX, atW) => (x[atX]! += y[atY]! * w[atW]!));
};

export const convolutionWeight: Run<ConvolutionWeight> = (spec, [x, y], [w]) => {
  w.fill(0);
  eachMeeting(spec, (atY, atX, atW) => (w[atW]! += x[atX]! * y[atY]!));
};
