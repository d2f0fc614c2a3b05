/**
 * Convolution in two dimensions and its two transposes. They are closed under differentiation: the
 * gradient of each is made of the other two, with the same geometry, so that a second derivative
 * needs nothing new.
 */
import type { ConvolutionSize } from "../../kernels/spec.js";
import type { OpRecord } from "../op.js";
import { fits, floats } from "./checks.js";

type Size = { size: ConvolutionSize };

export const inputShape = ({ B, C, H, W }: ConvolutionSize) => [B, C, H, W];
export const weightShape = ({ O, C, R, S, groups }: ConvolutionSize) => [O, C / groups, R, S];
export const outputShape = ({ B, O, P, Q }: ConvolutionSize) => [B, O, P, Q];

/** x [B, C, H, W], weight [O, C/groups, R, S], (bias [O]) → [B, O, P, Q]. */
export const convolution: OpRecord<Size> = {
  name: "convolution",
  forms: ([x, weight, bias], { size }) => {
    floats("conv2d", x, weight, bias);
    fits("conv2d", "input", x!, inputShape(size));
    fits("conv2d", "weight", weight!, weightShape(size));
    if (bias) fits("conv2d", "bias", bias, [size.O]);
    return [{ shape: outputShape(size), dtype: "f32" }];
  },
  compute: {
    kernel: (inputs, { size }) => ({ kernel: "convolution", bias: inputs.length === 3, ...size }),
  },
  gradient: ({ g, inputs: [x, weight], attributes: { size } }) => [
    g[0]!.convolutionInput(weight!, size),
    x!.convolutionWeight(g[0]!, size),
    g[0]!.sum([0, 2, 3]),
  ],
};

/** y [B, O, P, Q], weight, (bias [C]) → x [B, C, H, W]: what a transposed convolution computes. */
export const convolutionInput: OpRecord<Size> = {
  name: "convolutionInput",
  forms: ([y, weight, bias], { size }) => {
    floats("convTranspose2d", y, weight, bias);
    fits("convTranspose2d", "input", y!, outputShape(size));
    fits("convTranspose2d", "weight", weight!, weightShape(size));
    if (bias) fits("convTranspose2d", "bias", bias, [size.C]);
    return [{ shape: inputShape(size), dtype: "f32" }];
  },
  compute: {
    kernel: (inputs, { size }) => ({
      kernel: "convolutionInput",
      bias: inputs.length === 3,
      ...size,
    }),
  },
  gradient: ({ g, inputs: [y, weight], attributes: { size } }) => [
    g[0]!.convolution(weight!, size),
    g[0]!.convolutionWeight(y!, size),
    g[0]!.sum([0, 2, 3]),
  ],
};

/** x [B, C, H, W], y [B, O, P, Q] → the gradient of the weight [O, C/groups, R, S]. */
export const convolutionWeight: OpRecord<Size> = {
  name: "convolutionWeight",
  forms: ([x, y], { size }) => {
    floats("conv2d", x, y);
    fits("conv2d", "input", x!, inputShape(size));
    fits("conv2d", "output", y!, outputShape(size));
    return [{ shape: weightShape(size), dtype: "f32" }];
  },
  compute: { kernel: (_, { size }) => ({ kernel: "convolutionWeight", ...size }) },
  gradient: ({ g, inputs: [x, y], attributes: { size } }) => [
    y!.convolutionInput(g[0]!, size),
    x!.convolution(g[0]!, size),
  ],
};
