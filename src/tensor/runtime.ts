/**
 * What the engine is at this moment: its backend, the running arena, what waits and is held. Who owns memory
 * is decided in ownership.ts, when and how things run in realize.ts.
 */
import type { Backend, Program } from "../kernels/backend.js";
import { BackendError } from "./errors.js";
import type { Arena, Node, Value } from "./graph.js";
import type { Planned } from "./plan/planner.js";

/** A waiting node that no arena ends, and what it claims until it is computed or collected. */
export type Loose = { node: WeakRef<Node>; claimed: Claim[] };
/**
 * Weak, so that a chain of forgotten nodes is collected at once and not one link at a time; strong for what an
 * arena returned, which must settle with it.
 */
export type Claim = { deref(): Value | undefined };

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

export function currentBackend(): Backend {
  if (runtime.backend) return runtime.backend;
  if (!runtime.openDefault)
    throw new BackendError("no backend is open; call await use(wasm) first");
  return (runtime.backend = runtime.openDefault());
}

/** How many plans were made since the start: a loop of equal steps makes one. */
export const plansMade = (): number => runtime.plansMade;
