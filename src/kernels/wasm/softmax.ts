/**
 * Row softmax and its logarithm, with the maximum taken off, and the gradient of each from its output.
 * A unit is a row. Its maximum is found while the row before is walked; then come the exponentials and their
 * sum, and the result.
 */
import type { Softmax, SoftmaxGradient } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, type KernelLocals, type Lowered } from "./kernel.js";
import { exp, exp2Within, expWithin, inPowersOfTwo, log as logarithm } from "./math.js";
import {
  cutOf,
  eachRow,
  eachVector,
  eachVectorOnce,
  lanesOf,
  type Cut,
  type Vector,
} from "./row.js";
import { acrossLanes, largestInLanes, sumRow } from "./row-sum.js";

export function lowerSoftmax({ log, rows, columns }: Softmax): Lowered[] {
  const cut = cutOf(columns);
  const key = `softmax${log ? " log" : ""} ${cut}`;
  const write = log ? logarithmOfRow : softmaxOfRow;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 1 }, (f, k) => {
      const bytes = k.constant(0);
      const most = largestOfFirst(f, k, cut);
      const [max, next] = [f.local("v128", "max"), f.local("i32", "next")];
      eachRow(f, k, bytes, [0, 1], (row, x, y) => {
        f.set(max, () => acrossLanes(f, most));
        f.set(most, -Infinity);
        // The last row looks at itself again.
        const isLast = () => f.op("i32.eq", () => f.op("i32.add", row, 1), k.to);
        f.op("select", x!, () => f.op("i32.add", x!, bytes), isLast).set(next);
        write(f, cut, { bytes, x: x!, y: y!, max, next, most });
      });
    });
  return [{ key, units: columns ? rows : 0, constants: [4 * columns], build }];
}

/** A row, its maximum in all lanes, and the row after it, whose largest numbers are put into `most`. */
type Row = { bytes: Local; x: Local; y: Local; max: Local; next: Local; most: Local };

/** Lanes that hold the largest numbers of the first row; later ones are found while the row before is worked on. */
function largestOfFirst(f: FunctionBuilder, k: KernelLocals, cut: Cut): Local {
  const bytes = k.constant(0);
  const most = f.let("v128", "most", 0);
  f.if(() => f.op("i32.lt_s", k.from, k.to), () => {
    const first = f.let("i32", "first", () =>
      f.op("i32.add", k.buffer(0), () => f.op("i32.mul", k.from, bytes)));
    f.set(most, () => largestInLanes(f, cut, bytes, first));
  });
  return most;
} // prettier-ignore

/**
 * Σ exponentials (f64), each of which `term` sets e to. The next row is read meanwhile, so that memory works
 * while the processor does.
 */
function sumOfExponentials(
  f: FunctionBuilder, cut: Cut, { bytes, next, most }: Row,
  term: (vector: Vector, e: Local) => void,
): Local {
  const sum = f.let("f64", "sum", 0);
  const e = f.local("v128", "e");
  sumRow(f, cut, bytes, [sum], (vector) => [
    () => {
      term(vector, e);
      const ahead = vector.once(vector.load(next), -Infinity);
      f.set(most, () => f.op("f32x4.pmax", most, ahead));
      f.push(e);
    },
  ]);
  return sum;
} // prettier-ignore

const splat = (f: FunctionBuilder, value: Operand) => () =>
  f.op("f32x4.splat", () => f.op("f32.demote_f64", value));

/**
 * y = e^(x − max)/Σ e^(x − max). The exponents are written to y and read again: of chains half as long the
 * processor has twice as many in sight, and waits less for each.
 */
function softmaxOfRow(f: FunctionBuilder, cut: Cut, row: Row): void {
  const { bytes, x, y, max } = row;
  const inPlace = (visit: (vector: Vector) => void) =>
    eachVectorOnce(f, lanesOf(cut), bytes, visit, 4);
  const exponents = (vector: Vector) =>
    inPowersOfTwo(f, () => f.op("f32x4.sub", vector.load(x), max));
  inPlace((vector) => vector.store(y, exponents(vector)));
  const exponent = f.local("v128", "exponent");
  const sum = sumOfExponentials(f, cut, row, (vector, e) => {
    f.set(exponent, vector.overlaps ? exponents(vector) : vector.load(y));
    f.set(e, () => exp2Within(f, exponent));
    vector.store(y, e);
  });
  const factor = f.let(
    "v128",
    "factor",
    splat(f, () => f.op("f64.div", 1, sum)),
  );
  inPlace((vector) => vector.store(y, () => f.op("f32x4.mul", vector.load(y), factor)));
}

/** y = x − max − log Σ e^(x − max) */
function logarithmOfRow(f: FunctionBuilder, cut: Cut, row: Row): void {
  const { bytes, x, y, max } = row;
  const below = f.local("v128", "below");
  const sum = sumOfExponentials(f, cut, row, (vector, e) => {
    f.set(below, () => f.op("f32x4.sub", vector.load(x), max));
    f.set(e, () => expWithin(f, below));
  });
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
