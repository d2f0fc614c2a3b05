/**
 * What the attention kernels share, however their threads walk the T × S matrix of scores: each always has
 * 4 × 4 of it in registers, and no more of that matrix is ever in memory.
 */
import type { Attention, View } from "../../spec.js";
import { i32, scalar, u32, type KernelNumber } from "../kernel.js";

/** How threads walk the matrix: together in a workgroup (workgroup-walk.ts), or alone (register-walk.ts). */
export type Walk = {
  /** For `trace`. */
  name: string;
  /** Rows and columns of a step; then a row of accumulators has a vec4 at every `stride`-th place. */
  side: number;
  stride: number;
  threads: number;
  /** Items (a block of rows, a slice of D) that a workgroup takes. */
  items: number;
  /** Numbers in an element of the buffers that it reads: 1, or 4 that are a vec4. */
  unit: 1 | 4;
  /** How many of the D columns an item makes, at most `most`: its registers hold 4 rows of them. */
  widthFor: (D: number, most: number) => number;
  memory: string;
  /** Functions that read the view `name` of `size` rows. */
  readers: (name: string, size: string) => string;
  /** Sets `item`, and `down` and `across`: which four rows and columns of the step are the thread's. */
  place: string;
  /** Before the steps: the thread's rows of the view `name`, for walks that keep them at hand. */
  hold: (name: string) => string;
  /** In each step, before their use: its columns of the view `name`, the same. */
  bring: (name: string) => string;
  /** `${name}0`…`${name}3` [4 rows] × [4 columns] = Σ_d left[row0 + …, d]·right[column0 + …, d] */
  productOf: (name: string, left: string, right: string) => string;
  /** `sum`r_j += Σ over the step's columns of `weights`r · value[column, d_first + …], columns below `bound`. */
  addWeighted: (
    sum: string,
    weights: string,
    value: string,
    width: number,
    bound: string,
  ) => string;
  /** Sets `higher` to the largest of `highest` and all the scores of each row in this step. */
  higher: string;
  /** Sets `total` to the sum of `weight` over all threads that share the rows. */
  total: string;
};

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

/** Offset and strides of a view [B, heads, rows, columns], in elements of `unit` numbers. */
export function viewNumbers(
  name: string,
  { offset, strides }: View,
  unit = 1,
): Record<string, KernelNumber> {
  const [batch, head, row, column] = strides as [number, number, number, number];
  return {
    [`${name}_offset`]: i32(offset / unit),
    [`${name}_batch`]: i32(batch / unit),
    [`${name}_head`]: i32(head / unit),
    [`${name}_row`]: i32(row / unit),
    [`${name}_column`]: i32(column),
  };
}

/** Whether all views of D columns, and their rows, begin at a multiple of four numbers. */
export const inFours = (D: number, views: readonly View[]): boolean =>
  D % 4 === 0 &&
  views.every(
    ({ offset, strides }) =>
      offset % 4 === 0 && strides.slice(0, 3).every((stride) => stride % 4 === 0),
  );

/** The type of the buffers that a walk reads. */
export const elementOf = ({ unit }: Walk): string => (unit === 4 ? "vec4<f32>" : "f32");

/** Where head `h` of batch `b` begins. */
export const startOf = (name: string): string =>
  `let ${name}_start = numbers.${name}_offset + i32(b) * numbers.${name}_batch + i32(h) * numbers.${name}_head;`;

const each = <T>(count: number, make: (k: number) => T): T[] =>
  Array.from({ length: count }, (_, k) => make(k));
const component = (k: number): string => "xyzw"[k]!;

/** vec4 of a row that a thread accumulates. */
const foursOf = ({ stride }: Walk, width: number): number => width / 4 / stride;

export const eachFour = (walk: Walk, width: number, write: (j: number) => string): string =>
  each(foursOf(walk, width), write).join(" ");

/** The accumulators of `addWeighted`. */
export const accumulators = (walk: Walk, name: string, width: number): string =>
  each(4, (r) => eachFour(walk, width, (j) => `var ${name}${r}_${j} = vec4<f32>();`)).join("\n  ");

/** `sum`r_j += weight.r · v_j for all rows and vec4 of them. */
export const multiplyAdd = (fours: number, sum: string, weight: (r: number) => string): string =>
  each(4, (r) => each(fours, (j) => `${sum}${r}_${j} += ${weight(r)} * v${j};`).join(" ")).join(
    "\n      ",
  );

/** Stores the accumulators, row r times `factor(r)`, in the view `out` [B, heads, rows, D]. */
export const storeRows = (
  walk: Walk,
  out: string,
  width: number,
  name: string,
  factor: (r: number) => string,
): string => {
  const stores = (r: number) => eachFour(walk, width, (j) => /* wgsl */ `
  store_${out}(${out}_start, row0 + 4u * down + ${r}u, d_first + 4u * (${j * walk.stride}u + across), ${name}${r}_${j} * ${factor(r)});`);
  return `
  ${startOf(out)}${each(4, stores).join("")}`;
}; // prettier-ignore

/** Where an item stands: its head, its slice of D, its block of rows. */
export const placeOf = (
  walk: Walk,
  width: number,
  views: readonly string[],
  masked: boolean,
): string => /* wgsl */ `
  ${walk.place}
  let head = item / (numbers.blocks * numbers.slices);
  let b = head / numbers.heads; let h = head % numbers.heads;
  let d_first = item / numbers.blocks % numbers.slices * ${width}u;
  ${views.map(startOf).join("\n  ")}
  ${masked ? startOf("mask") : "let mask_start = 0;"}`;

/** Items and workgroups for `rows` rows of each head. */
export function gridOf(walk: Walk, { B, heads, D }: Size, rows: number, width: number) {
  const [blocks, slices] = [Math.ceil(rows / walk.side), Math.ceil(D / width)];
  const items = B * heads * blocks * slices;
  return {
    numbers: { blocks: u32(blocks), slices: u32(slices), items: u32(items) },
    groups: Math.ceil(items / walk.items),
  };
}

/** The function that `storeRows` calls. */
export const storer = (out: string, size: string): string => /* wgsl */ `
fn store_${out}(start: i32, row: u32, d: u32, value: vec4<f32>) {
  if (row >= ${size}) { return; }
  let p = start + i32(row) * numbers.${out}_row + i32(d);
  ${each(4, (c) => `if (d + ${c}u < numbers.D) { ${out}[p + ${c}] = value.${component(c)}; }`).join("\n  ")}
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
