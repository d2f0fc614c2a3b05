/**
 * Long sums: float32 partial sums of some thousand products each, so that the error keeps to
 * 1e-6·√K however long K is.
 */
import { minus, plus, smaller, times } from "./arithmetic.js";
import type { FunctionHandle, ModuleBuilder } from "./emitter.js";
import { bytesDeep, multiply } from "./matmul-block.js";

/** Products in a partial sum; `multiply` makes it from blocks of 32. */
export const partialDepth = 1024;

/** to[r, n] += from[r, n] */
export function addRows(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    to: "i32", toRow: "i32", from: "i32", fromRow: "i32", rows: "i32", columns: "i32",
  } as const; // prettier-ignore
  return module.once("addRows", () =>
    module.function("addRows", parameters, [], (f, p) => {
      const [row, n] = [f.local("i32", "row"), f.local("i32", "n")];
      const [source, target] = [f.local("i32", "source"), f.local("i32", "target")];
      const step = (type: "f32x4" | "f32", memory: "v128" | "f32", bytes: number): void => {
        const sum = (): unknown =>
          f.op(`${type}.add`, () => f.load(`${memory}.load`, target), () =>
            f.load(`${memory}.load`, source));
        f.store(`${memory}.store`, target, sum);
        f.increase(source, bytes).increase(target, bytes);
      };
      f.loop(row, 0, p.rows, 1, () => {
        f.set(source, p.from).set(target, p.to);
        f.loop(n, 3, p.columns, 4, () => step("f32x4", "v128", 16));
        f.loop(n, minus(f, n, 3), p.columns, 1, () => step("f32", "f32", 4));
        f.increase(p.from, p.fromRow).increase(p.to, p.toRow);
      });
    }),
  );
} // prettier-ignore

/**
 * `multiply` in parts of 1024, each added to c from `partial`: memory for rows × columns numbers,
 * rows `partialRow` apart.
 */
export function multiplyLong(module: ModuleBuilder, a: "rows" | "packed"): FunctionHandle {
  const parameters = {
    a: "i32", aRow: "i32", rows: "i32", b: "i32", bStep: "i32", bPanel: "i32", columns: "i32",
    init: "i32", initRow: "i32", initPanel: "i32", c: "i32", cRow: "i32", depth: "i32",
    zeros: "i32", partial: "i32", partialRow: "i32",
  } as const; // prettier-ignore
  const name = a === "rows" ? "multiplyLong" : "multiplyLongPacked";
  return module.once(name, () =>
    module.function(name, parameters, [], (f, p) => {
      const part = f.let("i32", "part", smaller(f, p.depth, partialDepth));
      f.call(multiply(module, a), p.a, p.aRow, p.rows, p.b, p.bStep, p.bPanel, p.columns,
        p.init, p.initRow, p.initPanel, p.c, p.cRow, part);
      const done = f.local("i32", "done");
      f.loop(done, partialDepth, p.depth, partialDepth, () => {
        f.set(part, minus(f, p.depth, done));
        f.set(part, smaller(f, part, partialDepth));
        f.call(multiply(module, a), plus(f, p.a, times(f, done, bytesDeep(a))), p.aRow, p.rows,
          plus(f, p.b, times(f, done, p.bStep)), p.bStep, p.bPanel, p.columns,
          p.zeros, 0, 0, p.partial, p.partialRow, part);
        f.call(addRows(module), p.c, p.cRow, p.partial, p.partialRow, p.rows, p.columns);
      });
    }),
  );
} // prettier-ignore
