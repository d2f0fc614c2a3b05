/**
 * What the attention kernels share. A workgroup of 8 × 8 threads walks the T × S matrix of scores in tiles
 * of 32 × 32, each thread 4 × 4 of it in registers; no more of that matrix is ever in memory.
 *
 *   productOf    scores = rows · columnsᵀ over all of D, 16 at a time through workgroup memory
 *   keep         4 × 4 numbers of each thread → `weights`, so that all threads see the tile
 *   addWeighted  outputs [32 rows, width] += weights [32 rows, 32 columns] · values [32 columns, width]
 */
import type { Attention, View } from "../../spec.js";
import { i32, scalar, u32, type KernelNumber } from "../kernel.js";

export const side = 32;
export const threads = 64;
/** Rows of D that a tile of the product takes in. */
const depth = 16;
/** vec4 in a line of a tile, and one more against bank conflicts. */
const line = side / 4 + 1;
/** vec4 of the `values` in workgroup memory. */
const valuesSize = 256;

/** How many of the D columns a workgroup makes: its registers hold 4 rows of them. More take several. */
export const widthFor = (D: number, most: number): number =>
  D <= 32 ? 32 : Math.min(D <= 64 ? 64 : 128, most);

/** 4 KiB, 4.5 KiB, 2.25 KiB: within the 16 that WebGPU promises. `values` serves as `columns`, too. */
export const memory = /* wgsl */ `
var<workgroup> rows: array<vec4<f32>, ${depth * line}>;
var<workgroup> values: array<vec4<f32>, ${valuesSize}>;
var<workgroup> weights: array<vec4<f32>, ${side * line}>;`;

/** Lowest float: the score of a hidden key. −∞ would do, but WGSL need not keep it. */
export const hidden = "-3.4028234e38";

export type Size = Omit<Attention, "kernel">;

export function sizeNumbers({ B, heads, T, S, D, causal }: Size): Record<string, KernelNumber> {
  return {
    B: u32(B),
    heads: u32(heads),
    T: u32(T),
    S: u32(S),
    D: u32(D),
    causal: u32(Number(causal)),
    scale: scalar(0),
  };
}

/** Offset and strides of a view [B, heads, rows, columns]. */
export function viewNumbers(name: string, { offset, strides }: View): Record<string, KernelNumber> {
  const [batch, head, row, column] = strides as [number, number, number, number];
  return {
    [`${name}_offset`]: i32(offset),
    [`${name}_batch`]: i32(batch),
    [`${name}_head`]: i32(head),
    [`${name}_row`]: i32(row),
    [`${name}_column`]: i32(column),
  };
}

/** Where head `h` of batch `b` begins. */
export const startOf = (name: string): string =>
  `let ${name}_start = numbers.${name}_offset + i32(b) * numbers.${name}_batch + i32(h) * numbers.${name}_head;`;

/**
 * Functions that read a view of `size` rows, 0 outside: `${name}_down` four rows of one column,
 * `${name}_across` four columns of one row.
 */
export const readers = (name: string, size: string): string => /* wgsl */ `
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

/** `${name}0`…`${name}3` [4 rows] × [4 columns] = Σ_d left[row0 + …, d]·right[column0 + …, d] */
export const productOf = (name: string, left: string, right: string): string => /* wgsl */ `
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
export const keep = (name: string): string =>
  each(4, (c) => {
    const four = each(4, (r) => `${name}${r}.${component(c)}`).join(", ");
    return `weights[(4u * across + ${c}u) * ${line}u + down] = vec4<f32>(${four});`;
  }).join("\n    ");

/** The accumulators of `addWeighted`. */
export const accumulators = (name: string, width: number): string =>
  each(4, (r) => each(width / side, (j) => `var ${name}${r}_${j} = vec4<f32>();`).join(" ")).join(
    "\n  ",
  );

/** `${name}r_j` += Σ over the tile's columns below `bound` of weights·value[column, column of D `d_first` + …] */
export const addWeighted = (name: string, value: string, width: number, bound: string): string => {
  const [quads, chunk] = [width / 4, Math.min(side, (4 * valuesSize) / width)];
  const fours = each(width / side, (j) => j);
  return /* wgsl */ `
  for (var first = 0u; first < ${side}u && column0 + first < ${bound}; first += ${chunk}u) {
    for (var e = thread; e < ${chunk * quads}u; e += ${threads}u) {
      values[e] = ${value}_across(${value}_start, column0 + first + e / ${quads}u, d_first + 4u * (e % ${quads}u));
    }
    workgroupBarrier();
    for (var s = 0u; s < ${chunk}u; s++) {
      let p = weights[(first + s) * ${line}u + down];
      ${fours.map((j) => `let v${j} = values[s * ${quads}u + ${j * 8}u + across];`).join(" ")}
      ${each(4, (r) =>
        fours
          .map(
            (j) => `${name}${r}_${j} = fma(vec4<f32>(p.${component(r)}), v${j}, ${name}${r}_${j});`,
          )
          .join(" "),
      ).join("\n      ")}
    }
    workgroupBarrier();
  }`;
};

/** Stores the accumulators, row r times `factor(r)`, in `out` [B, heads, `size`, D]. */
export const storeRows = (
  out: string,
  name: string,
  width: number,
  factor: (r: number) => string,
): string => {
  const stores = each(4, (r) => each(width / side, (j) => /* wgsl */ `
  store_${out}(head, row0 + 4u * down + ${r}u, d_first + 4u * (${j * 8}u + across), ${name}${r}_${j} * ${factor(r)});`));
  return stores.flat().join("");
}; // prettier-ignore

/** The function that `storeRows` calls. */
export const storer = (out: string, size: string): string => /* wgsl */ `
fn store_${out}(head: u32, row: u32, d: u32, value: vec4<f32>) {
  if (row >= ${size}) { return; }
  let p = (head * ${size} + row) * numbers.D + d;
  ${each(4, (c) => `if (d + ${c}u < numbers.D) { ${out}[p + ${c}u] = value.${component(c)}; }`).join("\n  ")}
}`;

/** The largest of four. */
export const largest = /* wgsl */ `
fn largest(x: vec4<f32>) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }`;

/**
 * A score made ready for the softmax: scaled, masked, and `hidden` where query t may not see key s.
 * Four pairs at once: `t` and `s` are vec4, one of them four times the same.
 */
export const scoreFunction = (mask: boolean): string => /* wgsl */ `
fn score(product: vec4<f32>, t: vec4<u32>, s: vec4<u32>, start: i32) -> vec4<f32> {
  let later = (s + numbers.T > t + numbers.S) & vec4<bool>(numbers.causal == 1u);
  let seen = !later & (s < vec4<u32>(numbers.S)) & (t < vec4<u32>(numbers.T));
  var x = numbers.scale * product;
  ${
    mask
      ? `let p = start + vec4<i32>(t) * numbers.mask_row + vec4<i32>(s) * numbers.mask_column;
  ${each(4, (c) => `if (seen.${component(c)}) { x.${component(c)} += mask[p.${component(c)}]; }`).join("\n  ")}`
      : ""
  }
  let lowest = bitcast<vec4<u32>>(x) == vec4<u32>(0xff800000u); // −∞, by its bits
  return select(vec4<f32>(${hidden}), x, seen & !lowest);
}`;
