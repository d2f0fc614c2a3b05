/** The optimizers: every method and option over parameters of several sizes, changed in place; and Σ x² of all gradients. */
import type { Optimizer } from "../../../src/kernels/spec.js";
import type { TypedArray } from "../../../src/kernels/backend.js";
import { astride, Draw, f32, type Case, type Tolerance } from "../case.js";

type Method =
  | Pick<Extract<Optimizer, { method: "sgd" }>, "method" | "momentum" | "nesterov">
  | Pick<Extract<Optimizer, { method: "adam" }>, "method" | "decoupled" | "amsgrad">
  | Pick<Extract<Optimizer, { method: "rmsprop" }>, "method" | "momentum" | "centered">
  | { method: "adagrad" };

/** Parameters are about 1 large and steps at most about 1: elementwise 1e-5 with 1e-6 near zero. */
const tolerance: Tolerance = { relative: 1e-5, absolute: 1e-6, why: "elementwise: 1e-5" };

/** Σ x² over inputs of these sizes. */
function squareSum(sizes: readonly number[], ...values: number[]): Case {
  const name = `squareSum ${sizes.join(",")} ${values.join(" ")}`;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    const made = sizes.map((size) => draw.normal(size));
    if (values.length > 0) draw.sprinkle(made[0]!, values);
    return made;
  };
  const kernel = { kernel: "squareSum", sizes } as const;
  return { name, kernel, inputs, outputs: [f32(1)], tolerance: sumOfSquares };
}

/** All terms are positive: the result's error is that of one of them, and of some tens of additions. */
const sumOfSquares: Tolerance = { relative: 1e-6, absolute: 1e-30, why: "a reduction: 1e-6" };

/** How many buffers a parameter brings: itself, its gradient, its states. `positive` ones hold squares. */
function states(method: Method): ("signed" | "positive" | "bounded")[] {
  switch (method.method) {
    case "sgd":
      return method.momentum ? ["signed"] : [];
    case "adam":
      return ["signed", "positive", ...(method.amsgrad ? (["positive"] as const) : [])];
    case "rmsprop": {
      const momentum = method.momentum ? (["signed"] as const) : [];
      return ["positive", ...momentum, ...(method.centered ? (["bounded"] as const) : [])];
    }
    case "adagrad":
      return ["positive"];
  }
}

function title(method: Method): string {
  const options = Object.entries(method).filter(([, value]) => value === true);
  return [method.method, ...options.map(([key]) => key)].join(" ");
}

/** Scalars in the order of spec.ts. */
function scalars(method: Method, first: boolean): number[] {
  switch (method.method) {
    case "sgd":
      return [0.1, 0.9, method.momentum && !method.nesterov ? 0.2 : 0, 0.05, first ? 1 : 0];
    case "adam":
      return first
        ? [1e-2, 0.9, 0.999, 1e-8, 0.1, 1 - 0.9, 1 - 0.999]
        : [1e-2, 0.9, 0.999, 1e-8, 0.1, 1 - 0.9 ** 1000, 1 - 0.999 ** 1000];
    case "rmsprop":
      return [1e-2, 0.99, 1e-8, 0.1, method.momentum ? 0.9 : 0];
    case "adagrad":
      return [1e-2, 1e-10, 0.1];
  }
}

function buffersOf(draw: Draw, method: Method, size: number, first: boolean): Float32Array[] {
  const made = states(method).map((kind) => {
    if (first) return new Float32Array(size);
    if (kind === "positive") return draw.uniform(size, 1.5, 2.5);
    return kind === "signed" ? draw.normal(size) : draw.uniform(size, -1, 1);
  });
  return [draw.normal(size), draw.normal(size), ...made];
}

type When = "first" | "later" | "edges" | "scaled";

function optimizer(method: Method, sizes: readonly number[], when: When): Case {
  const name = `optimizer ${title(method)} ${sizes.join(",")} ${when}`;
  const scaled = when === "scaled" ? ({ scaled: true } as const) : {};
  const first = when === "first";
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    const buffers = sizes.flatMap((size) => buffersOf(draw, method, size, first));
    if (when === "edges") draw.sprinkle(buffers[1]!, [NaN, Infinity, -Infinity, 1e15, 0, 1e-30]);
    return when === "scaled" ? [...buffers, Float32Array.of(0.3)] : buffers;
  };
  return {
    name,
    kernel: { kernel: "optimizer", sizes, decay: sizes.map((_, k) => k % 2 === 0), ...method, ...scaled },
    inputs,
    outputs: [],
    scalars: scalars(method, first),
    tolerance,
  };
} // prettier-ignore

const both = [false, true] as const;

const methods: readonly Method[] = [
  { method: "sgd", momentum: false, nesterov: false },
  ...both.map((nesterov) => ({ method: "sgd", momentum: true, nesterov }) as const),
  ...both.flatMap((decoupled) =>
    both.map((amsgrad) => ({ method: "adam", decoupled, amsgrad }) as const),
  ),
  ...both.flatMap((momentum) =>
    both.map((centered) => ({ method: "rmsprop", momentum, centered }) as const),
  ),
  { method: "adagrad" },
];

export const optimizerCases: Case[] = [
  squareSum([]),
  squareSum([0]),
  ...astride.map((size) => squareSum([size])),
  squareSum([0, 70_001, 0, 3, 2048, 2049]),
  squareSum([...astride, ...astride]),
  squareSum([5], Infinity, NaN),
  squareSum([9, 2], 1e-20, 1e18, 0),
  ...methods.flatMap((method) => [
    optimizer(method, [...astride], "first"),
    optimizer(method, [...astride], "later"),
    optimizer(method, [33, 7], "edges"),
    optimizer(method, [0, 70001, 0, 3], "later"),
    optimizer(method, [], "later"),
    optimizer(method, [...astride], "scaled"),
    optimizer(method, [7], "scaled"),
  ]),
];
