/**
 * The gradient of attention (js/attention.ts): the slopes of the scores [B·heads, T, S], from which those of
 * q, k and v follow, each element a sum over the scores that it had a part in.
 */
import type { AttentionGradient } from "../spec.js";
import { at, inHeads, places, scores, scoresOf, shares, type Size } from "./attention-scores.js";
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
