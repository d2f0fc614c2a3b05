/**
 * Convolutions as gathers. Along one axis, output i meets input i · stride + j · tapStep + base at
 * tap j, where that exists. A convolution is one such gather; its transpose in x is one for each
 * residue of the output's position modulo the stride, each with the taps of the kernel that reach
 * it (so no zero is ever multiplied).
 */
import type { ConvolutionSize } from "../spec.js";

export type Axis = {
  outputs: number; inputs: number;
  stride: number; taps: number; tapStep: number; base: number;
  /** Where output i and tap j lie in the image and in the kernel: first + i · step. */
  at: { first: number; step: number }; kernel: { first: number; step: number };
}; // prettier-ignore

/** The axis (0: rows, 1: columns) of y = x ∗ w. */
export function forwardAxis(size: ConvolutionSize, axis: 0 | 1): Axis {
  return {
    outputs: [size.P, size.Q][axis]!, inputs: [size.H, size.W][axis]!,
      taps: [size.R, size.S][axis]!,
    stride: size.stride[axis], tapStep: size.dilation[axis], base: -size.padding[axis],
    at: { first: 0, step: 1 }, kernel: { first: 0, step: 1 },
  };
} // prettier-ignore

/**
 * The axes of its transpose in x, one for each residue. Input h meets output (h + padding − r ·
 * dilation) / stride.
 */
export function transposedAxes(size: ConvolutionSize, axis: 0 | 1): Axis[] {
  const [stride, dilation, padding] = [size.stride[axis], size.dilation[axis], size.padding[axis]];
  const taps = Array.from({ length: [size.R, size.S][axis]! }, (_, r) => r);
  return Array.from({ length: stride }, (_, residue): Axis => {
    const own = taps.filter((r) => (residue + padding - r * dilation) % stride === 0);
    const [first = 0, second = first + 1] = own;
    return {
      outputs: Math.max(0, Math.ceil(([size.H, size.W][axis]! - residue) / stride)),
      inputs: [size.P, size.Q][axis]!, taps: own.length, stride: 1,
      base: own.length === 0 ? 0 : (residue + padding - first * dilation) / stride,
      tapStep: own.length < 2 ? 0 : -((second - first) * dilation) / stride,
      at: { first: residue, step: stride }, kernel: { first, step: second - first },
    };
  });
} // prettier-ignore

/**
 * The inputs that outputs from 0 to `outputs` − 1 meet: [first, first + count), of which some may
 * not exist.
 */
export function reach(axis: Axis, outputs = axis.outputs): { first: number; count: number } {
  const span = Math.max(axis.taps - 1, 0) * axis.tapStep;
  const last = axis.base + Math.max(outputs - 1, 0) * axis.stride + Math.max(span, 0);
  const first = axis.base + Math.min(span, 0);
  return { first, count: last - first + 1 };
}

/** How far from the reach's beginning tap 0 of output 0 lies. */
export const origin = (axis: Axis): number =>
  -Math.min(Math.max(axis.taps - 1, 0) * axis.tapStep, 0);
