/**
 * Parameters and models. A model is any object that holds parameters: in fields, lists and maps, as deep
 * as it likes. A parameter's name is the path of fields that leads to it, as in a PyTorch state dict.
 */
import { copy } from "./ops/elementwise.js";
import { adoptLoose, hold } from "./ownership.js";
import { runtime } from "./runtime.js";
import { sizeOf } from "./shape.js";
import { Tensor, waiting } from "./tensor.js";

/** What training may change. It outlives every arena and keeps its identity while its numbers change. */
export class Parameter extends Tensor {}

/** A parameter that starts as `start`. */
export function parameter(start: Tensor): Parameter {
  return lasting(start, Parameter);
}

/** A tensor that outlives arenas, such as an optimizer's state. */
export const persistent = (start: Tensor): Tensor => lasting(start, Tensor);

function lasting<T extends Tensor>(
  start: Tensor,
  Kind: new (...args: ConstructorParameters<typeof Tensor>) => T,
): T {
  const { node } = waiting(copy, [start], {});
  const made = new Kind(start.shape, start.dtype, node);
  node.outputs = [made];
  adoptLoose(node);
  runtime.arena?.stash(made);
  hold(made);
  return made;
}

/**
 * Numbers of a model that no gradient changes: running statistics, a moving average. `set` replaces them,
 * inside `backprop`, too.
 */
export class State {
  private current: Tensor;
  constructor(start: Tensor) {
    this.current = persistent(start);
  }
  get value(): Tensor {
    return this.current;
  }
  set(next: Tensor): void {
    const old = this.current;
    this.current = next;
    runtime.arena?.stash(next);
    if (!runtime.arena) hold(next);
    old.dispose();
  }
}

/** Every parameter of `model` with its path, in the order of fields. One that is met twice (a tied weight) comes once, under its first path. */
export function* parameters(model: object): Generator<[path: string, Parameter]> {
  for (const [path, item] of walk(model)) if (item instanceof Parameter) yield [path, item];
}

/** Every parameter and state: what `save` writes. */
export function* walk(model: object): Generator<[path: string, Parameter | State]> {
  yield* visit(model, "", new Set());
}

function* visit(
  item: unknown,
  path: string,
  seen: Set<object>,
): Generator<[string, Parameter | State]> {
  if (typeof item !== "object" || item === null || seen.has(item) || ArrayBuffer.isView(item))
    return;
  seen.add(item);
  if (item instanceof Parameter || item instanceof State) return yield [path, item];
  if (item instanceof Tensor) return;
  const entries = item instanceof Map ? item : Object.entries(item);
  for (const [key, value] of entries)
    yield* visit(value, path ? `${path}.${String(key)}` : String(key), seen);
}

/** How many numbers the parameters of `model` hold. */
export function count(model: object): number {
  let total = 0;
  for (const [, { shape }] of parameters(model)) total += sizeOf(shape);
  return total;
}

/**
 * Frees the parameters and states of a model; plain tensors in its fields are left alone: they may be anybody's.
 * Of what has neither (a carried state, a result of `backprop`, a tensor) every tensor is freed.
 */
export function dispose(owner: object): void {
  const own = [...walk(owner)].map(([, item]) => (item instanceof State ? item.value : item));
  for (const tensor of own.length ? own : tensorsIn(owner)) tensor.dispose();
}

/** Every tensor in a result: in its fields, lists and maps. */
export function* tensorsIn(item: unknown, seen = new Set<object>()): Generator<Tensor> {
  if (typeof item !== "object" || item === null || seen.has(item) || ArrayBuffer.isView(item))
    return;
  seen.add(item);
  if (item instanceof Tensor) return yield item;
  const inside = item instanceof Map || item instanceof Set || Array.isArray(item);
  for (const x of inside ? item.values() : Object.values(item)) yield* tensorsIn(x, seen);
}
