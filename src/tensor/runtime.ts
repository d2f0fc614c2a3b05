/**
 * Runs the deferred graph: collects what a result needs, finds or makes its plan, binds memory, runs.
 * From the second time on, a step with the same structure costs a walk over its nodes and a look-up.
 */
import type { Backend, Buffer, Program, TypedArray } from "../kernels/backend.js";
import { BackendError, FreedError, show } from "./errors.js";
import type { Node, Value } from "./graph.js";
import { Arena, type Storage } from "./graph.js";
import { planOf, type Graph, type Planned } from "./plan/planner.js";
import { sizeOf } from "./shape.js";

/** A plan in the cache, with the exact structure that it was made for. */
type Cached = { structure: Int32Array; planned: Planned; program: Program };

/** A waiting node that no arena ends, and what it claims until it is computed or collected. */
type Loose = { node: WeakRef<Node>; claimed: Claim[] };
/**
 * Weak, so that a chain of forgotten nodes is collected at once and not one link at a time; strong for what an
 * arena returned, which must settle with it.
 */
type Claim = { deref(): Value | undefined };

/** What `trace` hears of each run. */
export type Ran = { planned: Planned; program: Program; backend: Backend; made: boolean };

export const runtime = {
  backend: null as Backend | null,
  /** Opens a backend when something must run before `use` was called; set by use.ts. */
  openDefault: null as (() => Backend) | null,
  arena: null as Arena | null,
  /** Returned or kept values that still wait: every run computes them, so that what they came from can go. */
  held: new Set<Value>(),
  /** Waiting nodes made outside any arena; see `preserve`. */
  loose: new Set<Loose>(),
  plansMade: 0,
  listeners: new Set<(ran: Ran) => void>(),
};

/** Plans kept for each backend: a text that grows by a token makes one for each length. */
const MOST_PLANS = 1000;
const caches = new WeakMap<Backend, Map<number, Cached[]>>();
const live = { tensors: 0, bytes: 0 };
const toFree: Storage[] = [];

/** Frees what belonged to a value that was collected without being disposed: a net, not the way. */
const collected = new FinalizationRegistry<Storage>((storage) => letGo(storage));
/** Lets go of what a collected, never computed node had claimed. */
const abandoned = new FinalizationRegistry<Loose>((loose) => drop(loose));

export function currentBackend(): Backend {
  if (runtime.backend) return runtime.backend;
  if (!runtime.openDefault)
    throw new BackendError("no backend is open; call await use(wasm) first");
  return (runtime.backend = runtime.openDefault());
}

/** Tensors that own memory, and its bytes; `backendBytes` counts the pool and the plans' arena, too. */
export function memory(): { tensors: number; bytes: number; backendBytes: number } {
  return { ...live, backendBytes: runtime.backend?.bytes() ?? 0 };
}

/** How many plans were made since the start: a loop of equal steps makes one. */
export const plansMade = (): number => runtime.plansMade;

// ** memory of values **

function give(value: Value, storage: Storage): void {
  value.storage = storage;
  live.tensors++;
  live.bytes += 4 * storage.buffer.elements;
  collected.register(value, storage, value);
}

function letGo(storage: Storage): void {
  live.tensors--;
  live.bytes -= 4 * storage.buffer.elements;
  toFree.push(storage);
  if (!running) freeAll();
}

let running = false;
function freeAll(): void {
  for (const { backend, buffer } of toFree.splice(0)) backend.free(buffer);
}

/** The user, or an arena's end, is done with `value`; `why` is told to whoever uses it still. */
export function release(value: Value, why: string): void {
  if (value.freed) return;
  value.freed = why;
  runtime.held.delete(value);
  freeIfDone(value);
}

function freeIfDone(value: Value): void {
  if (!value.freed || value.claims > 0) return;
  value.host = null;
  settle(value);
  if (!value.storage) return;
  collected.unregister(value);
  const { storage } = value;
  value.storage = null;
  letGo(storage);
}

// ** claims: a waiting node keeps its inputs, and so all that they are made of **

/** Called for every new node. */
export function adopt(node: Node): void {
  const { arena } = runtime;
  if (!arena) return adoptLoose(node);
  arena.made.push(...node.outputs);
  for (const input of node.inputs) {
    input.claims++;
    arena.claimed.push(input);
  }
}

/** For a node that outlives the running arena, too. */
export function adoptLoose(node: Node): void {
  if (!node.inputs.length) return;
  for (const input of node.inputs) {
    input.claims++;
    input.looseClaims++;
  }
  const loose = { node: new WeakRef(node), claimed: node.inputs.map(claimOf) };
  looseOf.set(node, loose);
  runtime.loose.add(loose);
  abandoned.register(node, loose, node);
}
const looseOf = new WeakMap<Node, Loose>();
const claimOf = (value: Value): Claim =>
  value.arena ? { deref: () => value } : new WeakRef(value);

/** A loose node ran, or nobody knows it any more: it lets go of its inputs. */
function drop(loose: Loose): void {
  runtime.loose.delete(loose);
  for (const claim of loose.claimed.splice(0)) {
    const input = claim.deref();
    if (!input) continue;
    input.looseClaims--;
    unclaim(input);
  }
}

const claimBy = (arena: Arena) => (value: Value) => void arena.claimed.push(value);

function unclaim(value: Value): void {
  value.claims--;
  freeIfDone(value);
}

/** A leaf made from the host's numbers belongs to the running arena, if there is one. */
export function own(leaf: Value): void {
  runtime.arena?.made.push(leaf);
}

/** Of `values`, those that the running arena owns: not what came from outside, nor a model's state. */
export function ownedHere(values: Iterable<Value>): Value[] {
  const { made, stashed } = runtime.arena!;
  const asked = new Set(values);
  return made.filter((value) => asked.has(value) && !stashed.has(value));
}

/** Runs `body` as the owner of all that it makes; of that, what it returns in `kept` lives on. */
export function inArena<T>(
  name: string,
  recording: boolean,
  body: () => { result: T; kept: Value[] },
): T {
  const arena = new Arena(runtime.arena, recording, name);
  runtime.arena = arena;
  try {
    const { result, kept } = body();
    runtime.arena = arena.parent;
    close(arena, new Set(kept));
    return result;
  } catch (error) {
    runtime.arena = arena.parent;
    close(arena, new Set());
    throw error;
  }
}

/** Frees all but `kept`. Inside a recording the outer arena takes over instead: gradients still need everything. */
function close(arena: Arena, kept: ReadonlySet<Value>): void {
  const { parent } = arena;
  if (parent?.recording) {
    parent.made.push(...arena.made);
    parent.claimed.push(...arena.claimed);
    arena.stashed.forEach((value) => parent.stashed.add(value));
    return;
  }
  for (const value of arena.made)
    if (!kept.has(value) && !arena.stashed.has(value))
      release(
        value,
        `was freed when its ${arena.name} ended; return it from the closure to keep it`,
      );
  for (const value of new Set([...kept, ...arena.stashed])) {
    if (value.freed) continue;
    if (value.waiting) {
      if (value.arena) arena.claimed.push(...value.arena.claimed.splice(0)); // of a nested arena
      value.arena = arena;
      arena.waitingResults++;
      runtime.held.add(value);
    }
    if (arena.stashed.has(value)) parent?.stashed.add(value);
    else parent?.made.push(value);
  }
  if (!arena.waitingResults) arena.claimed.splice(0).forEach(unclaim);
}

/** `value` waits no more (computed or freed): when the last result of its arena settles, all the rest may go. */
function settle(value: Value): void {
  const { arena } = value;
  value.arena = null;
  if (arena && --arena.waitingResults === 0) arena.claimed.splice(0).forEach(unclaim);
}

/** Whether a `backprop` is running: dropout drops and batch norm uses the batch only then. */
export function training(): boolean {
  for (let arena = runtime.arena; arena; arena = arena.parent) if (arena.recording) return true;
  return false;
}

/** A value that outlives arenas and is computed with the next run: parameters and their kind. */
export function hold(value: Value): void {
  if (value.waiting) runtime.held.add(value);
}

// ** order and identity **

let mark = 0;

/** The graph under `roots`, then `effects`, in order; and its structure as integers. */
function order(
  roots: Value[],
  effects: readonly Node[],
): { graph: Graph; structure: Int32Array; scalars: number[] } {
  mark++;
  const nodes: Node[] = [];
  const leaves: Value[] = [];
  const leafIndex = new Map<Value, number>();
  const structure: number[] = [];
  const scalars: number[] = [];
  const number = (value: Value): number[] => {
    if (value.node) return [value.node.position, value.output];
    let index = leafIndex.get(value);
    if (index === undefined) {
      leafIndex.set(value, (index = leaves.push(value) - 1));
      structure.push(-1, formId(value), index);
    }
    return [-1 - index];
  };
  const visit = (start: Node): void => {
    const stack: { node: Node; next: number }[] = [{ node: start, next: 0 }];
    start.mark = mark;
    while (stack.length) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (input) {
        if (input.node && input.node.mark !== mark) {
          input.node.mark = mark;
          stack.push({ node: input.node, next: 0 });
        }
        continue;
      }
      stack.pop();
      const { node } = top;
      const inputs = node.inputs.flatMap(number);
      node.position = nodes.push(node) - 1;
      structure.push(node.signature, node.inputs.length, ...inputs);
      scalars.push(...node.scalars);
    }
  };
  for (const { node } of roots) if (node!.mark !== mark) visit(node!);
  for (const node of effects) visit(node);
  structure.push(-2, ...roots.flatMap(number));
  return { graph: { nodes, leaves, roots }, structure: Int32Array.from(structure), scalars };
}

const forms = new Map<string, number>();
function formId({ shape, dtype }: Value): number {
  return intern(forms, `${dtype}${shape.join()}`);
}

/** A small number for each distinct text. */
export function intern(known: Map<string, number>, text: string): number {
  let id = known.get(text);
  if (id === undefined) known.set(text, (id = known.size));
  return id;
}

function hash(structure: Int32Array): number {
  let h = 0x811c9dc5;
  for (const word of structure) h = Math.imul(h ^ word, 0x01000193);
  return h;
}

function lookUp(
  backend: Backend,
  graph: Graph,
  structure: Int32Array,
): { found: Cached; made: boolean } {
  let cache = caches.get(backend);
  if (!cache) caches.set(backend, (cache = new Map()));
  const key = hash(structure);
  const bucket = cache.get(key) ?? [];
  cache.delete(key); // and in again, so that the first in the map is the one that was used longest ago
  if (cache.size >= MOST_PLANS) cache.delete(cache.keys().next().value!);
  cache.set(key, bucket);
  const known = bucket.find(
    (entry) =>
      entry.structure.length === structure.length &&
      entry.structure.every((word, k) => word === structure[k]),
  );
  if (known) return { found: known, made: false };
  const planned = planOf(graph);
  const found = { structure, planned, program: backend.prepare(planned.plan) };
  runtime.plansMade++;
  bucket.push(found);
  return { found, made: true };
}

// ** running **

/** Computes `wanted`, all that is held, and then `effects`: ops that write some of their inputs, `written`. */
export function realize(
  wanted: readonly Value[],
  effects: readonly Node[] = [],
  written: readonly Value[] = [],
): void {
  // Who still waits for the old numbers gets a copy, made in this run. (What arenas returned is computed in it, too.)
  if (written.length) preserve(new Set(written), new Set(effects));
  const held = [...runtime.held];
  try {
    compute([...wanted, ...held], effects);
  } catch (error) {
    // One that cannot be computed must not stand in the way of the others: its error comes when it is read.
    if (held.every((value) => wanted.includes(value))) throw error;
    held.forEach((value) => runtime.held.delete(value));
    compute(wanted, effects);
  }
}

function compute(values: readonly Value[], effects: readonly Node[]): void {
  const roots = [...new Set(values)].filter((value) => value.waiting);
  if (!roots.length && !effects.length) return;
  const backend = currentBackend();
  const { graph, structure, scalars } = order(roots, effects);
  for (const leaf of graph.leaves) memoryOf(leaf, backend);
  const { found, made } = lookUp(backend, graph, structure);
  const results: Buffer[] = [];
  running = true;
  try {
    for (const { dtype, shape } of roots) results.push(backend.allocate(dtype, sizeOf(shape)));
    const given = [...graph.leaves.map((leaf) => leaf.storage!.buffer), ...results];
    backend.run(found.program, given, scalars);
  } catch (error) {
    results.forEach((buffer) => backend.free(buffer));
    throw error;
  } finally {
    running = false;
  }
  roots.forEach((root, k) => computed(root, { backend, buffer: results[k]! }));
  // A step uses up what it was given: clipped gradients, say, whose chain nobody names any more.
  if (effects.length) graph.nodes.forEach(forget);
  freeAll();
  for (const listener of runtime.listeners) listener({ ...found, backend, made });
}

/** New numbers for a lasting value, whose identity stays. */
export function replace(value: Value, host: TypedArray): void {
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

/** A node that ran lets go of its inputs. */
function forget(node: Node): void {
  const loose = looseOf.get(node);
  if (!loose) return;
  looseOf.delete(node);
  abandoned.unregister(node);
  drop(loose);
}

// ** writing in place **

/** Before `written` are overwritten, gives a copy of each to its waiting readers but `writers`; whether there were any. */
function preserve(written: ReadonlySet<Value>, writers: ReadonlySet<Node>): boolean {
  const copies = new Map<Value, Value>();
  for (const { node, claim } of readersOf(written, writers))
    node.inputs.forEach((input, k) => {
      if (!written.has(input)) return;
      const copy = copies.get(input) ?? copying.copy!(input);
      copies.set(input, copy);
      node.inputs[k] = copy;
      claim(copy);
      copy.claims++;
    });
  for (const copy of copies.values()) {
    copy.freed = "is the engine's own"; // so that it goes with its last reader
    runtime.held.add(copy);
  }
  return copies.size > 0;
}

/** A node, and how a copy made for it is let go with it. */
type Reader = { node: Node; claim(copy: Value): void };

/** Waiting nodes that read one of `written`: loose ones, and those of the arenas that run. */
function readersOf(written: ReadonlySet<Value>, writers: ReadonlySet<Node>): Reader[] {
  const found: Reader[] = [];
  const own = [...writers].filter((node) => looseOf.has(node));
  const ownClaims = (value: Value) => own.filter(({ inputs }) => inputs.includes(value)).length;
  if ([...written].some((value) => value.looseClaims > ownClaims(value)))
    for (const { node: reference, claimed } of runtime.loose) {
      const node = reference.deref();
      const claim = (copy: Value) => {
        copy.looseClaims++;
        claimed.push(claimOf(copy));
      };
      if (node) found.push({ node, claim });
    }
  for (let { arena } = runtime; arena; arena = arena.parent)
    for (const { node } of arena.made) if (node) found.push({ node, claim: claimBy(arena) });
  return found.filter(
    ({ node }) => !writers.has(node) && node.inputs.some((input) => written.has(input)),
  );
}

/** Makes a copy of a value; set by tensor.ts, which knows the ops. */
export const copying = { copy: null as ((value: Value) => Value) | null };
