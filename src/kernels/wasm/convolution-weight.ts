/**
 * The gradient of a convolution in its weights: y' [O, B·P·Q] times patches [B·P·Q, C·R·S], packed
 * for 64 taps at a time. A unit: 64 (or 48) taps of one group, over all images, so that no sum is split.
 * Sums are kept apart for about a thousand pixels before they are added up (matmul-long.ts).
 */
import type { ConvolutionWeight } from "../spec.js";
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import { copyWindow } from "./convolution-image.js";
import { forwardAxis, reach } from "./convolution-shape.js";
import { coversImage, wholeWeight } from "./convolution-whole.js";
import type { Local, Operand } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { addRows, partialDepth } from "./matmul-long.js";
import { copyStrided, transposeLines } from "./matmul-pack.js";
import { panelColumns } from "./matmul-panel.js";
import { lineBytes } from "./matmul-plan.js";
import { type Context, phase } from "./named-constants.js";
import { readAhead } from "./read-ahead.js";

/** Taps of a unit: 4 panels; 3 where units are few, so that threads get as many each. */
const mostTaps = 4 * panelColumns;
const fewUnits = 16;
/** Pixels packed at a time, in whole rows. */
const chunkPixels = 256;
/** A row of partial sums; not a power of two bytes. */
const partialRow = 4 * mostTaps + 64;

export function lowerConvolutionWeight(spec: ConvolutionWeight): Lowered[] {
  if (coversImage(spec)) return wholeWeight(spec);
  const { B, C, H, W, O, R, S, P, Q, groups } = spec;
  const [channels, rows] = [C / groups, O / groups];
  const taps = channels * R * S;
  if (O * taps === 0) return [];
  const units = groups * Math.ceil(taps / mostTaps);
  const unitTaps = units > 1 && units < fewUnits ? mostTaps - panelColumns : mostTaps;
  const [vertical, horizontal] = [reach(forwardAxis(spec, 0)), reach(forwardAxis(spec, 1))];
  const chunkRows = Math.max(1, Math.floor(chunkPixels / Math.max(Q, 1)));
  const unitChannels = Math.min(channels, Math.ceil((unitTaps - 1) / (R * S)) + 1);
  const plane = 4 * vertical.count * horizontal.count;
  const [offsetsAt, imageAt] = [0, 4 * mostTaps];
  const panelsAt = imageAt + Math.ceil((unitChannels * plane + 64) / 64) * 64;
  const partialAt = panelsAt + chunkRows * Q * 4 * lineBytes;
  return [
    phase({
      key: `convolution weight${spec.stride[1] === 1 ? "" : " strided"}`,
      units: groups * Math.ceil(taps / unitTaps),
      buffers: [0, 1, 2],
      scratchBytes: partialAt + rows * partialRow,
      numbers: {
        images: B, groups, channels, rows, taps, unitTaps, inRows: H, inColumns: W, P, Q, chunkRows,
        offsetsAt, imageAt, panelsAt, partialAt, plane, kernel: R * S, kernelColumns: S,
        firstRow: vertical.first, firstColumn: horizontal.first,
        windowRows: vertical.count, windowColumns: horizontal.count,
        tapDown: 4 * spec.dilation[0] * horizontal.count, tapAcross: 4 * spec.dilation[1],
        pixelDown: 4 * spec.stride[0] * horizontal.count, pixelAcross: 4 * spec.stride[1],
      },
      write: (context) => writeUnits(context, spec.stride[1] === 1),
    }),
  ];
} // prettier-ignore

type Name =
  | "images" | "groups" | "channels" | "rows" | "taps" | "unitTaps" | "inRows" | "inColumns" | "P" | "Q"
  | "chunkRows"
  | "offsetsAt" | "imageAt" | "panelsAt" | "partialAt" | "plane" | "kernel" | "kernelColumns"
  | "firstRow" | "firstColumn" | "windowRows" | "windowColumns" | "tapDown" | "tapAcross"
  | "pixelDown" | "pixelAcross"; // prettier-ignore

type Unit = Context<Name> & {
  group: Local; first: Local; count: Local; // taps of the group: first … first + count − 1
  channel: Local; channels: Local; // that they lie in
  offsets: Local; image: Local; panels: Local; partial: Local; result: Local;
  pending: Local; // pixels in the partial sums
}; // prettier-ignore

function writeUnits(context: Context<Name>, dense: boolean): void {
  const { f, kernel, numbers: n } = context;
  const scratch = (name: string, at: Local): Local =>
    f.let("i32", name, plus(f, kernel.scratch, at));
  const parts = {
    offsets: scratch("offsets", n.offsetsAt), image: scratch("image", n.imageAt),
    panels: scratch("panels", n.panelsAt), partial: scratch("partial", n.partialAt),
  };
  const [unit, b] = [f.local("i32", "unit"), f.local("i32", "image")];
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const group = f.let("i32", "group", remainder(f, unit, n.groups));
    const first = f.let("i32", "first", times(f, quotient(f, unit, n.groups), n.unitTaps));
    const count = f.let("i32", "count", minus(f, n.taps, first));
    f.set(count, smaller(f, count, n.unitTaps));
    const channel = f.let("i32", "channel", quotient(f, first, n.kernel));
    const last = quotient(f, minus(f, plus(f, first, count), 1), n.kernel);
    const channels = f.let("i32", "channels", plus(f, minus(f, last, channel), 1));
    const line = times(f, times(f, group, n.rows), n.taps);
    const result =
      f.let("i32", "result", plus(f, kernel.buffer(2), times(f, plus(f, line, first), 4)));
    const pending = f.let("i32", "pending", 0);
    const all = { ...context, ...parts, group, first, count, channel, channels, result, pending };
    clear(all);
    writeTapOffsets(all);
    f.loop(b, 0, n.images, 1, () => writeImage(all, b, dense));
    flush(all);
  });
} // prettier-ignore

/** Results and partial sums to 0. */
function clear({ f, numbers: n, result, count, partial }: Unit): void {
  const row = f.local("i32", "row");
  f.loop(row, 0, n.rows, 1, () =>
    f.fill(plus(f, result, times(f, times(f, row, n.taps), 4)), 0, times(f, count, 4)),
  );
  f.fill(partial, 0, times(f, n.rows, partialRow));
}

/** Adds the partial sums to the result and begins them anew. */
function flush({ f, module, numbers: n, result, count, partial, pending }: Unit): void {
  f.call(addRows(module), result, times(f, n.taps, 4), partial, partialRow, n.rows, count);
  f.fill(partial, 0, times(f, n.rows, partialRow)).set(pending, 0);
}

/** Byte offsets of the unit's taps in the window of its channels. */
function writeTapOffsets({ f, numbers: n, first, count, channel, offsets }: Unit): void {
  const k = f.local("i32", "k");
  f.loop(k, 0, count, 1, () => {
    const tap = f.let("i32", "tap", minus(f, plus(f, first, k), times(f, channel, n.kernel)));
    const inKernel = f.let("i32", "inKernel", remainder(f, tap, n.kernel));
    const down = times(f, quotient(f, inKernel, n.kernelColumns), n.tapDown);
    const across = times(f, remainder(f, inKernel, n.kernelColumns), n.tapAcross);
    const offset = plus(f, times(f, quotient(f, tap, n.kernel), n.plane), plus(f, down, across));
    f.store("i32.store", plus(f, offsets, times(f, k, 4)), offset);
  });
}

/** One image: its window of zeros and pixels, then its rows, chunk by chunk. */
function writeImage(unit: Unit, b: Local, dense: boolean): void {
  const { f, module, kernel, numbers: n, group, channel, channels, image, panels, partial,
    count } = unit;
  const item = f.let("i32", "item", plus(f, times(f, b, n.groups), group));
  const plane = plus(f, times(f, item, n.channels), channel);
  const source =
    plus(f, kernel.buffer(0), times(f, times(f, plane, times(f, n.inRows, n.inColumns)), 4));
  f.call(copyWindow(module), source, channels, n.inRows, n.inColumns, n.firstRow, n.firstColumn,
    image, n.windowRows, n.windowColumns);
  const planeBytes = f.let("i32", "planeBytes", times(f, times(f, n.P, n.Q), 4));
  const y =
    f.let("i32", "y", plus(f, kernel.buffer(1), times(f, times(f, item, n.rows), planeBytes)));
  const row = f.local("i32", "row");
  f.loop(row, 0, n.P, n.chunkRows, () => {
    const rows = f.let("i32", "rows", minus(f, n.P, row));
    f.set(rows, smaller(f, rows, n.chunkRows));
    const pixels = f.let("i32", "pixels", times(f, rows, n.Q));
    packTaps(unit, row, rows, pixels, dense);
    const rowsOfY = f.let("i32", "rowsOfY", plus(f, y, times(f, times(f, row, n.Q), 4)));
    f.call(readAhead(module), rowsOfY, planeBytes, n.rows, times(f, pixels, 4));
    f.call(multiply(module), rowsOfY, planeBytes, n.rows,
      panels, lineBytes, times(f, pixels, lineBytes), count, partial, partialRow, lineBytes,
        partial, partialRow, pixels);
    f.increase(unit.pending, pixels);
    f.if(() => f.op("i32.ge_s", unit.pending, partialDepth), () => flush(unit));
  });
} // prettier-ignore

/**
 * Panels [pixels, 16 taps] of some rows of the image: four taps at a time where pixels are
 * neighbours.
 */
function packTaps(unit: Unit, row: Local, rows: Local, pixels: Local, dense: boolean): void {
  const { f, module, numbers: n, count, offsets, image, panels } = unit;
  const start = f.let("i32", "start", plus(f, image, times(f, row, n.pixelDown)));
  const lineOf = (k: Local, more: number): Operand =>
    plus(f, start, () => f.load("i32.load", plus(f, offsets, times(f, k, 4)), 4 * more));
  const k = f.let("i32", "k", 0);
  const target = (): Operand => {
    const panel = times(f, quotient(f, k, panelColumns), times(f, pixels, lineBytes));
    return plus(f, panels, plus(f, panel, times(f, remainder(f, k, panelColumns), 4)));
  };
  if (dense) {
    f.loop(k, 3, count, 4, () => {
      f.increase(k, -3);
      const lines = [0, 1, 2, 3].map((i) => f.let("i32", `tap${i}`, lineOf(k, i)));
      const to = f.let("i32", "to", target());
      const each = f.local("i32", "each");
      f.loop(each, 0, rows, 1, () => {
        f.call(transposeLines(module), ...lines, n.Q, to, lineBytes);
        for (const line of lines) f.increase(line, n.pixelDown);
        f.increase(to, times(f, n.Q, lineBytes));
      });
      f.increase(k, 3);
    });
    f.increase(k, -3);
  }
  f.loop(k, k, count, 1, () =>
    f.call(copyStrided(module), lineOf(k, 0), n.pixelDown, n.pixelAcross, rows, n.Q,
      target(), times(f, n.Q, lineBytes), lineBytes),
  );
} // prettier-ignore
