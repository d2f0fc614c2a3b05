/**
 * Normalization: (x − mean)·rstd with statistics over outer × inner for each row, and its gradient.
 * Two passes, as the variance of numbers far from 0 wants it. Rows lie along memory (layer norm, batch
 * norm of images); with inner = 1 (batch norm of [B, C]) the lanes are rows: normalize-columns.ts.
 */
import type { Normalize, NormalizeGradient } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { kernelFunction, pushScalar, type KernelLocals, type Lowered } from "./kernel.js";
import { lowerColumnGradient, lowerColumns } from "./normalize-columns.js";
import { cutOf, eachVector, type Cut } from "./row.js";
import { finite, sumRow } from "./row-sum.js";

type Size = { outer: number; rows: number; inner: number };

/** What is passed at run time: outer, bytes from a segment of a row to its next, bytes of one, elements of a row. */
const constantsOf = ({ outer, rows, inner }: Size): number[] => [
  outer,
  4 * rows * inner,
  4 * inner,
  outer * inner,
];

export function lowerNormalize(spec: Normalize): Lowered[] {
  if (spec.inner === 1 && spec.outer > 1) return lowerColumns(spec);
  const cut = cutOf(spec.inner);
  const key = `normalize${spec.rms ? " rms" : ""} ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 4, constants: 4 }, (f, k) =>
      eachUnit(f, k, (row) => normalizeRow(f, k, row, cut, spec.rms)),
    );
  return [{ key, units: spec.rows, constants: constantsOf(spec), build }];
}

export function lowerNormalizeGradient(spec: NormalizeGradient): Lowered[] {
  if (spec.inner === 1 && spec.outer > 1) return lowerColumnGradient(spec);
  const cut = cutOf(spec.inner);
  const key = `normalizeGradient${spec.rms ? " rms" : ""} ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 4, constants: 4 }, (f, k) =>
      eachUnit(f, k, (row) => gradientRow(f, k, row, cut, spec.rms)),
    );
  return [{ key, units: spec.rows, constants: constantsOf(spec), build }];
}

function eachUnit(f: FunctionBuilder, k: KernelLocals, body: (row: Local) => void): void {
  const row = f.local("i32", "row");
  f.loop(row, k.from, k.to, 1, () => body(row));
}

/** Runs `body` for each of the `outer` segments of a row with the segment's address in each buffer. */
function eachSegment(
  f: FunctionBuilder,
  k: KernelLocals,
  row: Local,
  buffers: readonly number[],
  body: (...bases: Local[]) => void,
): void {
  const bytes = k.constant(2);
  const bases = buffers.map((n) =>
    f.let("i32", "base", () => f.op("i32.add", k.buffer(n), () => f.op("i32.mul", row, bytes))),
  );
  const segment = f.local("i32", "segment");
  f.loop(segment, 0, k.constant(0), 1, () => {
    body(...bases);
    for (const base of bases) f.increase(base, k.constant(1));
  });
}

/** total / elements. */
const mean = (f: FunctionBuilder, k: KernelLocals, total: Local) => () =>
  f.op("f64.div", total, () => f.op("f64.convert_i32_s", k.constant(3)));

const splat = (f: FunctionBuilder, value: Local) => () =>
  f.op("f32x4.splat", () => f.op("f32.demote_f64", value));

/**
 * The mean as a sum of two float32: x − high is exact near the mean, so the deviation is right to its
 * last digit even where |mean| is far larger than it. For the same reason the row's first number is
 * taken off before the sum and put back after it.
 */
type Mean = { high: Local; low: Local };

function meanOfRow(f: FunctionBuilder, k: KernelLocals, row: Local, cut: Cut): Mean {
  const total = f.let("f64", "total", 0);
  const start = () => f.op("i32.add", k.buffer(0), () => f.op("i32.mul", row, k.constant(2)));
  const first = f.let(
    "v128",
    "first",
    finite(f, () => f.load("v128.load32_splat", start)),
  );
  eachSegment(f, k, row, [0], (x) =>
    sumRow(f, cut, k.constant(2), [total], (vector) => [
      () => f.op("f32x4.sub", vector.load(x!), first),
    ]),
  );
  const lane = (vector: Local) => () =>
    f.op("f64.promote_f32", () => f.lane("f32x4.extract_lane", 0, vector));
  f.set(total, () => f.op("f64.add", mean(f, k, total), lane(first)));
  storeStatistic(f, k.buffer(2), row, total);
  const high = f.let("v128", "high", splat(f, total));
  f.set(total, () => f.op("f64.sub", total, lane(high)));
  return { high, low: f.let("v128", "low", splat(f, total)) };
}

function normalizeRow(f: FunctionBuilder, k: KernelLocals, row: Local, cut: Cut, rms: boolean): void {
  const bytes = k.constant(2);
  const around = rms ? null : meanOfRow(f, k, row, cut);
  if (rms) f.store("f32.store", () => f.address(k.buffer(2), row), 0);
  const deviation = (x: () => void) => () => {
    if (!around) return x();
    f.op("f32x4.sub", () => f.op("f32x4.sub", x, around.high), around.low);
  };
  const rstd = f.let("f64", "rstd", 0);
  const d = f.local("v128", "d");
  eachSegment(f, k, row, [0], (x) =>
    sumRow(f, cut, bytes, [rstd], (vector) => [
      () => f.op("f32x4.mul", () => f.tee(d, deviation(vector.load(x))), d),
    ]),
  );
  const variance = mean(f, k, rstd);
  const shifted = () => f.op("f64.add", variance, () => pushScalar(f, k, 0, "f64"));
  f.set(rstd, () => f.op("f64.div", 1, () => f.op("f64.sqrt", shifted)));
  storeStatistic(f, k.buffer(3), row, rstd);
  const factor = f.let("v128", "factor", splat(f, rstd));
  eachSegment(f, k, row, [0, 1], (x, y) =>
    eachVector(f, cut, bytes, (vector) =>
      vector.store(y!, () => f.op("f32x4.mul", deviation(vector.load(x!)), factor)),
    ),
  );
} // prettier-ignore

/** rstd·(g − mean(g) − y·mean(g·y)); for rms without mean(g). */
function gradientRow(f: FunctionBuilder, k: KernelLocals, row: Local, cut: Cut, rms: boolean): void {
  const bytes = k.constant(2);
  const ofProduct = f.let("f64", "ofProduct", 0);
  const ofG = f.let("f64", "ofG", 0);
  eachSegment(f, k, row, [0, 2], (y, g) =>
    sumRow(f, cut, bytes, rms ? [ofProduct] : [ofProduct, ofG], (vector) => {
      const product = () => f.op("f32x4.mul", vector.load(g!), vector.load(y!));
      return rms ? [product] : [product, vector.load(g!)];
    }),
  );
  f.set(ofProduct, mean(f, k, ofProduct)).set(ofG, mean(f, k, ofG));
  const [byY, byOne] = [f.let("v128", "byY", splat(f, ofProduct)), f.let("v128", "byOne", splat(f, ofG))];
  const rstd = f.let("v128", "rstd", () =>
    f.load("v128.load32_splat", () => f.address(k.buffer(1), row)),
  );
  eachSegment(f, k, row, [0, 2, 3], (y, g, out) =>
    eachVector(f, cut, bytes, (vector) => {
      const centred = () => (rms ? vector.load(g!)() : f.op("f32x4.sub", vector.load(g!), byOne));
      vector.store(out!, () => f.op("f32x4.mul", () => f.nmadd(vector.load(y!), byY, centred), rstd));
    }),
  );
} // prettier-ignore

function storeStatistic(f: FunctionBuilder, buffer: Local, row: Local, value: Local): void {
  f.store("f32.store", () => f.address(buffer, row), () => f.op("f32.demote_f64", value));
} // prettier-ignore
