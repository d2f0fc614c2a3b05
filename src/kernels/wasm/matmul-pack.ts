/**
 * Packing: copies of A and B in the order in which the panels read them (Goto & van de Geijn, 2008,
 * "Anatomy of high-performance matrix multiplication"). A becomes contiguous rows; B becomes panels
 * of 16 columns, one after another, each [K, 16] and zero past the last column.
 */
import { minus, plus, smaller, times } from "./arithmetic.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { panelColumns } from "./matmul-panel.js";

const lineBytes = 4 * panelColumns;

/** to[i, j] = from[i, j] for a matrix with any strides: one number at a time. */
export function copyStrided(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", fromRow: "i32", fromColumn: "i32", rows: "i32", columns: "i32",
    to: "i32", toRow: "i32", toColumn: "i32",
  } as const; // prettier-ignore
  return module.once("copyStrided", () =>
    module.function("copyStrided", parameters, [], (f, p) => {
      const [i, j] = [f.local("i32", "i"), f.local("i32", "j")];
      const [source, target] = [f.local("i32", "source"), f.local("i32", "target")];
      f.loop(i, 0, p.rows, 1, () => {
        f.set(source, p.from).set(target, p.to);
        f.loop(j, 0, p.columns, 1, () => {
          f.store("f32.store", target, () => f.load("f32.load", source));
          f.increase(source, p.fromColumn).increase(target, p.toColumn);
        });
        f.increase(p.from, p.fromRow).increase(p.to, p.toRow);
      });
    }),
  );
}

/**
 * Four contiguous lines of `count` numbers become columns: number j of line i goes to `to` + j ·
 * toRow + 4i.
 */
export function transposeLines(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    line0: "i32", line1: "i32", line2: "i32", line3: "i32", count: "i32", to: "i32", toRow: "i32",
  } as const; // prettier-ignore
  return module.once("transposeLines", () =>
    module.function("transposeLines", parameters, [], (f, p) => {
      const lines = [p.line0, p.line1, p.line2, p.line3];
      const j = f.local("i32", "j");
      f.loop(j, 3, p.count, 4, () => {
        transposeBlock(f, lines, p.to, p.toRow);
        f.increase(p.to, times(f, p.toRow, 4));
      });
      f.loop(j, minus(f, j, 3), p.count, 1, () => {
        lines.forEach((line, i) => {
          f.store("f32.store", p.to, () => f.load("f32.load", line), 4 * i);
          f.increase(line, 4);
        });
        f.increase(p.to, p.toRow);
      });
    }),
  );
}

/** The same for lines `fromRow` apart. */
function transposeFour(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", fromRow: "i32", count: "i32", to: "i32", toRow: "i32",
  } as const; // prettier-ignore
  return module.once("transposeFour", () => {
    const lines = transposeLines(module);
    return module.function("transposeFour", parameters, [],
      (f, { from, fromRow, count, to, toRow }) => {
      const line = (i: number): Operand => plus(f, from, times(f, fromRow, i));
      f.call(lines, from, line(1), line(2), line(3), count, to, toRow);
    });
  }); // prettier-ignore
}

/** Reads a vector at each line (which moves on) and writes the block's four columns as rows. */
function transposeBlock(
  f: FunctionBuilder,
  lines: readonly Local[],
  to: Local,
  toRow: Local,
): void {
  const rows = lines.map((line, i) => {
    const row = f.let("v128", `row${i}`, () => f.load("v128.load", line));
    f.increase(line, 16);
    return row;
  });
  const pair = (name: string, x: number, lanes: [number, number, number, number]): Local =>
    f.let("v128", name, () => f.shuffle(lanes, rows[x]!, rows[x + 1]!));
  const [low01, high01] = [pair("low01", 0, [0, 4, 1, 5]), pair("high01", 0, [2, 6, 3, 7])];
  const [low23, high23] = [pair("low23", 2, [0, 4, 1, 5]), pair("high23", 2, [2, 6, 3, 7])];
  const target = f.let("i32", "target", to);
  const column = (x: Local, y: Local, lanes: [number, number, number, number]): void => {
    f.store("v128.store", target, () => f.shuffle(lanes, x, y));
    f.increase(target, toRow);
  };
  column(low01, low23, [0, 1, 4, 5]);
  column(low01, low23, [2, 3, 6, 7]);
  column(high01, high23, [0, 1, 4, 5]);
  column(high01, high23, [2, 3, 6, 7]);
}

/** Packs `rows` rows of A, `depth` long: to[r, k] = from[r, k], rows `toRow` apart. */
export function packRows(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", fromRow: "i32", fromStep: "i32", rows: "i32", depth: "i32", to: "i32",
      toRow: "i32",
  } as const; // prettier-ignore
  return module.once("packRows", () => {
    const [strided, four] = [copyStrided(module), transposeFour(module)];
    return module.function("packRows", parameters, [], (f, p) => {
      const k = f.let("i32", "k", 0);
      f.if(() => f.op("i32.eq", p.fromRow, 4), () =>
        f.loop(k, 0, () => f.op("i32.and", p.depth, -4), 4, () => {
          f.call(four, p.from, p.fromStep, p.rows, p.to, p.toRow);
          f.increase(p.from, times(f, p.fromStep, 4)).increase(p.to, 16);
        }),
      );
      const left = minus(f, p.depth, k);
      f.call(strided, p.from, p.fromRow, p.fromStep, p.rows, left, p.to, p.toRow, 4);
    });
  }); // prettier-ignore
}

/**
 * Packs one panel of B: `columns` (1 to 16) of them, zeros behind: to[k, n] = from[k, n], lines of
 * 64 bytes.
 */
function packPanel(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", fromStep: "i32", fromColumn: "i32", columns: "i32", depth: "i32", to: "i32",
  } as const; // prettier-ignore
  return module.once("packPanel", () => {
    const [strided, four] = [copyStrided(module), transposeFour(module)];
    return module.function("packPanel", parameters, [], (f, p) => {
      const n = f.let("i32", "n", 0);
      f.if(() => f.op("i32.lt_s", p.columns, panelColumns), () =>
        f.fill(p.to, 0, times(f, p.depth, lineBytes)));
      f.if(() => f.op("i32.eq", p.fromColumn, 4), () => copyWhole(f, p, n));
      f.if(() => f.op("i32.eq", p.fromStep, 4), () =>
        f.loop(n, n, () => f.op("i32.and", p.columns, -4), 4, () => {
          f.call(four, p.from, p.fromColumn, p.depth, p.to, lineBytes);
          f.increase(p.from, times(f, p.fromColumn, 4)).increase(p.to, 16);
        }),
      );
      const left = minus(f, p.columns, n);
      f.call(strided, p.from, p.fromStep, p.fromColumn, p.depth, left, p.to, lineBytes, 4);
    });
  }); // prettier-ignore
}

/** Packs all panels of B: column n goes to panel n / 16, K · 64 bytes apart. */
export function packPanels(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    from: "i32", fromStep: "i32", fromColumn: "i32", columns: "i32", depth: "i32", to: "i32",
  } as const; // prettier-ignore
  return module.once("packPanels", () => {
    const one = packPanel(module);
    return module.function("packPanels", parameters, [], (f, p) => {
      const { from, fromStep, fromColumn, columns, depth, to } = p;
      f.repeat((again) => {
        f.call(one, from, fromStep, fromColumn, smaller(f, columns, panelColumns), depth, to);
        f.increase(from, times(f, fromColumn, panelColumns));
        f.increase(to, times(f, depth, lineBytes)).increase(columns, -panelColumns);
        f.brIf(again, () => f.op("i32.gt_s", columns, 0));
      });
    });
  });
}

type Panel = { from: Local; fromStep: Local; columns: Local; depth: Local; to: Local };

/** A full panel whose lines are contiguous in B: four vectors a line. */
function copyWhole(f: FunctionBuilder, p: Panel, n: Local): void {
  const [source, target] = [f.let("i32", "source", p.from), f.let("i32", "target", p.to)];
  const k = f.local("i32", "k");
  const line: Operand[] = [0, 16, 32, 48];
  f.if(() => f.op("i32.eq", p.columns, panelColumns), () => {
    f.loop(k, 0, p.depth, 1, () => {
      for (const at of line as number[])
        f.store("v128.store", target, () => f.load("v128.load", source, at), at);
      f.increase(source, p.fromStep).increase(target, lineBytes);
    });
    f.set(n, panelColumns);
  });
} // prettier-ignore
