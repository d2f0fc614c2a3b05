/**
 * The phases that pack an operand of a matmul into shared memory, for all units of the
 * multiplication.
 */
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import type { FunctionBuilder, Local } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { blockRowBytes, blockRows, depthBlock } from "./matmul-block.js";
import { packPanels, packRows } from "./matmul-pack.js";
import { panelColumns } from "./matmul-panel.js";
import type { Layout } from "./matmul-plan.js";
import type { MatmulShape } from "./matmul-shape.js";
import { phase } from "./named-constants.js";

/** A in blocks (matmul-block.ts). A unit: 64 rows of an item. */
export function packRowsPhase(shape: MatmulShape, layout: Layout, buffer: number): Lowered {
  const { M, K, a } = shape;
  const axes = layout.aItems === 1 ? [] : shape.axes;
  const blocks = Math.ceil(M / blockRows);
  return phase({
    key: `matmul pack rows, ${axes.length} axes`,
    units: layout.aItems * blocks, buffers: [buffer], sharedBytes: layout.sharedBytes,
    numbers: { M, K, blocks, ...a, toRow: layout.aUnitRow, toItem: layout.aItem },
    list: axes.flatMap(({ size, a }) => [size, a]),
    write: ({ f, module, kernel, numbers: n, list }) => {
      const pack = packRows(module);
      const unit = f.local("i32", "unit");
      f.loop(unit, kernel.from, kernel.to, 1, () => {
        const item = f.let("i32", "item", quotient(f, unit, n.blocks));
        const row = f.let("i32", "row", times(f, remainder(f, unit, n.blocks), blockRows));
        const from = f.let("i32", "from", plus(f, kernel.buffer(0), n.offset));
        walkAxes(f, item, list, [from]);
        f.increase(from, times(f, row, n.row));
        const place = plus(f, times(f, item, n.toItem), times(f, row, n.toRow));
        const to = f.let("i32", "to", plus(f, kernel.shared, place));
        const rows = f.let("i32", "rows", minus(f, n.M, row));
        const [k, left] = [f.local("i32", "k"), f.local("i32", "left")];
        f.loop(k, 0, n.K, depthBlock, () => {
          f.set(left, minus(f, n.K, k));
          f.call(pack, from, n.row, n.step, smaller(f, rows, blockRows),
            smaller(f, left, depthBlock),
            to, blockRowBytes);
          f.increase(from, times(f, n.step, depthBlock)).increase(to, blockRows * blockRowBytes);
        });
      });
    },
  });
} // prettier-ignore

type PanelShape = Pick<MatmulShape, "N" | "K" | "axes" | "b">;
type PanelLayout = Pick<Layout, "bItems" | "bItem" | "bShared" | "sharedBytes">;

/** B as panels. A unit: a panel of an item. */
export function packPanelsPhase(shape: PanelShape, layout: PanelLayout, buffer: number): Lowered {
  const { N, K, b } = shape;
  const axes = layout.bItems === 1 ? [] : shape.axes;
  const panels = Math.ceil(N / panelColumns);
  return phase({
    key: `matmul pack panels, ${axes.length} axes`,
    units: layout.bItems * panels, buffers: [buffer], sharedBytes: layout.sharedBytes,
    numbers: { N, K, panels, ...b, base: layout.bShared, toItem: layout.bItem },
    list: axes.flatMap(({ size, b }) => [size, b]),
    write: ({ f, module, kernel, numbers: n, list }) => {
      const pack = packPanels(module);
      const unit = f.local("i32", "unit");
      f.loop(unit, kernel.from, kernel.to, 1, () => {
        const item = f.let("i32", "item", quotient(f, unit, n.panels));
        const column = f.let("i32", "column", times(f, remainder(f, unit, n.panels), panelColumns));
        const from = f.let("i32", "from", plus(f, kernel.buffer(0), n.offset));
        walkAxes(f, item, list, [from]);
        f.increase(from, times(f, column, n.column));
        const to = f.let("i32", "to", plus(f, kernel.shared, n.base));
        f.increase(to, plus(f, times(f, item, n.toItem), times(f, times(f, column, n.K), 4)));
        const columns = f.let("i32", "columns", minus(f, n.N, column));
        f.call(pack, from, n.step, n.column, smaller(f, columns, panelColumns), n.K, to);
      });
    },
  });
} // prettier-ignore

/** A bias of which each number is that of `each` columns, a number for each of the N columns. A unit: one number. */
export function repeatBiasPhase(N: number, each: number, layout: Layout, buffer: number): Lowered {
  return phase({
    key: "matmul repeat bias",
    units: N / each, buffers: [buffer], sharedBytes: layout.sharedBytes,
    numbers: { each, at: layout.biasShared },
    write: ({ f, kernel, numbers: n }) => {
      const [unit, k] = [f.local("i32", "unit"), f.local("i32", "k")];
      f.loop(unit, kernel.from, kernel.to, 1, () => {
        const value = f.let("f32", "value", () =>
          f.load("f32.load", plus(f, kernel.buffer(0), times(f, unit, 4))));
        const place = plus(f, n.at, times(f, times(f, unit, n.each), 4));
        const to = f.let("i32", "to", plus(f, kernel.shared, place));
        f.loop(k, 0, n.each, 1, () => f.store("f32.store", to, value).increase(to, 4));
      });
    },
  });
} // prettier-ignore

/**
 * targets += position · stride along each batch axis, for the item of that number. `list`: a size
 * and a stride for each target, an axis.
 */
export function walkAxes(
  f: FunctionBuilder, item: Local, list: readonly Local[], targets: readonly Local[],
): void {
  const each = 1 + targets.length;
  const rest = f.let("i32", "rest", item);
  for (let axis = list.length - each; axis >= 0; axis -= each) {
    const [size, ...strides] = list.slice(axis, axis + each) as [Local, ...Local[]];
    const position = f.let("i32", "position", remainder(f, rest, size));
    f.set(rest, quotient(f, rest, size));
    targets.forEach((target, k) => f.increase(target, times(f, position, strides[k]!)));
  }
} // prettier-ignore

/**
 * The same for a single matrix with nothing else in shared memory: [K, N] with strides in bytes.
 */
export function packMatrixPhase(
  size: { N: number; K: number }, strides: { step: number; column: number }, buffer: number,
): Lowered {
  const bytes = 4 * size.K * panelColumns * Math.ceil(size.N / panelColumns);
  const shape = { ...size, axes: [], b: { offset: 0, ...strides } };
  return packPanelsPhase(shape, { bItems: 1, bItem: bytes, bShared: 0, sharedBytes: bytes },
    buffer);
} // prettier-ignore
