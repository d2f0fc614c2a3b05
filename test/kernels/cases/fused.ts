/** The generated kernel: every function of the IR at its edges, every way to walk an input, every reduction. */
import {
  reductionStep,
  type Access,
  type Binary,
  type Computed,
  type Fused,
  type Instruction,
  type Reduction,
  type Unary,
} from "../../../src/kernels/ir.js";
import type { TypedArray } from "../../../src/kernels/backend.js";
import { astride, Draw, elementwise, exact, viewed, volume, type Case, type Layout, type Tolerance } from "../case.js"; // prettier-ignore

const unary = [
  "neg", "abs", "sign", "floor", "ceil", "round", "sqrt", "exp", "expm1", "log", "log1p", "sin",
  "cos", "tanh", "erf",
] as const satisfies readonly Unary[]; // prettier-ignore
const arithmetic = ["add", "sub", "mul", "div", "mod", "pow", "max", "min"] as const;
const comparisons = ["lt", "le", "eq", "ne"] as const;
const exactOps: readonly string[] = ["neg", "abs", "sign", "floor", "ceil", "round", "max", "min"];

/** Where float functions break: signed zeros, subnormals, halves, overflow edges, poles, infinities, NaN. */
const edges = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 1e-42, -1e-42, 1e-38, -1e-20, 1e-10, -1e-7, 1e-4,
  3.1415927, -1.5707964, 6.2831855, 10, -10, 44, -44, 87.3, -87.3, 88.72, -88.72, 89, -89, 103.9,
  -104, 1000, -1000, 12345.678, 8388607.5, 16777217, 1e8, -1e8, 1e15, -1e30, 3.4e38, -3.4e38,
  -0.99999994, -0.9999, 0.99999994, 1.0000001, Infinity, -Infinity, NaN,
]; // prettier-ignore

const contiguous = (dtype: Computed): Access => ({ dtype, offset: 0, strides: [1] });
const load = (operand: number, dtype: Computed): Instruction => ({ op: "load", operand, dtype });

function elementwiseKernel(inputs: readonly Computed[], dtype: Computed, size: number, op: Instruction): Fused {
  return {
    kernel: "fused",
    dtype,
    shape: [size],
    loads: inputs.map(contiguous),
    body: [...inputs.map((each, k) => load(k, each)), op],
    reduce: null,
    epilogue: [],
  };
} // prettier-ignore

/** sin and cos of a large argument come near a zero by chance: there 1e-5 relative means 1e-6 of their range. */
const toleranceOf = (op: string): Tolerance => {
  if (exactOps.includes(op)) return exact;
  return op === "sin" || op === "cos" ? { ...elementwise, absolute: 1e-6 } : elementwise;
};

function ofOne(op: (typeof unary)[number], size: number): Case {
  const name = `fused ${op} ${size}`;
  return {
    name,
    kernel: elementwiseKernel(["f32"], "f32", size, { op, args: [0], dtype: "f32" }),
    inputs: () => {
      const draw = new Draw(name);
      return [size > edges.length ? Float32Array.from({ length: size }, (_, i) =>
        edges[i] ?? draw.normal(1, 0, 10 ** (i % 4))[0]!) : draw.normal(size)];
    },
    outputs: [{ dtype: "f32", elements: size }],
    tolerance: toleranceOf(op),
  };
} // prettier-ignore

function ofTwo(op: Binary, dtype: Computed, size: number): Case {
  const compares = (comparisons as readonly string[]).includes(op);
  const result = compares ? "bool" : dtype;
  const name = `fused ${op} ${dtype} ${size}`;
  const paired = size === edges.length ** 2; // every edge with every edge
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    if (dtype === "bool") return [draw.integers(size, 0, 2), draw.integers(size, 0, 2)];
    if (dtype === "i32") {
      const few = draw.integers(size, 1, 9);
      const [a, b] = [draw.integers(size, -999, 999), few.map((x, i) => (i % 2 ? -x : x))];
      return op === "pow" ? [a.map((x) => x % 9), few] : [a, b];
    }
    const n = edges.length;
    if (paired) return [0, 1].map((k) => Float32Array.from({ length: size }, (_, i) =>
      edges[k === 0 ? Math.floor(i / n) : i % n]!));
    return [draw.normal(size, 0, 3), draw.normal(size, 0, 3)];
  };
  const tolerance = dtype === "f32" && !compares ? toleranceOf(op) : exact;
  return {
    name: paired ? `${name} edges` : name,
    kernel: elementwiseKernel([dtype, dtype], result, size, { op, args: [0, 1], dtype: result }),
    inputs,
    outputs: [{ dtype: result, elements: size }],
    // mod of f32: the remainder is exact in principle, but is taken of a rounded quotient.
    tolerance: op === "mod" && dtype === "f32" ? { ...elementwise, absolute: 1e-5 } : tolerance,
  };
} // prettier-ignore

/** x · y + z with each operand walked in its own way: a broadcast, a transpose, a flip, a slice. */
function walked(shape: readonly number[], layouts: readonly Layout[], note: string): Case {
  const name = `fused walk ${shape.join("×")} ${note}`;
  const views = layouts.map((layout) => viewed(shape, layout));
  return {
    name,
    kernel: {
      kernel: "fused",
      dtype: "f32",
      shape,
      loads: views.map(({ view }) => view),
      body: [
        ...views.map((_, k) => load(k, "f32")),
        { op: "mul", args: [0, 1], dtype: "f32" },
        { op: "add", args: [3, 2], dtype: "f32" },
      ],
      reduce: null,
      epilogue: [],
    },
    inputs: () => views.map(({ elements }, k) => new Draw(`${name} ${k}`).normal(elements)),
    outputs: [{ dtype: "f32", elements: volume(shape) }],
    tolerance: { ...elementwise, absolute: 1e-6 },
  };
}

/** Reduces x² (x for others than a sum) over the axes of `over`; `last`: they are the fastest in memory. */
function reduced(op: Reduction, shape: readonly number[], over: readonly number[], last: boolean): Case {
  const name = `fused ${op} ${shape.join("×")} over ${over.join("×")}${last ? "" : " slow"}`;
  const [rank, all] = [shape.length, [...shape, ...over]];
  const axes = all.map((_, axis) => axis);
  const order = last ? axes : [...axes.slice(rank), ...axes.slice(0, rank)];
  const { view, elements } = viewed(all, { order });
  const square: Instruction[] = op === "sum" ? [{ op: "mul", args: [0, 0], dtype: "f32" }] : [];
  return {
    name,
    kernel: {
      kernel: "fused",
      dtype: "f32",
      shape,
      loads: [view],
      body: [load(0, "f32"), ...square],
      reduce: { op, shape: over },
      epilogue: op === "sum" ? [
        { op: "accumulated", dtype: "f32" },
        { op: "scalar", index: 0, dtype: "f32" },
        { op: "mul", args: [0, 1], dtype: "f32" },
        { op: "sqrt", args: [2], dtype: "f32" },
      ] : [],
    },
    inputs: () => [new Draw(name).normal(elements, op === "prod" ? 1 : 0, op === "prod" ? 0.01 : 1)],
    outputs: [{ dtype: "f32", elements: volume(shape) }],
    scalars: op === "sum" ? [0.25] : [],
    tolerance: op === "sum" ? { ...elementwise, relative: 1e-6 } : toleranceOf(op),
  };
} // prettier-ignore

function reducedWith(op: Reduction, dtype: "i32" | "bool", size: number): Case {
  const name = `fused ${op} ${dtype} ${size}`;
  return {
    name,
    kernel: {
      kernel: "fused", dtype, shape: [5],
      loads: [{ dtype, offset: 0, strides: [size, 1] }],
      body: [load(0, dtype)],
      reduce: { op, shape: [size] },
      epilogue: [],
    },
    inputs: () => [new Draw(name).integers(5 * size, 0, dtype === "bool" ? 2 : 4)],
    outputs: [{ dtype, elements: 5 }],
    tolerance: exact,
  };
} // prettier-ignore

function select(size: number): Case {
  const name = `fused select ${size}`;
  return {
    name,
    kernel: {
      kernel: "fused", dtype: "f32", shape: [size],
      loads: [contiguous("bool"), contiguous("f32"), contiguous("f32")],
      body: [
        load(0, "bool"), load(1, "f32"), load(2, "f32"),
        { op: "select", args: [0, 1, 2], dtype: "f32" },
      ],
      reduce: null, epilogue: [],
    },
    inputs: () => {
      const draw = new Draw(name);
      const real = draw.sprinkle(draw.normal(size), [NaN, Infinity]);
      return [draw.integers(size, 0, 2), real, draw.normal(size)];
    },
    outputs: [{ dtype: "f32", elements: size }],
    tolerance: exact,
  };
} // prettier-ignore

function cast(from: Computed, to: Computed): Case {
  const name = `fused cast ${from} to ${to}`;
  const size = 67;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    if (from !== "f32") return [draw.integers(size, from === "bool" ? 0 : -99, from === "bool" ? 2 : 99)];
    return [draw.sprinkle(draw.normal(size, 0, 100), [NaN, Infinity, -Infinity, 3e9, -3e9, -0, 1e-42])];
  };
  const op: Instruction = { op: "cast", args: [0], dtype: to };
  const outputs = [{ dtype: to, elements: size }];
  return { name, kernel: elementwiseKernel([from], to, size, op), inputs, outputs, tolerance: exact };
} // prettier-ignore

/** Writes where it stands: 100·i + j. */
function indices(shape: readonly [number, number]): Case {
  return {
    name: `fused index ${shape.join("×")}`,
    kernel: {
      kernel: "fused", dtype: "i32", shape, loads: [],
      body: [
        { op: "index", axis: 0, dtype: "i32" }, { op: "index", axis: 1, dtype: "i32" },
        { op: "constant", value: 100, dtype: "i32" },
        { op: "mul", args: [0, 2], dtype: "i32" }, { op: "add", args: [3, 1], dtype: "i32" },
      ],
      reduce: null, epilogue: [],
    },
    inputs: () => [],
    outputs: [{ dtype: "i32", elements: volume(shape) }],
    tolerance: exact,
  };
} // prettier-ignore

const transposed: Layout = { order: [1, 0] };
const overs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[3], [0]], [[0], [3]],
  ...astride.map((n) => [[3], [n]] as const),
  ...astride.map((n) => [[n], [6]] as const),
  [[], [65]], [[2, 3], [4, 5]], [[33, 17], [9]], [[], [100_003]], [[7], [4099]],
]; // prettier-ignore

export const fusedCases: Case[] = [
  ...unary.flatMap((op) => [ofOne(op, 1), ofOne(op, 17), ofOne(op, 203)]),
  ...[0, ...astride].map((size) => ofOne("exp", size)).filter(({ name }) => !/ (1|17)$/.test(name)),
  ...arithmetic.flatMap((op) => [
    ofTwo(op, "f32", 67), ofTwo(op, "f32", edges.length ** 2), ofTwo(op, "i32", 67),
  ]),
  ...comparisons.flatMap((op) => [
    ofTwo(op, "f32", edges.length ** 2), ofTwo(op, "i32", 67), ofTwo(op, "bool", 33),
  ]),
  ...(["and", "or"] as const).map((op) => ofTwo(op, "bool", 67)),
  ...astride.map(select),
  ...(["f32", "i32", "bool"] as const).flatMap((from) =>
    (["f32", "i32", "bool"] as const).filter((to) => to !== from).map((to) => cast(from, to)),
  ),
  indices([3, 5]), indices([17, 33]), indices([4, 1]),
  ...[[3, 5], [17, 33], [64, 4], [1, 65], [65, 1]].flatMap((shape) => [
    walked(shape, [{}, { repeated: [0] }, { repeated: [1] }], "broadcast"),
    walked(shape, [{}, transposed, { flipped: [1] }], "transposed, flipped"),
    walked(shape, [{ gap: 3, offset: 5 }, { repeated: [0, 1] }, { flipped: [0], offset: 1 }], "sliced"),
  ]),
  walked([2, 3, 4, 5], [{ order: [0, 2, 1, 3] }, { order: [3, 2, 1, 0] }, { repeated: [1, 2] }], "4 axes"),
  walked([], [{}, {}, {}], "of no axes"),
  walked([3, 0, 2], [{}, {}, {}], "of nothing"),
  ...(Object.keys(reductionStep) as Reduction[]).flatMap((op) => [
    ...overs.map(([shape, over]) => reduced(op, shape, over, true)),
    ...overs.slice(2).map(([shape, over]) => reduced(op, shape, over, false)),
    reducedWith(op, "i32", 17), reducedWith(op, "bool", 17),
  ]),
  // Long enough to go in blocks, with a block that is not whole.
  reduced("sum", [], [600_001], true), reduced("max", [3], [179, 1009], true),
  reduced("sum", [3], [200_003], false), reduced("min", [5], [120_007], false),
]; // prettier-ignore
