/** Attention (js/attention.ts): scores, the shares that they become, and the sum of v by shares. */
import type { Attention } from "../spec.js";
import { at, rowFirst, scores, scoresOf, shares } from "./attention-scores.js";
import { draw, type Draw } from "./kernel.js";
import { logSumExp } from "./softmax.js";
import { summed } from "./sum.js";

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
        ...rowFirst(spec, "t", T),
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
