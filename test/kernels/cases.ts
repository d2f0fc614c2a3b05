/**
 * The kernel table: for every kernel of src/kernels/spec.ts, cases on both sides of its tile edges and
 * at the edges of its numbers. A new kernel gets its rows in the file of its kind under cases/.
 */
import type { KernelName } from "../../src/kernels/spec.js";
import type { Case } from "./case.js";
import { attentionCases } from "./cases/attention.js";
import { fusedCases } from "./cases/fused.js";
import { optimizerCases } from "./cases/optimizer.js";
import { placeCases } from "./cases/places.js";
import { productCases } from "./cases/products.js";
import { randomCases } from "./cases/random.js";
import { recurrentCases } from "./cases/recurrent.js";
import { rowCases } from "./cases/rows.js";

const all: readonly Case[] = [
  ...fusedCases,
  ...productCases,
  ...rowCases,
  ...attentionCases,
  ...recurrentCases,
  ...placeCases,
  ...randomCases,
  ...optimizerCases,
];

/** One entry a kernel, so that the compiler asks for the cases of a new one. */
const names: Record<KernelName, true> = {
  fused: true,
  matmul: true,
  convolution: true,
  convolutionInput: true,
  convolutionWeight: true,
  softmax: true,
  softmaxGradient: true,
  crossEntropy: true,
  crossEntropyGradient: true,
  normalize: true,
  normalizeGradient: true,
  attention: true,
  attentionGradient: true,
  recurrent: true,
  recurrentGradient: true,
  take: true,
  takeAdd: true,
  gather: true,
  scatterAdd: true,
  pad: true,
  concat: true,
  cumsum: true,
  argReduce: true,
  sort: true,
  random: true,
  squareSum: true,
  optimizer: true,
};

/** The cases of each kernel, by its name. */
export const cases: ReadonlyMap<KernelName, readonly Case[]> = new Map(
  (Object.keys(names) as KernelName[]).map((name) => [
    name,
    all.filter(({ kernel }) => kernel.kernel === name),
  ]),
);
