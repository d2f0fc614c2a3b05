/**
 * How attention's results lie in memory: [B, rows, heads, D], so that a row's heads side by side are the
 * vector of width heads·D that the next layer reads. Kernels see them as views [B, heads, rows, D].
 */
import type { AttentionGradient, View } from "./spec.js";

type Heads = { heads: number; D: number };

/** Part `part` of a row of `parts` such vectors. */
export function headsView({ heads, D }: Heads, rows: number, part = 0, parts = 1): View {
  const row = parts * heads * D;
  return { dtype: "f32", offset: part * heads * D, strides: [rows * row, D, row, 1] };
}

/** A gradient's output among those of the kernel, and where in it. */
export type GradientPlace = { output: number; view: View };

export function gradientPlaces(
  spec: Pick<AttentionGradient, "heads" | "T" | "S" | "D" | "packed">,
): Record<"dq" | "dk" | "dv", GradientPlace> {
  const place = (part: number, rows: number): GradientPlace =>
    spec.packed
      ? { output: 0, view: headsView(spec, rows, part, 3) }
      : { output: part, view: headsView(spec, rows) };
  return { dq: place(0, spec.T), dk: place(1, spec.S), dv: place(2, spec.S) };
}
