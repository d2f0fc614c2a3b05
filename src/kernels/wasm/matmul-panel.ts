/**
 * The inner loop of every product: rows of A, each contiguous, times one panel of B, 1 to 4 vectors
 * wide, in registers. V8 on x64 has 15 of them to give, and its scheduler puts the loads of a basic
 * block before its arithmetic. So the tiles are those whose accumulators, loads and one product fit
 * (2×16 ran at 90 % of the mul+add peak, 4×12 and 6×8 at 50 %), and an unrolled loop over k leaves
 * by a branch after each k: the branch ends the basic block, or all the loads would pile up in
 * front.
 */
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";

/** Columns of a full panel. */
export const panelColumns = 16;
/** Rows of the register tile for panels of 1 to 4 vectors. */
const tileRows = [0, 6, 4, 2, 2] as const;
const unroll = 4;

const parameters = {
  a: "i32", aRow: "i32", rows: "i32",
  b: "i32", bStep: "i32",
  init: "i32", initRow: "i32",
  c: "i32", cRow: "i32",
  depth: "i32", tail: "i32",
} as const; // prettier-ignore
type Locals = { [K in keyof typeof parameters]: Local };

/**
 * c[r, :] = init[r, :] + Σ_k a[r, k] · b[k, :] for `rows` rows. All are byte addresses and strides:
 * `aRow`, `initRow`, `cRow` between rows, `bStep` between the panel's lines. `tail`: how many
 * columns of the last vector are written (0: all four); b and init are read in whole vectors, which
 * may go past their ends by less than 16 bytes.
 */
export function multiplyPanel(module: ModuleBuilder, vectors: 1 | 2 | 3 | 4): FunctionHandle {
  const name = `multiplyPanel${4 * vectors}`;
  return module.once(name, () => {
    const tail = storeTail(module);
    return module.function(name, parameters, [], (f, locals) => {
      const tile = tileRows[vectors];
      if (tile > 1) sweepRows(f, locals, tail, tile, vectors);
      sweepRows(f, locals, tail, 1, vectors);
    });
  });
}

/** Goes down the rows in steps of `tile` as far as they reach. */
function sweepRows(
  f: FunctionBuilder,
  p: Locals,
  tail: FunctionHandle,
  tile: number,
  vectors: number,
): void {
  const rows = Array.from({ length: tile }, (_, r) => ({
    a: f.local("i32", `a${r}`),
    sums: Array.from({ length: vectors }, (_, j) => f.local("v128", `sum${r}_${4 * j}`)),
  }));
  f.if(() => f.op("i32.ge_s", p.rows, tile), () =>
    f.repeat((again) => {
      for (const row of rows) {
        for (const sum of row.sums) f.set(sum, 0);
        f.set(row.a, p.a).increase(p.a, p.aRow);
      }
      accumulate(f, p, rows, vectors);
      for (const row of rows) {
        row.sums.forEach((sum, j) => storeVector(f, p, tail, sum, j === vectors - 1, 16 * j));
        f.increase(p.init, p.initRow).increase(p.c, p.cRow);
      }
      f.increase(p.rows, -tile);
      f.brIf(again, () => f.op("i32.ge_s", p.rows, tile));
    }),
  ); // prettier-ignore
}

type Row = { a: Local; sums: Local[] };

/** sums += a · b over the whole depth. */
function accumulate(f: FunctionBuilder, p: Locals, rows: readonly Row[], vectors: number): void {
  const b = f.let("i32", "line", p.b);
  const left = f.let("i32", "left", p.depth);
  const line = Array.from({ length: vectors }, (_, j) => f.local("v128", `b${4 * j}`));
  const factor = f.local("v128", "factor");
  f.block((done) => {
    f.brIf(done, () => f.op("i32.eqz", left));
    f.repeat((again) => {
      for (let k = 0; k < unroll; k++) {
        line.forEach((vector, j) => f.set(vector, () => f.load("v128.load", b, 16 * j)));
        f.increase(b, p.bStep);
        for (const { a, sums } of rows) {
          f.set(factor, () => f.load("v128.load32_splat", a, 4 * k));
          sums.forEach((sum, j) => f.set(sum, () => f.madd(factor, line[j]!, sum)));
        }
        if (k < unroll - 1) f.brIf(done, () => f.op("i32.eq", left, k + 1));
      }
      for (const { a } of rows) f.increase(a, 4 * unroll);
      f.increase(left, -unroll);
      f.brIf(again, left);
    });
  });
}

function storeVector(
  f: FunctionBuilder, p: Locals, tail: FunctionHandle, sum: Local, last: boolean, offset: number,
): void {
  f.set(sum, () => f.op("f32x4.add", sum, () => f.load("v128.load", p.init, offset)));
  const whole = (): unknown => f.store("v128.store", p.c, sum, offset);
  const part = (): unknown =>
    f.call(tail, () => f.op("i32.add", p.c, offset), sum, p.tail);
  if (last) f.if(p.tail, part, whole);
  else whole();
} // prettier-ignore

/** Writes the first 1 to 3 numbers of a vector. */
export function storeTail(module: ModuleBuilder): FunctionHandle {
  const parameters = { to: "i32", vector: "v128", count: "i32" } as const;
  return module.once("storeTail", () =>
    module.function("storeTail", parameters, [], (f, { to, vector, count }) => {
      f.laneMemory("v128.store32_lane", 0, to, vector);
      f.if(() => f.op("i32.gt_s", count, 1), () =>
        f.laneMemory("v128.store32_lane", 1, to, vector, 4));
      f.if(() => f.op("i32.gt_s", count, 2), () =>
        f.laneMemory("v128.store32_lane", 2, to, vector, 8));
    }),
  ); // prettier-ignore
}
