/**
 * What the threads of a workgroup make together: each brings a number, all get the sum (or the largest).
 * Subgroups, where they are asked for, do it with 2 barriers instead of 2 + log₂(threads).
 */
import type { Dispatch } from "./kernel.js";

/** WGSL of `sum_of_all(thread, value)`: joins the upper half into the lower until one is left. */
export const sumOfAll = (threads: number): string => joined("sum_of_all", threads, "a + b");

/** WGSL of `largest_of_all(thread, value)`; NaN if one is. Its text calls `larger`. */
export const largestOfAll = (threads: number): string =>
  joined("largest_of_all", threads, "larger(a, b)");

function joined(name: string, threads: number, next: string): string {
  return /* wgsl */ `
var<workgroup> ${name}_values: array<f32, ${threads}>;
fn ${name}(thread: u32, value: f32) -> f32 {
  workgroupBarrier(); // all have read what the last use left
  ${name}_values[thread] = value;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) {
      let a = ${name}_values[thread];
      let b = ${name}_values[thread + half];
      ${name}_values[thread] = ${next};
    }
  }
  workgroupBarrier();
  return ${name}_values[0];
}`;
}

/** `sum_of_all` by subgroups of any size: each adds up its own numbers, then all of them what each found. */
const sumOfSubgroups = (threads: number): string => /* wgsl */ `
var<workgroup> sum_of_all_values: array<f32, ${threads}>;
fn sum_of_all(thread: u32, value: f32) -> f32 {
  workgroupBarrier(); // all have read what the last use left
  let own = subgroupAdd(value);
  sum_of_all_values[thread] = select(0.0, own, subgroupElect());
  workgroupBarrier();
  let lanes = subgroupAdd(1u);
  var total = 0.0;
  for (var k = subgroupExclusiveAdd(1u); k < ${threads}u; k += lanes) { total += sum_of_all_values[k]; }
  return subgroupAdd(total);
}`;

/** `largest_of_all` by subgroups; what their `max` makes of a NaN is left open, so NaNs are asked for. */
const largestOfSubgroups = (threads: number): string => /* wgsl */ `
var<workgroup> largest_of_all_values: array<f32, ${threads}>;
fn largest_of_subgroup(value: f32) -> f32 {
  var nan = 0x7fc00000u;
  return select(subgroupMax(value), bitcast<f32>(nan), subgroupAny(is_nan(value)));
}
fn largest_of_all(thread: u32, value: f32) -> f32 {
  workgroupBarrier(); // all have read what the last use left
  largest_of_all_values[thread] = largest_of_subgroup(value);
  workgroupBarrier();
  let lanes = subgroupAdd(1u);
  var largest = value;
  for (var k = subgroupExclusiveAdd(1u); k < ${threads}u; k += lanes) { largest = larger(largest, largest_of_all_values[k]); }
  return largest_of_subgroup(largest);
}`;

/** The dispatch with its trees climbed by subgroups; itself where it has none. */
export function bySubgroups(dispatch: Dispatch): Dispatch {
  const { threads, declarations = "", member } = dispatch;
  const trees = declarations
    .replace(sumOfAll(threads), sumOfSubgroups(threads))
    .replace(largestOfAll(threads), largestOfSubgroups(threads));
  if (trees === declarations) return dispatch;
  return {
    ...dispatch,
    declarations: trees,
    member: `${member ?? "a workgroup a row"}, by subgroups`,
  };
}
