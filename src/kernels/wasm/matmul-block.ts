/**
 * A block of a product: rows of A times as many columns of B as there are, panel by panel
 * (matmul-panel.ts).
 */
import { minus, smaller, times } from "./arithmetic.js";
import type { FunctionHandle, ModuleBuilder } from "./emitter.js";
import { multiplyPanel, panelColumns } from "./matmul-panel.js";

/**
 * Products summed in a row before they are added to C. Short, for the rounding error grows with it:
 * 32 keeps it 8 deviations below 1e-6·√K (64: 7, 128: 5) and costs 4 % against 64. Up to 64 are
 * left in one.
 */
export const depthBlock = 32;
const wholeDepth = 64;
/**
 * A packed A holds, for each 64 rows, their first 32 columns as rows of 128 bytes, then the next
 * 32, and so on: what is read together lies together.
 */
export const blockRows = 64;
export const blockRowBytes = 4 * depthBlock;

/**
 * The parameters of `multiplyBlock` and `multiply`, all i32: byte addresses, byte strides, counts.
 */
const parameters = {
  a: "i32", aRow: "i32", rows: "i32",
  b: "i32", bStep: "i32", bPanel: "i32", columns: "i32",
  init: "i32", initRow: "i32", initPanel: "i32",
  c: "i32", cRow: "i32",
  depth: "i32",
} as const; // prettier-ignore

/**
 * c[r, n] = init[r, n] + Σ_k a[r, k] · b[k, n]. The rows of a are contiguous, or it is packed. Line
 * k of panel j of b lies at b + j · bPanel + k · bStep: for a row-major B 64 bytes between panels
 * and a row between lines, for a packed one (matmul-pack.ts) the other way round. The sum is made
 * apart and init added last. It lies at init + r · initRow + j · initPanel: c itself to accumulate,
 * a bias with initRow 0, zeros with both 0.
 */
export function multiply(module: ModuleBuilder, a: "rows" | "packed" = "rows"): FunctionHandle {
  const name = a === "rows" ? "multiply" : "multiplyPacked";
  return module.once(name, () => {
    const once = multiplyBlock(module);
    return module.function(name, parameters, [], (f, p) => {
      const { aRow, rows, b, bStep, bPanel, columns, init, initRow, initPanel, c, cRow } = p;
      const block = f.let("i32", "block", depthBlock);
      if (bytesDeep(a) === 4)
        f.if(() => f.op("i32.le_s", p.depth, wholeDepth), () => f.set(block, wholeDepth));
      const depth = f.local("i32", "depthNow");
      f.repeat((again) => {
        f.set(depth, smaller(f, p.depth, block));
        f.call(once, p.a, aRow, rows, b, bStep, bPanel, columns, init, initRow, initPanel, c, cRow,
          depth);
        f.set(init, c).set(initRow, cRow).set(initPanel, 4 * panelColumns);
        f.increase(p.a, times(f, depth, bytesDeep(a))).increase(b, times(f, depth, bStep));
        f.increase(p.depth, minus(f, 0, depth));
        f.brIf(again, () => f.op("i32.gt_s", p.depth, 0));
      });
    });
  }); // prettier-ignore
}

/** How far a block of A lies from the one before, for each of its columns. */
export const bytesDeep = (a: "rows" | "packed"): number => (a === "rows" ? 4 : 4 * blockRows);

/** The same without a cut in depth. */
function multiplyBlock(module: ModuleBuilder): FunctionHandle {
  return module.once("multiplyBlock", () => {
    const whole = multiplyPanel(module, 4);
    const narrow = ([1, 2, 3, 4] as const).map((vectors) => multiplyPanel(module, vectors));
    return module.function("multiplyBlock", parameters, [], (f, p) => {
      const { a, aRow, rows, b, bStep, init, initRow, c, cRow, depth } = p;
      const left = f.let("i32", "left", p.columns);
      const advance = (): void => {
        f.increase(b, p.bPanel).increase(init, p.initPanel).increase(c, 4 * panelColumns);
        f.increase(left, -panelColumns);
      };
      f.block((done) => {
        f.brIf(done, () => f.op("i32.lt_s", left, panelColumns));
        f.repeat((again) => {
          f.call(whole, a, aRow, rows, b, bStep, init, initRow, c, cRow, depth, 0);
          advance();
          f.brIf(again, () => f.op("i32.ge_s", left, panelColumns));
        });
      });
      const tail = f.let("i32", "tail", () => f.op("i32.and", left, 3));
      narrow.forEach((panel, k) => {
        const widest = 4 * (k + 1);
        const fits = (): unknown => f.op("i32.lt_u", minus(f, left, widest - 3), 4);
        f.if(fits, () =>
          f.call(panel, a, aRow, rows, b, bStep, init, initRow, c, cRow, depth, tail));
      });
    });
  }); // prettier-ignore
}
