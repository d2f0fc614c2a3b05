/**
 * Who owns memory and how long: tensors that users hold, waiting nodes that claim their inputs, and the arenas
 * of `backprop` and `tidy`, which free what they made when they end.
 */
import { bytesOf } from "../kernels/ir.js";
import { Arena, retype, type Node, type Storage, type Value } from "./graph.js";
import { runtime, type Claim, type Loose } from "./runtime.js";

const live = { tensors: 0, bytes: 0 };

/** Frees what belonged to a value that was collected without being disposed: a net, not the way. */
const collected = new FinalizationRegistry<Storage>((storage) => letGo(storage));
/** Lets go of what a collected, never computed node had claimed. */
const abandoned = new FinalizationRegistry<Loose>((loose) => drop(loose));

/**
 * Tensors that own memory, and its bytes; `backendBytes` counts the pool and the plans' arena, too.
 * `threads`: how many of the CPU compute (0 before a backend is open).
 */
export function memory(): {
  tensors: number;
  bytes: number;
  backendBytes: number;
  threads: number;
} {
  const { backend } = runtime;
  return {
    ...live,
    backendBytes: backend?.bytes() ?? 0,
    threads: backend ? (backend.threads ?? 1) : 0,
  };
}

// ** memory of values **

/** From now on `value` has memory of its own. */
export function give(value: Value, storage: Storage): void {
  value.storage = storage;
  live.tensors++;
  live.bytes += bytesOf(storage.buffer.dtype, storage.buffer.elements);
  watch(value);
}

/** Parts a value from its memory. */
export function takeAway(value: Value): void {
  if (!value.storage) return;
  unwatch(value);
  letGo(value.storage);
  value.storage = null;
}

/** `to` lets go of its memory, takes that of `from`, and is of its dtype from now on. */
export function moveMemory(from: Value, to: Value): void {
  const { storage, dtype } = from;
  if (!storage) throw new Error("There is no memory to move.");
  takeAway(to);
  unwatch(from);
  from.storage = null;
  from.freed = "gave its memory away";
  to.storage = storage;
  retype(to, dtype);
  watch(to);
}

/** Values that got memory in this turn: most are freed before it ends, and to register each would cost more than to make it. */
const fresh: Value[] = [];
const MOST_FRESH = 1000;
/** What follows on it runs when the turn ends; Node's queueMicrotask takes several times as long. */
const turn = Promise.resolve();

let watching = false;

function watch(value: Value): void {
  if (fresh.push(value) === MOST_FRESH) watchFresh();
  if (watching) return;
  watching = true;
  void turn.then(() => {
    watching = false;
    watchFresh();
  });
}
function watchFresh(): void {
  for (const value of fresh.splice(0)) {
    if (!value.storage || value.watched) continue;
    collected.register(value, value.storage, value);
    value.watched = true;
  }
}
function unwatch(value: Value): void {
  if (value.watched) collected.unregister(value);
  else if (fresh.at(-1) === value) fresh.pop(); // in a loop that never ends its turn
  value.watched = false;
}

function letGo(storage: Storage): void {
  live.tensors--;
  live.bytes -= bytesOf(storage.buffer.dtype, storage.buffer.elements);
  storage.backend.free(storage.buffer);
}

/** The user, or an arena's end, is done with `value`; `why` is told to whoever uses it still. */
export function release(value: Value, why: string): void {
  if (value.freed) return;
  value.freed = why;
  runtime.held.delete(value);
  freeIfDone(value);
}

/** Frees what nobody wants any more: its owner has let go, and no waiting node claims it. */
export function freeIfDone(value: Value): void {
  if (!value.freed || value.claims > 0) return;
  value.host = null;
  settle(value);
  takeAway(value);
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
export const looseOf = new WeakMap<Node, Loose>();
export const claimOf = (value: Value): Claim =>
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

function unclaim(value: Value): void {
  value.claims--;
  freeIfDone(value);
}
function unclaimAll(claimed: Value[]): void {
  while (claimed.length) unclaim(claimed.pop()!);
}

/** A leaf made from the host's numbers belongs to the running arena, if there is one. */
export function own(leaf: Value): void {
  runtime.arena?.made.push(leaf);
}

/** Of `values`, those that the running arena owns: not what came from outside, nor a model's state. */
export function ownedHere(values: Iterable<Value>): Value[] {
  const { made, stashed } = runtime.arena!;
  const asked = new Set(values);
  if (asked.size === 0) return [];
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
    arena.stashed.forEach((value) => parent.stash(value));
    return;
  }
  for (const value of arena.made)
    if (!kept.has(value) && !arena.stashed.has(value))
      release(
        value,
        `was freed when its ${arena.name} ended; return it from the closure to keep it`,
      );
  for (const value of kept) if (!arena.stashed.has(value)) outlive(value, arena);
  for (const value of arena.stashed) outlive(value, arena);
  if (!arena.waitingResults) unclaimAll(arena.claimed);
}

/** `value` belongs to whoever stands around its arena, and is computed with the next run. */
function outlive(value: Value, arena: Arena): void {
  const { parent } = arena;
  if (value.freed) return;
  if (value.waiting) {
    if (value.arena) arena.claimed.push(...value.arena.claimed.splice(0)); // of a nested arena
    value.arena = arena;
    arena.waitingResults++;
    runtime.held.add(value);
  }
  if (arena.stashed.has(value)) parent?.stash(value);
  else parent?.made.push(value);
}

/** `value` waits no more (computed or freed): when the last result of its arena settles, all the rest may go. */
export function settle(value: Value): void {
  const { arena } = value;
  value.arena = null;
  if (arena && --arena.waitingResults === 0) unclaimAll(arena.claimed);
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

/** A node that ran lets go of its inputs. */
export function forget(node: Node): void {
  const loose = looseOf.get(node);
  if (!loose) return;
  looseOf.delete(node);
  abandoned.unregister(node);
  drop(loose);
}
