/** A model's parameters in another dtype: half the memory for one that is only to be used. */
import { computedIn } from "../kernels/ir.js";
import { ParameterError } from "./errors.js";
import { moveMemory, training } from "./ownership.js";
import { parameters, type Parameter } from "./parameters.js";
import { preserve } from "./preserve.js";
import { realize } from "./realize.js";

/** Such as `(_, p) => p.shape.length >= 2`: matrices and tables, not biases and the gains of norms. */
export type Which = (path: string, parameter: Parameter) => boolean;

const matrices: Which = (_, { shape }) => shape.length >= 2;

/**
 * Keeps parameters of `model` in f16, rounded to what it holds (some three digits, ±65504 at most), or in f32 again.
 * By default those of two axes or more; integers and bools never. They stay the same objects, and are computed with
 * in f32 as before. Optimizers and averages refuse f16.
 *
 *     load(model, readSafetensors(bytes));
 *     castParameters(model, "f16");
 */
export function castParameters(model: object, dtype: "f16" | "f32", which = matrices): void {
  if (training())
    throw new ParameterError(
      "castParameters: called inside backprop, whose gradients need the parameters as they are; call it outside",
    );
  for (const [path, parameter] of parameters(model))
    if (isOther(parameter, dtype) && !parameter.freed && which(path, parameter))
      recast(parameter, dtype); // one after another, so that memory never holds all of them twice
}

const isOther = (parameter: Parameter, dtype: "f16" | "f32"): boolean =>
  computedIn(parameter.dtype) === "f32" && parameter.dtype !== dtype;

function recast(parameter: Parameter, dtype: "f16" | "f32"): void {
  realize([parameter]);
  if (preserve(new Set([parameter]), new Set())) realize([]); // who waits for the old numbers gets a copy
  const next = parameter.cast(dtype);
  realize([next]);
  moveMemory(next, parameter);
}
