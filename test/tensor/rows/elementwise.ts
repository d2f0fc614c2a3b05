/** Rows of one value in, one value out; their definitions are scalar functions. */
import { where, zeros, ones, full, arange, type Tensor } from "genarch";
import { build, pointwise, type Shape } from "../grid.js";
import { lines, truth, whole, type Draw, type Row } from "../row.js";

/** erf by its Taylor series: exact to 1e-12 between −3 and 3. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(x));
const selu = (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

const positive: Draw = { low: 0.1, high: 4 };
const wide: Draw = { low: -3, high: 3 };

type Curve = [name: string, f: (x: Tensor) => Tensor, plain: (x: number) => number, draw?: Draw];
const curves: Curve[] = [
  ["neg", (x) => x.neg(), (x) => -x],
  ["abs", (x) => x.abs(), Math.abs],
  ["sign", (x) => x.sign(), Math.sign],
  ["floor", (x) => x.floor(), Math.floor],
  ["ceil", (x) => x.ceil(), Math.ceil],
  ["round", (x) => x.round(), roundHalfToEven],
  ["square", (x) => x.square(), (x) => x * x],
  ["sqrt", (x) => x.sqrt(), Math.sqrt, positive],
  ["rsqrt", (x) => x.rsqrt(), (x) => 1 / Math.sqrt(x), positive],
  ["reciprocal", (x) => x.reciprocal(), (x) => 1 / x, positive],
  ["exp", (x) => x.exp(), Math.exp],
  ["expm1", (x) => x.expm1(), Math.expm1],
  ["log", (x) => x.log(), Math.log, positive],
  ["log1p", (x) => x.log1p(), Math.log1p, positive],
  ["sin", (x) => x.sin(), Math.sin, { low: -20, high: 20 }],
  ["cos", (x) => x.cos(), Math.cos, { low: -20, high: 20 }],
  ["tanh", (x) => x.tanh(), Math.tanh, wide],
  ["erf", (x) => x.erf(), erf, wide],
  ["sigmoid", (x) => x.sigmoid(), sigmoid, wide],
  ["logSigmoid", (x) => x.logSigmoid(), (x) => Math.log(sigmoid(x)), wide],
  ["softplus", (x) => x.softplus(), softplus, wide],
  ["relu", (x) => x.relu(), (x) => Math.max(x, 0)],
  ["leakyRelu", (x) => x.leakyRelu(), (x) => (x > 0 ? x : 0.01 * x)],
  ["leakyRelu 0.2", (x) => x.leakyRelu(0.2), (x) => (x > 0 ? x : 0.2 * x)],
  ["elu", (x) => x.elu(), (x) => (x > 0 ? x : Math.expm1(x))],
  ["elu 2", (x) => x.elu(2), (x) => (x > 0 ? x : 2 * Math.expm1(x))],
  ["selu", (x) => x.selu(), selu],
  ["silu", (x) => x.silu(), (x) => x * sigmoid(x), wide],
  ["gelu", (x) => x.gelu(), (x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2, wide],
  ["geluTanh", (x) => x.geluTanh(), (x) =>
    (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))), wide],
  ["mish", (x) => x.mish(), (x) => x * Math.tanh(softplus(x)), wide],
  ["hardtanh", (x) => x.hardtanh(), (x) => Math.min(1, Math.max(-1, x))],
  ["clamp", (x) => x.clamp(-0.5, 1.25), (x) => Math.min(1.25, Math.max(-0.5, x))],
  ["clamp from below", (x) => x.clamp(0.25), (x) => Math.max(0.25, x)],
  ["copy", (x) => x.copy(), (x) => x],
  ["cast to i32", (x) => x.mul(3).cast("i32"), (x) => Math.trunc(Math.fround(x * 3))],
  ["cast to bool", (x) => x.floor().cast("bool"), (x) => Number(Math.floor(x) !== 0)],
  ["like", (x) => x.like(7), () => 7],
  ["pipe", (x) => x.pipe((y) => y.add(1), { forward: (y) => y.mul(2) }), (x) => (x + 1) * 2],
  ["add 2.5", (x) => x.add(2.5), (x) => x + 2.5],
  ["sub 2.5", (x) => x.sub(2.5), (x) => x - 2.5],
  ["mul 2.5", (x) => x.mul(2.5), (x) => x * 2.5],
  ["div 2.5", (x) => x.div(2.5), (x) => x / 2.5],
  ["mod 0.7", (x) => x.mod(0.75), (x) => x - 0.75 * Math.floor(x / 0.75)],
  ["pow 3", (x) => x.pow(3), (x) => x ** 3],
  ["pow 2 of a negative", (x) => x.neg().pow(2), (x) => x ** 2],
  ["pow 0", (x) => x.pow(0), () => 1],
  ["maximum 0.3", (x) => x.maximum(0.3), (x) => Math.max(x, 0.3)],
  ["minimum 0.3", (x) => x.minimum(0.3), (x) => Math.min(x, 0.3)],
  ["lt 0.3", (x) => x.lt(0.3), (x) => Number(x < 0.3)],
  ["where numbers", (x) => x.lt(0).where(1, 2), (x) => (x < 0 ? 1 : 2)],
  ["where left number", (x) => x.lt(0).where(1, x), (x) => (x < 0 ? 1 : x)],
  ["where right number", (x) => where(x.lt(0), x, 2), (x) => (x < 0 ? x : 2)],
]; // prettier-ignore

const one = ([name, f, plain, draw]: Curve): Row => ({
  name,
  cases: lines,
  f: (x) => f(x!),
  plain: pointwise(plain as (x?: number) => number),
  draw: [draw ?? {}],
});

/** Every way in which two shapes meet. */
const meetings: readonly (readonly Shape[])[] = [
  [[], []], [[], [3]], [[33], []], [[17], [17]], [[2, 3], [3]], [[3], [2, 3]], [[4, 1, 5], [3, 1]],
  [[2, 1, 3], [1, 4, 3]], [[3, 1], [1, 65]], [[64], [1]], [[1], [65]], [[0, 3], [3]], [[3, 0], [1]],
  [[16, 31], [16, 1]], [[2, 3, 4, 5], [4, 1]],
]; // prettier-ignore

type Two = [name: string, f: (a: Tensor, b: Tensor) => Tensor, plain: (a: number, b: number) => number, draw?: Draw[]]; // prettier-ignore
const off: Draw = { low: 0.5, high: 2 };
const floored = (a: number, b: number) => a - b * Math.floor(a / b);
const pairs: Two[] = [
  ["add", (a, b) => a.add(b), (a, b) => a + b],
  ["sub", (a, b) => a.sub(b), (a, b) => a - b],
  ["mul", (a, b) => a.mul(b), (a, b) => a * b],
  ["div", (a, b) => a.div(b), (a, b) => a / b, [{}, off]],
  ["mod", (a, b) => a.mod(b), floored, [{}, off]],
  ["pow", (a, b) => a.pow(b), (a, b) => a ** b, [off, {}]],
  ["maximum", (a, b) => a.maximum(b), Math.max],
  ["minimum", (a, b) => a.minimum(b), Math.min],
  ["lt", (a, b) => a.lt(b), (a, b) => Number(a < b)],
  ["le", (a, b) => a.le(b), (a, b) => Number(a <= b)],
  ["gt", (a, b) => a.gt(b), (a, b) => Number(a > b)],
  ["ge", (a, b) => a.ge(b), (a, b) => Number(a >= b)],
  ["f32 with i32", (a, b) => a.add(b), (a, b) => a + b, [{}, whole(-5, 5)]],
];

const small = whole(-9, 9);
const wholePairs: Two[] = [
  ["i32 add", (a, b) => a.add(b), (a, b) => a + b],
  ["i32 sub", (a, b) => a.sub(b), (a, b) => a - b],
  ["i32 mul", (a, b) => a.mul(b), (a, b) => a * b],
  ["i32 div is true division", (a, b) => a.div(b), (a, b) => a / b, [small, whole(1, 9)]],
  ["i32 mod", (a, b) => a.mod(b), floored, [small, whole(1, 5)]],
  ["i32 mod of a negative", (a, b) => a.mod(b), floored, [small, whole(-5, -1)]],
  ["i32 maximum", (a, b) => a.maximum(b), Math.max],
  ["i32 minimum", (a, b) => a.minimum(b), Math.min],
  ["i32 lt", (a, b) => a.lt(b), (a, b) => Number(a < b)],
  ["i32 eq", (a, b) => a.eq(b), (a, b) => Number(a === b)],
  ["i32 ne", (a, b) => a.ne(b), (a, b) => Number(a !== b)],
  ["bool with i32", (a, b) => a.add(b), (a, b) => a + b, [truth, small]],
];
const truths: Two[] = [
  ["and", (a, b) => a.and(b), (a, b) => a & b],
  ["or", (a, b) => a.or(b), (a, b) => a | b],
  ["bool eq", (a, b) => a.eq(b), (a, b) => Number(a === b)],
  ["bool ne", (a, b) => a.ne(b), (a, b) => Number(a !== b)],
];

const two = ([name, f, plain, draw]: Two): Row => ({
  name,
  cases: meetings,
  f: (a, b) => f(a!, b!),
  plain: pointwise(plain as (...x: number[]) => number),
  draw: draw ?? [{}],
});
const drawnAs =
  (draw: Draw) =>
  ([name, f, plain, own]: Two): Row =>
    two([name, f, plain, own ?? [draw]]);

const wholeCurves: Curve[] = [
  ["i32 neg", (x) => x.neg(), (x) => 0 - x],
  ["i32 abs", (x) => x.abs(), Math.abs],
  ["i32 sign", (x) => x.sign(), Math.sign],
  ["i32 square", (x) => x.square(), (x) => x * x],
  ["i32 add 2", (x) => x.add(2), (x) => x + 2],
  ["i32 add 0.5 is f32", (x) => x.add(0.5), (x) => x + 0.5],
  ["i32 clamp", (x) => x.clamp(-3, 4), (x) => Math.min(4, Math.max(-3, x))],
  ["i32 clamp at halves is f32", (x) => x.clamp(-2.5), (x) => Math.max(-2.5, x)],
  ["i32 cast to f32", (x) => x.cast("f32").mul(0.5), (x) => x / 2],
  ["i32 pow is f32", (x) => x.pow(2), (x) => x * x],
];

const ternary: Row = {
  name: "where",
  cases: [
    [[], [], []],
    [[33], [33], [33]],
    [[2, 1], [3], []],
    [
      [3, 1],
      [1, 5],
      [4, 1, 1],
    ],
    [[0], [0], [1]],
  ],
  f: (condition, a, b) => condition!.where(a!, b!),
  plain: pointwise((condition, a, b) => (condition ? a! : b!)),
  draw: [truth, {}, {}],
};

const constant = (name: string, make: () => Tensor, shape: Shape, f: (i: number[]) => number) => ({
  name,
  cases: [[]],
  f: make,
  plain: () => build(shape, f),
});
const made: Row[] = [
  constant("zeros", () => zeros([3, 2]), [3, 2], () => 0),
  constant("ones", () => ones([65]), [65], () => 1),
  constant("full", () => full([2, 0, 2], 3), [2, 0, 2], () => 3),
  constant("full i32", () => full([4], 2.9, "i32"), [4], () => 2),
  constant("full bool", () => full([4], 3, "bool"), [4], () => 1),
  constant("arange", () => arange(17), [17], ([i]) => i!),
  constant("arange from, to", () => arange(2, 9), [7], ([i]) => 2 + i!),
  constant("arange by halves", () => arange(1, 3, 0.5), [4], ([i]) => 1 + i! / 2),
  constant("arange down", () => arange(5, 0, -2), [3], ([i]) => 5 - 2 * i!),
]; // prettier-ignore

export const elementwise: Row[] = [
  ...curves.map(one),
  ...pairs.map(two),
  ...wholePairs.map(drawnAs(small)),
  ...truths.map(drawnAs(truth)),
  ...wholeCurves.map(([name, f, plain]) => one([name, f, plain, small])),
  one(["not", (x) => x.not(), (x) => 1 - x, truth]),
  one(["bool cast", (x) => x.cast("f32").mul(3), (x) => 3 * x, truth]),
  ternary,
  ...made,
  {
    name: "rangeLike",
    cases: lines.filter(([shape]) => shape!.length > 0),
    f: (x) => x!.rangeLike(-1),
    plain: (x) => build([x!.shape.at(-1)!], ([i]) => i!),
  },
];
