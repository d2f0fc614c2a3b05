/**
 * Reading by index, and its transpose, adding by index. WGSL has no atomic addition of floats, and its
 * order would not be fixed: so a thread makes an output and looks for what goes there, in the order of
 * j. Where that would be too much looking, takeAdd first links the places that share an index, and
 * scatterAdd gives each line [size] to one thread.
 */
import { computedIn, type DType } from "../ir.js";
import type { Gather, ScatterAdd, Take, TakeAdd } from "../spec.js";
import { element } from "./half.js";
import { eachElement, u32, type Dispatch } from "./kernel.js";

type Size = { outer: number; size: number; inner: number; count: number };

/** As many comparisons are cheaper than another dispatch. */
const fewComparisons = 2 ** 24;

/** Sums go in blocks, so that rounding errors do not grow with their length. */
const blockLength = 64;

const sizes = ({ size, inner, count: many }: Size) => ({
  size: u32(size),
  inner: u32(inner),
  many: u32(many),
});

/** NaN's bits: what an index outside reads from floats. Numbers are moved as integers, so that bits stay. */
const outside = (dtype: DType): string => (computedIn(dtype) === "f32" ? "2143289344" : "0");

const moved = (dtype: DType, at: string): string =>
  dtype === "f16" ? `bitcast<i32>(${element(dtype, "x", at)})` : `x[${at}]`;

function read(spec: Take | Gather, indexAt: string): Dispatch[] {
  const { outer, count, inner, dtype } = spec;
  const body = /* wgsl */ `
  let block = i / (numbers.many * numbers.inner);
  let j = (i / numbers.inner) % numbers.many;
  let k = index[${indexAt}];
  var value = ${outside(dtype)};
  if (k >= 0 && k < i32(numbers.size)) {
    value = ${moved(dtype, "(block * numbers.size + u32(k)) * numbers.inner + i % numbers.inner")};
  }
  y[i] = value;`;
  const buffers = {
    x: [dtype === "f16" ? "u32" : "i32", 0],
    index: ["i32", 1],
    y: ["i32", 2],
  } as const;
  return [eachElement(outer * count * inner, { buffers, numbers: sizes(spec), body })];
}

export const lowerTake = (spec: Take): Dispatch[] => read(spec, "j");
export const lowerGather = (spec: Gather): Dispatch[] => read(spec, "i");

/** Output [block, k, c] is the sum of what has index k. */
function search(spec: TakeAdd | ScatterAdd, indexAt: string): Dispatch {
  const { outer, size, inner } = spec;
  const body = /* wgsl */ `
  let c = i % numbers.inner;
  let k = i32((i / numbers.inner) % numbers.size);
  let block = i / (numbers.size * numbers.inner);
  var sum = 0.0;
  for (var j = 0u; j < numbers.many;) {
    var part = 0.0;
    for (let end = min(j + ${blockLength}u, numbers.many); j < end; j++) {
      let at = (block * numbers.many + j) * numbers.inner + c;
      if (index[${indexAt}] == k) { part += g[at]; }
    }
    sum += part;
  }
  x[i] = sum;`;
  const buffers = { g: ["f32", 0], index: ["i32", 1], x: ["f32", 2] } as const;
  return eachElement(outer * size * inner, { buffers, numbers: sizes(spec), body });
}

const comparisons = ({ outer, size, inner, count }: Size): number => outer * size * inner * count;

export function lowerTakeAdd(spec: TakeAdd): Dispatch[] {
  if (comparisons(spec) <= fewComparisons) return [search(spec, "j")];
  const { outer, size, inner, count } = spec;
  const next = ["i32", { scratch: 0, bytes: 4 * count }] as const;
  return [
    eachElement(Math.max(outer * size * inner, count), {
      buffers: { index: ["i32", 1], x: ["f32", 2], next },
      numbers: { ...sizes(spec), outputs: u32(outer * size * inner) },
      body: link,
    }),
    eachElement(outer * count * inner, {
      buffers: { g: ["f32", 0], index: ["i32", 1], x: ["f32", 2], next },
      numbers: sizes(spec),
      body: follow,
    }),
  ];
}

/** Outputs start at 0. next[j]: the next place with j's index, +1; negative where no place before has it; 0 never occurs. */
const link = /* wgsl */ `
  if (i < numbers.outputs) { x[i] = 0.0; }
  if (i >= numbers.many) { return; }
  let k = index[i];
  var after = i + 1u;
  while (after < numbers.many && index[after] != k) { after++; }
  var before = i32(i) - 1;
  while (before >= 0 && index[before] != k) { before--; }
  next[i] = select(i32(after) + 1, -i32(after) - 1, before < 0);`;

/** From the first place of each index on, along its chain. */
const follow = /* wgsl */ `
  let c = i % numbers.inner;
  var j = (i / numbers.inner) % numbers.many;
  let block = i / (numbers.many * numbers.inner);
  let k = index[j];
  if (next[j] > 0 || k < 0 || k >= i32(numbers.size)) { return; }
  var sum = 0.0;
  while (j < numbers.many) {
    var part = 0.0;
    for (var n = 0u; n < ${blockLength}u && j < numbers.many; n++) {
      part += g[(block * numbers.many + j) * numbers.inner + c];
      j = u32(abs(next[j])) - 1u;
    }
    sum += part;
  }
  x[(block * numbers.size + u32(k)) * numbers.inner + c] = sum;`;

export function lowerScatterAdd(spec: ScatterAdd): Dispatch[] {
  if (comparisons(spec) <= fewComparisons) return [search(spec, "at")];
  const body = /* wgsl */ `
  let c = i % numbers.inner;
  let block = i / numbers.inner;
  for (var k = 0u; k < numbers.size; k++) { x[(block * numbers.size + k) * numbers.inner + c] = 0.0; }
  for (var j = 0u; j < numbers.many; j++) {
    let at = (block * numbers.many + j) * numbers.inner + c;
    let k = index[at];
    if (k >= 0 && k < i32(numbers.size)) { x[(block * numbers.size + u32(k)) * numbers.inner + c] += g[at]; }
  }`;
  const buffers = { g: ["f32", 0], index: ["i32", 1], x: ["f32", 2] } as const;
  return [eachElement(spec.outer * spec.inner, { buffers, numbers: sizes(spec), body })];
}
