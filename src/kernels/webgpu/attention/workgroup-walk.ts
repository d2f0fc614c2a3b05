/**
 * Attention's matrix of scores in tiles of 32 × 32, a workgroup of 8 × 8 threads for each, 4 × 4 a thread:
 *
 *   scores   rows · columnsᵀ over all of D, 16 at a time through workgroup memory
 *   weights  the tile in workgroup memory, so that all threads see it
 *   sums     [32 rows, width] += weights [32 rows, 32 columns] · values [32 columns, width]
 */
import { multiplyAdd, type Walk } from "./tile.js";

const side = 32;
const threads = 64;
/** Rows of D that a tile of the product takes in. */
const depth = 16;
/** vec4 in a line of a tile, and one more against bank conflicts. */
const line = side / 4 + 1;
/** vec4 of the `values` in workgroup memory. */
const valuesSize = 256;

/** 2.25 KiB, 4 KiB, 4.5 KiB: within the 16 that WebGPU promises. `values` serves as `columns`, too. */
const memory = /* wgsl */ `
var<workgroup> rows: array<vec4<f32>, ${depth * line}>;
var<workgroup> values: array<vec4<f32>, ${valuesSize}>;
var<workgroup> weights: array<vec4<f32>, ${side * line}>;`;

/**
 * 0 outside: `${name}_down` four rows of one column,
 * `${name}_across` four columns of one row.
 */
const readers = (name: string, size: string): string => /* wgsl */ `
fn ${name}_down(start: i32, row: u32, d: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (d >= numbers.D) { return four; }
  let step = numbers.${name}_row;
  let p = start + i32(row) * step + i32(d);
  if (row + 3u < ${size}) { return vec4<f32>(${name}[p], ${name}[p + step], ${name}[p + 2 * step], ${name}[p + 3 * step]); }
  if (row < ${size}) { four.x = ${name}[p]; }
  if (row + 1u < ${size}) { four.y = ${name}[p + step]; }
  if (row + 2u < ${size}) { four.z = ${name}[p + 2 * step]; }
  return four;
}
fn ${name}_across(start: i32, row: u32, d: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (row >= ${size}) { return four; }
  let p = start + i32(row) * numbers.${name}_row + i32(d);
  if (d + 3u < numbers.D) { return vec4<f32>(${name}[p], ${name}[p + 1], ${name}[p + 2], ${name}[p + 3]); }
  if (d < numbers.D) { four.x = ${name}[p]; }
  if (d + 1u < numbers.D) { four.y = ${name}[p + 1]; }
  if (d + 2u < numbers.D) { four.z = ${name}[p + 2]; }
  return four;
}`;

const each = <T>(count: number, make: (k: number) => T): T[] =>
  Array.from({ length: count }, (_, k) => make(k));
const component = (k: number): string => "xyzw"[k]!;

const productOf = (name: string, left: string, right: string): string => /* wgsl */ `
  ${each(4, (r) => `var ${name}${r} = vec4<f32>();`).join(" ")}
  for (var d0 = 0u; d0 < numbers.D; d0 += ${depth}u) {
    for (var e = thread; e < ${(depth * side) / 4}u; e += ${threads}u) {
      let d = e % ${depth}u; let quad = e / ${depth}u;
      rows[d * ${line}u + quad] = ${left}_down(${left}_start, row0 + 4u * quad, d0 + d);
      values[d * ${line}u + quad] = ${right}_down(${right}_start, column0 + 4u * quad, d0 + d);
    }
    workgroupBarrier();
    for (var d = 0u; d < ${depth}u; d++) {
      let a = rows[d * ${line}u + down]; let b = values[d * ${line}u + across];
      ${each(4, (r) => `${name}${r} = fma(vec4<f32>(a.${component(r)}), b, ${name}${r});`).join(" ")}
    }
    workgroupBarrier();
  }`;

/** Puts the 4 × 4 `${name}` of every thread into `weights` [32 columns][32 rows]; a barrier must follow. */
const keep = (name: string): string =>
  each(4, (c) => {
    const four = each(4, (r) => `${name}${r}.${component(c)}`).join(", ");
    return `weights[(4u * across + ${c}u) * ${line}u + down] = vec4<f32>(${four});`;
  }).join("\n    ");

const addWeighted: Walk["addWeighted"] = (sum, weights, value, width, bound) => {
  const [quads, chunk] = [width / 4, Math.min(side, (4 * valuesSize) / width)];
  const fours = width / side;
  return /* wgsl */ `
  ${keep(weights)}
  workgroupBarrier();
  for (var first = 0u; first < ${side}u && column0 + first < ${bound}; first += ${chunk}u) {
    for (var e = thread; e < ${chunk * quads}u; e += ${threads}u) {
      values[e] = ${value}_across(${value}_start, column0 + first + e / ${quads}u, d_first + 4u * (e % ${quads}u));
    }
    workgroupBarrier();
    for (var s = 0u; s < ${chunk}u; s++) {
      let p = weights[(first + s) * ${line}u + down];
      ${each(fours, (j) => `let v${j} = values[s * ${quads}u + ${j * 8}u + across];`).join(" ")}
      ${multiplyAdd(fours, sum, (r) => `p.${component(r)}`)}
    }
    workgroupBarrier();
  }`;
};

export const workgroupWalk: Walk = {
  name: "tiles of 32 × 32",
  side,
  stride: 8,
  threads,
  items: 1,
  unit: 1,
  widthFor: (D, most) => (D <= 32 ? 32 : Math.min(D <= 64 ? 64 : 128, most)),
  memory,
  readers,
  place: "let item = group; let down = thread / 8u; let across = thread % 8u;",
  hold: () => "",
  bring: () => "",
  productOf,
  addWeighted,
  higher: /* wgsl */ `rows[across * 8u + down] = vec4<f32>(largest(score0), largest(score1), largest(score2), largest(score3));
    workgroupBarrier();
    var higher = highest;
    for (var x = 0u; x < 8u; x++) { higher = max(higher, rows[x * 8u + down]); }`,
  total: /* wgsl */ `rows[across * 8u + down] = weight;
  workgroupBarrier();
  var total = vec4<f32>();
  for (var x = 0u; x < 8u; x++) { total += rows[x * 8u + down]; }`,
};
