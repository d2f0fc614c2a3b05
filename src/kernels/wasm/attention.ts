/**
 * Attention without a T × S matrix: a unit is 64 queries of one head, 16 of which at a time meet
 * the keys in blocks of 256 (FlashAttention, Dao et al., 2022, algorithm 1; the row's softmax goes
 * on from block to block, attention-row.ts). Keys that none of the 16 may see are left out. A value
 * that is not finite spoils its column even for queries that do not see it (0 · NaN).
 */
import { headsView } from "../heads.js";
import type { Attention } from "../spec.js";
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import { finishRow, softmaxRow } from "./attention-row.js";
import {
  type ViewLocals,
  keysSeen,
  maskNumbers,
  matrixOf,
  viewNumbers,
} from "./attention-views.js";
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { copyStrided, packPanels } from "./matmul-pack.js";
import { panelColumns } from "./matmul-panel.js";
import { lineBytes } from "./matmul-plan.js";
import { type Context, phase } from "./named-constants.js";

const unitQueries = 64;
export const blockQueries = 16;
const blockKeys = 256;
/** A row of scores; not a power of two bytes. */
const rowBytes = 4 * blockKeys + 64;
/**
 * Scratch: zeros, a row of the mask, maximum and sum of each query, scores, then the packed keys
 * and values.
 */
const at = { zeros: 0, mask: 64, states: 64 + rowBytes, scores: 2048 } as const;
const packedAt = at.scores + blockQueries * rowBytes;

type Operands = "q" | "k" | "v" | "mask" | "out";
type Name =
  | "T" | "S" | "D" | "heads" | "blocks" | "maskColumn" | "keysBytes"
  | `${Operands}${"Offset" | "Batch" | "Head" | "Row"}`; // prettier-ignore

export function lowerAttention(spec: Attention): Lowered[] {
  const { B, heads, T, S, D, causal, mask } = spec;
  const blocks = Math.ceil(T / unitQueries);
  const inputs = mask ? 4 : 3;
  return [
    phase({
      key: `attention${causal ? " causal" : ""} mask ${maskKind(spec)} ${D % 4}`,
      units: B * heads * blocks,
      buffers: [0, 1, 2, inputs, inputs + 1, ...(mask ? [3] : [])],
      scratchBytes: packedAt + packedBytes(D, S) + packedBytes(S, D),
      numbers: {
        T, S, D, heads, blocks, keysBytes: packedBytes(D, S),
        ...viewNumbers("q", spec.q, D), ...viewNumbers("k", spec.k, D),
          ...viewNumbers("v", spec.v, D),
        ...viewNumbers("out", headsView(spec, T), D), ...maskNumbers(mask),
      },
      write: (context) => writeUnits(context, spec),
    }),
  ];
} // prettier-ignore

/** Bytes of a matrix of K lines and N columns packed in panels. */
export const packedBytes = (K: number, N: number): number =>
  4 * K * panelColumns * Math.ceil(N / panelColumns);

export type MaskKind = "none" | "rows" | "strided";
/** Rows of a mask are read where they are if contiguous, else copied one by one. */
export const maskKind = ({ mask, S }: Pick<Attention, "mask" | "S">): MaskKind =>
  !mask ? "none" : mask.strides[3] === 1 || S === 1 ? "rows" : "strided";

type Place = Context<Name> & {
  spec: Attention;
  q: Local; mask: Local | null; scores: Local;
  packed: Local; values: Local; valuePanel: Local; // panels of kᵀ and of v

  first: Local; rows: Local; // queries
  out: Local; logsumexp: Local; // of the first query
}; // prettier-ignore

function writeUnits(context: Context<Name>, spec: Attention): void {
  const { f, module, kernel, numbers: n } = context;
  f.fill(kernel.scratch, 0, 64);
  const packed = f.let("i32", "packed", plus(f, kernel.scratch, packedAt));
  const values = f.let("i32", "values", plus(f, packed, n.keysBytes));
  const scores = f.let("i32", "scores", plus(f, kernel.scratch, at.scores));
  const unit = f.local("i32", "unit");
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const item = f.let("i32", "item", quotient(f, unit, n.blocks));
    const place = {
      batch: f.let("i32", "batch", quotient(f, item, n.heads)),
      head: f.let("i32", "head", remainder(f, item, n.heads)),
    };
    const matrix = (name: Operands, k: number): Local =>
      matrixOf(f, name, kernel.buffer(k), n as ViewLocals<Operands>, place);
    const [q, k, v] = [matrix("q", 0), matrix("k", 1), matrix("v", 2)];
    const mask = spec.mask ? matrix("mask", 5) : null;
    const result = matrix("out", 3);
    const first = f.let("i32", "first", times(f, remainder(f, unit, n.blocks), unitQueries));
    const last = f.let("i32", "last", plus(f, first, unitQueries));
    f.set(last, smaller(f, last, n.T));
    const keys = keysSeen(f, spec, n, minus(f, last, 1), 0, n.S);
    f.if(keys, () => {
      f.call(packPanels(module), k, 4, n.kRow, keys, n.D, packed);
      f.call(packPanels(module), v, n.vRow, 4, n.D, keys, values);
    });
    const valuePanel = f.let("i32", "valuePanel", times(f, keys, lineBytes));
    f.loop(first, first, last, blockQueries, () => {
      const rows = f.let("i32", "rows", minus(f, last, first));
      f.set(rows, smaller(f, rows, blockQueries));
      const row = plus(f, times(f, item, n.T), first);
      const out = f.let("i32", "out", plus(f, result, times(f, first, n.outRow)));
      const logsumexp = f.let("i32", "logsumexp", plus(f, kernel.buffer(4), times(f, row, 4)));
      const matrices = { q, mask, packed, values, valuePanel, scores };
      writeBlock({ ...context, ...matrices, spec, first, rows, out, logsumexp });
    });
  });
} // prettier-ignore

/** 16 queries against all keys that they see. */
function writeBlock(place: Place): void {
  const { f, module, kernel, numbers: n, spec, q, packed, scores, first, rows, out } = place;
  const width = f.let("i32", "width", times(f, n.D, 4));
  eachRow(f, rows, (row) => f.fill(plus(f, out, times(f, row, n.outRow)), 0, width));
  clearStates(f, kernel.scratch);
  const keys = keysSeen(f, spec, n, minus(f, plus(f, first, rows), 1), 0, n.S);
  const start = f.local("i32", "start");
  f.loop(start, 0, keys, blockKeys, () => {
    const count = f.let("i32", "count", minus(f, keys, start));
    f.set(count, smaller(f, count, blockKeys));
    const panels = plus(f, packed, times(f, times(f, start, n.D), 4));
    f.call(multiply(module), plus(f, q, times(f, first, n.qRow)), n.qRow, rows,
      panels, lineBytes, times(f, n.D, lineBytes), count, kernel.scratch, 0, 0, scores, rowBytes,
        n.D);
    writeSoftmax(place, start, count, width);
    f.call(multiply(module), scores, rowBytes, rows,
      plus(f, place.values, times(f, start, lineBytes)), lineBytes, place.valuePanel, n.D,
      out, n.outRow, lineBytes, out, n.outRow, count);
  });
  eachRow(f, rows, (row) =>
    f.call(finishRow(module, tailOf(spec)), stateOf(f, kernel.scratch, row),
      plus(f, out, times(f, row, n.outRow)), width, plus(f, place.logsumexp, times(f, row, 4))));
} // prettier-ignore

/** Scores of the block to weights, row by row. */
function writeSoftmax(place: Place, start: Local, count: Local, width: Local): void {
  const { f, module, kernel, numbers: n, spec, mask, scores, first, rows, out } = place;
  const kind = maskKind(spec);
  eachRow(f, rows, (row) => {
    const query = f.let("i32", "query", plus(f, first, row));
    const seen = keysSeen(f, spec, n, query, start, count);
    const maskRow = readMask(place, kind, mask, query, start, count, at.mask);
    f.call(softmaxRow(module, tailOf(spec), kind !== "none"),
      plus(f, scores, times(f, row, rowBytes)), count, seen,
      maskRow, kernel.scalars, stateOf(f, kernel.scratch, row),
        plus(f, out, times(f, row, n.outRow)), width);
  });
} // prettier-ignore

type MaskPlace = Pick<Context<string>, "f" | "module" | "kernel"> & {
  numbers: Record<"maskRow" | "maskColumn", Local>;
};

/** The address of the mask's numbers for a query and `count` keys from `start` on. */
export function readMask(
  { f, module, kernel, numbers: n }: MaskPlace, kind: MaskKind, mask: Local | null,
  query: Local, start: Local, count: Local, scratchAt: number,
): Operand {
  if (!mask) return 0;
  const row = plus(f, mask, times(f, query, n.maskRow));
  const from = f.let("i32", "maskRow", plus(f, row, times(f, start, n.maskColumn)));
  if (kind === "rows") return from;
  const copy = f.let("i32", "maskCopy", plus(f, kernel.scratch, scratchAt));
  f.call(copyStrided(module), from, 0, n.maskColumn, 1, count, copy, 0, 4);
  return copy;
} // prettier-ignore

export const tailOf = ({ D }: Pick<Attention, "D">): 0 | 1 | 2 | 3 => (D % 4) as 0 | 1 | 2 | 3;

/** A loop over rows 0 … rows − 1. */
export function eachRow(f: FunctionBuilder, rows: Operand, visit: (row: Local) => unknown): void {
  const row = f.local("i32", "row");
  f.loop(row, 0, rows, 1, () => visit(row));
}

const stateOf = (f: FunctionBuilder, scratch: Local, row: Local): Operand =>
  plus(f, plus(f, scratch, at.states), times(f, row, 8));

/** Maximum −∞ and sum 0 for each query of a block. */
function clearStates(f: FunctionBuilder, scratch: Local): void {
  const none = (): unknown => f.lanes("f32x4", [-Infinity, 0, -Infinity, 0]);
  for (let row = 0; row < blockQueries; row += 2)
    f.store("v128.store", scratch, none, at.states + 8 * row);
}
