/** First numbers of layers, PyTorch's defaults. */
import {
  ones,
  parameter,
  rand,
  randn,
  zeros,
  type Parameter,
  type Shape,
} from "../tensor/index.js";

/**
 * U(−1/√fanIn, 1/√fanIn): what kaiming_uniform with a = √5 comes to (He et al., 2015, eq. 14, with the
 * gain √(2/(1 + a²)) = √⅓), and what PyTorch gives biases and recurrent weights, too.
 */
export function uniform(shape: Shape, fanIn: number): Parameter {
  const bound = 1 / Math.sqrt(fanIn);
  return parameter(rand(shape, { low: -bound, high: bound }));
}

/** U(−a, a), a = √(6/(fanIn + fanOut)): Glorot and Bengio (2010), eq. 16. */
export function glorot(shape: readonly [fanOut: number, fanIn: number]): Parameter {
  const bound = Math.sqrt(6 / (shape[0] + shape[1]));
  return parameter(rand(shape, { low: -bound, high: bound }));
}

/** N(0, deviation). */
export const normal = (shape: Shape, deviation: number): Parameter =>
  parameter(randn(shape, { deviation }));

/** The scale and the shift of a norm start as 1 and 0. */
export const unitScale = (shape: Shape): Parameter => parameter(ones(shape));
export const noShift = (shape: Shape): Parameter => parameter(zeros(shape));

/** How a layer with a weight and a bias starts. */
export type Start = {
  bias?: boolean;
  /** With it weights are N(0, deviation) and the bias is 0, as in GPT-2 and DCGAN, and not as in PyTorch. */
  deviation?: number;
};

/** First numbers of a layer's weight and, unless it has none, of its bias [outputs]. */
export function weightAndBias(
  shape: Shape,
  outputs: number,
  fanIn: number,
  { bias = true, deviation }: Start,
): { weight: Parameter; bias: Parameter | null } {
  if (deviation === undefined)
    return { weight: uniform(shape, fanIn), bias: bias ? uniform([outputs], fanIn) : null };
  return { weight: normal(shape, deviation), bias: bias ? noShift([outputs]) : null };
}
