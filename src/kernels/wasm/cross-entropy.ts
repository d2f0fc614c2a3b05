/**
 * Cross-entropy of each row of logits against a smoothed target, q = (1 − s)·onehot(target) + s/columns:
 *   loss = −Σ_j q_j·(x_j − logsumexp x)        dx_j = g·(e^(x_j − logsumexp x) − q_j)
 * A unit is a row. Rows with the ignored target give 0, other targets outside of the columns NaN.
 */
import type { CrossEntropy, CrossEntropyGradient } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, pushScalar, type KernelLocals, type Lowered } from "./kernel.js";
import { exp, expWithin, log as logarithm } from "./math.js";
import { cutOf, eachRow, eachVector, type Cut } from "./row.js";
import { maximumOfRow, sumRow } from "./row-sum.js";

type Spec = CrossEntropy | CrossEntropyGradient;

/** Constants: bytes of a row, its elements, the ignored target. */
const constantsOf = ({ columns, ignoreIndex }: Spec): number[] => [
  4 * columns,
  columns,
  ignoreIndex ?? 0,
];

export function lowerCrossEntropy(spec: CrossEntropy): Lowered[] {
  const cut = cutOf(spec.columns);
  const key = `crossEntropy ${cut}${spec.ignoreIndex === null ? "" : " ignore"}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 4, constants: 3 }, (f, k) =>
      eachRow(f, k, k.constant(0), [0], (row, x) => {
        const { sums, max } = sumsOfRow(f, k, cut, x!);
        f.store("f32.store", () => f.address(k.buffer(3), row), () =>
          f.op("f32.demote_f64", () => f.op("f64.add", max, sums.log)),
        );
        const target = loadAt(f, k.buffer(1), row);
        const loss = () => f.op("f32.demote_f64", lossOfRow(f, k, { x: x!, target, max, ...sums }));
        f.address(k.buffer(2), row);
        byTarget(f, k, spec, target, {
          inside: loss, outside: () => f.f32(NaN), ignored: () => f.f32(0), result: "f32",
        });
        f.store("f32.store");
      }),
    );
  return [{ key, units: spec.rows, constants: constantsOf(spec), build }];
} // prettier-ignore

const loadAt = (f: FunctionBuilder, buffer: Local, row: Local): Local =>
  f.let("i32", "target", () => f.load("i32.load", () => f.address(buffer, row)));

type Branches = {
  inside: () => unknown;
  outside: () => unknown;
  ignored: () => unknown;
  result: "f32" | null;
};

/** Takes the branch that a row's target asks for. */
function byTarget(
  f: FunctionBuilder,
  k: KernelLocals,
  { ignoreIndex }: Spec,
  target: Local,
  { inside, outside, ignored, result }: Branches,
): void {
  const isInside = () => f.op("i32.lt_u", target, k.constant(1));
  const counted = () => f.if(isInside, inside, outside, result);
  if (ignoreIndex === null) return void counted();
  f.if(() => f.op("i32.eq", target, k.constant(2)), ignored, counted, result);
}

/** log Σ e^(x − max) and s/columns·Σ (x − max), in float64. */
type Sums = { log: Local; spread: Local };

function sumsOfRow(f: FunctionBuilder, k: KernelLocals, cut: Cut, x: Local) {
  const bytes = k.constant(0);
  const most = f.let("v128", "max", () => maximumOfRow(f, cut, bytes, x));
  const [sum, spread] = [f.let("f64", "sum", 0), f.let("f64", "spread", 0)];
  const share = f.let("v128", "share", () => shareOf(f, k));
  const difference = f.local("v128", "difference");
  sumRow(f, cut, bytes, [sum, spread], (vector) => [
    () => {
      f.set(difference, () => f.op("f32x4.sub", vector.load(x), most));
      expWithin(f, difference);
    },
    () => f.op("f32x4.mul", difference, share), // of the same vector; before the sum, lest that overflow
  ]);
  const log = f.let("f64", "log", () => logOf(f, sum));
  const max = f.let("f64", "max", firstLane(f, most));
  return { sums: { log, spread } satisfies Sums, max };
}

/** s/columns, the weight of every class, as a vector. */
function shareOf(f: FunctionBuilder, k: KernelLocals): void {
  const columns = () => f.op("f64.convert_i32_s", k.constant(1));
  const share = () => f.op("f64.div", () => pushScalar(f, k, 0, "f64"), columns);
  f.op("f32x4.splat", () => f.op("f32.demote_f64", share));
}

const firstLane = (f: FunctionBuilder, vector: Operand) => () =>
  f.op("f64.promote_f32", () => f.lane("f32x4.extract_lane", 0, vector));

/** log of a float64, as right as float32 has it. */
function logOf(f: FunctionBuilder, value: Local): void {
  const wide = f.let("v128", "wide", () =>
    f.op("f32x4.splat", () => f.op("f32.demote_f64", value)),
  );
  firstLane(f, () => logarithm(f, wide))();
}

type Row = Sums & { x: Local; target: Local; max: Local };

/**
 * −(1 − s)·(x_t − logsumexp) − s·(Σ x/columns − logsumexp). A term of no weight is left out, for its
 * number may be −∞.
 */
function lossOfRow(f: FunctionBuilder, k: KernelLocals, row: Row): () => void {
  const { x, target, max, log, spread } = row;
  const smoothing = f.let("f64", "smoothing", () => pushScalar(f, k, 0, "f64"));
  const rest = f.let("f64", "rest", () => f.op("f64.sub", 1, smoothing));
  const loss = f.let("f64", "loss", 0);
  const loseWhere = (weight: Local, term: Operand) =>
    f.if(() => f.op("f64.ne", weight, 0), () => f.set(loss, () => f.op("f64.sub", loss, term)));
  const logit = () => f.op("f64.promote_f32", () => f.load("f32.load", () => f.address(x, target)));
  const ofTarget = () => f.op("f64.sub", () => f.op("f64.sub", logit, max), log);
  return () => {
    loseWhere(rest, () => f.op("f64.mul", rest, ofTarget));
    loseWhere(smoothing, () => f.op("f64.sub", spread, () => f.op("f64.mul", smoothing, log)));
    f.push(loss);
  };
} // prettier-ignore

export function lowerCrossEntropyGradient(spec: CrossEntropyGradient): Lowered[] {
  const cut = cutOf(spec.columns);
  const key = `crossEntropyGradient ${cut}${spec.ignoreIndex === null ? "" : " ignore"}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 5, constants: 3 }, (f, k) => {
      const bytes = k.constant(0);
      eachRow(f, k, bytes, [0, 4], (row, x, dx) => {
        const target = loadAt(f, k.buffer(1), row);
        const fill = (value: number) => () =>
          eachVector(f, cut, bytes, (vector) => vector.store(dx!, () => f.f32x4(value)));
        byTarget(f, k, spec, target, {
          inside: () => gradientOfRow(f, k, cut, { row, x: x!, dx: dx!, target }),
          outside: fill(NaN), ignored: fill(0), result: null,
        });
      });
    });
  return [{ key, units: spec.columns ? spec.rows : 0, constants: constantsOf(spec), build }];
} // prettier-ignore

type GradientRow = { row: Local; x: Local; dx: Local; target: Local };

/** g·(e^(x − logsumexp) − s/columns) in every column, less g·(1 − s) in the target's. */
function gradientOfRow(
  f: FunctionBuilder,
  k: KernelLocals,
  cut: Cut,
  { row, x, dx, target }: GradientRow,
): void {
  const ofRow = (n: number) => () => f.load("v128.load32_splat", () => f.address(k.buffer(n), row));
  const [logsumexp, g] = [f.let("v128", "logsumexp", ofRow(2)), f.let("v128", "g", ofRow(3))];
  const share = f.let("v128", "share", () => shareOf(f, k));
  const at = f.local("v128", "at");
  eachVector(f, cut, k.constant(0), (vector) => {
    f.set(at, () => f.op("f32x4.sub", vector.load(x), logsumexp));
    const excess = () => f.op("f32x4.sub", () => exp(f, at), share);
    vector.store(dx, () => f.op("f32x4.mul", g, excess));
  });
  const place = f.let("i32", "place", () => f.address(dx, target));
  const rest = () => f.op("f32.sub", 1, () => pushScalar(f, k, 0, "f32"));
  const missing = () => f.op("f32.mul", () => f.lane("f32x4.extract_lane", 0, g), rest);
  f.store("f32.store", place, () => f.op("f32.sub", () => f.load("f32.load", place), missing));
}
