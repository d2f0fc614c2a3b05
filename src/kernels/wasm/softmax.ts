/**
 * Row softmax and its logarithm, with the maximum taken off, and the gradient of each from its output.
 * A unit is a row. Three walks over it: the maximum; the exponentials and their sum; the result.
 */
import type { Softmax, SoftmaxGradient } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";
import { exp, expWithin, log as logarithm } from "./math.js";
import { cutOf, eachRow, eachVector, eachVectorOnce, lanesOf, type Cut } from "./row.js";
import { maximumOfRow, sumRow } from "./row-sum.js";

export function lowerSoftmax({ log, rows, columns }: Softmax): Lowered[] {
  const cut = cutOf(columns);
  const key = `softmax${log ? " log" : ""} ${cut}`;
  const write = log ? logarithmOfRow : softmaxOfRow;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 1 }, (f, k) =>
      eachRow(f, k, k.constant(0), [0, 1], (_, x, y) => write(f, cut, k.constant(0), x!, y!)),
    );
  return [{ key, units: columns ? rows : 0, constants: [4 * columns], build }];
}

/** eˣ for x ≤ 0: 0 below −87 (e⁻⁸⁷ is 1.6e-38), so that a masked −∞ weighs nothing. */
export function expNegative(f: FunctionBuilder, x: Operand): void {
  const kept = f.let("v128", "x", x);
  f.op("v128.andnot", () => expWithin(f, kept), () => f.op("f32x4.lt", kept, -87));
} // prettier-ignore

/** The row's maximum (a vector), and Σ e^(x − max) (f64); `each` is given every exponential. */
export function sumOfExponentials(
  f: FunctionBuilder,
  cut: Cut,
  bytes: Local,
  x: Local,
  store: Local | null, // where the exponentials go
): { max: Local; sum: Local } {
  const max = f.let("v128", "max", () => maximumOfRow(f, cut, bytes, x));
  const sum = f.let("f64", "sum", 0);
  const e = f.local("v128", "e");
  sumRow(f, cut, bytes, [sum], (vector) => [
    () => {
      f.set(e, () => expNegative(f, () => f.op("f32x4.sub", vector.load(x), max)));
      if (store) vector.store(store, e);
      f.push(e);
    },
  ]);
  return { max, sum };
}

const splat = (f: FunctionBuilder, value: Operand) => () =>
  f.op("f32x4.splat", () => f.op("f32.demote_f64", value));

/** y = e^(x − max)/Σ e^(x − max) */
function softmaxOfRow(f: FunctionBuilder, cut: Cut, bytes: Local, x: Local, y: Local): void {
  const { sum } = sumOfExponentials(f, cut, bytes, x, y);
  const factor = f.let(
    "v128",
    "factor",
    splat(f, () => f.op("f64.div", 1, sum)),
  );
  eachVectorOnce(f, lanesOf(cut), bytes, (vector) =>
    vector.store(y, () => f.op("f32x4.mul", vector.load(y), factor)),
  );
}

/** y = x − max − log Σ e^(x − max) */
function logarithmOfRow(f: FunctionBuilder, cut: Cut, bytes: Local, x: Local, y: Local): void {
  const { max, sum } = sumOfExponentials(f, cut, bytes, x, null);
  const total = f.let("v128", "total", splat(f, sum));
  const log = f.let("v128", "log", () => logarithm(f, total));
  eachVector(f, cut, bytes, (vector) =>
    vector.store(y, () => f.op("f32x4.sub", () => f.op("f32x4.sub", vector.load(x), max), log)),
  );
}

export function lowerSoftmaxGradient({ log, rows, columns }: SoftmaxGradient): Lowered[] {
  const cut = cutOf(columns);
  const key = `softmaxGradient${log ? " log" : ""} ${cut}`;
  const write = log ? logarithmGradient : softmaxGradient;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 3, constants: 1 }, (f, k) =>
      eachRow(f, k, k.constant(0), [0, 1, 2], (_, y, g, dx) =>
        write(f, cut, k.constant(0), { y: y!, g: g!, dx: dx! }),
      ),
    );
  return [{ key, units: columns ? rows : 0, constants: [4 * columns], build }];
}

type Bases = { y: Local; g: Local; dx: Local };

/** dx = y·(g − Σ g·y) */
function softmaxGradient(f: FunctionBuilder, cut: Cut, bytes: Local, { y, g, dx }: Bases): void {
  const sum = f.let("f64", "sum", 0);
  sumRow(f, cut, bytes, [sum], (vector) => [
    () => f.op("f32x4.mul", vector.load(g), vector.load(y)),
  ]);
  const total = f.let("v128", "total", splat(f, sum));
  eachVector(f, cut, bytes, (vector) => {
    const centred = () => f.op("f32x4.sub", vector.load(g), total);
    vector.store(dx, () => f.op("f32x4.mul", vector.load(y), centred));
  });
}

/** dx = g − e^y·Σ g */
function logarithmGradient(f: FunctionBuilder, cut: Cut, bytes: Local, { y, g, dx }: Bases): void {
  const sum = f.let("f64", "sum", 0);
  sumRow(f, cut, bytes, [sum], (vector) => [vector.load(g)]);
  const total = f.let("v128", "total", splat(f, sum));
  const at = f.local("v128", "at");
  eachVector(f, cut, bytes, (vector) => {
    f.set(at, vector.load(y));
    vector.store(dx, () => f.nmadd(() => exp(f, at), total, vector.load(g)));
  });
}
