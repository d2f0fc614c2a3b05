/** matmul over every kind of view, and the three convolutions. */
import type { ConvolutionSize } from "../../../src/kernels/spec.js";
import { astride, Draw, f32, product, viewed, volume, type Case, type Layout } from "../case.js";

type MatmulSize = { batch?: readonly number[]; M: number; N: number; K: number };
type MatmulOptions = { a?: Layout; b?: Layout; bias?: boolean; note?: string };

function matmul({ batch = [], M, N, K }: MatmulSize, options: MatmulOptions = {}): Case {
  const { bias = false, note = "" } = options;
  const a = viewed([...batch, M, K], options.a);
  const b = viewed([...batch, K, N], options.b);
  const size = [...batch, `${M}×${K}·${K}×${N}`].join(" ");
  const name = `matmul ${size}${bias ? " bias" : ""}${note ? ` ${note}` : ""}`;
  return {
    name,
    kernel: { kernel: "matmul", batch, M, N, K, a: a.view, b: b.view, bias },
    inputs: () => {
      const draw = new Draw(name);
      const factors = [draw.normal(a.elements), draw.normal(b.elements)];
      return bias ? [...factors, draw.normal(N)] : factors;
    },
    outputs: [f32(volume(batch) * M * N)],
    tolerance: product(K),
  };
}

/** The views that a tensor's transpose, slice, flip and expand make; axes are counted with `batch` in front. */
function layouts(rank: number): (MatmulOptions & { note: string })[] {
  const transposed = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return [
    { note: "NT", b: { order: transposed } },
    { note: "TN", a: { order: transposed } },
    { note: "TT", a: { order: transposed }, b: { order: transposed } },
    { note: "sliced", a: { gap: 3, offset: 5 }, b: { gap: 1, offset: 2 } },
    { note: "sliced NT", a: { gap: 2, offset: 1 }, b: { order: transposed, gap: 3, offset: 7 } },
    { note: "flipped", a: { flipped: [rank - 1] }, b: { flipped: [rank - 2, rank - 1] } },
    { note: "row repeated", a: { repeated: [rank - 2] }, bias: true },
    { note: "column repeated", b: { repeated: [rank - 1] } },
  ];
}

const matmulCases: Case[] = [
  matmul({ M: 0, N: 3, K: 4 }),
  matmul({ M: 3, N: 0, K: 4 }),
  matmul({ M: 3, N: 4, K: 0 }),
  matmul({ M: 3, N: 4, K: 0 }, { bias: true }),
  ...astride.map((M) => matmul({ M, N: 17, K: 9 })),
  ...astride.map((N) => matmul({ M: 9, N, K: 17 })),
  ...astride.map((K) => matmul({ M: 11, N: 17, K })),
  ...astride.map((n) => matmul({ M: n, N: n, K: n }, { bias: true })),
  ...astride.map((n) => matmul({ M: 1, N: n, K: 65 })),
  ...astride.slice(1).map((n) => matmul({ M: n, N: 1, K: 65 })),
  ...[{ M: 5, N: 7, K: 3 }, { M: 33, N: 65, K: 17 }, { M: 64, N: 64, K: 64 }].flatMap((size) =>
    layouts(2).map((layout) => matmul(size, layout)),
  ),
  ...layouts(4).map((layout) => matmul({ batch: [2, 3], M: 7, N: 9, K: 5 }, layout)),
  ...layouts(3).map((layout) => matmul({ batch: [3], M: 17, N: 33, K: 16 }, layout)),
  matmul({ batch: [4], M: 5, N: 6, K: 7 }, { b: { repeated: [0] }, note: "one weight for all" }),
  matmul({ batch: [2, 3], M: 5, N: 6, K: 7 }, { a: { repeated: [1] }, note: "batch repeated" }),
  matmul({ batch: [0], M: 5, N: 6, K: 7 }),
  // Heads of [B, T, heads, D] read as [B, heads, T, D], as attention scores have them.
  matmul(
    { batch: [2, 4], M: 17, N: 17, K: 8 },
    { a: { order: [0, 2, 1, 3] }, b: { order: [0, 3, 1, 2] }, note: "heads" },
  ),
  matmul({ M: 130, N: 257, K: 519 }),
  matmul({ M: 256, N: 128, K: 1025 }, { a: { order: [1, 0] }, note: "TN" }),
  matmul({ M: 768, N: 65, K: 128 }, { b: { order: [1, 0] }, bias: true, note: "NT" }),
  matmul({ M: 2, N: 3, K: 20000 }),
]; // prettier-ignore

type Geometry = Omit<ConvolutionSize, "P" | "Q">;

const plain = {
  B: 2, C: 3, H: 7, W: 9, O: 4, R: 3, S: 3,
  stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1,
} as const; // prettier-ignore

const geometries: readonly Partial<Geometry>[] = [
  {},
  { B: 0 },
  { R: 1, S: 1 },
  { R: 1, S: 1, stride: [2, 2] },
  { padding: [1, 1] },
  { padding: [2, 1], R: 5, S: 3 },
  { stride: [2, 2], padding: [1, 1] },
  { stride: [2, 1], padding: [0, 2], R: 4, S: 4, H: 8, W: 8 },
  { stride: [3, 2], H: 11, W: 10 },
  { dilation: [2, 2], H: 9 },
  { dilation: [2, 1], stride: [2, 3], padding: [2, 2], H: 10, W: 11 },
  { groups: 2, C: 4, O: 6, padding: [1, 1] },
  { groups: 4, C: 4, O: 4, padding: [1, 1] }, // depthwise
  { H: 3, W: 3 }, // one output
  { H: 1, W: 33, R: 1, S: 5, padding: [0, 2] }, // one-dimensional
  ...[1, 4, 15, 16, 17, 33].map((O) => ({ O, C: 2, padding: [1, 1] as const })),
  ...[1, 4, 15, 16, 17, 33].map((C) => ({ C, O: 2, padding: [1, 1] as const })),
  ...[4, 5, 15, 16, 17, 31, 33, 65].map((W) => ({ W, H: 4, padding: [1, 1] as const })),
  { B: 4, C: 32, H: 14, W: 14, O: 64, padding: [1, 1] },
  { B: 2, C: 16, H: 16, W: 16, O: 32, R: 4, S: 4, stride: [2, 2], padding: [1, 1] },
];

function sized(geometry: Partial<Geometry>): ConvolutionSize {
  const g = { ...plain, ...geometry };
  const out = (size: number, axis: 0 | 1, taps: number): number =>
    Math.floor((size + 2 * g.padding[axis] - g.dilation[axis] * (taps - 1) - 1) / g.stride[axis]) + 1;
  return { ...g, P: out(g.H, 0, g.R), Q: out(g.W, 1, g.S) };
} // prettier-ignore

function convolutions(geometry: Partial<Geometry>): Case[] {
  const size = sized(geometry);
  const { B, C, H, W, O, R, S, P, Q, groups } = size;
  const changed = Object.entries(geometry).map(([key, value]) => `${key} ${String(value)}`);
  const title = changed.join(" ") || "plain";
  const x = B * C * H * W;
  const w = (O * C * R * S) / groups;
  const y = B * O * P * Q;
  const made = (name: string, ...counts: number[]) => {
    const draw = new Draw(name);
    return counts.map((count) => draw.normal(count));
  };
  const forward = (bias: boolean): Case => {
    const name = `convolution ${title}${bias ? " bias" : ""}`;
    const inputs = () => (bias ? made(name, x, w, O) : made(name, x, w));
    const kernel = { kernel: "convolution", bias, ...size } as const;
    return { name, kernel, inputs, outputs: [f32(y)], tolerance: product((C / groups) * R * S) };
  };
  const input = (bias: boolean): Case => {
    const name = `convolutionInput ${title}${bias ? " bias" : ""}`;
    const inputs = () => (bias ? made(name, y, w, C) : made(name, y, w));
    const kernel = { kernel: "convolutionInput", bias, ...size } as const;
    return { name, kernel, inputs, outputs: [f32(x)], tolerance: product((O / groups) * R * S) };
  };
  const name = `convolutionWeight ${title}`;
  const weight: Case = {
    name,
    kernel: { kernel: "convolutionWeight", ...size },
    inputs: () => made(name, x, y),
    outputs: [f32(w)],
    tolerance: product(B * P * Q),
  };
  return [forward(false), forward(true), input(false), input(true), weight];
}

export const productCases: Case[] = [...matmulCases, ...geometries.flatMap(convolutions)];
