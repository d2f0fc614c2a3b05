/** Runs an optimizer's kernel over all parameters of a model: the end of a step. */
import type { Optimizer } from "../kernels/spec.js";
import { optimizer } from "./ops/optimizer.js";
import { ParameterError } from "./errors.js";
import { adopt, training } from "./ownership.js";
import { realize } from "./realize.js";
import { waiting, type Tensor } from "./tensor.js";

/**
 * Writes parameters and states in place. `inputs` are those of the kernel (kernels/spec.ts, Optimizer), in its
 * order; `owned` are the ones that it writes. Everything that waits is computed in the same plan, before.
 */
export function update(
  kernel: Optimizer,
  inputs: readonly Tensor[],
  owned: readonly Tensor[],
  scalars: readonly number[],
): void {
  if (training())
    throw new ParameterError(
      "optimizer: step was called inside backprop, whose gradients need the old parameters; call it afterwards",
    );
  realizeFirst(owned);
  const { node } = waiting(optimizer, inputs, { update: kernel }, scalars);
  adopt(node);
  realize([], [node], owned);
}

/** A state's first numbers must lie in memory before they can be written. */
function realizeFirst(owned: readonly Tensor[]): void {
  if (owned.some((tensor) => tensor.waiting)) realize(owned);
}
