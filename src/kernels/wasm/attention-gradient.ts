/**
 * The gradient of attention without a T × S matrix: a unit is a head, its queries and keys meeting
 * in blocks of 64 × 64 whose weights are made again from logsumexp (FlashAttention, Dao et al.,
 * 2022, algorithm 4). Within a block, 16 queries (or keys) at a time meet only those that see them.
 *   dv = pᵀ·g,  ds = scale · p ∘ (g·vᵀ − Δ),  Δ = g·out by rows,  dq = ds·k,  dk = dsᵀ·q
 */
import { gradientPlaces } from "../heads.js";
import type { AttentionGradient } from "../spec.js";
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import { across, softmaxGradientRow } from "./attention-row.js";
import {
  type ViewLocals,
  keysSeen,
  maskNumbers,
  matrixOf,
  viewNumbers,
} from "./attention-views.js";
import { blockQueries, eachRow, maskKind, packedBytes, readMask, tailOf } from "./attention.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { packPanels, packRows } from "./matmul-pack.js";
import { lineBytes } from "./matmul-plan.js";
import { type Context, phase } from "./named-constants.js";
import { eachVectorOnce } from "./row.js";
import { floats } from "./vector.js";

const block = 64;
/** A row of a block; not a power of two bytes. */
const rowBytes = 4 * block + 64;
const tileBytes = block * rowBytes;
/** Scratch: zeros, Δ of a block's queries, a row of the mask, four tiles, then what is packed. */
const at = {
  delta: 64, mask: 512, p: 1024, ds: 1024 + tileBytes, pT: 1024 + 2 * tileBytes,
    dsT: 1024 + 3 * tileBytes,
  packed: 1024 + 4 * tileBytes,
} as const; // prettier-ignore

type Results = "dq" | "dk" | "dv";
type Operands = "q" | "k" | "v" | "mask" | "out" | "g" | Results;
type Name =
  | "T" | "S" | "D" | "heads" | "maskColumn" | "columnsBytes" | "rowsBytes" | "blockBytes"
  | `${Operands}${"Offset" | "Batch" | "Head" | "Row"}`; // prettier-ignore
const buffer = { q: 0, k: 1, v: 2, out: 3, logsumexp: 4, g: 5, dq: 6, dk: 7, dv: 8, mask: 9 };

export function lowerAttentionGradient(spec: AttentionGradient): Lowered[] {
  const { B, heads, T, S, D, causal, mask } = spec;
  const { dq, dk, dv } = gradientPlaces(spec);
  const results = [dq, dk, dv].map(({ output }) => 6 + output);
  const shift = mask ? 1 : 0; // the mask stands after v
  return [
    phase({
      key: `attention gradient${causal ? " causal" : ""} mask ${maskKind(spec)} ${D % 4}`,
      units: B * heads,
      buffers: [0, 1, 2, ...[3, 4, 5, ...results].map((k) => k + shift), ...(mask ? [3] : [])],
      scratchBytes: at.packed + 2 * packedBytes(D, S) + packedBytes(S, D) + 2 * packedBytes(block,
        D),
      numbers: {
        T, S, D, heads,
        columnsBytes: packedBytes(D, S), rowsBytes: packedBytes(S, D),
          blockBytes: packedBytes(block, D),
        ...viewNumbers("q", spec.q, D), ...viewNumbers("k", spec.k, D),
          ...viewNumbers("v", spec.v, D),
        ...viewNumbers("out", spec.out, D), ...viewNumbers("g", spec.g, D), ...maskNumbers(mask),
        ...viewNumbers("dq", dq.view, D), ...viewNumbers("dk", dk.view, D),
          ...viewNumbers("dv", dv.view, D),
      },
      write: (context) => writeUnits(context, spec),
    }),
  ];
} // prettier-ignore

/** A head: its matrices. */
type Head = Context<Name> & {
  spec: AttentionGradient;
  q: Local; k: Local; v: Local; out: Local; g: Local; mask: Local | null;
  dq: Local; dk: Local; dv: Local; logsumexp: Local; width: Local; // width: bytes of a row of D
  tile: Record<"p" | "ds" | "pT" | "dsT" | "delta", Local>;
  panels: Record<"kT" | "vT" | "k" | "q" | "g", Local>; // packed; q and g only of a block
}; // prettier-ignore

type Scratch = Pick<Head, "tile" | "panels">;

function scratchOf({ f, kernel, numbers: n }: Context<Name>): Scratch {
  const start = (name: keyof typeof at): Local =>
    f.let("i32", name, plus(f, kernel.scratch, at[name]));
  const after = (name: string, start: Local, bytes: Local): Local =>
    f.let("i32", name, plus(f, start, bytes));
  const kT = start("packed");
  const vT = after("vT", kT, n.columnsBytes);
  const kRows = after("kRows", vT, n.columnsBytes);
  const qRows = after("qRows", kRows, n.rowsBytes);
  return {
    panels: { kT, vT, k: kRows, q: qRows, g: after("gRows", qRows, n.blockBytes) },
    tile: {
      p: start("p"), ds: start("ds"), pT: start("pT"), dsT: start("dsT"), delta: start("delta"),
    },
  };
} // prettier-ignore

function writeUnits(context: Context<Name>, spec: AttentionGradient): void {
  const { f, module, kernel, numbers: n } = context;
  f.fill(kernel.scratch, 0, 64);
  const { tile, panels } = scratchOf(context);
  const { kT, vT, k: kRows } = panels;
  const width = f.let("i32", "width", times(f, n.D, 4));
  const unit = f.local("i32", "unit");
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const place = {
      batch: f.let("i32", "batch", quotient(f, unit, n.heads)),
      head: f.let("i32", "head", remainder(f, unit, n.heads)),
    };
    const view = (name: Operands): Local =>
      matrixOf(f, name, kernel.buffer(buffer[name]), n as ViewLocals<Operands>, place);
    const result = (name: Results, rows: Local): Local => {
      const start = view(name);
      eachRow(f, rows, (row) => f.fill(plus(f, start, times(f, row, n[`${name}Row`])), 0, width));
      return start;
    };
    const [q, k, v, out, g] = [view("q"), view("k"), view("v"), view("out"), view("g")];
    const mask = spec.mask ? view("mask") : null;
    const [dq, dk, dv] = [result("dq", n.T), result("dk", n.S), result("dv", n.S)];
    const logsumexp = f.let("i32", "logsumexp",
      plus(f, kernel.buffer(buffer.logsumexp), times(f, times(f, unit, n.T), 4)));
    f.if(n.S, () => {
      f.call(packPanels(module), k, 4, n.kRow, n.S, n.D, kT);
      f.call(packPanels(module), v, 4, n.vRow, n.S, n.D, vT);
      f.call(packPanels(module), k, n.kRow, 4, n.D, n.S, kRows);
    });
    writeHead({ ...context, spec, q, k, v, out, g, mask, dq, dk, dv, logsumexp, width, tile,
      panels });
  });
} // prettier-ignore

/** Queries first … first + rows − 1 against keys start … start + count − 1. */
type Block = { first: Local; rows: Local; start: Local; count: Local };

/** All blocks of queries against all blocks of keys that they see. */
function writeHead(head: Head): void {
  const { f, module, numbers: n, spec, g, out, tile, panels } = head;
  const [first, start] = [f.local("i32", "first"), f.local("i32", "start")];
  f.loop(first, 0, n.T, block, () => {
    const rows = f.let("i32", "rows", minus(f, n.T, first));
    f.set(rows, smaller(f, rows, block));
    eachRow(f, rows, (row) => {
      const query = f.let("i32", "query", plus(f, first, row));
      f.call(rowProduct(module, tailOf(spec)), plus(f, g, times(f, query, n.gRow)),
        plus(f, out, times(f, query, n.outRow)), head.width, plus(f, tile.delta, times(f, row, 4)));
    });
    f.call(packPanels(module), plus(f, head.q, times(f, first, n.qRow)), n.qRow, 4, n.D, rows,
      panels.q);
    f.call(packPanels(module), plus(f, g, times(f, first, n.gRow)), n.gRow, 4, n.D, rows, panels.g);
    const keys = keysSeen(f, spec, n, minus(f, plus(f, first, rows), 1), 0, n.S);
    f.loop(start, 0, keys, block, () => {
      const count = f.let("i32", "count", minus(f, keys, start));
      f.set(count, smaller(f, count, block));
      const at = { first, rows, start, count };
      eachPart(f, rows, (row, part) => writeScores(head, at, row, part));
      writeWeights(head, at);
      f.call(packRows(module), tile.p, 4, rowBytes, count, rows, tile.pT, rowBytes);
      f.call(packRows(module), tile.ds, 4, rowBytes, count, rows, tile.dsT, rowBytes);
      eachPart(f, rows, (row, part) => addToQueries(head, at, row, part));
      eachPart(f, count, (key, part) => addToKeys(head, at, key, part));
    });
  });
} // prettier-ignore

/** 0 … count − 1 in parts of 16. */
function eachPart(f: FunctionBuilder, count: Local, visit: (from: Local, part: Local) =>
  void): void {
  const [from, part] = [f.local("i32", "from"), f.local("i32", "part")];
  f.loop(from, 0, count, blockQueries, () => {
    f.set(part, minus(f, count, from));
    f.set(part, smaller(f, part, blockQueries));
    visit(from, part);
  });
} // prettier-ignore

/** The keys of the block that the last of a part of its queries sees. */
const seenByPart = (head: Head, { first, start, count }: Block, row: Local, part: Local): Local =>
  keysSeen(head.f, head.spec, head.numbers,
    minus(head.f, plus(head.f, plus(head.f, first, row), part), 1), start,
      count); // prettier-ignore

/** q·kᵀ and g·vᵀ. */
function writeScores(head: Head, at: Block, row: Local, part: Local): void {
  const { f, module, kernel, numbers: n, tile } = head;
  const seen = seenByPart(head, at, row, part);
  const query = f.let("i32", "query", plus(f, at.first, row));
  const panels = f.let("i32", "panels", times(f, at.start, head.width));
  const product = (rows: Operand, stride: Local, packed: Local, to: Local): unknown =>
    f.call(multiply(module), rows, stride, part, plus(f, packed, panels), lineBytes,
      times(f, n.D, lineBytes), seen, kernel.scratch, 0, 0,
      plus(f, to, times(f, row, rowBytes)), rowBytes, n.D);
  product(plus(f, head.q, times(f, query, n.qRow)), n.qRow, head.panels.kT, tile.p);
  product(plus(f, head.g, times(f, query, n.gRow)), n.gRow, head.panels.vT, tile.ds);
} // prettier-ignore

/** Scores to p, and g·vᵀ to ds, row by row. */
function writeWeights(head: Head, { first, rows, start, count }: Block): void {
  const { f, module, kernel, numbers: n, spec, mask, tile } = head;
  const kind = maskKind(spec);
  eachRow(f, rows, (row) => {
    const query = f.let("i32", "query", plus(f, first, row));
    const seen = keysSeen(f, spec, n, query, start, count);
    const maskRow = readMask(head, kind, mask, query, start, count, at.mask);
    const rowOf = (tile: Local): Operand => plus(f, tile, times(f, row, rowBytes));
    f.call(softmaxGradientRow(module, kind !== "none"), rowOf(tile.p), rowOf(tile.ds), count, seen,
      maskRow,
      kernel.scalars, plus(f, head.logsumexp, times(f, query, 4)),
        plus(f, tile.delta, times(f, row, 4)));
  });
} // prettier-ignore

/** dq += ds·k for a part of the queries. */
function addToQueries(head: Head, at: Block, row: Local, part: Local): void {
  const { f, module, numbers: n, tile } = head;
  const seen = seenByPart(head, at, row, part);
  const to = f.let("i32", "to", plus(f, head.dq, times(f, plus(f, at.first, row), n.dqRow)));
  f.call(multiply(module), plus(f, tile.ds, times(f, row, rowBytes)), rowBytes, part,
    plus(f, head.panels.k, times(f, at.start, lineBytes)), lineBytes, times(f, n.S, lineBytes), n.D,
    to, n.dqRow, lineBytes, to, n.dqRow, seen);
} // prettier-ignore

/**
 * dv += pᵀ·g and dk += dsᵀ·q for a part of the keys, over the queries from the first that sees one
 * of them.
 */
function addToKeys(head: Head, at: Block, key: Local, part: Local): void {
  const { f, module, numbers: n, spec, tile } = head;
  const skipped = f.let("i32", "skipped", 0);
  if (spec.causal) {
    const hidden = minus(f, plus(f, at.start, key), minus(f, n.S, n.T));
    f.set(skipped, minus(f, hidden, at.first));
    f.if(() => f.op("i32.lt_s", skipped, 0), () => f.set(skipped, 0));
  }
  const past = f.let("i32", "past", times(f, skipped, lineBytes));
  const line = f.let("i32", "line", plus(f, times(f, key, rowBytes), times(f, skipped, 4)));
  const product = (rows: Local, values: Local, result: Local, step: Local): void => {
    const to = f.let("i32", "to", plus(f, result, times(f, plus(f, at.start, key), step)));
    f.call(multiply(module), plus(f, rows, line), rowBytes, part,
      plus(f, values, past), lineBytes, times(f, at.rows, lineBytes), n.D,
      to, step, lineBytes, to, step, minus(f, at.rows, skipped));
  };
  product(tile.pT, head.panels.g, head.dv, n.dvRow);
  product(tile.dsT, head.panels.q, head.dk, n.dkRow);
} // prettier-ignore

/** to = Σ x·y over two rows. */
function rowProduct(module: ModuleBuilder, tail: 0 | 1 | 2 | 3): FunctionHandle {
  const name = `rowProduct${tail}`;
  const parameters = { x: "i32", y: "i32", bytes: "i32", to: "i32" } as const;
  return module.once(name, () =>
    module.function(name, parameters, [], (f, { x, y, bytes, to }) => {
      const sum = f.let("v128", "sum", 0);
      const { madd } = floats(f);
      eachVectorOnce(f, tail, bytes, (vector) =>
        f.set(sum, madd(vector.load(x), vector.load(y), sum)));
      across(f, "f32x4.add", sum);
      f.laneMemory("v128.store32_lane", 0, to, sum);
    }),
  );
} // prettier-ignore
