/**
 * Convolutions in which each result sees a single channel (depthwise; Howard et al., 2017, MobileNets).
 * Patches would be packed for one row of weights; here each tap's weight meets the image where it lies,
 * up to 16 pixels at a time. A unit: a plane of an image.
 */
import { plus, remainder, times } from "./arithmetic.js";
import type { GatherShape } from "./convolution-gather.js";
import { copyWindow } from "./convolution-image.js";
import { origin, reach } from "./convolution-shape.js";
import type { Local, Operand } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { type Context, phase } from "./named-constants.js";

/** Code is written for each width of a kernel up to this; and all its taps are one sum in float32. */
const mostColumns = 7;
const mostTaps = 64;

/** The phase of a gather from one channel, or null where the way over packed patches is better. */
export function depthwisePhase(shape: GatherShape): Lowered | null {
  const { vertical, horizontal, channels, rows, groups, weights, bias } = shape;
  const [taps, stride] = [vertical.taps * horizontal.taps, horizontal.stride];
  const isSpread = vertical.at.step !== 1 || horizontal.at.step !== 1;
  const fits = taps > 0 && taps <= mostTaps && horizontal.taps <= mostColumns;
  if (channels !== 1 || !fits || isSpread || stride > 2 || horizontal.outputs < 4) return null;
  const vectors = horizontal.outputs >= 16 ? 4 : horizontal.outputs >= 8 ? 2 : 1;
  const [down, across] = [reach(vertical), reach(horizontal)];
  return phase({
    key: `convolution depthwise ${weights.from} ${horizontal.taps} taps, stride ${stride}, ${vectors} vectors${bias ? ", bias" : ""}`,
    units: shape.images * groups,
    buffers: shape.buffers, sharedBytes: shape.sharedBytes,
    scratchBytes: 4 * down.count * across.count + 128, // vectors reach past the last column
    numbers: {
      groups, rows, inRows: vertical.inputs, inColumns: horizontal.inputs,
      firstRow: down.first, firstColumn: across.first,
      imageRows: down.count, imageColumns: across.count,
      tapRows: vertical.taps, tapDown: 4 * vertical.tapStep * across.count,
      tapAcross: 4 * horizontal.tapStep,
      tapOrigin: 4 * (origin(vertical) * across.count + origin(horizontal)),
      pixelDown: 4 * vertical.stride * across.count,
      outRows: vertical.outputs, outDown: 4 * horizontal.outputs,
      lastBlock: 4 * horizontal.outputs - 16 * vectors,
      weightsOffset: weights.offset, weightsGroup: weights.group, weightsRow: 4 * taps,
    },
    write: (context) => new Planes(context, { taps: horizontal.taps, stride, vectors }).write(weights.from, bias),
  });
} // prettier-ignore

type Name =
  | "groups" | "rows" | "inRows" | "inColumns" | "firstRow" | "firstColumn" | "imageRows"
  | "imageColumns" | "tapRows" | "tapDown" | "tapAcross" | "tapOrigin" | "pixelDown" | "outRows"
  | "outDown" | "lastBlock" | "weightsOffset" | "weightsGroup" | "weightsRow"; // prettier-ignore

/** What the code is written for: taps in a row of the kernel, pixels between results, vectors of a block. */
type Form = { taps: number; stride: number; vectors: number };

class Planes {
  private readonly sums: Local[];
  private readonly init: Local;

  constructor(
    private readonly context: Context<Name>,
    private readonly form: Form,
  ) {
    const { f } = context;
    this.sums = Array.from({ length: form.vectors }, () => f.local("v128", "sum"));
    this.init = f.local("v128", "init");
  }

  write(from: "buffer" | "shared", bias: boolean): void {
    const { f, kernel, numbers: n } = this.context;
    const out = f.let("i32", "out", kernel.buffer(2));
    f.increase(out, times(f, times(f, kernel.from, n.rows), times(f, n.outRows, n.outDown)));
    const [unit, row] = [f.local("i32", "unit"), f.local("i32", "row")];
    f.loop(unit, kernel.from, kernel.to, 1, () => {
      this.copyImage(unit);
      const group = f.let("i32", "group", remainder(f, unit, n.groups));
      const base = plus(f, from === "shared" ? kernel.shared : kernel.buffer(1), n.weightsOffset);
      const weights = f.let("i32", "weights", plus(f, base, times(f, group, n.weightsGroup)));
      f.loop(row, 0, n.rows, 1, () => {
        if (bias) this.readBias(plus(f, times(f, group, n.rows), row));
        this.writePlane(weights, out);
        f.increase(weights, n.weightsRow);
      });
    });
  }

  /** The plane with zeros around it, in scratch memory. */
  private copyImage(unit: Local): void {
    const { f, module, kernel, numbers: n } = this.context;
    const plane = times(f, times(f, n.inRows, n.inColumns), 4);
    f.call(copyWindow(module), plus(f, kernel.buffer(0), times(f, unit, plane)), 1, n.inRows,
      n.inColumns, n.firstRow, n.firstColumn, kernel.scratch, n.imageRows, n.imageColumns);
  } // prettier-ignore

  private readBias(channel: Operand): void {
    const { f, kernel } = this.context;
    const place = plus(f, kernel.buffer(3), times(f, channel, 4));
    f.set(this.init, () => f.load("v128.load32_splat", place));
  }

  /** All rows of results, block by block; the last block of a row overlaps the one before. `out` moves on. */
  private writePlane(weights: Local, out: Local): void {
    const { f, kernel, numbers: n } = this.context;
    const line = f.let("i32", "line", plus(f, kernel.scratch, n.tapOrigin));
    const [y, at] = [f.local("i32", "y"), f.local("i32", "at")];
    f.loop(y, 0, n.outRows, 1, () => {
      f.set(at, 0);
      f.repeat((again) => {
        this.sumTaps(weights, f.let("i32", "from", plus(f, line, times(f, at, this.form.stride))));
        const place = f.let("i32", "to", plus(f, out, at));
        this.sums.forEach((sum, j) => f.store("v128.store", place, sum, 16 * j));
        const isLast = f.let("i32", "isLast", () => f.op("i32.eq", at, n.lastBlock));
        f.increase(at, 16 * this.form.vectors);
        f.op("select", at, n.lastBlock, () => f.op("i32.lt_s", at, n.lastBlock)).set(at);
        f.brIf(again, () => f.op("i32.eqz", isLast));
      });
      f.increase(line, n.pixelDown).increase(out, n.outDown);
    });
  }

  /** sums = init + Σ weight · pixels, tap by tap; `row`: where the first one's pixels begin. */
  private sumTaps(weights: Local, row: Local): void {
    const { f, numbers: n } = this.context;
    const [weight, tap] = [f.let("i32", "weight", weights), f.local("i32", "tap")];
    const [factor, r] = [f.local("v128", "factor"), f.local("i32", "r")];
    for (const sum of this.sums) f.set(sum, this.init);
    f.loop(r, 0, n.tapRows, 1, () => {
      f.set(tap, row);
      for (let s = 0; s < this.form.taps; s++) {
        f.set(factor, () => f.load("v128.load32_splat", weight, 4 * s));
        this.sums.forEach((sum, j) => f.set(sum, () => f.madd(factor, this.pixels(tap, j), sum)));
        if (s < this.form.taps - 1) f.increase(tap, n.tapAcross);
      }
      f.increase(row, n.tapDown).increase(weight, 4 * this.form.taps);
    });
  }

  /** Four pixels of vector j, neighbours or every second one. */
  private pixels(tap: Local, j: number): Operand {
    const { f } = this.context;
    const load = (at: number) => (): unknown => f.load("v128.load", tap, at);
    if (this.form.stride === 1) return load(16 * j);
    return () => f.shuffle([0, 2, 4, 6], load(32 * j), load(32 * j + 16));
  }
}
