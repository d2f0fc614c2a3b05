/**
 * The gradient of a recurrent layer: the units of recurrent.ts from the last step to the first. The
 * cell (recurrent-gradient-cells.ts) gives du; the product with W_hh gives the dh of the step
 * before.
 */
import type { RecurrentGradient } from "../spec.js";
import { minus, plus, smaller, times } from "./arithmetic.js";
import type { Local, Operand } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { lineBytes } from "./matmul-plan.js";
import { packMatrixPhase } from "./matmul-prepare.js";
import { type Context, phase } from "./named-constants.js";
import { cells } from "./recurrent-cells.js";
import { cellGradients } from "./recurrent-gradient-cells.js";
import { lanesLeft, sequences, stepBefore, timePosition } from "./recurrent.js";
import { eachVectorOnce } from "./row.js";

/** The buffers of each cell's call by name; the kernel takes all but w_hh, and the rnn not h0. */
const buffersOf = {
  rnn: ["w", "h0", "h", "gh", "dx", "dh0"],
  gru: ["w", "h0", "h", "gates", "gh", "dx", "dhw", "dh0"],
  lstm: ["w", "h0", "c0", "h", "c", "gates", "gh", "gc", "dx", "dh0", "dc0"],
} as const;
type BufferName = (typeof buffersOf)[keyof typeof buffersOf][number];

/** Zeros, for sums that begin with nothing. */
const zeroBytes = 256;

export function lowerRecurrentGradient(spec: RecurrentGradient): Lowered[] {
  const { B, T, H, cell } = spec;
  if (B * H === 0) return [];
  const { gates } = cells[cell];
  const weight = packMatrixPhase({ N: H, K: gates * H }, { step: 4 * H, column: 4 }, 0);
  const walk = phase({
    key: `recurrent gradient ${cell} ${spec.nonlinearity} ${spec.reverse ? "back" : "on"} ${H % 4}`,
    units: Math.ceil(B / sequences),
    buffers: buffersOf[cell].slice(1).map((_, k) => 1 + k),
    sharedBytes: weight.sharedBytes ?? 0,
    scratchBytes: zeroBytes + 4 * sequences * (gates + 1) * H, // zeros, du, then `through`
    numbers: { B, T, H },
    write: (context) => writeUnits(context, spec),
  });
  return [weight, walk];
} // prettier-ignore

/** What the code of a unit works with. */
type Place = Context<"B" | "T" | "H"> & {
  first: Local; rows: Local; step: Local;
  rowBytes: Local; wideBytes: Local; // of H and of gates · H numbers
  du: Local; through: Local;
}; // prettier-ignore

const bufferOf =
  (context: Context<"B" | "T" | "H">, spec: RecurrentGradient, name: BufferName): Local =>
  context.kernel.buffer(
    (buffersOf[spec.cell] as readonly string[]).indexOf(name) - 1,
  ); // prettier-ignore

function writeUnits(context: Context<"B" | "T" | "H">, spec: RecurrentGradient): void {
  const { f, module, kernel, numbers: n } = context;
  const { gates } = cells[spec.cell];
  const rowBytes = f.let("i32", "rowBytes", times(f, n.H, 4));
  const wideBytes = f.let("i32", "wideBytes", times(f, rowBytes, gates));
  const du = f.let("i32", "du", plus(f, kernel.scratch, zeroBytes));
  const through = f.let("i32", "through", plus(f, du, times(f, wideBytes, sequences)));
  f.fill(kernel.scratch, 0, zeroBytes);
  const [unit, step, later] =
    [f.local("i32", "unit"), f.local("i32", "step"), f.local("i32", "later")];
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const first = f.let("i32", "first", times(f, unit, sequences));
    const rows = f.let("i32", "rows", minus(f, n.B, first));
    f.set(rows, smaller(f, rows, sequences));
    const carried = (name: "dh0" | "dc0"): Local =>
      f.let("i32", name, plus(f, bufferOf(context, spec, name), times(f, first, rowBytes)));
    const dh = carried("dh0"); // carried in the place where it ends
    f.fill(dh, 0, times(f, rows, rowBytes));
    if (spec.cell === "lstm") f.fill(carried("dc0"), 0, times(f, rows, rowBytes));
    f.loop(later, 0, n.T, 1, () => {
      f.set(step, minus(f, minus(f, n.T, 1), later));
      writeStep({ ...context, first, rows, step, rowBytes, wideBytes, du, through }, spec);
      const start: Operand[] = spec.cell === "gru" ? [through, rowBytes, lineBytes]
        : [kernel.scratch, 0, 0];
      f.call(multiply(module), du, wideBytes, rows,
        kernel.shared, lineBytes, times(f, times(f, n.H, gates), lineBytes), n.H,
        ...start, dh, rowBytes, times(f, n.H, gates));
    });
  });
} // prettier-ignore

/** The cell's gradient for all sequences of the unit at one time. */
function writeStep(place: Place, spec: RecurrentGradient): void {
  const { f, numbers: n, first, rows, step, rowBytes, wideBytes } = place;
  const { gates } = cells[spec.cell];
  const names: readonly string[] = buffersOf[spec.cell];
  const row = f.local("i32", "row");
  f.loop(row, 0, rows, 1, () => {
    const sequence = f.let("i32", "sequence", plus(f, first, row));
    const at = f.let("i32", "at", timePosition(f, spec.reverse, sequence, n.T, step));
    const rowOf = (name: string, base: Operand, index: Operand, bytes: Operand): Local =>
      f.let("i32", name, plus(f, base, times(f, index, bytes)));
    const byGate = (start: Local, count: number): Local[] =>
      Array.from({ length: count }, (_, k) =>
        f.let("i32", "gate", plus(f, start, times(f, rowBytes, k))));
    const h = rowOf("h", bufferOf(place, spec, "h"), at, rowBytes);
    /** A row of a buffer, or (never read) that of h where the cell has no such buffer. */
    const has = (name: BufferName, index: Local, bytes: Operand): Local =>
      names.includes(name) ? rowOf(name, bufferOf(place, spec, name), index, bytes) : h;
    const c = has("c", at, rowBytes);
    const isLstm = spec.cell === "lstm";
    const initial = has(isLstm ? "c0" : "h0", sequence, rowBytes);
    const addresses = {
      h, c, before: stepBefore(f, spec.reverse, step, isLstm ? c : h, rowBytes, initial),
      gates: byGate(has("gates", at, times(f, rowBytes, 4)), 4),
      gh: has("gh", at, rowBytes), gc: has("gc", at, rowBytes),
      dh: has("dh0", sequence, rowBytes), dc: has("dc0", sequence, rowBytes),
      dx: byGate(has("dx", at, wideBytes), gates), dhw: byGate(has("dhw", at, wideBytes), gates),
      du: byGate(rowOf("du", place.du, row, wideBytes), gates),
      through: rowOf("through", place.through, row, rowBytes),
    };
    eachVectorOnce(f, lanesLeft(spec.H), rowBytes, (vector) =>
      cellGradients[spec.cell](spec.nonlinearity)(f, vector, addresses));
  });
} // prettier-ignore
