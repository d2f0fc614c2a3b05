/**
 * The operands of attention as numbers for its kernels: views [B, heads, rows, D] in bytes, and who
 * sees what.
 */
import type { Attention, View } from "../spec.js";
import { minus, plus, times } from "./arithmetic.js";
import type { FunctionBuilder, Local, Operand } from "./emitter.js";

type Part = "Offset" | "Batch" | "Head" | "Row";
export type ViewNumbers<Name extends string> = Record<`${Name}${Part}`, number>;
export type ViewLocals<Name extends string> = Record<`${Name}${Part}`, Local>;

/** Offset and strides in bytes. The last axis must be contiguous (but may be of size 1). */
export function viewNumbers<Name extends string>(name: Name, view: View,
  D: number): ViewNumbers<Name> {
  const [batch = 0, head = 0, row = 0, last = 1] = view.strides;
  if (last !== 1 && D > 1)
    throw new Error(
      `Attention on wasm was given ${name} with stride ${last} on its last axis; ` +
        "it must be 1: make it contiguous.",
    );
  const numbers = { Offset: view.offset, Batch: batch, Head: head, Row: row };
  const named = Object.entries(numbers).map(([part, value]) => [name + part, 4 * value] as const);
  return Object.fromEntries(named) as ViewNumbers<Name>;
} // prettier-ignore

/** The mask's numbers: a view of any strides, or zeros. */
export function maskNumbers(mask: View | null): ViewNumbers<"mask"> & { maskColumn: number } {
  const { offset, strides } = mask ?? { offset: 0, strides: [0, 0, 0, 1] };
  const [batch = 0, head = 0, row = 0, column = 1] = strides;
  return {
    maskOffset: 4 * offset, maskBatch: 4 * batch, maskHead: 4 * head, maskRow: 4 * row,
      maskColumn: 4 * column,
  };
} // prettier-ignore

/** Where the matrix of a batch and a head begins. */
export function matrixOf<Name extends string>(
  f: FunctionBuilder, name: Name, base: Local, numbers: ViewLocals<Name>,
    place: { batch: Local; head: Local },
): Local {
  const part = (key: Part): Local => numbers[`${name}${key}`];
  const start = plus(f, base, part("Offset"));
  const inBatch = plus(f, start, times(f, place.batch, part("Batch")));
  return f.let("i32", name, plus(f, inBatch, times(f, place.head, part("Head"))));
} // prettier-ignore

/**
 * How many of the keys from `start` on, `count` at most, query t sees: t + S − T + 1 of all in
 * causal attention.
 */
export function keysSeen(
  f: FunctionBuilder, spec: Pick<Attention, "causal">, sizes: { S: Local; T: Local },
  query: Operand, start: Operand, count: Local,
): Local {
  if (!spec.causal) return count;
  const all = plus(f, plus(f, query, 1), minus(f, sizes.S, sizes.T));
  const seen = f.let("i32", "seen", minus(f, all, start));
  f.if(() => f.op("i32.gt_s", seen, count), () => f.set(seen, count));
  f.if(() => f.op("i32.lt_s", seen, 0), () => f.set(seen, 0));
  return seen;
} // prettier-ignore
