/**
 * A recurrent layer over a whole sequence. W_hh is packed once; then each unit takes a block of the
 * batch through all of time by itself: a product with W_hh and the cell (recurrent-cells.ts), step
 * by step, the state staying in the caches.
 */
import type { Recurrent } from "../spec.js";
import { minus, plus, smaller, times } from "./arithmetic.js";
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { lineBytes } from "./matmul-plan.js";
import { packMatrixPhase } from "./matmul-prepare.js";
import { type Context, phase } from "./named-constants.js";
import { cells } from "./recurrent-cells.js";
import { eachVectorOnce } from "./row.js";

/** Sequences of a unit: enough to make one walk through W_hh worth its while. */
export const sequences = 16;

/**
 * The buffers that a cell's kernel takes, by their number in the call, in the order of `buffer`
 * below.
 */
const buffersOf = { rnn: [0, 2, 3, 4], gru: [0, 2, 3, 4, 5], lstm: [0, 2, 3, 5, 7, 4, 6] };
const buffer = { xw: 0, bias: 1, h0: 2, h: 3, gates: 4, c0: 5, c: 6 };

export function lowerRecurrent(spec: Recurrent): Lowered[] {
  const { B, T, H, cell } = spec;
  if (B * T * H === 0) return [];
  const { gates } = cells[cell];
  const weight = packMatrixPhase({ N: gates * H, K: H }, { step: 4, column: 4 * H }, 1);
  const walk = phase({
    key: `recurrent ${cell} ${spec.nonlinearity}${spec.reverse ? " reverse" : ""} ${H % 4}`,
    units: Math.ceil(B / sequences),
    buffers: buffersOf[cell],
    sharedBytes: weight.sharedBytes ?? 0,
    scratchBytes: 4 * sequences * (1 + gates) * H, // the state, then u
    numbers: { B, T, H },
    write: (context) => writeUnits(context, spec),
  });
  return [weight, walk];
}

/** What the code of a unit works with. */
type Place = Context<"B" | "T" | "H"> & {
  first: Local; rows: Local; step: Local; // sequences first … first + rows − 1, at step `step`
  rowBytes: Local; wideBytes: Local; // of H and of gates · H numbers
  u: Local;
}; // prettier-ignore

function writeUnits(context: Context<"B" | "T" | "H">, spec: Recurrent): void {
  const { f, module, kernel, numbers: n } = context;
  const { gates } = cells[spec.cell];
  const rowBytes = f.let("i32", "rowBytes", times(f, n.H, 4));
  const wideBytes = f.let("i32", "wideBytes", times(f, rowBytes, gates));
  const u = f.let("i32", "u", plus(f, kernel.scratch, times(f, rowBytes, sequences)));
  const [unit, step] = [f.local("i32", "unit"), f.local("i32", "step")];
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const first = f.let("i32", "first", times(f, unit, sequences));
    const rows = f.let("i32", "rows", minus(f, n.B, first));
    f.set(rows, smaller(f, rows, sequences));
    const h0 = plus(f, kernel.buffer(buffer.h0), times(f, first, rowBytes));
    f.copy(kernel.scratch, h0, times(f, rows, rowBytes));
    f.loop(step, 0, n.T, 1, () => {
      f.call(multiply(module), kernel.scratch, rowBytes, rows,
        kernel.shared, lineBytes, times(f, n.H, lineBytes), times(f, n.H, gates),
        kernel.buffer(buffer.bias), 0, lineBytes, u, wideBytes, n.H);
      writeStep({ ...context, first, rows, step, rowBytes, wideBytes, u }, spec);
    });
  });
} // prettier-ignore

/** The cell for all sequences of the unit at one time. */
function writeStep(place: Place, spec: Recurrent): void {
  const { f, kernel, numbers: n, first, rows, step, rowBytes, wideBytes } = place;
  const { gates, cell } = cells[spec.cell];
  const isLstm = spec.cell === "lstm";
  const row = f.local("i32", "row");
  f.loop(row, 0, rows, 1, () => {
    const sequence = f.let("i32", "sequence", plus(f, first, row));
    const at = f.let("i32", "at", timePosition(f, spec.reverse, sequence, n.T, step));
    const rowOf = (name: string, base: Operand, index: Operand, bytes: Operand): Local =>
      f.let("i32", name, plus(f, base, times(f, index, bytes)));
    const byGate = (name: string, start: Local, count: number): Local[] =>
      Array.from({ length: count }, (_, k) =>
        f.let("i32", name, plus(f, start, times(f, rowBytes, k))));
    const h = rowOf("h", kernel.buffer(buffer.h), at, rowBytes);
    const c = isLstm ? rowOf("c", kernel.buffer(buffer.c), at, rowBytes) : h;
    const initial =
      rowOf("initial", kernel.buffer(isLstm ? buffer.c0 : buffer.h0), sequence, rowBytes);
    const x = rowOf("x", kernel.buffer(buffer.xw), at, wideBytes);
    const kept = spec.cell === "rnn" ? null
      : rowOf("gates", kernel.buffer(buffer.gates), at, times(f, rowBytes, 4));
    const addresses = {
      x: byGate("x", x, gates), u: byGate("u", rowOf("u", place.u, row, wideBytes), gates),
      before: stepBefore(f, spec.reverse, step, c, rowBytes, initial),
      h, c, gates: kept ? byGate("gate", kept, 4) : [],
      state: rowOf("state", kernel.scratch, row, rowBytes),
    };
    cell(spec.nonlinearity)(f, addresses, (count, visit) => {
      const bytes = f.let("i32", "bytes", times(f, rowBytes, count));
      eachVectorOnce(f, lanesLeft(count * spec.H), bytes, visit);
    });
  });
} // prettier-ignore

export const lanesLeft = (H: number): 0 | 1 | 2 | 3 => (H % 4) as 0 | 1 | 2 | 3;

/** The row of [B · T] that a sequence is at in its step `step`. */
export function timePosition(
  f: FunctionBuilder, reverse: boolean, sequence: Local, T: Local, step: Local,
): Operand {
  const start = times(f, sequence, T);
  return reverse ? minus(f, minus(f, plus(f, start, T), 1), step) : plus(f, start, step);
} // prettier-ignore

/** The state before: the row of the step before in `all`, or the initial one. */
export function stepBefore(
  f: FunctionBuilder, reverse: boolean, step: Local, row: Local, rowBytes: Local, initial: Local,
): Local {
  const before = f.let("i32", "before", initial);
  const back = reverse ? plus(f, row, rowBytes) : minus(f, row, rowBytes);
  f.if(step, () => f.set(before, back));
  return before;
} // prettier-ignore
