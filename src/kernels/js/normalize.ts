/**
 * Normalization, the heart of layer, group, batch and RMS norm. x is [outer, rows, inner], and each of
 * `rows` has its statistics over outer × inner:
 *   y = (x − mean)·rstd,  rstd = 1/√(mean of (x − mean)² + eps)     rms: the same with mean = 0
 *   dx = rstd·(g − mean(g) − y·mean(g·y))                           rms: without mean(g)
 */
import type { Normalize, NormalizeGradient } from "../spec.js";
import type { Run } from "./kernel.js";
import { positions } from "./strided.js";

type Size = { outer: number; rows: number; inner: number };

/** Where the numbers of one row stand. */
const membersOf = ({ outer, rows, inner }: Size, row: number): Int32Array =>
  positions([outer, inner], { offset: row * inner, strides: [rows * inner, 1] });

/** The mean of f over some positions. */
function average(members: Int32Array, f: (at: number) => number): number {
  let sum = 0;
  for (const at of members) sum += f(at);
  return sum / members.length;
}

export const normalize: Run<Normalize> = (spec, [x], [y, mean, rstd], [eps]) => {
  for (let row = 0; row < spec.rows; row++) {
    const members = membersOf(spec, row);
    const center = spec.rms ? 0 : average(members, (at) => x[at]!);
    const variance = average(members, (at) => (x[at]! - center) ** 2);
    const scale = 1 / Math.sqrt(variance + eps!);
    for (const at of members) y[at] = (x[at]! - center) * scale;
    mean[row] = center;
    rstd[row] = scale;
  }
};

export const normalizeGradient: Run<NormalizeGradient> = (spec, [y, rstd, g], [dx]) => {
  for (let row = 0; row < spec.rows; row++) {
    const members = membersOf(spec, row);
    const meanG = spec.rms ? 0 : average(members, (at) => g[at]!);
    const meanGY = average(members, (at) => g[at]! * y[at]!);
    for (const at of members) dx[at] = rstd[row]! * (g[at]! - meanG - y[at]! * meanGY);
  }
};
