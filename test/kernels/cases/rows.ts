/** Kernels that work on rows: softmax, cross-entropy, normalization, each with its gradient. */
import { astride, Draw, f32, softmaxLike, type Case, type Tolerance } from "../case.js";

const shapes: readonly (readonly [number, number])[] = [
  [0, 5],
  [3, 0],
  ...astride.map((columns) => [3, columns] as const),
  ...astride.map((rows) => [rows, 7] as const),
  [768, 65],
  [5, 4099],
];

const edges = [Infinity, -Infinity, NaN, 3e38, -3e38, 1e-42, 104, -104];

function softmax(log: boolean, rows: number, columns: number, kind: string): Case {
  const name = `softmax ${log ? "log " : ""}${rows}×${columns} ${kind}`;
  const inputs = (): Float32Array[] => {
    const draw = new Draw(name);
    const count = rows * columns;
    if (kind === "equal") return [new Float32Array(count).fill(-7.25)];
    if (kind === "nothing") return [new Float32Array(count).fill(-Infinity)];
    if (kind === "masked") return [draw.normal(count).map((x) => (x > 0.5 ? -Infinity : x))];
    if (kind === "wide") return [draw.normal(count, 0, 60)];
    if (kind === "edges") return [draw.sprinkle(draw.normal(count), edges)];
    return [draw.normal(count, 3, 2)];
  };
  const kernel = { kernel: "softmax", log, rows, columns } as const;
  return { name, kernel, inputs, outputs: [f32(rows * columns)], tolerance: softmaxLike };
}

function softmaxGradient(log: boolean, rows: number, columns: number): Case {
  const name = `softmaxGradient ${log ? "log " : ""}${rows}×${columns}`;
  const inputs = (): Float32Array[] => {
    const draw = new Draw(name);
    const y = draw.uniform(rows * columns).map((p) => (2 * p) / columns); // rows sum to about 1
    return [log ? y.map(Math.log) : y, draw.normal(rows * columns)];
  };
  // The logarithm's row sum Σ g is about √columns large, and is multiplied by exp(y) ≤ 1.
  const tolerance = log ? { ...softmaxLike, absolute: 1e-6 * Math.sqrt(columns) } : softmaxLike;
  const kernel = { kernel: "softmaxGradient", log, rows, columns } as const;
  return { name, kernel, inputs, outputs: [f32(rows * columns)], tolerance };
}

const targetKinds = ["plain", "ignored", "outside", "edges"] as const;
type TargetKind = (typeof targetKinds)[number];

function targets(draw: Draw, rows: number, columns: number, kind: TargetKind): Int32Array {
  const target = draw.integers(rows, 0, columns);
  if (kind === "ignored") return target.map((t, i) => (i % 3 === 1 ? -100 : t));
  if (kind === "outside") return draw.sprinkle(target, [columns, -1, 2147483647, -2147483648]);
  return target;
}

function crossEntropy(rows: number, columns: number, kind: TargetKind, smoothing: number): Case {
  const name = `crossEntropy ${rows}×${columns} ${kind} smoothing ${smoothing}`;
  const ignoreIndex = kind === "plain" ? null : -100;
  const inputs = (): [Float32Array, Int32Array] => {
    const draw = new Draw(name);
    const logits = draw.normal(rows * columns, 2, 3);
    if (kind === "edges") draw.sprinkle(logits, edges);
    return [logits, targets(draw, rows, columns, kind)];
  };
  return {
    name,
    kernel: { kernel: "crossEntropy", rows, columns, ignoreIndex },
    inputs,
    outputs: [f32(rows), f32(rows)],
    scalars: [smoothing],
    tolerance: softmaxLike,
  };
}

function crossEntropyGradient(rows: number, columns: number, kind: TargetKind, s: number): Case {
  const name = `crossEntropyGradient ${rows}×${columns} ${kind} smoothing ${s}`;
  const ignoreIndex = kind === "plain" ? null : -100;
  const inputs = (): (Float32Array | Int32Array)[] => {
    const draw = new Draw(name);
    const logits = draw.normal(rows * columns);
    const logsumexp = draw.normal(rows, Math.log(columns), 0.1);
    if (kind === "edges") draw.sprinkle(logits, [Infinity, -Infinity, NaN]);
    return [logits, targets(draw, rows, columns, kind), logsumexp, draw.normal(rows)];
  };
  return {
    name,
    kernel: { kernel: "crossEntropyGradient", rows, columns, ignoreIndex },
    inputs,
    outputs: [f32(rows * columns)],
    scalars: [s],
    tolerance: softmaxLike,
  };
}

const normalizeTolerance: Tolerance = {
  relative: 1e-6,
  absolute: 1e-6,
  why: "statistics of two passes, y is about 1 large: 1e-6 as softmax",
};

const normalizeShapes: readonly (readonly [number, number, number])[] = [
  [1, 0, 4],
  ...astride.map((inner) => [1, 5, inner] as const), // layer norm
  ...astride.map((rows) => [1, rows, 6] as const),
  ...astride.map((outer) => [outer, 3, 1] as const), // batch norm of [B, C]
  [2, 1, 4], [3, 5, 7], [4, 16, 49], [8, 33, 16], // batch norm of images
  [1, 768, 128], [16, 32, 196],
]; // prettier-ignore

function normalize(shape: readonly [number, number, number], rms: boolean, kind: string): Case {
  const [outer, rows, inner] = shape;
  const name = `normalize ${shape.join("×")} ${rms ? "rms " : ""}${kind}`;
  const count = outer * rows * inner;
  const inputs = (): Float32Array[] => {
    const draw = new Draw(name);
    if (kind === "constant") return [new Float32Array(count).fill(3.5)];
    if (kind === "far") return [draw.normal(count, 100, 1)]; // one pass would lose the variance
    if (kind === "edges") return [draw.sprinkle(draw.normal(count), [Infinity, NaN, -Infinity])];
    return [draw.normal(count, 1, 2)];
  };
  return {
    name,
    kernel: { kernel: "normalize", outer, rows, inner, rms },
    inputs,
    outputs: [f32(count), f32(rows), f32(rows)],
    scalars: [1e-5],
    tolerance: normalizeTolerance,
  };
}

function normalizeGradient(shape: readonly [number, number, number], rms: boolean): Case {
  const [outer, rows, inner] = shape;
  const name = `normalizeGradient ${shape.join("×")}${rms ? " rms" : ""}`;
  const count = outer * rows * inner;
  const inputs = (): Float32Array[] => {
    const draw = new Draw(name);
    return [draw.normal(count), draw.uniform(rows, 0.2, 3), draw.normal(count)];
  };
  const kernel = { kernel: "normalizeGradient", outer, rows, inner, rms } as const;
  // rstd ≤ 3 times terms that are about 4 large.
  const tolerance = { ...normalizeTolerance, absolute: 3e-6 };
  return { name, kernel, inputs, outputs: [f32(count)], tolerance };
}

const both = [false, true] as const;
const withColumns = shapes.filter(([, columns]) => columns > 0);

export const rowCases: Case[] = [
  ...both.flatMap((log) => [
    ...shapes.map(([rows, columns]) => softmax(log, rows, columns, "normal")),
    ...["equal", "nothing", "masked", "wide", "edges"].flatMap((kind) =>
      [1, 5, 16, 33, 67].map((columns) => softmax(log, 9, columns, kind)),
    ),
    ...shapes.map(([rows, columns]) => softmaxGradient(log, rows, columns)),
  ]),
  ...withColumns.map(([rows, columns]) => crossEntropy(rows, columns, "plain", 0)),
  ...targetKinds.flatMap((kind) =>
    [1, 5, 16, 67].map((columns) => crossEntropy(9, columns, kind, 0.1)),
  ),
  ...withColumns.map(([rows, columns]) => crossEntropyGradient(rows, columns, "plain", 0)),
  ...targetKinds.flatMap((kind) =>
    [1, 5, 16, 67].map((columns) => crossEntropyGradient(9, columns, kind, 0.1)),
  ),
  ...both.flatMap((rms) => [
    ...normalizeShapes.map((shape) => normalize(shape, rms, "normal")),
    ...["constant", "far", "edges"].flatMap((kind) => [
      normalize([1, 5, 65], rms, kind),
      normalize([3, 5, 33], rms, kind),
      normalize([33, 5, 1], rms, kind),
    ]),
    ...normalizeShapes.map((shape) => normalizeGradient(shape, rms)),
  ]),
];
