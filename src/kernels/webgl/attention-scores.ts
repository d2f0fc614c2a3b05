/**
 * Attention's scores, and the shares that they become. Each shader makes one element of one buffer, so they
 * are in memory here, [B·heads, T, S], where the other backends never have them.
 */
import type { Attention, View } from "../spec.js";
import { draw, real, type Draw, type Place } from "./kernel.js";
import { address, coordinates } from "./strides.js";
import { summed } from "./sum.js";

export type Size = Omit<Attention, "kernel">;

export const at = (name: string, view: View, row: string, column: string): string =>
  `${name}[${address(view, ["b", "h", row, column])}]`;

/** Statements that set b, h and the named coordinates of an element of [B, heads, ..]. */
export const headFirst = (
  { B, heads }: Size,
  names: readonly string[],
  sizes: readonly number[],
): string[] => coordinates(["b", "h", ...names], [B, heads, ...sizes]);

/** The same of an element of [B, rows, heads, D], as results lie. */
export const rowFirst = ({ B, heads, D }: Size, row: string, rows: number): string[] =>
  coordinates(["b", row, "h", "d"], [B, rows, heads, D]);

/** Where the scores of query t begin. */
export const scoresOf = ({ heads, T, S }: Size): string => `((b * ${heads} + h) * ${T} + t) * ${S}`;

/** "scores" [B, heads, T, S], −∞ where a query may not look. */
export function scores(spec: Size): Draw {
  const { B, heads, T, S, D, causal, q, k, mask } = spec;
  return draw({
    output: "scores",
    elements: B * heads * T * S,
    buffers: { q: 0, k: 1, ...(mask ? { mask: 3 } : {}) },
    numbers: { scale: real(0) },
    body: [
      ...headFirst(spec, ["t", "s"], [T, S]),
      ...(causal ? [`if (s > t + ${S} - ${T}) {`, "return negated(infinity());", "}"] : []),
      ...summed("product", "d", D, `${at("q", q, "t", "d")} * ${at("k", k, "s", "d")}`),
      `return scale * product${mask ? ` + ${at("mask", mask, "t", "s")}` : ""};`,
    ],
  });
}

/** "shares" [B, heads, T, S]: e^(score − logsumexp), 0 for what is hidden. */
export function shares({ B, heads, T, S }: Size, logsumexp: Place): Draw {
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
