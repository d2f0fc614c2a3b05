/** Kernels that move elements or walk an axis: take, gather, their adjoints, pad, concat, cumsum, argReduce, sort. */
import type { Computed } from "../../../src/kernels/ir.js";
import type { TypedArray } from "../../../src/kernels/backend.js";
import { astride, Draw, exact, f32, i32, volume, type Case, type Tolerance } from "../case.js";

type Sizes = readonly [outer: number, size: number, inner: number, count: number];

const numbers = ["f32", "i32"] as const;

function values(draw: Draw, dtype: Computed, count: number): TypedArray {
  if (dtype === "f32") return draw.sprinkle(draw.normal(count), [NaN, Infinity, -Infinity, -0]);
  return dtype === "i32" ? draw.integers(count, -1000, 1000) : draw.integers(count, 0, 2);
}

/** Positions with repeats, and some outside of [0, size). */
function positions(draw: Draw, count: number, size: number): Int32Array {
  const inside = draw.integers(count, 0, Math.max(size, 1));
  const few = count > 4 ? [-1, size, 2147483647, -2147483648] : [];
  return draw.sprinkle(inside, few);
}

const places: readonly Sizes[] = [
  [1, 5, 4, 0], [0, 5, 4, 3], [2, 0, 3, 2], [2, 3, 0, 2],
  ...astride.map((inner): Sizes => [2, 7, inner, 9]),
  ...astride.map((count): Sizes => [3, 4, 2, count]),
  ...astride.map((count): Sizes => [1, 9, 1, count]),
  [1, 65, 128, 768], [1, 1000, 33, 513],
]; // prettier-ignore

function take([outer, size, inner, count]: Sizes, dtype: Computed): Case {
  const name = `take ${outer}×${size}×${inner} by ${count} ${dtype}`;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    return [values(draw, dtype, outer * size * inner), positions(draw, count, size)];
  };
  const outputs = [{ dtype, elements: outer * count * inner }];
  const kernel = { kernel: "take", outer, size, inner, count, dtype } as const;
  return { name, kernel, inputs, outputs, tolerance: exact };
}

function gather([outer, size, inner, count]: Sizes, dtype: Computed): Case {
  const name = `gather ${outer}×${size}×${inner} by ${count} ${dtype}`;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    const index = positions(draw, outer * count * inner, size);
    return [values(draw, dtype, outer * size * inner), index];
  };
  const outputs = [{ dtype, elements: outer * count * inner }];
  const kernel = { kernel: "gather", outer, size, inner, count, dtype } as const;
  return { name, kernel, inputs, outputs, tolerance: exact };
}

/** About count / size unit normals are added up in one place. */
const added = (terms: number): Tolerance => ({
  relative: 1e-6,
  absolute: 1e-6 * Math.sqrt(Math.max(terms, 1)),
  why: "a sum of n unit terms: 1e-6·√n as matmul",
});

function takeAdd([outer, size, inner, count]: Sizes): Case {
  const name = `takeAdd ${outer}×${size}×${inner} by ${count}`;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    return [draw.normal(outer * count * inner), positions(draw, count, size)];
  };
  return {
    name,
    kernel: { kernel: "takeAdd", outer, size, inner, count },
    inputs,
    outputs: [f32(outer * size * inner)],
    tolerance: added(count / Math.max(size, 1)),
  };
}

function scatterAdd([outer, size, inner, count]: Sizes): Case {
  const name = `scatterAdd ${outer}×${size}×${inner} by ${count}`;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    const count_ = outer * count * inner;
    return [draw.normal(count_), positions(draw, count_, size)];
  };
  return {
    name,
    kernel: { kernel: "scatterAdd", outer, size, inner, count },
    inputs,
    outputs: [f32(outer * size * inner)],
    tolerance: added(count / Math.max(size, 1)),
  };
}

type Border = { shape: number[]; before: number[]; after: number[] };

const borders: readonly Border[] = [
  { shape: [], before: [], after: [] },
  { shape: [0], before: [2], after: [3] },
  { shape: [2, 0, 3], before: [0, 1, 0], after: [1, 0, 2] },
  { shape: [3, 4], before: [0, 0], after: [0, 0] },
  { shape: [3, 5], before: [1, 2], after: [0, 3] },
  { shape: [2, 3, 7, 5], before: [0, 0, 1, 1], after: [0, 0, 1, 1] },
  { shape: [2, 3, 4, 5, 6], before: [1, 0, 2, 0, 1], after: [0, 1, 0, 2, 0] },
  ...astride.map((n) => ({ shape: [3, n], before: [1, 1], after: [0, 2] })),
  ...astride.map((n) => ({ shape: [n], before: [3], after: [0] })),
  { shape: [4, 16, 56, 56], before: [0, 0, 2, 1], after: [0, 0, 1, 2] },
];

function pad({ shape, before, after }: Border, dtype: Computed): Case {
  const name = `pad ${shape.join("×")} by ${before.join(",")} and ${after.join(",")} ${dtype}`;
  const elements = volume(shape.map((n, axis) => n + before[axis]! + after[axis]!));
  return {
    name,
    kernel: { kernel: "pad", shape, before, after, dtype },
    inputs: () => [values(new Draw(name), dtype, volume(shape))],
    outputs: [{ dtype, elements }],
    scalars: [dtype === "f32" ? -1.5 : 1],
    tolerance: exact,
  };
}

const parts: readonly (readonly [outer: number, sizes: readonly number[], inner: number])[] = [
  [1, [4], 1], [3, [0, 2, 0], 5], [0, [1, 2], 3], [2, [1, 2], 0],
  ...astride.map((n) => [3, [n, 2, 5], 1] as const),
  ...astride.map((n) => [2, [1, 3], n] as const),
  [5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3], [768, [64, 1, 63], 1], [2, [33, 31], 1024],
]; // prettier-ignore

function concat(outer: number, sizes: readonly number[], inner: number, dtype: Computed): Case {
  const name = `concat ${outer}×(${sizes.join("+")})×${inner} ${dtype}`;
  return {
    name,
    kernel: { kernel: "concat", outer, sizes, inner, dtype },
    inputs: () => {
      const draw = new Draw(name);
      return sizes.map((size) => values(draw, dtype, outer * size * inner));
    },
    outputs: [{ dtype, elements: outer * inner * sizes.reduce((a, b) => a + b, 0) }],
    tolerance: exact,
  };
}

type Axis = readonly [outer: number, size: number, inner: number];

const axes: readonly Axis[] = [
  [0, 3, 2], [3, 2, 0],
  ...astride.map((size): Axis => [3, size, 1]),
  ...astride.map((size): Axis => [2, size, 6]),
  ...astride.map((inner): Axis => [2, 3, inner]),
  [5, 4099, 1], [3, 257, 65],
]; // prettier-ignore

function cumsum([outer, size, inner]: Axis, reverse: boolean, dtype: "f32" | "i32"): Case {
  const name = `cumsum ${outer}×${size}×${inner} ${dtype}${reverse ? " reverse" : ""}`;
  const count = outer * size * inner;
  const inputs = (): TypedArray[] => {
    const draw = new Draw(name);
    return [dtype === "f32" ? draw.normal(count) : draw.integers(count, -1000, 1000)];
  };
  const outputs = [{ dtype, elements: count }];
  const kernel = { kernel: "cumsum", outer, size, inner, reverse, dtype } as const;
  const tolerance = dtype === "f32" ? added(size) : exact;
  return { name, kernel, inputs, outputs, tolerance };
}

type Values = "distinct" | "equal" | "few" | "edges";

/** Draws with ties, all equal, or with NaN and infinities. */
function ordered(draw: Draw, dtype: "f32" | "i32", count: number, kind: Values): TypedArray {
  if (kind === "equal") {
    return dtype === "f32" ? new Float32Array(count).fill(2) : new Int32Array(count).fill(2);
  }
  if (kind === "few") {
    const ties = draw.integers(count, -2, 3);
    return dtype === "f32" ? Float32Array.from(ties) : ties;
  }
  if (dtype === "i32") {
    const whole = draw.integers(count, -1e9, 1e9);
    return kind === "edges" ? draw.sprinkle(whole, [2147483647, -2147483648, 0]) : whole;
  }
  const real = draw.normal(count);
  if (kind === "distinct") return real;
  return draw.sprinkle(real, [NaN, -NaN, NaN, Infinity, -Infinity, 0, -0, 1e-45]);
}

function argReduce(axis: Axis, op: "max" | "min", dtype: "f32" | "i32", kind: Values): Case {
  const [outer, size, inner] = axis;
  const name = `argReduce ${op} ${axis.join("×")} ${dtype} ${kind}`;
  return {
    name,
    kernel: { kernel: "argReduce", op, outer, size, inner, dtype },
    inputs: () => [ordered(new Draw(name), dtype, outer * size * inner, kind)],
    outputs: [i32(outer * inner)],
    tolerance: exact,
  };
}

function sort(rows: number, columns: number, descending: boolean, dtype: "f32" | "i32", kind: Values): Case {
  const name = `sort ${rows}×${columns} ${descending ? "descending" : "ascending"} ${dtype} ${kind}`;
  return {
    name,
    kernel: { kernel: "sort", rows, columns, descending, dtype },
    inputs: () => [ordered(new Draw(name), dtype, rows * columns, kind)],
    outputs: [i32(rows * columns)],
    tolerance: exact,
  };
} // prettier-ignore

const kinds = ["equal", "few", "edges"] as const;

export const placeCases: Case[] = [
  ...places.map((sizes) => take(sizes, "f32")),
  take([2, 5, 7, 11], "i32"),
  take([2, 5, 7, 11], "bool"),
  ...places.map((sizes) => gather(sizes, "f32")),
  gather([2, 5, 7, 11], "i32"),
  gather([2, 5, 7, 11], "bool"),
  ...places.map(takeAdd),
  ...places.map(scatterAdd),
  ...borders.map((border) => pad(border, "f32")),
  pad(borders[4]!, "i32"),
  pad(borders[5]!, "bool"),
  ...parts.map(([outer, sizes, inner]) => concat(outer, sizes, inner, "f32")),
  concat(3, [2, 5], 7, "i32"),
  concat(3, [2, 5], 7, "bool"),
  ...[false, true].flatMap((reverse) =>
    numbers.flatMap((dtype) => axes.map((axis) => cumsum(axis, reverse, dtype))),
  ),
  ...(["max", "min"] as const).flatMap((op) => [
    ...axes.map((axis) => argReduce(axis, op, "f32", "distinct")),
    ...numbers.flatMap((dtype) =>
      kinds.flatMap((kind) => [
        argReduce([3, 67, 1], op, dtype, kind),
        argReduce([2, 9, 13], op, dtype, kind),
      ]),
    ),
    argReduce([2, 9, 13], op, "i32", "distinct"),
  ]),
  ...[false, true].flatMap((descending) => [
    sort(0, 3, descending, "f32", "distinct"),
    sort(3, 0, descending, "f32", "distinct"),
    ...astride.map((columns) => sort(3, columns, descending, "f32", "distinct")),
    ...numbers.flatMap((dtype) => kinds.map((kind) => sort(4, 67, descending, dtype, kind))),
    sort(2, 5000, descending, "f32", "few"),
    sort(2, 1000, descending, "i32", "distinct"),
  ]),
];
