/** Rows of the ops that are a whole layer in one kernel. */
import type { Tensor } from "genarch";
import { at, build, reduce, sum, type Grid } from "../grid.js";
import { whole, type Row } from "../row.js";

const range = (count: number) => Array.from({ length: count }, (_, k) => k);

// ** softmax and cross-entropy **

const logsumexp = (line: readonly number[]) => {
  const top = Math.max(...line);
  return top + Math.log(sum(line.map((x) => Math.exp(x - top))));
};
const rowOf = ({ data, shape: [, columns] }: Grid, r: number) =>
  data.slice(r * columns!, (r + 1) * columns!);

function crossEntropy(logits: Grid, target: Grid, ignore: number | null, s: number): number[] {
  const columns = logits.shape[1]!;
  return [...target.data].map((class_, r) => {
    if (class_ === ignore) return 0;
    const log = rowOf(logits, r).map((x) => x - logsumexp(rowOf(logits, r)));
    return -sum(log.map((x, j) => x * (s / columns + (j === class_ ? 1 - s : 0))));
  });
}
const line = (data: number[]): Grid => ({ shape: [data.length], data });

const entropies = [
  { ignore: null, s: 0 },
  { ignore: 2, s: 0 },
  { ignore: -100, s: 0.1 },
].map(({ ignore, s }): Row => ({
  name: `crossEntropy, ignoring ${ignore}, smoothed by ${s}`,
  cases: [[[1, 3], [1]], [[4, 5], [4]], [[17, 33], [17]], [[3, 65], [3]]],
  f: (logits, target) => logits!.crossEntropy(target!, ignore, s),
  plain: (logits, target) => [
    line(crossEntropy(logits!, target!, ignore, s)),
    line(range(logits!.shape[0]!).map((r) => logsumexp(rowOf(logits!, r)))),
  ],
  draw: [{}, whole(0, 2)],
})); // prettier-ignore

const gradients: Row[] = [false, true].map((log): Row => ({
  name: log ? "softmaxGradient of the logarithm" : "softmaxGradient",
  cases: [[[2, 3], [2, 3]], [[17, 33], [17, 33]], [[3, 65], [3, 65]]],
  f: (y, g) => y!.softmaxGradient(g!, log),
  tolerance: { absolute: 5e-6 }, // of sums of 65 numbers, which are no probabilities here
  plain: (y, g) => build(y!.shape, ([r, j]) => {
    const [ys, gs] = [rowOf(y!, r!), rowOf(g!, r!)];
    const total = log ? Math.exp(ys[j!]!) * sum(gs) : sum(gs.map((x, k) => x * ys[k]!));
    return log ? gs[j!]! - total : ys[j!]! * (gs[j!]! - total);
  }),
})); // prettier-ignore
const entropyGradient: Row = {
  name: "crossEntropyGradient",
  cases: [
    [[2, 3], [2], [2]],
    [[17, 33], [17], [17]],
  ],
  f: (logits, target, g) =>
    logits!.crossEntropyGradient(target!, logits!.logsumexp(-1), g!, 1, 0.2),
  plain: (logits, target, g) =>
    build(logits!.shape, ([r, j]) => {
      const p = Math.exp(at(logits!, [r!, j!]) - logsumexp(rowOf(logits!, r!)));
      const q = 0.2 / logits!.shape[1]! + (j === target!.data[r!] ? 0.8 : 0);
      return target!.data[r!] === 1 ? 0 : g!.data[r!]! * (p - q);
    }),
  draw: [{}, whole(0, 2), {}],
};

// ** normalization **

/** x [outer, rows, inner] → y, mean, rstd, each row of `rows` on its own. */
function normalize(x: Grid, rms: boolean, eps: number): Grid[] {
  const rows = [x.shape[1]!];
  const mean = reduce(x, [0, 2], (row) => (rms ? 0 : sum(row) / row.length));
  const squares = build(x.shape, (index) => (at(x, index) - mean.data[index[1]!]!) ** 2);
  const rstd = reduce(squares, [0, 2], (row) => 1 / Math.sqrt(sum(row) / row.length + eps));
  const y = build(x.shape, (index) => {
    const r = index[1]!;
    return (at(x, index) - mean.data[r]!) * rstd.data[r]!;
  });
  return [y, { ...mean, shape: rows }, { ...rstd, shape: rows }];
}
const normalizing = [false, true].flatMap((rms): Row[] => {
  const name = rms ? "normalize, rms" : "normalize";
  const shapes = [
    [2, 3, 4],
    [1, 5, 17],
    [3, 4, 1],
    [4, 65, 1],
    [1, 1, 33],
    [2, 2, 3],
  ];
  return [
    {
      name: `${name}: y`, cases: shapes.map((shape) => [shape]),
      f: (x) => x!.normalize(rms, 0.01)[0], plain: (x) => normalize(x!, rms, 0.01)[0]!,
      tolerance: { relative: 2e-5, absolute: 2e-6 },
    },
    {
      name: `${name}: y, mean and rstd`, cases: shapes.map((shape) => [shape]),
      f: (x) => x!.normalize(rms, 0.01), plain: (x) => normalize(x!, rms, 0.01),
      tolerance: { relative: 2e-5, absolute: 2e-6 },
    },
    {
      name: `normalizeGradient${rms ? ", rms" : ""}`, cases: [[[2, 3, 4], [3], [2, 3, 4]]],
      f: (y, rstd, g) => y!.normalizeGradient(rstd!, g!, { outer: 2, rows: 3, inner: 4, rms }),
      plain: (y, rstd, g) => {
        const mean = (x: Grid) => reduce(x, [0, 2], (row) => sum(row) / row.length);
        const along = mean(build(y!.shape, (index) => at(y!, index) * at(g!, index)));
        const level = mean(g!);
        return build(y!.shape, (index) => {
          const r = index[1]!;
          const rest = at(g!, index) - (rms ? 0 : level.data[r]!);
          return rstd!.data[r]! * (rest - at(y!, index) * along.data[r]!);
        });
      },
    },
  ]; // prettier-ignore
});

// ** attention **

function attention(
  q: Grid,
  k: Grid,
  v: Grid,
  mask: Grid | undefined,
  causal: boolean,
  scale: number,
) {
  const [B, heads, T, D] = q.shape as [number, number, number, number];
  const S = k.shape[2]!;
  const scores = ([b, h, t]: number[]) =>
    range(S).map((s) => {
      if (causal && s > t! + S - T) return -Infinity;
      const product = sum(range(D).map((d) => at(q, [b!, h!, t!, d]) * at(k, [b!, h!, s, d])));
      return product * scale + (mask ? at(mask, [b!, h!, t!, s]) : 0);
    });
  const out = build(q.shape, (index) => {
    const line = scores(index);
    const total = logsumexp(line);
    return sum(
      line.map((x, s) => Math.exp(x - total) * at(v, [...index.slice(0, 2), s, index[3]!])),
    );
  });
  return [out, build([B, heads, T], (index) => logsumexp(scores(index)))];
}

const attending = [
  { T: 3, S: 3, D: 4, causal: false, mask: false }, { T: 4, S: 4, D: 2, causal: true, mask: false },
  { T: 2, S: 5, D: 3, causal: true, mask: false }, { T: 1, S: 1, D: 1, causal: false, mask: false },
  { T: 3, S: 4, D: 2, causal: false, mask: true }, { T: 3, S: 3, D: 2, causal: true, mask: true },
  { T: 33, S: 65, D: 16, causal: false, mask: false }, { T: 65, S: 65, D: 17, causal: true, mask: false },
].flatMap(({ T, S, D, causal, mask }): Row[] => {
  const [B, heads] = [T > 30 ? 1 : 2, 2];
  const shapes = [[B, heads, T, D], [B, heads, S, D], [B, heads, S, D], ...(mask ? [[B, heads, T, S]] : [])];
  const name = `attention ${T}×${S}${causal ? ", causal" : ""}${mask ? ", masked" : ""}`;
  const f = (q?: Tensor, k?: Tensor, v?: Tensor, m?: Tensor) => q!.attention(k!, v!, m ?? null, causal, 0.7);
  const plain = (q?: Grid, k?: Grid, v?: Grid, m?: Grid) => attention(q!, k!, v!, m, causal, 0.7);
  const tolerance = { relative: 2e-5, absolute: 2e-6 };
  return [
    { name: `${name}: out`, cases: [shapes], f: (...x) => f(...x)[0], plain: (...x) => plain(...x)[0]!, tolerance },
    { name: `${name}: out and logsumexp`, cases: [shapes], f, plain, tolerance },
  ];
}); // prettier-ignore

// ** recurrent layers ** (equations: PyTorch's RNN, GRU, LSTM)

type Cell = { cell: "rnn" | "gru" | "lstm"; nonlinearity: "tanh" | "relu"; reverse: boolean };
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** All outputs: h, (c), (gates), each [B, T, ..]. */
function recurrent(
  [xw, weight, bias, h0, c0]: Grid[],
  { cell, nonlinearity, reverse }: Cell,
): Grid[] {
  const [B, T] = xw!.shape as [number, number];
  const H = h0!.shape[1]!;
  const kept = {
    h: new Map<string, number>(),
    c: new Map<string, number>(),
    gates: new Map<string, number>(),
  };
  for (const b of range(B)) {
    let h = range(H).map((j) => at(h0!, [b, j]));
    let c = c0 ? range(H).map((j) => at(c0, [b, j])) : [];
    for (const t of reverse ? range(T).reverse() : range(T)) {
      const fromX = (k: number) => at(xw!, [b, t, k]);
      const before = h;
      const fromH = (k: number) =>
        bias!.data[k]! + sum(range(H).map((j) => at(weight!, [k, j]) * before[j]!));
      const both = (k: number) => fromX(k) + fromH(k);
      const keep = (values: number[], j: number) =>
        values.forEach((x, gate) => kept.gates.set([b, t, gate * H + j].join(), x));
      h = range(H).map((j) => {
        if (cell === "rnn")
          return nonlinearity === "tanh" ? Math.tanh(both(j)) : Math.max(0, both(j));
        if (cell === "gru") {
          const [r, z] = [sigmoid(both(j)), sigmoid(both(H + j))];
          const n = Math.tanh(fromX(2 * H + j) + r * fromH(2 * H + j));
          keep([r, z, n, fromH(2 * H + j)], j);
          return (1 - z) * n + z * before[j]!;
        }
        const [i, f, o] = [sigmoid(both(j)), sigmoid(both(H + j)), sigmoid(both(3 * H + j))];
        const g = Math.tanh(both(2 * H + j));
        keep([i, f, g, o], j);
        c = c.with(j, f * c[j]! + i * g);
        return o * Math.tanh(c[j]!);
      });
      h.forEach((x, j) => kept.h.set([b, t, j].join(), x));
      c.forEach((x, j) => kept.c.set([b, t, j].join(), x));
    }
  }
  const grid = (map: Map<string, number>, width: number) =>
    build([B, T, width], (index) => map.get(index.join())!);
  const h = grid(kept.h, H);
  if (cell === "rnn") return [h];
  return cell === "gru"
    ? [h, grid(kept.gates, 4 * H)]
    : [h, grid(kept.c, H), grid(kept.gates, 4 * H)];
}

const recurring = (
  [
    { cell: "rnn", nonlinearity: "tanh", reverse: false }, { cell: "rnn", nonlinearity: "relu", reverse: true },
    { cell: "gru", nonlinearity: "tanh", reverse: false }, { cell: "gru", nonlinearity: "tanh", reverse: true },
    { cell: "lstm", nonlinearity: "tanh", reverse: false }, { cell: "lstm", nonlinearity: "tanh", reverse: true },
  ] as const
).flatMap((attributes): Row[] => {
  const { cell, nonlinearity, reverse } = attributes;
  const gates = { rnn: 1, gru: 3, lstm: 4 }[cell];
  const shapes = (B: number, T: number, H: number) => [
    [B, T, gates * H], [gates * H, H], [gates * H], [B, H], ...(cell === "lstm" ? [[B, H]] : [])];
  const name = `${cell}${nonlinearity === "relu" ? " with relu" : ""}${reverse ? ", reversed" : ""}`;
  const f = (...x: Tensor[]) => x[0]!.recurrent(x.slice(1), attributes);
  const row = (what: string, count: number): Row => ({
    name: `${name}: ${what}`, cases: [shapes(2, 3, 2), shapes(1, 1, 1), shapes(3, 5, 17)],
    f: (...x) => f(...x).slice(0, count), plain: (...x) => recurrent(x, attributes).slice(0, count),
    draw: [{ low: -1, high: 1 }], tolerance: { relative: 2e-5, absolute: 2e-6 },
  });
  const states = cell === "lstm" ? 2 : 1;
  return cell === "rnn" ? [row("h", 1)] : [row("states", states), row("states and gates", states + 1)];
}); // prettier-ignore

export const layered: Row[] = [
  ...entropies,
  ...gradients,
  entropyGradient,
  ...normalizing,
  ...attending,
  ...recurring,
];
