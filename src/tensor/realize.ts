/**
 * Runs the deferred graph: collects what a result needs, finds or makes its plan, binds memory, runs.
 * From the second time on, a step with the same structure costs a walk over its nodes and a look-up.
 */
import type { Backend, Buffer, Program, TypedArray } from "../kernels/backend.js";
import { BackendError, FreedError, show } from "./errors.js";
import type { Node, Storage, Value } from "./graph.js";
import { hash, newMark, order, sameStructure } from "./order.js";
import { forget, freeIfDone, give, settle, takeAway } from "./ownership.js";
import { planOf, type Graph, type Planned } from "./plan/planner.js";
import { preserve } from "./preserve.js";
import { currentBackend, runtime } from "./runtime.js";
import { sizeOf } from "./shape.js";

/** A plan in the cache, with the exact structure that it was made for. */
type Cached = { structure: readonly number[]; planned: Planned; program: Program };
/** Plans whose structures have one hash, and when one of them was used last. */
type Bucket = { plans: Cached[]; used: number };

/** Plans kept for each backend: a text that grows by a token makes one for each length. */
const MOST_PLANS = 1000;
const caches = new WeakMap<Backend, Map<number, Bucket>>();
let now = 0;

function lookUp(
  backend: Backend,
  graph: Graph,
  structure: readonly number[],
): { found: Cached; made: boolean } {
  let cache = caches.get(backend);
  if (!cache) caches.set(backend, (cache = new Map()));
  const key = hash(structure);
  let bucket = cache.get(key);
  if (!bucket) {
    if (cache.size >= MOST_PLANS) cache.delete(longestUnused(cache));
    cache.set(key, (bucket = { plans: [], used: 0 }));
  }
  bucket.used = ++now;
  for (const known of bucket.plans)
    if (sameStructure(known.structure, structure)) return { found: known, made: false };
  const planned = planOf(graph);
  const found = { structure, planned, program: backend.prepare(planned.plan) };
  runtime.plansMade++;
  bucket.plans.push(found);
  return { found, made: true };
}

function longestUnused(cache: ReadonlyMap<number, Bucket>): number {
  let oldest = { key: 0, used: Infinity };
  for (const [key, { used }] of cache) if (used < oldest.used) oldest = { key, used };
  return oldest.key;
}

/** Computes `wanted`, all that is held, and then `effects`: ops that write some of their inputs, `written`. */
export function realize(
  wanted: readonly Value[],
  effects: readonly Node[] = [],
  written: readonly Value[] = [],
): void {
  // Who still waits for the old numbers gets a copy, made in this run. (What arenas returned is computed in it, too.)
  if (written.length) preserve(new Set(written), new Set(effects));
  const [roots, met]: [Value[], number] = [[], newMark()];
  const ask = (value: Value): void => {
    if (!value.waiting || value.mark === met) return;
    value.mark = met;
    roots.push(value);
  };
  for (const value of wanted) ask(value);
  const alone = roots.length;
  for (const value of runtime.held) ask(value);
  try {
    compute(roots, effects);
  } catch (error) {
    // One that cannot be computed must not stand in the way of the others: its error comes when it is read.
    if (roots.length === alone) throw error;
    runtime.held.clear();
    compute(roots.slice(0, alone), effects);
  }
}

function compute(roots: Value[], effects: readonly Node[]): void {
  if (!roots.length && !effects.length) return;
  const backend = currentBackend();
  const { graph, structure, scalars } = order(roots, effects);
  const given = graph.leaves.map((leaf) => memoryOf(leaf, backend));
  const { found, made } = lookUp(backend, graph, structure);
  const results: Buffer[] = [];
  try {
    for (const { dtype, shape } of roots) results.push(backend.allocate(dtype, sizeOf(shape)));
    given.push(...results);
    backend.run(found.program, given, scalars);
  } catch (error) {
    results.forEach((buffer) => backend.free(buffer));
    throw error;
  }
  roots.forEach((root, k) => computed(root, { backend, buffer: results[k]! }));
  if (effects.length) usedUp(graph.nodes, effects).forEach(forget);
  for (const listener of runtime.listeners) listener({ ...found, backend, made });
}

/** A step's own nodes, and those that it was given: made of gradients, such as clipped ones, which nobody names any more. */
function usedUp(nodes: readonly Node[], effects: readonly Node[]): Set<Node> {
  const found = new Set(effects);
  for (const node of nodes)
    if (node.inputs.some((input) => input.gradient || (input.node && found.has(input.node))))
      found.add(node);
  return found;
}

/** New numbers for a lasting value, whose identity stays. */
export function replace(value: Value, host: TypedArray): void {
  if (value.storage?.backend.lost) {
    takeAway(value);
    value.host = host.slice(); // uploaded to the backend that is in use at its next use
    return;
  }
  realize([value]);
  if (preserve(new Set([value]), new Set())) realize([]);
  const { backend, buffer } = value.storage!;
  backend.write(buffer, host);
}

/** Uploads a host array at its first use. */
export function memoryOf(leaf: Value, backend: Backend): Buffer {
  if (!leaf.storage && leaf.host) {
    const buffer = backend.allocate(leaf.dtype, sizeOf(leaf.shape));
    backend.write(buffer, leaf.host);
    leaf.host = null;
    give(leaf, { backend, buffer });
  }
  if (!leaf.storage)
    throw new FreedError(`tensor ${show(leaf.shape)} ${leaf.freed ?? "was freed"}`);
  if (leaf.storage.backend.lost)
    throw new BackendError(
      `tensor ${show(leaf.shape)} went with its GPU device, which is lost; make it again, or load it from a checkpoint`,
    );
  if (leaf.storage.backend !== backend)
    throw new BackendError(
      `a tensor ${show(leaf.shape)} lives on ${leaf.storage.backend.name}, but ${backend.name} is in use now; make it again after use()`,
    );
  return leaf.storage.buffer;
}

function computed(value: Value, storage: Storage): void {
  const node = value.node!;
  give(value, storage);
  value.node = null;
  runtime.held.delete(value);
  settle(value);
  if (node.outputs.every((output) => !output.waiting)) forget(node);
  freeIfDone(value);
}
