/**
 * The gradient of attention (js/attention.ts): the slopes of the scores [B·heads, T, S], from which those of
 * q, k and v follow, each element a sum over the scores that it had a part in.
 */
import type { AttentionGradient } from "../spec.js";
import {
  at,
  headFirst,
  rowFirst,
  scores,
  scoresOf,
  shares,
  type Size,
} from "./attention-scores.js";
import { joined } from "./join.js";
import { draw, real, type Draw, type Place } from "./kernel.js";
import { summed } from "./sum.js";

/** A sum over the scores that were not hidden: `from` is where the score stands. */
const overScores = (k: string, length: number, term: string, from: string): string[] => [
  ...summed("sum", k, length, term, {
    before: [`const from = ${from};`],
    guard: "is_equal(scores[from], negated(infinity())) === 0",
  }),
  "return sum;",
];

/** Where the first of out, logsumexp and g, and then the gradients, stand among the call's buffers. */
const firstOf = ({ mask }: AttentionGradient): number => (mask ? 4 : 3);

export function lowerAttentionGradient(spec: AttentionGradient): Draw[] {
  const first = firstOf(spec);
  const [dq, dk, dv]: [Place, Place, Place] = spec.packed
    ? ["dq", "dk", "dv"]
    : [first + 3, first + 4, first + 5];
  return [
    scores(spec),
    shares(spec, first + 1),
    delta(spec),
    slopes(spec),
    queries(spec, dq),
    keys(spec, dk),
    values(spec, dv),
    ...(spec.packed ? packedParts(spec, first + 3) : []),
  ];
}

/** g·out of each query [B, heads, T]. */
function delta(spec: AttentionGradient): Draw {
  const { B, heads, T, D, g, out } = spec;
  const first = firstOf(spec);
  return draw({
    output: "delta",
    elements: B * heads * T,
    buffers: { out: first, g: first + 2 },
    body: [
      ...headFirst(spec, ["t"], [T]),
      ...summed("delta", "d", D, `${at("g", g, "t", "d")} * ${at("out", out, "t", "d")}`),
      "return delta;",
    ],
  });
}

/** Of the scores [B, heads, T, S]: scale·share·(g·v − delta). */
function slopes(spec: AttentionGradient): Draw {
  const { B, heads, T, S, D, v, g } = spec;
  return draw({
    output: "slopes",
    elements: B * heads * T * S,
    buffers: { scores: "scores", shares: "shares", delta: "delta", v: 2, g: firstOf(spec) + 2 },
    numbers: { scale: real(0) },
    body: [
      ...headFirst(spec, ["t", "s"], [T, S]),
      "if (is_equal(scores[this.thread.x], negated(infinity())) !== 0) {",
      "return 0;",
      "}",
      ...summed("product", "d", D, `${at("g", g, "t", "d")} * ${at("v", v, "s", "d")}`),
      `return scale * shares[this.thread.x] * (product - delta[divided(this.thread.x, ${S})]);`,
    ],
  });
}

function queries(spec: AttentionGradient, output: Place): Draw {
  const { B, heads, T, S, D, k } = spec;
  const from = `${scoresOf(spec)} + s`;
  const sum = overScores("s", S, `slopes[from] * ${at("k", k, "s", "d")}`, from);
  return draw({
    output,
    elements: B * heads * T * D,
    buffers: { slopes: "slopes", scores: "scores", k: 1 },
    body: [...rowFirst(spec, "t", T), ...sum],
  });
}

function keys(spec: AttentionGradient, output: Place): Draw {
  const { B, heads, T, S, D, q } = spec;
  const from = `${scoresOf(spec)} + s`;
  const sum = overScores("t", T, `slopes[from] * ${at("q", q, "t", "d")}`, from);
  return draw({
    output,
    elements: B * heads * S * D,
    buffers: { slopes: "slopes", scores: "scores", q: 0 },
    body: [...rowFirst(spec, "s", S), ...sum],
  });
}

function values(spec: AttentionGradient, output: Place): Draw {
  const { B, heads, T, S, D, g } = spec;
  const from = `${scoresOf(spec)} + s`;
  const sum = overScores("t", T, `shares[from] * ${at("g", g, "t", "d")}`, from);
  return draw({
    output,
    elements: B * heads * S * D,
    buffers: { shares: "shares", scores: "scores", g: firstOf(spec) + 2 },
    body: [...rowFirst(spec, "s", S), ...sum],
  });
}

/** dq, dk and dv as parts of one row each: [B, T, 3, heads, D]. */
function packedParts({ B, T, heads, D }: Size, output: Place): Draw[] {
  const parts = ["dq", "dk", "dv"].map((place) => ({ place, size: 1 }));
  return joined(parts, { outer: B * T, inner: heads * D, dtype: "f32" }, output);
}
