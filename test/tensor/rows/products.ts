/** Rows of products: matrices, Einstein's sums, convolutions. */
import { einsum, type ConvolutionSize, type Tensor } from "genarch";
import {
  at,
  build,
  matmul,
  reduce,
  sizeOf,
  spread,
  sum,
  unravel,
  type Grid,
  type Shape,
} from "../grid.js";
import type { Row } from "../row.js";

const products: readonly (readonly Shape[])[] = [
  [[1, 1], [1, 1]], [[3, 4], [4, 5]], [[4, 4], [4, 4]], [[5, 15], [15, 16]], [[16, 17], [17, 31]],
  [[31, 32], [32, 33]], [[33, 63], [63, 64]], [[65, 3], [3, 65]], [[1, 65], [65, 1]], [[64, 1], [1, 17]],
  [[0, 3], [3, 2]], [[2, 0], [0, 3]], [[2, 3, 4], [4, 5]], [[2, 3, 4], [2, 4, 5]], [[2, 1, 3, 4], [3, 4, 2]],
  [[3, 4], [2, 4, 5]], [[0, 2, 3], [3, 4]],
]; // prettier-ignore

/** [.., M, K] · [.., K, N] with broadcast batches. */
function batched(a: Grid, b: Grid): Grid {
  const lead = spread(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const lines = Array.from({ length: a.shape.at(-1)! }, (_, k) => k);
  return build([...lead, a.shape.at(-2)!, b.shape.at(-1)!], (index) => {
    const [outer, m, n] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    return sum(lines.map((k) => at(a, [...outer, m, k]) * at(b, [...outer, k, n])));
  });
}

const matrices: Row[] = [
  { name: "matmul", cases: products, f: (a, b) => a!.matmul(b!), plain: (a, b) => batched(a!, b!) },
  {
    name: "matmul with a transposed side", cases: [[[4, 3], [5, 4]], [[33, 17], [31, 33]]],
    f: (a, b) => a!.transpose().matmul(b!.transpose()),
    plain: (a, b) => build([a!.shape[1]!, b!.shape[0]!], ([m, n]) =>
      sum(Array.from({ length: a!.shape[0]! }, (_, k) => at(a!, [k, m!]) * at(b!, [n!, k])))),
  },
  {
    name: "matmul of a line and a matrix", cases: [[[4], [4, 5]]], f: (a, b) => a!.matmul(b!),
    plain: (a, b) => ({ ...matmul({ ...a!, shape: [1, 4] }, b!), shape: [5] }),
  },
  {
    name: "matmul of a matrix and a line", cases: [[[3, 4], [4]]], f: (a, b) => a!.matmul(b!),
    plain: (a, b) => ({ ...matmul(a!, { ...b!, shape: [4, 1] }), shape: [3] }),
  },
  {
    name: "matmul of two lines", cases: [[[17], [17]]], f: (a, b) => a!.matmul(b!),
    plain: (a, b) => build([], () => sum(a!.data.map((x, k) => x * b!.data[k]!))),
  },
  {
    name: "affine", cases: [[[3, 4], [5, 4], [5]], [[2, 3, 4], [1, 4], [1]], [[4], [3, 4], [3]], [[33, 65], [17, 65], [17]]],
    f: (x, w, b) => x!.affine(w!, b!),
    plain: (x, w, b) => build([...x!.shape.slice(0, -1), w!.shape[0]!], (index) =>
      b!.data[index.at(-1)!]! + sum(Array.from({ length: w!.shape[1]! }, (_, k) =>
        at(x!, [...index.slice(0, -1), k]) * at(w!, [index.at(-1)!, k])))),
  },
]; // prettier-ignore

/** Σ over every assignment of numbers to letters: the definition of Einstein's sum. */
function einstein(equation: string, grids: Grid[]): Grid {
  const [left, output] = equation.split("->") as [string, string];
  const terms = left.split(",");
  const letters = [...new Set(terms.join(""))];
  const sizes = letters.map((letter) => {
    const k = terms.findIndex((term) => term.includes(letter));
    return grids[k]!.shape[terms[k]!.indexOf(letter)]!;
  });
  const shape = [...output].map((letter) => sizes[letters.indexOf(letter)]!);
  const data = new Array<number>(sizeOf(shape)).fill(0);
  for (let place = 0; place < sizeOf(sizes); place++) {
    const index = unravel(place, sizes);
    const own = (term: string) => [...term].map((letter) => index[letters.indexOf(letter)]!);
    const target = own(output).reduce((sum, i, axis) => sum * shape[axis]! + i, 0);
    data[target]! += terms.reduce((product, term, k) => product * at(grids[k]!, own(term)), 1);
  }
  return { shape, data };
}
const sums = (
  [
    ["ij,jk->ik", [3, 4], [4, 5]], ["ij->ji", [2, 3]], ["ij->", [2, 3]], ["ii->i", [4, 4]], ["ii->", [3, 3]],
    ["bij,bjk->bik", [2, 3, 4], [2, 4, 5]], ["i,j->ij", [3], [4]], ["bthd,bshd->bhts", [2, 3, 2, 4], [2, 5, 2, 4]],
    ["ij,jk,kl->il", [2, 3], [3, 4], [4, 2]], ["i,i->", [17], [17]], ["ijk,k->ij", [2, 3, 4], [4]], ["ij,kj->", [2, 3], [4, 3]],
  ] as [string, ...Shape[]][]
).map(([equation, ...shapes]): Row => ({
  name: `einsum ${equation}`,
  cases: [shapes],
  f: (...x) => einsum(equation, ...x),
  plain: (...x) => einstein(equation, x),
})); // prettier-ignore

type Geometry = Pick<ConvolutionSize, "B" | "C" | "H" | "W" | "O" | "R" | "S"> &
  Partial<Pick<ConvolutionSize, "stride" | "padding" | "dilation" | "groups">>;
const geometries: Geometry[] = [
  { B: 1, C: 1, H: 3, W: 3, O: 1, R: 1, S: 1 },
  { B: 2, C: 2, H: 5, W: 4, O: 3, R: 3, S: 2, padding: [1, 0] },
  { B: 1, C: 2, H: 6, W: 7, O: 2, R: 3, S: 3, stride: [2, 2], padding: [1, 1] },
  { B: 1, C: 1, H: 7, W: 7, O: 2, R: 2, S: 3, dilation: [2, 2], padding: [1, 2] },
  { B: 2, C: 4, H: 4, W: 4, O: 4, R: 3, S: 3, padding: [1, 1], groups: 2 },
  { B: 1, C: 3, H: 4, W: 4, O: 3, R: 3, S: 3, padding: [1, 1], groups: 3, stride: [1, 2] },
  { B: 2, C: 17, H: 5, W: 5, O: 33, R: 3, S: 3, padding: [1, 1] },
];
function sizeFrom(geometry: Geometry): ConvolutionSize {
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = geometry;
  const out = (size: number, k: number, axis: 0 | 1) =>
    Math.floor((size + 2 * padding[axis] - dilation[axis] * (k - 1) - 1) / stride[axis]) + 1;
  const P = out(geometry.H, geometry.R, 0);
  const Q = out(geometry.W, geometry.S, 1);
  return { ...geometry, P, Q, stride, padding, dilation, groups };
}

/** Calls `f` with every product that a convolution is made of: x[b,c,h,w] · w[o,c',r,s] → y[b,o,p,q]. */
function each(size: ConvolutionSize, f: (x: number[], w: number[], y: number[]) => void): void {
  const { B, C, H, W, O, R, S, P, Q, stride, padding, dilation, groups } = size;
  const inGroup = C / groups;
  for (let place = 0; place < B * O * P * Q * inGroup * R * S; place++) {
    const [b, o, p, q, c, r, s] = unravel(place, [B, O, P, Q, inGroup, R, S]) as [number, number, number, number, number, number, number]; // prettier-ignore
    const h = p * stride[0] + r * dilation[0] - padding[0];
    const w = q * stride[1] + s * dilation[1] - padding[1];
    const group = Math.floor((o * groups) / O);
    if (h >= 0 && w >= 0 && h < H && w < W)
      f([b, group * inGroup + c, h, w], [o, c, r, s], [b, o, p, q]);
  }
}
const place = (index: number[], shape: Shape) =>
  index.reduce((sum, i, k) => sum * shape[k]! + i, 0);

function convolutions(geometry: Geometry): Row[] {
  const size = sizeFrom(geometry);
  const { B, C, H, W, O, R, S, P, Q, groups } = size;
  const [x, w, y] = [
    [B, C, H, W],
    [O, C / groups, R, S],
    [B, O, P, Q],
  ] as [Shape, Shape, Shape];
  const filled = (shape: Shape, bias?: Grid) =>
    build(shape, (index) => bias?.data[index[1]!] ?? 0).data as number[];
  const name = `of ${x.join("×")} by ${w.join("×")}${groups > 1 ? ` in ${groups} groups` : ""}`;
  return [
    {
      name: `convolution ${name}`, cases: [[x, w, [O]]], f: (x, w, b) => x!.convolution(w!, size, b!),
      plain: (xs, ws, b) => {
        const data = filled(y, b);
        each(size, (i, j, k) => (data[place(k, y)]! += at(xs!, i) * at(ws!, j)));
        return { shape: y, data };
      },
    },
    {
      name: `convolutionInput ${name}`, cases: [[y, w, [C]]], f: (y, w, b) => y!.convolutionInput(w!, size, b!),
      plain: (ys, ws, b) => {
        const data = filled(x, b);
        each(size, (i, j, k) => (data[place(i, x)]! += at(ys!, k) * at(ws!, j)));
        return { shape: x, data };
      },
    },
    {
      name: `convolutionWeight ${name}`, cases: [[x, y]], f: (x, y) => x!.convolutionWeight(y!, size),
      plain: (xs, ys) => {
        const data = filled(w);
        each(size, (i, j, k) => (data[place(j, w)]! += at(xs!, i) * at(ys!, k)));
        return { shape: w, data };
      },
    },
  ]; // prettier-ignore
}

/** Kept so that a plain sum stands beside the products: Σ over all of x ⊙ y. */
const inner: Row = {
  name: "inner product by mul and sum",
  cases: [
    [
      [33, 65],
      [33, 65],
    ],
  ],
  f: (a: Tensor | undefined, b: Tensor | undefined) => a!.mul(b!).sum(),
  plain: (a, b) => {
    const both = build(a!.shape, (index) => at(a!, index) * at(b!, index));
    return reduce(both, [0, 1], sum);
  },
};

/** Products sum numbers of both signs: what is near zero is held to the size of what was summed. */
const tolerance = { relative: 1e-5, absolute: 2e-5 };

export const multiplying: Row[] = [
  ...matrices,
  ...sums,
  ...geometries.flatMap(convolutions),
  inner,
].map((row) => ({ ...row, tolerance }));
