/**
 * Normalization with inner = 1 (batch norm of [B, C]): statistics go down the columns of
 * [outer, rows], so four rows stand in the lanes of a vector, and their sums in float64 two and two.
 * A unit is four rows; the last one may be fewer.
 */
import type { Normalize, NormalizeGradient } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, pushScalar, type KernelLocals, type Lowered } from "./kernel.js";
import { eachLanes, type Vector } from "./row.js";
import { finite } from "./row-sum.js";

type Size = { outer: number; rows: number; rms: boolean };

/** Four sums, or what came of them, in float64. */
type Four = { low: Local; high: Local };

export const lowerColumns = (spec: Normalize): Lowered[] => lowered("normalize", spec, columns);

export const lowerColumnGradient = (spec: NormalizeGradient): Lowered[] =>
  lowered("normalizeGradient", spec, columnGradient);

type Write = (f: FunctionBuilder, k: KernelLocals, vector: Vector, rms: boolean) => void;

function lowered(name: string, { outer, rows, rms }: Size, write: Write): Lowered[] {
  const key = `${name} columns${rms ? " rms" : ""} rest${rows % 4}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 4, constants: 2 }, (f, k) => {
      const unit = f.local("i32", "unit");
      const at = f.local("i32", "at");
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(at, () => f.scaled(unit, 16));
        eachLanes(f, rows, at, k.constant(1), (vector) => write(f, k, vector, rms));
      });
    });
  return [{ key, units: Math.ceil(rows / 4), constants: [outer, 4 * rows], build }];
}

/** Runs `body` down the columns with the address of each buffer's row of the matrix. */
function down(
  f: FunctionBuilder,
  k: KernelLocals,
  buffers: readonly number[],
  body: (...bases: Local[]) => void,
): void {
  const bases = buffers.map((n) => f.let("i32", "base", k.buffer(n)));
  const step = f.local("i32", "step");
  f.loop(step, 0, k.constant(0), 1, () => {
    body(...bases);
    for (const base of bases) f.increase(base, k.constant(1));
  });
}

const four = (f: FunctionBuilder): Four => ({
  low: f.let("v128", "low", 0),
  high: f.let("v128", "high", 0),
});

const promoted = (f: FunctionBuilder, value: Local) => ({
  low: () => f.op("f64x2.promote_low_f32x4", value),
  high: () => f.op("f64x2.promote_low_f32x4", () => f.shuffle([2, 3, 2, 3], value, value)),
});

function add(f: FunctionBuilder, sums: Four, value: Operand): void {
  const { low, high } = promoted(f, f.let("v128", "value", value));
  f.set(sums.low, () => f.op("f64x2.add", sums.low, low));
  f.set(sums.high, () => f.op("f64x2.add", sums.high, high));
}

/** Both halves through `change`. */
function each(f: FunctionBuilder, sums: Four, change: (half: Local) => void): void {
  f.set(sums.low, () => change(sums.low)).set(sums.high, () => change(sums.high));
}

const divide = (f: FunctionBuilder, k: KernelLocals, sums: Four): void => {
  const count = f.let("v128", "count", () =>
    f.op("f64x2.splat", () => f.op("f64.convert_i32_s", k.constant(0))),
  );
  each(f, sums, (half) => f.op("f64x2.div", half, count));
};

/** As float32. */
const demoted = (f: FunctionBuilder, { low, high }: Four) => () =>
  f.shuffle([0, 1, 4, 5], () => f.op("f32x4.demote_f64x2_zero", low), () =>
    f.op("f32x4.demote_f64x2_zero", high),
  ); // prettier-ignore

function columns(f: FunctionBuilder, k: KernelLocals, vector: Vector, rms: boolean): void {
  const mean = four(f);
  // The first number is taken off before the sum and put back after it, as in normalize.ts.
  const first = f.let("v128", "first", finite(f, vector.load(k.buffer(0))));
  if (!rms) down(f, k, [0], (x) => add(f, mean, () => f.op("f32x4.sub", vector.load(x!), first)));
  divide(f, k, mean);
  if (!rms) add(f, mean, first);
  const high = f.let("v128", "mean", demoted(f, mean)); // mean = high + low, as in normalize.ts
  if (rms) f.set(high, 0);
  vector.store(k.buffer(2), high);
  const rounded = promoted(f, high);
  f.set(mean.low, () => f.op("f64x2.sub", mean.low, rounded.low));
  f.set(mean.high, () => f.op("f64x2.sub", mean.high, rounded.high));
  const low = f.let("v128", "rest", demoted(f, mean));
  const deviation = (x: Local) => () =>
    f.op("f32x4.sub", () => f.op("f32x4.sub", vector.load(x), high), low);

  const rstd = four(f);
  const d = f.local("v128", "d");
  down(f, k, [0], (x) =>
    add(f, rstd, () => f.op("f32x4.mul", () => f.tee(d, deviation(x!)), d)),
  );
  divide(f, k, rstd);
  const eps = f.let("v128", "eps", () => f.op("f64x2.splat", () => pushScalar(f, k, 0, "f64")));
  each(f, rstd, (half) =>
    f.op("f64x2.div", 1, () => f.op("f64x2.sqrt", () => f.op("f64x2.add", half, eps))),
  );
  const factor = f.let("v128", "rstd", demoted(f, rstd));
  vector.store(k.buffer(3), factor);
  down(f, k, [0, 1], (x, y) =>
    vector.store(y!, () => f.op("f32x4.mul", deviation(x!), factor)),
  );
} // prettier-ignore

/** rstd·(g − mean(g) − y·mean(g·y)); for rms without mean(g). */
function columnGradient(f: FunctionBuilder, k: KernelLocals, vector: Vector, rms: boolean): void {
  const [ofG, ofProduct] = [four(f), four(f)];
  down(f, k, [0, 2], (y, g) => {
    if (!rms) add(f, ofG, vector.load(g!));
    add(f, ofProduct, () => f.op("f32x4.mul", vector.load(g!), vector.load(y!)));
  });
  divide(f, k, ofG);
  divide(f, k, ofProduct);
  const byOne = f.let("v128", "byOne", demoted(f, ofG));
  const byY = f.let("v128", "byY", demoted(f, ofProduct));
  const rstd = f.let("v128", "rstd", vector.load(k.buffer(1)));
  down(f, k, [0, 2, 3], (y, g, out) => {
    const centred = () => f.op("f32x4.sub", vector.load(g!), byOne);
    vector.store(out!, () => f.op("f32x4.mul", () => f.nmadd(vector.load(y!), byY, centred), rstd));
  });
}
