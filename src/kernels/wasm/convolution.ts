/**
 * Convolutions as implicit matrix products: weights [O, C·R·S] times patches [C·R·S, P·Q], the
 * patches packed 16 pixels at a time straight from the image (convolution-image.ts). A unit: some
 * rows of one group's outputs for one image. The transpose in x is the same product for each
 * residue of the pixels modulo the stride (convolution-shape.ts), with the weights reordered first.
 */
import type { Convolution, ConvolutionInput, ConvolutionSize } from "../spec.js";
import { plus, times } from "./arithmetic.js";
import { type GatherShape, gatherPhase } from "./convolution-gather.js";
import { depthwisePhase } from "./convolution-depthwise.js";
import { scatterInput, scatterOutput } from "./convolution-scatter.js";
import { type Axis, forwardAxis, transposedAxes } from "./convolution-shape.js";
import { coversImage, wholeInput, wholeOutput } from "./convolution-whole.js";
import type { Lowered } from "./kernel.js";
import { copyStrided } from "./matmul-pack.js";
import { phase } from "./named-constants.js";

export function lowerConvolution(convolution: Convolution): Lowered[] {
  if (coversImage(convolution)) return wholeOutput(convolution);
  const spec = pointwise(convolution);
  const { groups, C, O, R, S, P, Q } = spec;
  if (spec.B * O * P * Q === 0) return [];
  const scattered = scatterOutput(spec);
  if (scattered) return scattered;
  const depth = (C / groups) * R * S;
  return [
    gather({
      images: spec.B, groups, channels: C / groups, rows: O / groups,
      vertical: forwardAxis(spec, 0), horizontal: forwardAxis(spec, 1), outHeight: P, outWidth: Q,
      weights: { from: "buffer", offset: 0, group: (O / groups) * depth * 4 },
      buffers: spec.bias ? [0, 1, 3, 2] : [0, 1, 2], bias: spec.bias, sharedBytes: 0,
    }),
  ];
} // prettier-ignore

const gather = (shape: GatherShape): Lowered => depthwisePhase(shape) ?? gatherPhase(shape);

/** A 1 × 1 convolution sees no rows: the image as one row has all pixels side by side. */
function pointwise(spec: Convolution): Convolution {
  const { R, S, H, W, stride, padding } = spec;
  const plain = R * S === 1 && stride[0] * stride[1] === 1 && padding[0] + padding[1] === 0;
  if (!plain || W % 4 === 0) return spec;
  return { ...spec, H: 1, W: H * W, P: 1, Q: H * W };
}

/** The pairs of residues that have pixels. */
function residues(size: ConvolutionSize): { vertical: Axis; horizontal: Axis }[] {
  const pairs = transposedAxes(size, 0).flatMap((vertical) =>
    transposedAxes(size, 1).map((horizontal) => ({ vertical, horizontal })),
  );
  return pairs.filter(({ vertical, horizontal }) => vertical.outputs * horizontal.outputs > 0);
}

export function lowerConvolutionInput(spec: ConvolutionInput): Lowered[] {
  const { groups, C, O, H, W } = spec;
  if (spec.B * C * H * W === 0) return [];
  if (coversImage(spec)) return wholeInput(spec);
  const scattered = scatterInput(spec);
  if (scattered) return scattered;
  const pairs = residues(spec);
  const bytes =
    pairs.map((pair) =>
      Math.ceil((4 * C * (O / groups) * pair.vertical.taps * pair.horizontal.taps) / 256) * 256);
  const offsets = bytes.map((_, k) => bytes.slice(0, k).reduce((sum, each) => sum + each, 0));
  const sharedBytes = bytes.reduce((sum, each) => sum + each, 0);
  const reordered = pairs.map((pair, k) => reorderPhase(spec, pair, offsets[k]!, sharedBytes));
  const products = pairs.map(({ vertical, horizontal }, k): GatherShape => ({
    images: spec.B, groups, channels: O / groups, rows: C / groups, vertical, horizontal,
      outHeight: H, outWidth: W,
    weights: { from: "shared", offset: offsets[k]!,
      group: 4 * (C / groups) * (O / groups) * vertical.taps * horizontal.taps },
    buffers: spec.bias ? [0, 1, 3, 2] : [0, 1, 2], bias: spec.bias, sharedBytes,
  }));
  return [...reordered.filter(({ units }) => units > 0), ...products.map(gather)];
} // prettier-ignore

/** w [O, C/groups, R, S] to [C, O/groups, taps of a residue]. A unit: a channel of C. */
function reorderPhase(
  spec: ConvolutionInput, { vertical, horizontal }: { vertical: Axis; horizontal: Axis },
  offset: number, sharedBytes: number,
): Lowered {
  const { groups, C, O, R, S } = spec;
  const [inGroup, outGroup] = [C / groups, O / groups];
  const tap = vertical.kernel.first * S + horizontal.kernel.first;
  return phase({
    key: "convolution reorder weights",
    units: vertical.taps * horizontal.taps === 0 ? 0 : C * outGroup,
    buffers: [1], sharedBytes,
    numbers: {
      inGroup, outGroup, offset, taps: vertical.taps, tapsAcross: horizontal.taps,
      kernel: 4 * R * S, first: 4 * tap, down: 4 * vertical.kernel.step * S,
        across: 4 * horizontal.kernel.step,
    },
    write: ({ f, module, kernel, numbers: n }) => {
      const unit = f.local("i32", "unit");
      f.loop(unit, kernel.from, kernel.to, 1, () => {
        const channel = f.let("i32", "channel", () => f.op("i32.div_u", unit, n.outGroup));
        const o = (): unknown => f.op("i32.rem_u", unit, n.outGroup);
        const group = (): unknown => f.op("i32.div_u", channel, n.inGroup);
        const c = (): unknown => f.op("i32.rem_u", channel, n.inGroup);
        const line = plus(f, times(f, plus(f, times(f, group, n.outGroup), o), n.inGroup), c);
        const from = plus(f, plus(f, kernel.buffer(0), n.first), times(f, line, n.kernel));
        const wide = f.let("i32", "wide", times(f, n.tapsAcross, 4));
        const to =
          plus(f, plus(f, kernel.shared, n.offset), times(f, unit, times(f, n.taps, wide)));
        f.call(copyStrided(module), from, n.down, n.across, n.taps, n.tapsAcross, to, wide, 4);
      });
    },
  });
} // prettier-ignore
