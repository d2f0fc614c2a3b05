/**
 * `backprop(model, () => loss)`: tape, target, arena and training mode in one. Only the parameters of
 * `model` are differentiated; dropout drops and batch norm uses the batch only inside; what is not
 * returned is freed. Outside it nothing records.
 */
import { disposeSymbol } from "./dispose-symbol.js";
import { differentiate } from "./differentiate.js";
import { ParameterError, ShapeError, show } from "./errors.js";
import { Gradients } from "./gradients.js";
import { parameters, tensorsIn, type Parameter } from "./parameters.js";
import { inArena, ownedHere } from "./ownership.js";
import { realize } from "./realize.js";
import { runtime } from "./runtime.js";
import { sizeOf } from "./shape.js";
import { Tensor } from "./tensor.js";

type Losses = { loss: Tensor };
/** The closure's result with the gradients beside it; disposing of it frees all of them. */
export type Backprop<T extends Losses> = T & { grads: Gradients } & Disposable;

/**
 * Runs `forward` and returns its loss (and whatever stands beside it) with the gradients of `model`.
 *
 *     using result = backprop(model, () => crossEntropy(model.forward(x), y));
 *     optimizer.step(result.grads);
 *
 * The closure must not be async; carried state is returned: `return { loss, state }`.
 */
export function backprop(model: object, forward: () => Tensor): Backprop<Losses>;
export function backprop<T extends Losses>(model: object, forward: () => T): Backprop<T>;
export function backprop(model: object, forward: () => Tensor | Losses): Backprop<Losses> {
  const named = new Map([...parameters(model)]);
  if (!named.size)
    throw new ParameterError(
      "backprop: the model holds no parameters; wrap what is to be trained in parameter()",
    );
  realize([...named.values()]); // first numbers of new parameters, so that every step has one plan
  return inArena("backprop", true, () => {
    const returned = forward();
    const result = { ...(returned instanceof Tensor ? { loss: returned } : returned) };
    const grads = gradientsOf(result.loss, named);
    const kept = ownedHere([...tensorsIn(result), ...grads.tensors()]) as Tensor[];
    const dispose = () => kept.forEach((tensor) => tensor.dispose());
    return { result: { ...result, grads, [disposeSymbol]: dispose }, kept };
  });
}

function gradientsOf(loss: unknown, named: ReadonlyMap<string, Parameter>): Gradients {
  if (!(loss instanceof Tensor))
    throw new ParameterError(
      "backprop: the closure must return its loss, or { loss, … }, and must not be async",
    );
  if (sizeOf(loss.shape) !== 1)
    throw new ShapeError(
      `backprop: the loss must be one number, got ${show(loss.shape)}; did you mean .mean()?`,
    );
  const targets = [...named.values()];
  const found = differentiate([loss], [loss.like(1)], targets);
  const lost = [...named.keys()].filter((_, k) => !found[k]);
  if (lost.length) {
    const asked = lost.length === 1 ? "Is it" : "Are they";
    throw new ParameterError(
      `backprop: ${lost.join(", ")} had no part in the loss. ${asked} used inside the closure?`,
    );
  }
  return new Gradients(new Map(targets.map((target, k) => [target, found[k]!])));
}

/**
 * Gradients of y (its sum, if it is more than one number) with respect to `inputs`, themselves
 * differentiable: for saliency, and for penalties on a gradient. Only inside `backprop` or `tidy`.
 */
export function gradient(y: Tensor, inputs: readonly Tensor[]): Tensor[] {
  if (!runtime.arena)
    throw new ParameterError(
      "gradient: call it inside backprop or tidy, where what it makes is freed",
    );
  return differentiate([y], [y.like(1)], inputs).map((g, k) => g ?? inputs[k]!.like(0));
}

/** Runs `body` and frees what it made, but what it returns. The closure must not be async. */
export function tidy<T>(body: () => T): T {
  return inArena("tidy", false, () => {
    const result = body();
    if (result instanceof Promise)
      throw new ParameterError("tidy: the closure must not be async; await outside of it");
    return { result, kept: ownedHere(result instanceof Tensor ? [result] : tensorsIn(result)) };
  });
}
