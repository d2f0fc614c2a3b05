/**
 * Normalization and its gradient, a workgroup a row. The mean is found in two steps (the mean, then the
 * mean of what is left), for one float32 of a mean far from 0 is too coarse for numbers near 0.
 */
import type { Normalize, NormalizeGradient } from "../spec.js";
import { eachRow, scalar, u32, type Dispatch } from "./kernel.js";
import { sumOfAll } from "./tree.js";
import { functionsFor } from "./wgsl/functions.js";

type Size = { outer: number; rows: number; inner: number };

const numbersOf = ({ outer, rows, inner }: Size) => ({
  inner: u32(inner),
  stride: u32(rows * inner), // from one block of the row to its next
  members: u32(outer * inner),
});

/** Runs `text` for each member of the row, `at` being its place. */
const eachMember = (threads: number, text: string): string => /* wgsl */ `
  for (var k = thread; k < numbers.members; k += ${threads}u) {
    let at = (k / numbers.inner) * numbers.stride + group * numbers.inner + k % numbers.inner;
    ${text}
  }`;

export function lowerNormalize(spec: Normalize, software: boolean): Dispatch[] {
  const write = (threads: number) => {
    const rough = /* wgsl */ `
  var own_mean = 0.0;
  ${eachMember(threads, "own_mean += x[at];").trim()}
  let rough = sum_of_all(thread, own_mean) / f32(numbers.members);
  let is_infinite = order_of(magnitude(rough)) == 0x7f800000;`;
    const body = /* wgsl */ `${spec.rms ? "  let rough = 0.0;" : rough}
  var own_rest = 0.0;
  var own_square = 0.0;
  ${eachMember(threads, "let d = x[at] - rough; own_rest += d; own_square += d * d;").trim()}
  let square = sum_of_all(thread, own_square) / f32(numbers.members);
  let rest = ${spec.rms ? "0.0" : "select(sum_of_all(thread, own_rest) / f32(numbers.members), 0.0, is_infinite)"};
  let scale = 1.0 / sqrt(square - rest * rest + numbers.eps);
  ${eachMember(threads, "y[at] = (x[at] - rough - rest) * scale;").trim()}
  if (thread == 0u) {
    mean[group] = rough + rest;
    rstd[group] = scale;
  }`;
    return {
      buffers: { x: ["f32", 0], y: ["f32", 1], mean: ["f32", 2], rstd: ["f32", 3] } as const,
      numbers: { ...numbersOf(spec), eps: scalar(0) },
      declarations: functionsFor(body) + sumOfAll(threads),
      body,
    };
  };
  return [eachRow(spec.rows, spec.outer * spec.inner, write, software)];
}

/** rstd·(g − mean(g) − y·mean(g·y)) */
export function lowerNormalizeGradient(spec: NormalizeGradient, software: boolean): Dispatch[] {
  const write = (threads: number) => {
    const own = "own_g += g[at]; own_gy += g[at] * y[at];";
    const body = /* wgsl */ `
  var own_g = 0.0;
  var own_gy = 0.0;
  ${eachMember(threads, own).trim()}
  let mean_gy = sum_of_all(thread, own_gy) / f32(numbers.members);
  let mean_g = ${spec.rms ? "0.0" : "sum_of_all(thread, own_g) / f32(numbers.members)"};
  let scale = rstd[group];
  ${eachMember(threads, "dx[at] = scale * (g[at] - mean_g - y[at] * mean_gy);").trim()}`;
    return {
      buffers: { y: ["f32", 0], rstd: ["f32", 1], g: ["f32", 2], dx: ["f32", 3] } as const,
      numbers: numbersOf(spec),
      declarations: sumOfAll(threads),
      body,
    };
  };
  return [eachRow(spec.rows, spec.outer * spec.inner, write, software)];
}
