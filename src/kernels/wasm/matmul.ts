/**
 * Matrix products: packed, blocked for the caches, in panels of 16 columns (matmul-panel.ts). A
 * must come as contiguous rows, B as lines of 16 columns. An operand that already does is read
 * where it is; else it is packed (matmul-plan.ts). Units are blocks of C; the sum over K is never
 * split between them.
 */
import type { Matmul } from "../spec.js";
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import type { Local } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { multiplyDots } from "./matmul-dot.js";
import { multiplyLong } from "./matmul-long.js";
import { packPanels, packRows } from "./matmul-pack.js";
import { panelColumns } from "./matmul-panel.js";
import { type Layout, type Way, layOut, lineBytes } from "./matmul-plan.js";
import { packPanelsPhase, packRowsPhase, repeatBiasPhase, walkAxes } from "./matmul-prepare.js";
import { type MatmulShape, itemCount, matmulShape } from "./matmul-shape.js";
import { type Context, phase } from "./named-constants.js";
import { readAhead } from "./read-ahead.js";

/** A share of it that one unit's rows of A may take. */
const secondCache = 256 * 1024;

export function lowerMatmul(spec: Matmul): Lowered[] {
  return lowerProduct(spec, [0, 1], 1);
}

/**
 * The same with A and B in the call's inputs of these numbers, and a bias (input 2) each number of which
 * is that of `biasColumns` neighbouring columns.
 */
export function lowerProduct(
  spec: Matmul, operands: readonly [a: number, b: number], biasColumns: number,
): Lowered[] {
  const shape = matmulShape(spec);
  if (itemCount(shape) * shape.M * shape.N === 0) return [];
  const [aBuffer, bBuffer] = shape.turned ? [operands[1], operands[0]] : operands;
  const bias = !spec.bias ? "none" : biasColumns === 1 ? "buffer" : "shared";
  const layout = layOut(shape, bias === "shared");
  const phases: Lowered[] = [];
  if (layout.a === "shared") phases.push(packRowsPhase(shape, layout, aBuffer));
  if (layout.b === "shared") phases.push(packPanelsPhase(shape, layout, bBuffer));
  if (bias === "shared") phases.push(repeatBiasPhase(shape.N, biasColumns, layout, 2));
  const buffers = [aBuffer, bBuffer, ...(spec.bias ? [3, 2] : [2])]; // a, b, c, (bias)
  return [...phases, multiplyPhase(shape, layout, buffers, bias)];
} // prettier-ignore

/** Where a bias is read: where it lies, or in shared memory, a number for each column. */
type Bias = "none" | "buffer" | "shared";

/**
 * C from operands that are packed or need not be. A unit: a block of rows and columns of an item.
 */
function multiplyPhase(
  shape: MatmulShape, layout: Layout, buffers: readonly number[], bias: Bias,
): Lowered {
  const { axes, M, N, K } = shape;
  const { a, b, unitRows, unitColumns, rowBlocks, columnBlocks, aOwn, bOwn, partial, partialRow } =
    layout;
  const kind =
    { none: "", buffer: ", bias", shared: ", shared bias" }[bias] + (layout.long ? ", long" : "") + (layout.ahead ? ", ahead" : "");
  const strides = axes.flatMap(({ size, a, b }, axis) => {
    const inner = itemCount({ axes: axes.slice(axis + 1) });
    const packed = (items: number, bytes: number): number => (items === 1 ? 0 : inner * bytes);
    return [
      size,
      layout.a === "shared" ? packed(layout.aItems, layout.aItem) : a,
      layout.b === "shared" ? packed(layout.bItems, layout.bItem) : b,
    ];
  });
  return phase({
    key: `matmul, ${axes.length} axes, a ${a}, b ${b}${kind}`,
    units: itemCount(shape) * rowBlocks * columnBlocks, buffers,
    sharedBytes: layout.sharedBytes, scratchBytes: layout.scratchBytes,
    numbers: {
      M, N, K, unitRows, unitColumns, rowBlocks, columnBlocks, aOwn, bOwn, partial, partialRow,
      aBase: a === "shared" ? 0 : shape.a.offset,
      aRow: a === "direct" ? shape.a.row : layout.aRow,
      aUnitRow: a === "direct" ? shape.a.row : layout.aUnitRow,
      aFromRow: shape.a.row, aFromStep: shape.a.step,
      bBase: b === "shared" ? layout.bShared : shape.b.offset,
      bStep: b === "direct" ? shape.b.step : lineBytes,
      bPanel: b === "direct" ? lineBytes : b === "dots" ? panelColumns * shape.b.column
        : layout.bPanel,
      bFromStep: shape.b.step, bFromColumn: shape.b.column, biasAt: layout.biasShared,
    },
    list: strides,
    write: (context) => writeUnits(context, layout, bias),
  });
} // prettier-ignore

type Name =
  | "M" | "N" | "K" | "unitRows" | "unitColumns" | "rowBlocks" | "columnBlocks" | "aOwn"
  | "bOwn" | "partial" | "partialRow" | "aBase" | "aRow" | "aUnitRow" | "aFromRow" | "aFromStep"
  | "bBase" | "bStep" | "bPanel" | "bFromStep" | "bFromColumn" | "biasAt"; // prettier-ignore

function writeUnits(context: Context<Name>, { a: aWay, b: bWay, long, ahead }: Layout,
  bias: Bias): void {
  const { f, module, kernel, numbers: n, list } = context;
  f.store("v128.store", kernel.scratch, () => f.f32x4(0)); // added to sums without a bias
  for (const at of [16, 32, 48]) f.store("v128.store", kernel.scratch, () => f.f32x4(0), at);
  const unit = f.local("i32", "unit");
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const block = f.let("i32", "block", quotient(f, unit, n.rowBlocks));
    const item = f.let("i32", "item", quotient(f, block, n.columnBlocks));
    const row = f.let("i32", "row", times(f, remainder(f, unit, n.rowBlocks), n.unitRows));
    const column =
      f.let("i32", "column", times(f, remainder(f, block, n.columnBlocks), n.unitColumns));
    const base = (way: Way, k: number): Local =>
      (way === "shared" ? kernel.shared : kernel.buffer(k));
    const a = f.let("i32", "a", plus(f, base(aWay, 0), n.aBase));
    const b = f.let("i32", "b", plus(f, base(bWay, 1), n.bBase));
    walkAxes(f, item, list, [a, b]);
    packOwn(context, aWay, bWay, a, b);
    f.increase(a, times(f, row, n.aUnitRow));
    f.increase(b, times(f, quotient(f, column, panelColumns), n.bPanel));
    const line = plus(f, times(f, item, n.M), row); // of C
    const place = plus(f, times(f, line, n.N), column);
    const c = f.let("i32", "c", plus(f, kernel.buffer(2), times(f, place, 4)));
    const biasBase = bias === "shared" ? plus(f, kernel.shared, n.biasAt) : null;
    const init = bias === "none" ? kernel.scratch
      : plus(f, biasBase ?? kernel.buffer(3), times(f, column, 4));
    const rows = f.let("i32", "rows", minus(f, n.M, row));
    const columns = f.let("i32", "columns", minus(f, n.N, column));
    f.set(rows, smaller(f, rows, n.unitRows)).set(columns, smaller(f, columns, n.unitColumns));
    if (ahead) readRowsAhead(context, a, rows);
    const form = aWay === "shared" ? "packed" : "rows";
    const operands = [
      a, n.aRow, rows, b, n.bStep, n.bPanel, columns,
      init, 0, bias === "none" ? 0 : lineBytes, c, times(f, n.N, 4), n.K,
    ];
    if (bWay === "dots")
      f.call(multiplyDots(module), a, n.aRow, rows, b, n.bFromColumn, columns,
        init, bias === "none" ? 0 : 4, c, times(f, n.N, 4), n.K);
    else if (long) f.call(multiplyLong(module, form), ...operands, kernel.scratch,
      plus(f, kernel.scratch, n.partial), n.partialRow);
    else f.call(multiply(module, form), ...operands);
  });
} // prettier-ignore

/** The unit's rows of A into the cache, unless they are too many for it. */
function readRowsAhead({ f, module, numbers: n }: Context<Name>, a: Local, rows: Local): void {
  const rowBytes = f.let("i32", "rowBytes", times(f, n.K, 4));
  const fits = (): unknown => f.op("i32.le_s", times(f, rows, rowBytes), secondCache);
  f.if(fits, () => f.call(readAhead(module), a, n.aRow, rows, rowBytes));
}

/** Packs a whole item into the worker's own memory, where that is the way. */
function packOwn(context: Context<Name>, aWay: Way, bWay: Way, a: Local, b: Local): void {
  const { f, module, kernel, numbers: n } = context;
  if (aWay === "own") {
    const own = f.let("i32", "ownA", plus(f, kernel.scratch, n.aOwn));
    f.call(packRows(module), a, n.aFromRow, n.aFromStep, n.M, n.K, own, n.aRow).set(a, own);
  }
  if (bWay === "own") {
    const own = f.let("i32", "ownB", plus(f, kernel.scratch, n.bOwn));
    f.call(packPanels(module), b, n.bFromStep, n.bFromColumn, n.N, n.K, own).set(b, own);
  }
}
