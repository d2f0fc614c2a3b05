/**
 * Attention and its gradient (js/attention.ts). Each shader makes one element of one buffer, so the scores
 * [B·heads, T, S] are in memory here, where the other backends never have them.
 */
import type { Attention, AttentionGradient, View } from "../spec.js";
import { joined } from "./join.js";
import { draw, real, type Draw, type Place } from "./kernel.js";
import { logSumExp } from "./softmax.js";
import { address, coordinates } from "./strides.js";
import { summed } from "./sum.js";

type Size = Omit<Attention, "kernel">;

const at = (name: string, view: View, row: string, column: string): string =>
  `${name}[${address(view, ["b", "h", row, column])}]`;

/** Statements that set b, h and the named coordinates of an element of [B, heads, ..]. */
const places = ({ B, heads }: Size, names: readonly string[], sizes: readonly number[]): string[] =>
  coordinates(["b", "h", ...names], [B, heads, ...sizes]);

/** The same of an element of [B, rows, heads, D], as results lie. */
const inHeads = ({ B, heads, D }: Size, row: string, rows: number): string[] =>
  coordinates(["b", row, "h", "d"], [B, rows, heads, D]);

/** Where the scores of query t begin. */
const scoresOf = ({ heads, T, S }: Size): string => `((b * ${heads} + h) * ${T} + t) * ${S}`;

/** "scores" [B, heads, T, S], −∞ where a query may not look. */
function scores(spec: Size): Draw {
  const { B, heads, T, S, D, causal, q, k, mask } = spec;
  return draw({
    output: "scores",
    elements: B * heads * T * S,
    buffers: { q: 0, k: 1, ...(mask ? { mask: 3 } : {}) },
    numbers: { scale: real(0) },
    body: [
      ...places(spec, ["t", "s"], [T, S]),
      ...(causal ? [`if (s > t + ${S} - ${T}) {`, "return negated(infinity());", "}"] : []),
      ...summed("product", "d", D, `${at("q", q, "t", "d")} * ${at("k", k, "s", "d")}`),
      `return scale * product${mask ? ` + ${at("mask", mask, "t", "s")}` : ""};`,
    ],
  });
}

/** "shares" [B, heads, T, S]: e^(score − logsumexp), 0 for what is hidden. */
function shares({ B, heads, T, S }: Size, logsumexp: Place): Draw {
  return draw({
    output: "shares",
    elements: B * heads * T * S,
    buffers: { scores: "scores", logsumexp },
    body: [
      "const score = scores[this.thread.x];",
      "if (is_equal(score, negated(infinity())) !== 0) {",
      "return 0;",
      "}",
      `return exponential(score - logsumexp[divided(this.thread.x, ${S})]);`,
    ],
  });
}

export function lowerAttention(spec: Attention): Draw[] {
  const { B, heads, T, S, D, v, mask } = spec;
  const [out, logsumexp] = mask ? [4, 5] : [3, 4];
  return [
    scores(spec),
    ...logSumExp("scores", { rows: B * heads * T, columns: S }),
    draw({
      output: logsumexp,
      elements: B * heads * T,
      buffers: { highest: "highest", weight: "weight" },
      body: [
        "const top = highest[this.thread.x];",
        "if (is_equal(top, negated(infinity())) !== 0) {",
        "return top;", // it sees nothing
        "}",
        "return top + weight[this.thread.x];",
      ],
    }),
    shares(spec, logsumexp),
    draw({
      output: out,
      elements: B * heads * T * D,
      buffers: { shares: "shares", v: 2 },
      body: [
        ...inHeads(spec, "t", T),
        `const row = ${scoresOf(spec)};`,
        ...summed("sum", "s", S, `share * ${at("v", v, "s", "d")}`, {
          before: ["const share = shares[row + s];"],
          guard: "share !== 0", // what is hidden has no part, be it infinite or NaN
        }),
        "return sum;",
      ],
    }),
  ];
}

/** A sum over the scores that were not hidden: `from` is where the score stands. */
const overScores = (k: string, length: number, term: string, from: string): string[] => [
  ...summed("sum", k, length, term, {
    before: [`const from = ${from};`],
    guard: "is_equal(scores[from], negated(infinity())) === 0",
  }),
  "return sum;",
];

export function lowerAttentionGradient(spec: AttentionGradient): Draw[] {
  const { B, heads, T, S, D, mask, q, k, v, g, out, packed } = spec;
  const first = mask ? 4 : 3; // out, logsumexp, g, then the gradients
  const [outAt, gAt] = [at("out", out, "t", "d"), at("g", g, "t", "d")];
  const [dq, dk, dv]: Place[] = packed ? ["dq", "dk", "dv"] : [first + 3, first + 4, first + 5];
  const from = `${scoresOf(spec)} + s`;
  return [
    scores(spec),
    shares(spec, first + 1),
    draw({
      output: "delta",
      elements: B * heads * T,
      buffers: { out: first, g: first + 2 },
      body: [
        ...places(spec, ["t"], [T]),
        ...summed("delta", "d", D, `${gAt} * ${outAt}`),
        "return delta;",
      ],
    }),
    draw({
      output: "slopes", // of the scores [B, heads, T, S]
      elements: B * heads * T * S,
      buffers: { scores: "scores", shares: "shares", delta: "delta", v: 2, g: first + 2 },
      numbers: { scale: real(0) },
      body: [
        ...places(spec, ["t", "s"], [T, S]),
        "if (is_equal(scores[this.thread.x], negated(infinity())) !== 0) {",
        "return 0;",
        "}",
        ...summed("product", "d", D, `${gAt} * ${at("v", v, "s", "d")}`),
        `return scale * shares[this.thread.x] * (product - delta[divided(this.thread.x, ${S})]);`,
      ],
    }),
    draw({
      output: dq!,
      elements: B * heads * T * D,
      buffers: { slopes: "slopes", scores: "scores", k: 1 },
      body: [
        ...inHeads(spec, "t", T),
        ...overScores("s", S, `slopes[from] * ${at("k", k, "s", "d")}`, from),
      ],
    }),
    draw({
      output: dk!,
      elements: B * heads * S * D,
      buffers: { slopes: "slopes", scores: "scores", q: 0 },
      body: [
        ...inHeads(spec, "s", S),
        ...overScores("t", T, `slopes[from] * ${at("q", q, "t", "d")}`, from),
      ],
    }),
    draw({
      output: dv!,
      elements: B * heads * S * D,
      buffers: { shares: "shares", scores: "scores", g: first + 2 },
      body: [...inHeads(spec, "s", S), ...overScores("t", T, `shares[from] * ${gAt}`, from)],
    }),
    ...(packed ? packedParts(spec, first + 3) : []),
  ];
}

/** dq, dk and dv as parts of one row each: [B, T, 3, heads, D]. */
function packedParts({ B, T, heads, D }: Size, output: Place): Draw[] {
  const parts = ["dq", "dk", "dv"].map((place) => ({ place, size: 1 }));
  return joined(parts, { outer: B * T, inner: heads * D, dtype: "f32" }, output);
}
