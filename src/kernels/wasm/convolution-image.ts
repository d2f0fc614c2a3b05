/**
 * The image that a convolution gathers from, with zeros around it, and the patches of 16 pixels
 * packed from it.
 */
import { minus, plus, times } from "./arithmetic.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { panelColumns } from "./matmul-panel.js";

/**
 * Copies the part of an image [planes, rows, columns] that begins at (firstRow, firstColumn) —
 * outside of it, perhaps — and is toRows × toColumns large; what does not exist is 0.
 */
export function copyWindow(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", planes: "i32", rows: "i32", columns: "i32", firstRow: "i32", firstColumn: "i32",
    to: "i32", toRows: "i32", toColumns: "i32",
  } as const; // prettier-ignore
  return module.once("copyWindow", () =>
    module.function("copyWindow", parameters, [], (f, p) => {
      const whole = f.let("i32", "whole", times(f, p.toRows, times(f, p.toColumns, 4)));
      f.fill(p.to, 0, times(f, p.planes, whole));
      const top = larger(f, "top", p.firstRow, 0);
      const left = larger(f, "left", p.firstColumn, 0);
      const bottom = lesser(f, "bottom", p.rows, plus(f, p.firstRow, p.toRows));
      const right = lesser(f, "right", p.columns, plus(f, p.firstColumn, p.toColumns));
      const width = f.let("i32", "width", minus(f, right, left));
      const target = f.local("i32", "target");
      const source = f.local("i32", "source");
      const [plane, row] = [f.local("i32", "plane"), f.local("i32", "row")];
      f.loop(plane, 0, p.planes, 1, () => {
        f.loop(row, top, bottom, 1, () => {
          const line = plus(f, times(f, plane, p.rows), row);
          f.set(source, plus(f, times(f, line, p.columns), left));
          const toLine = plus(f, times(f, plane, p.toRows), minus(f, row, p.firstRow));
          f.set(target, plus(f, times(f, toLine, p.toColumns), minus(f, left, p.firstColumn)));
          copyRun(f, plus(f, p.from, times(f, source, 4)), plus(f, p.to, times(f, target, 4)),
            width);
        });
      });
    }),
  );
} // prettier-ignore

function larger(f: FunctionBuilder, name: string, x: Operand, y: Operand): Local {
  const result = f.let("i32", name, x);
  f.if(() => f.op("i32.lt_s", result, y), () => f.set(result, y));
  return result;
} // prettier-ignore

function lesser(f: FunctionBuilder, name: string, x: Operand, y: Operand): Local {
  const [result, other] = [f.let("i32", name, x), f.let("i32", name, y)];
  f.if(() => f.op("i32.gt_s", result, other), () => f.set(result, other));
  return result;
} // prettier-ignore

/** Copies `count` numbers; memory.copy is slow for runs as short as a row. */
function copyRun(f: FunctionBuilder, from: Operand, to: Operand, count: Local): void {
  const [source, target] = [f.let("i32", "from", from), f.let("i32", "to", to)];
  const k = f.local("i32", "k");
  const move = (name: "v128" | "f32", bytes: number): void => {
    f.store(`${name}.store`, target, () => f.load(`${name}.load`, source));
    f.increase(source, bytes).increase(target, bytes);
  };
  f.loop(k, 3, count, 4, () => move("v128", 16));
  f.loop(k, minus(f, k, 3), count, 1, () => move("f32", 4));
}

/**
 * How the 16 pixels of a panel lie in the image: in fours that are neighbours, in fours two apart,
 * or anyhow.
 */
export type Spacing = "neighbours" | "alternate" | "free";

export function spacingOf(stride: number, columns: number, rows: number): Spacing {
  const corners = columns % 4 !== 0 && rows > 1; // a four would go round one
  if (corners || stride > 2) return "free";
  return stride === 1 ? "neighbours" : "alternate";
}

/**
 * Packs a panel of patches: line (c, r, s) holds the 16 pixels at image + c · plane + r · rowStep +
 * s · columnStep + offsets[…]. `offsets`: where 16 byte offsets are (for fours, only each fourth is
 * read).
 */
export function packPatches(module: ModuleBuilder, spacing: Spacing): FunctionHandle {
  const parameters = {
    image: "i32", offsets: "i32", planes: "i32", plane: "i32", rows: "i32", rowStep: "i32",
    columns: "i32", columnStep: "i32", to: "i32",
  } as const; // prettier-ignore
  const name = `packPatches_${spacing}`;
  return module.once(name, () =>
    module.function(name, parameters, [], (f, p) => {
      const [c, r, s] = [f.local("i32", "c"), f.local("i32", "r"), f.local("i32", "s")];
      const [row, tap] = [f.local("i32", "row"), f.local("i32", "tap")];
      const offset = (n: number): Operand => () => f.load("i32.load", p.offsets, 4 * n);
      const fours = [0, 4, 8, 12].map((n) => f.let("i32", "offset", offset(n)));
      f.loop(c, 0, p.planes, 1, () => {
        f.set(row, p.image);
        f.loop(r, 0, p.rows, 1, () => {
          f.set(tap, row);
          f.loop(s, 0, p.columns, 1, () => {
            if (spacing === "free") moveFree(f, tap, p.to, offset);
            else moveFours(f, tap, p.to, fours, spacing);
            f.increase(tap, p.columnStep).increase(p.to, 4 * panelColumns);
          });
          f.increase(row, p.rowStep);
        });
        f.increase(p.image, p.plane);
      });
    }),
  );
} // prettier-ignore

function moveFree(f: FunctionBuilder, tap: Local, to: Local, offset: (n: number) => Operand): void {
  for (let n = 0; n < panelColumns; n++)
    f.store("f32.store", to, () => f.load("f32.load", plus(f, tap, offset(n))), 4 * n);
}

function moveFours(
  f: FunctionBuilder, tap: Local, to: Local, fours: readonly Local[], spacing: Spacing,
): void {
  fours.forEach((offset, k) => {
    const load = (at: number) => (): unknown => f.load("v128.load", plus(f, tap, offset), at);
    const value = spacing === "neighbours" ? load(0) : () =>
      f.shuffle([0, 2, 4, 6], load(0), load(16));
    f.store("v128.store", to, value, 16 * k);
  });
} // prettier-ignore

/**
 * A place on a walk over the pixels of a grid, row by row: byte offset in the image, column, pixels
 * left.
 */
export type Pixel = { offset: Local; column: Local; left: Local };

/**
 * Writes the byte offsets of the next 16 pixels to `to` (0 where none is left) and moves on.
 * `width`: columns of the grid; `step`, `row`: bytes between columns and rows. Steps by 4 where
 * fours lie in one row.
 */
export function writeOffsets(
  f: FunctionBuilder, pixel: Pixel, to: Local, grid: { width: Local; step: Local; row: Local },
    by: 1 | 4,
): void {
  const [n, offset] = [f.local("i32", "n"), f.local("i32", "offset")];
  f.loop(n, 0, 4 * panelColumns, 4 * by, () => {
    f.set(offset, 0);
    f.if(() => f.op("i32.gt_s", pixel.left, 0), () => f.set(offset, pixel.offset));
    f.store("i32.store", plus(f, to, n), offset);
    f.increase(pixel.left, -by).increase(pixel.column, by).increase(pixel.offset,
      times(f, grid.step, by));
    f.if(() => f.op("i32.ge_s", pixel.column, grid.width), () => {
      f.set(pixel.column, 0);
      f.increase(pixel.offset, minus(f, grid.row, times(f, grid.width, grid.step)));
    });
  });
} // prettier-ignore
