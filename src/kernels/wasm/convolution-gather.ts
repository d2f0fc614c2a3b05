/**
 * The product of weights with patches of an image, of which each kind of convolution is one or
 * several (convolution.ts).
 */
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import {
  type Pixel,
  type Spacing,
  copyWindow,
  packPatches,
  spacingOf,
  writeOffsets,
} from "./convolution-image.js";
import { type Axis, origin, reach } from "./convolution-shape.js";
import type { FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { panelColumns } from "./matmul-panel.js";
import { lineBytes } from "./matmul-plan.js";
import { type Context, phase } from "./named-constants.js";

export type GatherShape = {
  images: number; groups: number;
  channels: number; rows: number; // of a group: gathered from, and made
  vertical: Axis; horizontal: Axis; outHeight: number; outWidth: number;
  /** [groups, rows, channels · taps]: in buffer 1 or in shared memory. */
  weights: { from: "buffer" | "shared"; offset: number; group: number };
  buffers: readonly number[]; // image, weights, result, (bias)
  bias: boolean; sharedBytes: number;
}; // prettier-ignore

/** Panels packed before they are multiplied: the weights are read once for all of them. */
const chunkPanels = 8;
const chunkPixels = chunkPanels * panelColumns;
/** A row of results that must be spread out afterwards; not a power of two bytes. */
const resultRow = 4 * chunkPixels + 64;
const wantedUnits = 16;
/** An image that is copied should stay in the second cache. */
const imageBytes = 512 * 1024;

type Plan = {
  /** No tap leaves the image: it is read where it lies, not from a copy with zeros around. */
  whole: boolean;
  spacing: Spacing;
  /** The results are not neighbours in their plane: they are made in scratch memory and spread out. */
  spread: boolean;
  /** Rows of outputs that a unit makes. */
  unitRows: number;
  /** Rows of the image that these meet, and columns of a row where they are read. */
  imageRows: number;
  imageColumns: number;
};

function planOf(shape: GatherShape): Plan {
  const { vertical, horizontal, channels } = shape;
  const [rows, columns] = [reach(vertical), reach(horizontal)];
  const inside = (axis: Axis, { first, count }: { first: number; count: number }): boolean =>
    first >= 0 && first + count <= axis.inputs;
  const whole =
    inside(vertical, rows) && inside(horizontal, columns); // nothing is missing: no copy
  const imageColumns = whole ? horizontal.inputs : columns.count;
  const fits = Math.floor(imageBytes / (4 * channels * imageColumns * vertical.stride));
  const parts = Math.ceil(wantedUnits / (shape.images * shape.groups));
  const split =
    Math.max(Math.ceil(vertical.outputs / parts), Math.ceil(chunkPixels / horizontal.outputs));
  const unitRows = Math.max(1, Math.min(vertical.outputs, split, whole ? Infinity : fits));
  return {
    whole, imageColumns, unitRows, imageRows: reach(vertical, unitRows).count,
    spacing: spacingOf(horizontal.stride, horizontal.outputs, vertical.outputs),
    spread: vertical.at.step !== 1 || horizontal.at.step !== 1,
  };
} // prettier-ignore

export function gatherPhase(shape: GatherShape): Lowered {
  const { vertical, horizontal, channels, rows, groups, weights, bias } = shape;
  const plan = planOf(shape);
  const { whole, spacing, spread, unitRows, imageRows, imageColumns } = plan;
  const depth = channels * vertical.taps * horizontal.taps;
  const rowBlocks = Math.ceil(vertical.outputs / unitRows);
  const planeBytes = whole ? 4 * vertical.inputs * horizontal.inputs : 4 * imageRows * imageColumns;
  const initAt = 4 * panelColumns; // after the offsets of a panel's pixels
  const imageAt = initAt + lineBytes * (bias ? rows : 1);
  const panelsAt = imageAt + (whole ? 0 : Math.ceil((channels * planeBytes + 64) / 64) * 64);
  const resultAt = panelsAt + chunkPanels * depth * lineBytes;
  const flags = [whole && "whole", spread && "spread", bias && "bias"].filter(Boolean);
  return phase({
    key: `convolution ${weights.from} ${spacing} ${flags.join(" ")}`,
    units: shape.images * groups * rowBlocks,
    buffers: shape.buffers, sharedBytes: shape.sharedBytes,
    scratchBytes: resultAt + (spread ? rows * resultRow : 0),
    numbers: {
      groups, channels, rows, depth, rowBlocks, unitRows, initAt, imageAt, panelsAt, resultAt,
        planeBytes,
      gridRows: vertical.outputs, gridColumns: horizontal.outputs,
      inRows: vertical.inputs, inColumns: horizontal.inputs, imageRows, imageColumns,
      firstRow: reach(vertical).first, firstColumn: reach(horizontal).first,
        rowStride: vertical.stride,
      tapRows: vertical.taps, tapColumns: horizontal.taps,
      tapDown: 4 * vertical.tapStep * imageColumns, tapAcross: 4 * horizontal.tapStep,
      tapOrigin: 4 * (origin(vertical) * imageColumns + origin(horizontal)),
      pixelDown: 4 * vertical.stride * imageColumns, pixelAcross: 4 * horizontal.stride,
      weightsOffset: weights.offset, weightsGroup: weights.group,
      outPlane: 4 * shape.outHeight * shape.outWidth,
      outFirst: 4 * (vertical.at.first * shape.outWidth + horizontal.at.first),
      outDown: 4 * vertical.at.step * shape.outWidth, outAcross: 4 * horizontal.at.step,
    },
    write: (context) => writeUnits(context, plan, weights.from, bias),
  });
} // prettier-ignore

type Name =
  | "groups" | "channels" | "rows" | "depth" | "rowBlocks" | "unitRows" | "initAt" | "imageAt"
  | "panelsAt" | "resultAt" | "planeBytes" | "gridRows" | "gridColumns" | "inRows" | "inColumns"
  | "imageRows" | "imageColumns" | "firstRow" | "firstColumn" | "rowStride"
  | "tapRows" | "tapColumns"
  | "tapDown" | "tapAcross" | "tapOrigin" | "pixelDown" | "pixelAcross" | "weightsOffset"
  | "weightsGroup" | "outPlane" | "outFirst" | "outDown" | "outAcross"; // prettier-ignore

function writeUnits(context: Context<Name>, plan: Plan, from: "buffer" | "shared",
  bias: boolean): void {
  const { f, kernel, numbers: n } = context;
  const unit = f.local("i32", "unit");
  const init = f.let("i32", "init", plus(f, kernel.scratch, n.initAt));
  if (!bias) f.fill(init, 0, lineBytes);
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const item = f.let("i32", "item", quotient(f, unit, n.rowBlocks));
    const group = f.let("i32", "group", remainder(f, item, n.groups));
    const gridRow = f.let("i32", "gridRow", times(f, remainder(f, unit, n.rowBlocks), n.unitRows));
    const count = f.let("i32", "gridRows", minus(f, n.gridRows, gridRow));
    f.set(count, smaller(f, count, n.unitRows));
    const image = writeImage(context, plan, item, gridRow);
    const base = from === "shared" ? kernel.shared : kernel.buffer(1);
    const weights =
      f.let("i32", "weights",
        plus(f, plus(f, base, n.weightsOffset), times(f, group, n.weightsGroup)));
    if (bias) writeBias(context, init, group);
    const plane = times(f, times(f, item, n.rows), n.outPlane);
    const out = f.let("i32", "out", plus(f, plus(f, kernel.buffer(2), n.outFirst), plane));
    f.increase(out, times(f, gridRow, n.outDown));
    const left = f.let("i32", "left", times(f, count, n.gridColumns));
    writeChunks(context, plan, bias, { image, weights, init, out, left });
  });
} // prettier-ignore

/**
 * Where the window of the image begins that the unit's outputs meet: in the image itself, or a copy
 * with zeros around.
 */
function writeImage(context: Context<Name>, { whole }: Plan, item: Local, gridRow: Local): Local {
  const { f, module, kernel, numbers: n } = context;
  const source = f.let("i32", "source",
    plus(f, kernel.buffer(0),
      times(f, times(f, times(f, item, n.channels), times(f, n.inRows, n.inColumns)), 4)));
  const row = f.let("i32", "row", plus(f, n.firstRow, times(f, gridRow, n.rowStride)));
  if (whole) {
    f.increase(source, times(f, plus(f, times(f, row, n.inColumns), n.firstColumn), 4));
    return source;
  }
  const image = f.let("i32", "image", plus(f, kernel.scratch, n.imageAt));
  f.call(copyWindow(module), source, n.channels, n.inRows, n.inColumns, row, n.firstColumn,
    image, n.imageRows, n.imageColumns);
  return image;
} // prettier-ignore

/** A line of 16 for each row of the group: its bias. */
function writeBias({ f, kernel, numbers: n }: Context<Name>, init: Local, group: Local): void {
  const row = f.local("i32", "row");
  const from = f.let(
    "i32",
    "bias",
    plus(f, kernel.buffer(3), times(f, times(f, group, n.rows), 4)),
  );
  const to = f.let("i32", "line", init);
  f.loop(row, 0, n.rows, 1, () => {
    const value = f.let("v128", "value", () => f.load("v128.load32_splat", from));
    for (let at = 0; at < lineBytes; at += 16) f.store("v128.store", to, value, at);
    f.increase(from, 4).increase(to, lineBytes);
  });
}

type Unit = { image: Local; weights: Local; init: Local; out: Local; left: Local };

/** The unit's pixels, 8 panels at a time. */
function writeChunks(context: Context<Name>, plan: Plan, bias: boolean, unit: Unit): void {
  const { f, module, kernel, numbers: n } = context;
  const { image, weights, init, out, left } = unit;
  const panels = f.let("i32", "panels", plus(f, kernel.scratch, n.panelsAt));
  const result = f.let("i32", "result", plan.spread ? plus(f, kernel.scratch, n.resultAt) : out);
  const pixel =
    { offset: f.let("i32", "offset", 0), column: f.let("i32", "column", 0),
      left: f.let("i32", "rest", left) };
  const target = { offset: f.let("i32", "target", 0), column: f.let("i32", "targetColumn", 0) };
  const [done, chunk] = [f.local("i32", "done"), f.local("i32", "chunk")];
  f.loop(done, 0, left, chunkPixels, () => {
    f.set(chunk, minus(f, left, done));
    f.set(chunk, smaller(f, chunk, chunkPixels));
    packChunk(context, plan.spacing, image, pixel, panels, chunk);
    f.call(multiply(module), weights, times(f, n.depth, 4), n.rows,
      panels, lineBytes, times(f, n.depth, lineBytes), chunk,
      init, bias ? lineBytes : 0, 0, result, plan.spread ? resultRow : n.outPlane, n.depth);
    if (plan.spread) {
      f.call(spreadRows(module), result, chunk, n.rows, out, n.outPlane, target.offset,
        target.column,
        n.gridColumns, n.outAcross, n.outDown);
      const pixels = f.let("i32", "pixels", plus(f, target.column, chunk));
      f.increase(target.offset, times(f, quotient(f, pixels, n.gridColumns), n.outDown));
      f.set(target.column, remainder(f, pixels, n.gridColumns));
    } else f.increase(result, times(f, chunk, 4));
  });
} // prettier-ignore

function packChunk(
  { f, module, kernel, numbers: n }: Context<Name>, spacing: Spacing, image: Local, pixel: Pixel,
    panels: Local, chunk: Local,
): void {
  const grid = { width: n.gridColumns, step: n.pixelAcross, row: n.pixelDown };
  const origin = f.let("i32", "origin", plus(f, image, n.tapOrigin));
  const [panel, done] = [f.let("i32", "panel", panels), f.local("i32", "done")];
  f.loop(done, 0, chunk, panelColumns, () => {
    writeOffsets(f, pixel, kernel.scratch, grid, spacing === "free" ? 1 : 4);
    f.call(packPatches(module, spacing), origin, kernel.scratch, n.channels, n.planeBytes,
      n.tapRows, n.tapDown, n.tapColumns, n.tapAcross, panel);
    f.increase(panel, times(f, n.depth, lineBytes));
  });
} // prettier-ignore

/**
 * Spreads rows of `count` results over planes, from the place (offset, column) of a grid on: pixels
 * `across` bytes apart, its rows of `width` pixels `down`.
 */
function spreadRows(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", count: "i32", rows: "i32", to: "i32", toPlane: "i32", offset: "i32", column: "i32",
    width: "i32", across: "i32", down: "i32",
  } as const; // prettier-ignore
  return module.once("spreadRows", () =>
    module.function("spreadRows", parameters, [], (f, p) => {
      const [row, k] = [f.local("i32", "row"), f.local("i32", "k")];
      const column = f.local("i32", "at");
      const line = f.local("i32", "line");
      f.loop(row, 0, p.rows, 1, () => {
        f.set(column, p.column);
        f.set(line, plus(f, p.to, p.offset));
        const target = f.let("i32", "target", plus(f, line, times(f, column, p.across)));
        f.loop(k, 0, p.count, 1, () => {
          f.store("f32.store", target, () => f.load("f32.load", plus(f, p.from, times(f, k, 4))));
          f.increase(column, 1).increase(target, p.across);
          f.if(() => f.op("i32.eq", column, p.width), () => {
            f.set(column, 0).increase(line, p.down);
            f.set(target, line);
          });
        });
        f.increase(p.from, resultRow).increase(p.to, p.toPlane);
      });
    }),
  );
} // prettier-ignore
