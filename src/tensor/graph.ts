/**
 * The deferred graph: a `Node` is an op waiting to be computed, a `Value` one of its outputs (or a
 * leaf that has memory). Nobody computes here; `realize.ts` turns graphs into plans and runs them.
 */
import type { Backend, Buffer, TypedArray } from "../kernels/backend.js";
import type { DType } from "../kernels/ir.js";
import type { Op } from "./op.js";
import type { Shape } from "./shape.js";

/** Memory on a backend, owned by one value. */
export type Storage = { backend: Backend; buffer: Buffer };

/** One tensor's worth of numbers: computed (`storage`), given by the host (`host`), or waiting (`node`). */
export class Value {
  storage: Storage | null = null;
  host: TypedArray | null = null;
  /** Set once the user (or an arena's end) has let go; waiting nodes may still need the memory. */
  freed: string | null = null;
  /** How many waiting nodes read this; its memory, or what it is made of, lives as long as one does. */
  claims = 0;
  /** Of these, the ones that no arena will end: made outside `backprop` and `tidy`. */
  looseClaims = 0;
  /** Whether this is a gradient: what is made of one is used up by an optimizer's step. */
  gradient = false;
  /** The arena whose memory must stay until this returned, still waiting value is computed. */
  arena: Arena | null = null;
  /** Whether its memory is freed when it is collected. */
  watched = false;
  /** The walk that met it last (order.ts); of a leaf, its place there, and a number for shape and dtype. */
  mark = 0;
  position = 0;
  form = -1;

  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    public node: Node | null = null,
    readonly output = 0,
  ) {}

  get waiting(): boolean {
    return this.storage === null && this.host === null;
  }
}

/** `value` is of another dtype from now on: only for ownership.ts, which brings the memory for it. */
export function retype(value: Value, dtype: DType): void {
  (value as { dtype: DType }).dtype = dtype;
  value.form = -1;
}

/** An op with its inputs, before it runs. */
export class Node {
  outputs: Value[] = [];
  readonly depth: number;
  /** Where the last walk over the graph met this node; see `order` in order.ts. */
  mark = 0;
  position = 0;

  constructor(
    readonly op: Op,
    readonly inputs: Value[],
    readonly attributes: object,
    readonly scalars: readonly number[],
    readonly signature: number,
  ) {
    let depth = 0;
    for (const input of inputs)
      if (input.node && input.node.depth > depth) depth = input.node.depth;
    this.depth = depth + 1;
  }
}

/** Few arenas stash anything, and to make a set takes as long as a small op. */
const none: ReadonlySet<Value> = new Set();

/**
 * Who owns what is made while a closure runs: `backprop` and `tidy` open one. When it ends, every
 * value made inside is freed, but those returned.
 */
export class Arena {
  readonly made: Value[] = [];
  readonly claimed: Value[] = [];
  /** Made inside, but owned by a model's state: it outlives the arena. */
  stashed: ReadonlySet<Value> = none;
  waitingResults = 0;

  constructor(
    readonly parent: Arena | null,
    readonly recording: boolean,
    readonly name: string,
  ) {}

  stash(value: Value): void {
    if (this.stashed === none) this.stashed = new Set();
    (this.stashed as Set<Value>).add(value);
  }
}
