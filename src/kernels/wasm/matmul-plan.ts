/**
 * How a matmul of a given shape is run: which operands are packed and where, and what one unit of
 * the work is.
 */
import { blockRowBytes, blockRows, depthBlock } from "./matmul-block.js";
import { partialDepth } from "./matmul-long.js";
import { panelColumns } from "./matmul-panel.js";
import { type MatmulShape, itemCount } from "./matmul-shape.js";

/**
 * How the multiplication comes by an operand: read where it lies, packed for all units in a phase
 * of its own, or packed by each unit for itself, where a unit is a whole (small) item of the batch.
 * "dots": A and B both contiguous along K, and few rows (matmul-dot.ts).
 */
export type Way = "direct" | "shared" | "own" | "dots";

/** Where things lie; bytes. */
export type Layout = {
  a: Way; b: Way;
  aRow: number; aUnitRow: number; aItem: number; aItems: number; // packed rows of A
  bPanel: number; bItem: number; bItems: number; // packed panels of B
  bShared: number; biasShared: number; sharedBytes: number; // in shared memory: A, then B, then a bias
  /** In scratch memory: 64 bytes of zeros, then A, B and partial sums. */
  aOwn: number; bOwn: number; partial: number; partialRow: number; scratchBytes: number;
  long: boolean; // whether sums are kept apart in parts
  ahead: boolean; // whether rows of A are read ahead: those of a large A, which may be far away
  unitRows: number; unitColumns: number; rowBlocks: number; columnBlocks: number;
}; // prettier-ignore

export const lineBytes = 4 * panelColumns;

/** A row-major B of up to so many bytes lies close enough: it is read as fast as packed. */
const nearBytes = 64 * 1024;
/** Up to so many products an item is packed and multiplied by one unit; in a batch, more. */
const smallItem = 128 ** 3;
const batchItem = 256 ** 3;
const manyItems = 8;
/**
 * Columns of a unit: its part of C goes by once for each block of the depth, so it should stay in
 * the second cache.
 */
const mostColumns = 1024;
/** So few rows do not repay packing B. */
const fewRows = 3;
/** Enough to share among threads. */
const wantedUnits = 16;
/** Blocks of rows of a small product, and the fewest rows that repay a unit. */
const wantedBlocks = 8;
const leastRows = 16;

const ceil = (x: number, step: number): number => Math.ceil(x / step) * step;

/** `sharedBias`: there is one, and it comes to lie in shared memory. */
export function layOut(shape: MatmulShape, sharedBias = false): Layout {
  const { M, N, K, axes } = shape;
  const ways = chooseWays(shape);
  // Rows of 2ⁿ bytes would share few sets of the caches.
  const own = { aRow: ceil(4 * K, 64) + 64, aUnitRow: ceil(4 * K, 64) + 64 };
  const shared = { aRow: blockRowBytes, aUnitRow: ceil(K, depthBlock) * 4 };
  const packed = { ...(ways.a === "shared" ? shared : own), bPanel: K * lineBytes };
  const aItem = ceil(M, blockRows) * packed.aUnitRow;
  const bItem = ceil(Math.ceil(N / panelColumns) * packed.bPanel, 256);
  const items = itemCount(shape);
  const aItems = axes.every(({ a }) => a === 0) ? 1 : items;
  const bItems = axes.every(({ b }) => b === 0) ? 1 : items;
  const bShared = ways.a === "shared" ? aItems * aItem : 0;
  const biasShared = bShared + (ways.b === "shared" ? bItems * bItem : 0);
  const aOwn = 256;
  const bOwn = aOwn + (ways.a === "own" ? aItem : 0);
  const partial = bOwn + (ways.b === "own" ? bItem : 0);
  const parts = split(shape, ways);
  const long = K > partialDepth && ways.b !== "dots";
  const ahead = ways.a === "direct" && ways.b !== "dots" && M > blockRows;
  const partialRow = 4 * parts.unitColumns + 64;
  return {
    ...ways, ...packed, ...parts, aItem, aItems, bItem, bItems, bShared, biasShared, aOwn,
      bOwn, partial, partialRow, long, ahead,
    sharedBytes: biasShared + (sharedBias ? 4 * N : 0),
    scratchBytes: partial + (long ? parts.unitRows * partialRow : 0),
  };
} // prettier-ignore

function chooseWays(shape: MatmulShape): { a: Way; b: Way } {
  const { M, N, K, axes, a, b } = shape;
  if (M <= fewRows && a.step === 4 && b.step === 4) return { a: "direct", b: "dots" };
  const items = itemCount(shape);
  const small = M * N * K <= (items < manyItems ? smallItem : batchItem);
  const pack = (still: boolean): Way => (small && (items === 1 || !still) ? "own" : "shared");
  const stays = M <= 8 || K * b.step <= nearBytes;
  const bWay = b.column === 4 && stays ? "direct" : pack(axes.every(({ b }) => b === 0));
  return {
    a: a.step === 4 ? "direct" : pack(axes.every(({ a }) => a === 0) && bWay !== "own"),
    b: bWay,
  };
}

/** A block; in a small product, which would be a single unit, fewer: so that threads get some each. */
function rowsOf({ M, N, K, axes }: MatmulShape, a: Way): number {
  const isSmall = axes.length === 0 && M <= 2 * blockRows && M * N * K <= smallItem;
  if (!isSmall || a !== "direct") return blockRows;
  return Math.max(leastRows, ceil(Math.ceil(M / wantedBlocks), 2));
}

type Split = Pick<Layout, "unitRows" | "unitColumns" | "rowBlocks" | "columnBlocks">;

function split(shape: MatmulShape, ways: { a: Way; b: Way }): Split {
  const { M, N } = shape;
  const whole = ways.a === "own" || ways.b === "own";
  const unitRows = whole ? M : rowsOf(shape, ways.a);
  const rowBlocks = Math.ceil(M / unitRows);
  const wanted = Math.ceil(wantedUnits / (itemCount(shape) * rowBlocks));
  const least = Math.ceil(N / mostColumns);
  const parts = whole ? 1 : Math.max(least, Math.min(wanted, Math.ceil(N / (4 * panelColumns))));
  const unitColumns = ceil(Math.ceil(N / parts), panelColumns);
  return {
    unitRows, unitColumns, rowBlocks, columnBlocks: Math.ceil(N / unitColumns),
  };
} // prettier-ignore
