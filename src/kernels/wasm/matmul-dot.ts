/**
 * Products of a few rows with a B that is contiguous along K (the weight of a linear layer on one
 * token): dot products, four columns at a time, for packing B would cost more than multiplying with
 * it.
 */
import { plus, smaller, times } from "./arithmetic.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { storeTail } from "./matmul-panel.js";

/**
 * Vectors summed in a row before they are added up: as in matmul-block.ts, for the rounding error.
 */
const blockVectors = 32;
const unroll = 4;

type Four = [Local, Local, Local, Local];

/**
 * c[r, n] = init[n] + Σ_k a[r, k] · b[n, k]; rows `aRow`, `bColumn` and `cRow` bytes apart,
 * `initColumn` 4, or 0 for one init for all.
 */
export function multiplyDots(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    a: "i32", aRow: "i32", rows: "i32", b: "i32", bColumn: "i32", columns: "i32",
    init: "i32", initColumn: "i32", c: "i32", cRow: "i32", depth: "i32",
  } as const; // prettier-ignore
  return module.once("multiplyDots", () =>
    module.function("multiplyDots", parameters, [], (f, p) => {
      const dots = fourDots(module);
      const [row, n, line] = [f.local("i32", "row"), f.local("i32", "n"), f.local("i32", "line")];
      const [target, left] = [f.local("i32", "target"), f.local("i32", "left")];
      f.loop(row, 0, p.rows, 1, () => {
        f.set(target, p.c).set(line, p.b).set(left, p.columns);
        f.loop(n, 0, p.columns, 4, () => {
          const init = plus(f, p.init, times(f, n, p.initColumn));
          f.call(dots, p.a, line, p.bColumn, smaller(f, left, 4), init, target, p.depth);
          f.increase(line, times(f, p.bColumn, 4))
            .increase(target, 16)
            .increase(left, -4);
        });
        f.increase(p.a, p.aRow).increase(p.c, p.cRow);
      });
    }),
  );
}

/** c[0 … 3] = init + a · (each of four lines of b), of which `count` are written. */
function fourDots(module: ModuleBuilder): FunctionHandle {
  const parameters = {
    a: "i32", b: "i32", bColumn: "i32", count: "i32", init: "i32", c: "i32", depth: "i32",
  } as const; // prettier-ignore
  return module.once("fourDots", () => {
    const tail = storeTail(module);
    return module.function("fourDots", parameters, [], (f, p) => {
      const lines = [0, 1, 2, 3].map((j) => {
        const line = f.let("i32", `line${j}`, p.b); // one that is not there: any other
        f.if(() => f.op("i32.gt_s", p.count, j), () =>
          f.set(line, plus(f, p.b, times(f, p.bColumn, j))));
        return line;
      }) as Four;
      const totals = sumVectors(f, p.a, lines, p.depth);
      const result = f.let("v128", "result", () => addAcross(f, totals));
      addLast(f, p.a, lines, p.depth, result);
      f.set(result, () => f.op("f32x4.add", result, () => f.load("v128.load", p.init)));
      f.if(() => f.op("i32.eq", p.count, 4), () => f.store("v128.store", p.c, result), () =>
        f.call(tail, p.c, result, p.count));
    });
  }); // prettier-ignore
}

/** Sums over the whole vectors of the depth; the addresses move on past them. */
function sumVectors(f: FunctionBuilder, a: Local, lines: Four, depth: Local): Four {
  const four = (name: string): Four => lines.map(() => f.local("v128", name)) as Four;
  const [totals, sums, values] = [four("total"), four("sum"), four("b")];
  const factor = f.local("v128", "factor");
  const vectors = f.let("i32", "vectors", () => f.op("i32.shr_u", depth, 2));
  const left = f.local("i32", "left");
  for (const total of totals) f.set(total, 0);
  f.block((done) => {
    f.repeat((again) => {
      f.brIf(done, () => f.op("i32.le_s", vectors, 0));
      f.set(left, smaller(f, vectors, blockVectors));
      for (const sum of sums) f.set(sum, 0);
      sumBlock(f, { a, lines, sums, values, factor, left });
      totals.forEach((total, j) => f.set(total, () => f.op("f32x4.add", total, sums[j]!)));
      f.increase(vectors, -blockVectors);
      f.br(again);
    });
  });
  return totals;
}

type Block = { a: Local; lines: Four; sums: Four; values: Four; factor: Local; left: Local };

/** `left` vectors, at least one; unrolled as in matmul-panel.ts. */
function sumBlock(f: FunctionBuilder, { a, lines, sums, values, factor, left }: Block): void {
  const step = f.local("i32", "step");
  f.block((done) =>
    f.repeat((again) => {
      for (let k = 0; k < unroll; k++) {
        f.set(factor, () => f.load("v128.load", a, 16 * k));
        lines.forEach((line, j) => f.set(values[j]!, () => f.load("v128.load", line, 16 * k)));
        sums.forEach((sum, j) => f.set(sum, () => f.madd(factor, values[j]!, sum)));
        if (k < unroll - 1) f.brIf(done, () => f.op("i32.eq", left, k + 1));
      }
      for (const address of [a, ...lines]) f.increase(address, 16 * unroll);
      f.increase(left, -unroll);
      f.brIf(again, left);
    }),
  );
  // Left early: on by the vectors that were read.
  f.set(step, () => f.op("i32.shl", left, 4));
  for (const address of [a, ...lines]) f.increase(address, step);
}

/** The sums of four vectors' lanes, as one vector. */
function addAcross(f: FunctionBuilder, [t0, t1, t2, t3]: Four): void {
  const pairs = (x: Local, y: Local): Local =>
    f.let("v128", "pairs", () =>
      f.op("f32x4.add", () => f.shuffle([0, 4, 1, 5], x, y), () => f.shuffle([2, 6, 3, 7], x, y)));
  const [low, high] = [pairs(t0, t1), pairs(t2, t3)];
  f.op("f32x4.add", () => f.shuffle([0, 1, 4, 5], low, high), () =>
    f.shuffle([2, 3, 6, 7], low, high));
} // prettier-ignore

/** The 0 to 3 products past whole vectors. */
function addLast(f: FunctionBuilder, a: Local, lines: Four, depth: Local, result: Local): void {
  const [k, last] = [f.local("i32", "k"), f.local("v128", "last")];
  const rest: Operand = () => f.op("i32.and", depth, 3);
  f.loop(k, 0, rest, 1, () => {
    f.set(last, () => f.load("v128.load32_zero", lines[0]));
    for (const j of [1, 2, 3] as const)
      f.set(last, () => f.laneMemory("v128.load32_lane", j, lines[j], last));
    const factor = (): unknown => f.load("v128.load32_splat", a);
    f.set(result, () => f.madd(factor, last, result));
    for (const address of [a, ...lines]) f.increase(address, 4);
  });
}
