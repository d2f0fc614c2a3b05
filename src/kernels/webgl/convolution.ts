/**
 * Convolution and its two transposes: each element of the result is a sum over the products that it has a
 * part in (js/convolution.ts). The loops over channels and taps have constant bounds; what falls outside the
 * image, or between the strides, is left out by a condition.
 */
import type { Convolution, ConvolutionInput, ConvolutionSize, ConvolutionWeight } from "../spec.js";
import { draw, type Draw } from "./kernel.js";
import { coordinates } from "./strides.js";
import { each } from "./sum.js";

/** Row (axis 0) or column (axis 1) that output p meets at tap r. */
function meets(p: string, r: string, axis: 0 | 1, { stride, dilation, padding }: ConvolutionSize): string {
  return `${p} * ${stride[axis]} + ${r} * ${dilation[axis]} - ${padding[axis]}`;
} // prettier-ignore

const inside = (at: string, size: number): string => `${at} >= 0 && ${at} < ${size}`;

/** y = x·w: over the channels of the group, and the taps. */
export function lowerConvolution(spec: Convolution): Draw[] {
  const { B, C, H, W, O, R, S, P, Q, groups, bias } = spec;
  const channels = C / groups;
  return [
    draw({
      output: bias ? 3 : 2,
      elements: B * O * P * Q,
      buffers: { x: 0, w: 1, ...(bias ? { bias: 2 } : {}) },
      body: [
        ...coordinates(["b", "o", "p", "q"], [B, O, P, Q]),
        `const group = divided(o, ${O / groups});`,
        "let sum = 0;",
        ...each("c", channels, [
          "let part = 0;",
          `const image = (b * ${C} + group * ${channels} + c) * ${H};`,
          `const taps = (o * ${channels} + c) * ${R};`,
          ...each("r", R, [
            `const row = ${meets("p", "r", 0, spec)};`,
            ...each("s", S, [
              `const column = ${meets("q", "s", 1, spec)};`,
              `if (${inside("row", H)} && ${inside("column", W)}) {`,
              `part += x[(image + row) * ${W} + column] * w[(taps + r) * ${S} + s];`,
              "}",
            ]),
          ]),
          "sum += part;",
        ]),
        bias ? "return sum + bias[o];" : "return sum;",
      ],
    }),
  ];
}

/** x = y·w: over the output channels of the group, and the taps whose stride meets this pixel. */
export function lowerConvolutionInput(spec: ConvolutionInput): Draw[] {
  const { B, C, H, W, O, R, S, P, Q, groups, bias } = spec;
  const [channels, outputs] = [C / groups, O / groups];
  return [
    draw({
      output: bias ? 3 : 2,
      elements: B * C * H * W,
      buffers: { y: 0, w: 1, ...(bias ? { bias: 2 } : {}) },
      body: [
        ...coordinates(["b", "c", "h", "column"], [B, C, H, W]),
        `const group = divided(c, ${channels});`,
        "let sum = 0;",
        ...each("k", outputs, [
          "let part = 0;",
          `const o = group * ${outputs} + k;`,
          `const taps = (o * ${channels} + rest(c, ${channels})) * ${R};`,
          ...each("r", R, [
            ...backward("p", "h", "r", 0, spec),
            ...each("s", S, [
              ...backward("q", "column", "s", 1, spec),
              `if (${met("p", 0, P, spec)} && ${met("q", 1, Q, spec)}) {`,
              `part += y[((b * ${O} + o) * ${P} + p) * ${Q} + q] * w[(taps + r) * ${S} + s];`,
              "}",
            ]),
          ]),
          "sum += part;",
        ]),
        bias ? "return sum + bias[c];" : "return sum;",
      ],
    }),
  ];
}

/** Statements that set `p`, the output that meets row h at tap r, if `p_from` is a multiple of the stride. */
function backward(p: string, h: string, r: string, axis: 0 | 1, { stride, dilation, padding }: ConvolutionSize): string[] {
  return [
    `const ${p}_from = ${h} + ${padding[axis]} - ${r} * ${dilation[axis]};`,
    `const ${p} = divided(${p}_from, ${stride[axis]});`,
  ];
} // prettier-ignore

const met = (p: string, axis: 0 | 1, size: number, { stride }: ConvolutionSize): string =>
  `${p}_from >= 0 && ${p} * ${stride[axis]} === ${p}_from && ${p} < ${size}`;

/** w = x·y: over the images and their pixels. */
export function lowerConvolutionWeight(spec: ConvolutionWeight): Draw[] {
  const { B, C, H, W, O, R, S, P, Q, groups } = spec;
  const channels = C / groups;
  return [
    draw({
      output: 2,
      elements: O * channels * R * S,
      buffers: { x: 0, y: 1 },
      body: [
        ...coordinates(["o", "c", "r", "s"], [O, channels, R, S]),
        `const channel = divided(o, ${O / groups}) * ${channels} + c;`,
        "let sum = 0;",
        ...each("b", B, [
          "let image = 0;",
          ...each("p", P, [
            "let part = 0;",
            `const row = ${meets("p", "r", 0, spec)};`,
            ...each("q", Q, [
              `const column = ${meets("q", "s", 1, spec)};`,
              `if (${inside("row", H)} && ${inside("column", W)}) {`,
              `part += x[((b * ${C} + channel) * ${H} + row) * ${W} + column] * y[((b * ${O} + o) * ${P} + p) * ${Q} + q];`,
              "}",
            ]),
            "image += part;",
          ]),
          "sum += image;",
        ]),
        "return sum;",
      ],
    }),
  ];
}
