/**
 * Elementwise ops: one value in, one value out at each point; inputs broadcast. Each is a row: its
 * expression in the IR, and its derivative in the methods of tensors.
 */
import {
  computedIn,
  type Binary,
  type Computed,
  type DType,
  type Unary,
} from "../../kernels/ir.js";
import { DTypeError } from "../errors.js";
import { broadcast } from "../shape.js";
import type { Expression, Form, OpRecord } from "../op.js";
import type { Tensor } from "../tensor.js";

type None = Record<never, never>;
type Slope = (x: Tensor, y: Tensor) => Tensor | null;

/** An op of one float tensor. `slope(x, y)` is dy/dx; it is multiplied onto the incoming gradient. */
function curve<A extends object = None>(
  name: string,
  expression: (e: Expression, x: number, attributes: A) => number,
  slope: (x: Tensor, y: Tensor, attributes: A) => Tensor | null,
): OpRecord<A> {
  return {
    name,
    forms: ([x]) => [floating(name, x!)],
    compute: { map: (e, [x], attributes) => expression(e, x!, attributes) },
    gradient: ({ g, inputs, outputs, attributes }) => {
      const factor = slope(inputs[0]!, outputs[0]!, attributes);
      return [factor && g[0]!.mul(factor)];
    },
  };
}

function floating(name: string, x: Form): Form {
  if (x.dtype === "f32") return x;
  throw new DTypeError(`${name}: takes f32, got ${x.dtype}; cast it first with .cast("f32")`);
}

/** f32 or i32. */
function counting(name: string, x: Form): Form {
  if (x.dtype !== "bool") return x;
  throw new DTypeError(`${name}: takes numbers, got bool; cast it first with .cast("i32")`);
}

/** An op that is one IR function, kept for any number dtype if `integers`. */
const unary = (op: Unary, slope: Slope, integers = false): OpRecord<None> => ({
  ...curve(op, (e, x) => e.unary(op, x), slope),
  forms: ([x]) => [integers && x!.dtype === "i32" ? x! : floating(op, x!)],
});

const flat: Slope = () => null; // steps: the derivative is 0 wherever it exists
const SQRT_HALF = Math.SQRT1_2;
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const ONE_OVER_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

export const neg = unary("neg", (x) => x.like(-1), true);
export const abs = unary("abs", (x) => x.sign(), true);
export const sign = unary("sign", flat, true);
export const floor = unary("floor", flat);
export const ceil = unary("ceil", flat);
export const round = unary("round", flat);
export const sqrt = unary("sqrt", (_, y) => y.like(0.5).div(y));
export const exp = unary("exp", (_, y) => y);
export const expm1 = unary("expm1", (_, y) => y.add(1));
export const log = unary("log", (x) => x.reciprocal());
export const log1p = unary("log1p", (x) => x.add(1).reciprocal());
export const sin = unary("sin", (x) => x.cos());
export const cos = unary("cos", (x) => x.sin().neg());
export const tanh = unary("tanh", (_, y) => y.like(1).sub(y.square()));
export const erf = unary("erf", (x) => x.square().neg().exp().mul(TWO_OVER_SQRT_PI));

export const square: OpRecord<None> = {
  ...curve(
    "square",
    (e, x) => e.binary("mul", x, x),
    (x) => x.mul(2),
  ),
  forms: ([x]) => [counting("square", x!)],
};
export const reciprocal = curve("reciprocal", (e, x) => e.binary("div", e.constant(1), x), (_, y) => y.square().neg()); // prettier-ignore
export const rsqrt = curve(
  "rsqrt",
  (e, x) => e.binary("div", e.constant(1), e.unary("sqrt", x)),
  (x, y) => y.div(x).mul(-0.5),
);

// ** activations ** (definitions and constants: PyTorch's)

/** σ(x) = 1 / (1 + e⁻ˣ): e⁻ˣ may overflow to infinity, which gives the right 0. */
const sigmoidOf = (e: Expression, x: number) =>
  e.binary("div", e.constant(1), e.binary("add", e.constant(1), e.unary("exp", e.unary("neg", x))));

/** log(1 + eˣ) = max(x, 0) + log1p(e^−|x|), which cannot overflow. */
const softplusOf = (e: Expression, x: number) =>
  e.binary(
    "add",
    e.binary("max", x, e.constant(0)),
    e.unary("log1p", e.unary("exp", e.unary("neg", e.unary("abs", x)))),
  );

export const sigmoid = curve("sigmoid", sigmoidOf, (_, y) => y.mul(y.like(1).sub(y)));
export const logSigmoid = curve("logSigmoid", (e, x) => e.unary("neg", softplusOf(e, e.unary("neg", x))), (x) => x.neg().sigmoid()); // prettier-ignore
export const softplus = curve("softplus", softplusOf, (x) => x.sigmoid());

export const relu: OpRecord<None> = curve(
  "relu",
  (e, x) => e.binary("max", x, e.constant(0)),
  (_, y) => y.gt(0).cast("f32"),
);

export const leakyRelu = curve<{ slope: number }>(
  "leakyRelu",
  (e, x, { slope }) =>
    e.select(e.binary("lt", x, e.constant(0)), e.binary("mul", x, e.constant(slope)), x),
  (x, _, { slope }) => x.gt(0).where(1, slope),
);

/** x for x > 0, else α(eˣ − 1), all times λ: ELU (λ = 1) and SELU. */
const eluOf = (e: Expression, x: number, alpha: number, lambda: number) =>
  e.binary("mul", e.constant(lambda), e.select(
    e.binary("lt", x, e.constant(0)), e.binary("mul", e.constant(alpha), e.unary("expm1", x)), x)); // prettier-ignore
const eluSlope = (x: Tensor, alpha: number, lambda: number) =>
  x.gt(0).where(
    lambda,
    x
      .minimum(0)
      .exp()
      .mul(alpha * lambda),
  );

export const elu = curve<{ alpha: number }>(
  "elu",
  (e, x, { alpha }) => eluOf(e, x, alpha, 1),
  (x, _, { alpha }) => eluSlope(x, alpha, 1),
);

const SELU_ALPHA = 1.6732632423543772; // Klambauer et al. (2017), to float64
const SELU_LAMBDA = 1.0507009873554805;
export const selu = curve(
  "selu",
  (e, x) => eluOf(e, x, SELU_ALPHA, SELU_LAMBDA),
  (x) => eluSlope(x, SELU_ALPHA, SELU_LAMBDA),
);

export const silu = curve(
  "silu",
  (e, x) => e.binary("mul", x, sigmoidOf(e, x)),
  (x) => {
    const s = x.sigmoid();
    return s.mul(x.mul(s.neg().add(1)).add(1)); // σ(1 + x(1 − σ))
  },
);

/** x·Φ(x), Φ the normal distribution function: Hendrycks & Gimpel (2016). */
export const gelu = curve(
  "gelu",
  (e, x) => {
    const phi = e.binary("add", e.constant(1), e.unary("erf", e.binary("mul", x, e.constant(SQRT_HALF)))); // prettier-ignore
    return e.binary("mul", e.binary("mul", x, e.constant(0.5)), phi);
  },
  (x) => {
    const phi = x.mul(SQRT_HALF).erf().add(1).mul(0.5);
    const density = x.square().mul(-0.5).exp().mul(ONE_OVER_SQRT_2PI);
    return phi.add(x.mul(density));
  },
);

const GELU_ROOT = Math.sqrt(2 / Math.PI);
/** ½x(1 + tanh(√(2/π)(x + 0.044715x³))): GPT-2's approximation of gelu. */
export const geluTanh = curve(
  "geluTanh",
  (e, x) => {
    const cubic = e.binary("mul", e.binary("mul", x, x), e.constant(0.044715));
    const inner = e.binary("mul", x, e.binary("add", e.constant(1), cubic));
    const t = e.unary("tanh", e.binary("mul", inner, e.constant(GELU_ROOT)));
    return e.binary("mul", e.binary("mul", x, e.constant(0.5)), e.binary("add", e.constant(1), t));
  },
  (x) => {
    const t = x.square().mul(0.044715).add(1).mul(x).mul(GELU_ROOT).tanh();
    const inner = x
      .square()
      .mul(3 * 0.044715)
      .add(1)
      .mul(GELU_ROOT);
    return t
      .add(1)
      .mul(0.5)
      .add(x.mul(0.5).mul(t.square().neg().add(1)).mul(inner));
  },
);

/** x·tanh(softplus(x)). */
export const mish = curve(
  "mish",
  (e, x) => e.binary("mul", x, e.unary("tanh", softplusOf(e, x))),
  (x) => {
    const t = x.softplus().tanh();
    return t.add(x.mul(t.square().neg().add(1)).mul(x.sigmoid()));
  },
);

/** Between `low` and `high`; the gradient passes on both bounds, as in PyTorch's clamp. */
export const clamp: OpRecord<{ low: number; high: number }> = {
  name: "clamp",
  forms: ([x]) => [counting("clamp", x!)],
  compute: {
    map: (e, [x], { low, high }, form) => {
      const dtype = computedIn(form.dtype);
      const above = low === -Infinity ? x! : e.binary("max", x!, e.constant(low, dtype));
      return high === Infinity ? above : e.binary("min", above, e.constant(high, dtype));
    },
  },
  gradient: ({ g, inputs: [x], attributes: { low, high } }) => [
    g[0]!.mul(x!.ge(low).and(x!.le(high)).cast("f32")),
  ],
};

// ** two tensors **

function pair(name: string, a: Form, b: Form): Form {
  if (a.dtype !== b.dtype)
    throw new DTypeError(`${name}: ${a.dtype} and ${b.dtype} do not mix; cast one of them`);
  return { shape: broadcast(a.shape, b.shape, name), dtype: a.dtype };
}

const binary = (
  name: Binary,
  slopes: (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => [Tensor, Tensor],
): OpRecord<None> => ({
  name,
  forms: ([a, b]) => [counting(name, pair(name, a!, b!))],
  compute: { map: (e, [a, b]) => e.binary(name, a!, b!) },
  gradient: ({ g, inputs: [a, b], outputs: [y] }) => slopes(g[0]!, a!, b!, y!),
});

export const add = binary("add", (g) => [g, g]);
export const sub = binary("sub", (g) => [g, g.neg()]);
export const mul = binary("mul", (g, a, b) => [g.mul(b), g.mul(a)]);
export const div = binary("div", (g, _, b, y) => [g.div(b), g.mul(y).div(b).neg()]);
export const mod = binary("mod", (g, a, b) => [g, g.mul(a.div(b).floor()).neg()]);
export const pow = binary("pow", (g, a, b, y) => [
  g.mul(b.eq(0).where(0, b.mul(a.pow(b.sub(1))))),
  g.mul(a.gt(0).where(y.mul(a.gt(0).where(a, 1).log()), 0)),
]);
/** On a tie each side takes half, so that max(a, a) has the gradient of a. */
export const max = binary("max", (g, a, b) => [g.mul(share(a, b)), g.mul(share(b, a))]);
export const min = binary("min", (g, a, b) => [g.mul(share(b, a)), g.mul(share(a, b))]);
const share = (a: Tensor, b: Tensor) => a.gt(b).where(1, a.eq(b).where(0.5, 0));

const comparison = (name: Binary): OpRecord<None> => ({
  name,
  forms: ([a, b]) => [{ shape: pair(name, a!, b!).shape, dtype: "bool" }],
  compute: { map: (e, [a, b]) => e.binary(name, a!, b!) },
});
export const lt = comparison("lt");
export const le = comparison("le");
export const eq = comparison("eq");
export const ne = comparison("ne");

const logical = (name: "and" | "or"): OpRecord<None> => ({
  ...comparison(name),
  forms: ([a, b]) => [truth(name, pair(name, a!, b!))],
});
function truth(name: string, x: Form): Form {
  if (x.dtype === "bool") return x;
  throw new DTypeError(`${name}: takes bool, got ${x.dtype}; compare it first, with .ne(0) say`);
}
export const and = logical("and");
export const or = logical("or");
export const not: OpRecord<None> = {
  name: "not",
  forms: ([x]) => [truth("not", x!)],
  compute: { map: (e, [x]) => e.unary("not", x!) },
};

/** condition ? a : b. */
export const where: OpRecord<None> = {
  name: "where",
  forms: ([condition, a, b]) => {
    truth("where", condition!);
    const { shape, dtype } = pair("where", a!, b!);
    return [{ shape: broadcast(condition!.shape, shape, "where"), dtype }];
  },
  compute: { map: (e, [condition, a, b]) => e.select(condition!, a!, b!) },
  gradient: ({ g, inputs: [condition] }) => [
    null,
    condition!.where(g[0]!, 0),
    condition!.where(0, g[0]!),
  ],
};

export const cast: OpRecord<{ dtype: DType }> = {
  name: "cast",
  forms: ([x], { dtype }) => [{ shape: x!.shape, dtype }],
  takesHalves: true,
  compute: { map: (e, [x], { dtype }) => e.cast(x!, computedIn(dtype)) },
  gradient: ({ g, attributes: { dtype } }) => [computedIn(dtype) === "f32" ? g[0]! : null],
};

/** The same numbers in memory of their own. */
export const copy: OpRecord<None> = {
  name: "copy",
  takesHalves: true,
  forms: ([x]) => [x!],
  compute: { map: (_, [x]) => x! },
  gradient: ({ g }) => [g[0]!],
};

/** The same numbers, through which no gradient passes. */
export const detach: OpRecord<None> = { ...copy, name: "detach", gradient: () => [null] };

// ** out of nothing **

/** One number everywhere: scalar 0 of the run. */
export const full: OpRecord<Form> = {
  name: "full",
  forms: (_, { shape, dtype }) => [{ shape, dtype }],
  compute: { map: (e, _, { dtype }) => e.scalar(0, computedIn(dtype)) },
};

/** scalar 0 + position · scalar 1. */
export const arange: OpRecord<{ count: number; dtype: Computed }> = {
  name: "arange",
  forms: (_, { count, dtype }) => [{ shape: [count], dtype }],
  compute: {
    map: (e, _, { dtype }) => {
      const position = e.cast(e.index(0), dtype);
      return e.binary("add", e.scalar(0, dtype), e.binary("mul", position, e.scalar(1, dtype)));
    },
  },
};
