/**
 * Walks along the middle axis of [outer, size, inner]. Short lines: a thread each. Long ones: a workgroup,
 * each of whose threads takes a run of neighbours; the runs' sums are scanned in workgroup memory.
 */
import type { ArgReduce, Cumsum } from "../spec.js";
import { eachElement, u32, type Dispatch, type KernelBuffer } from "./kernel.js";
import { functionsFor } from "./wgsl/functions.js";

type Size = { outer: number; size: number; inner: number };

const threads = 256;
const short = 64;

const sizes = ({ size, inner }: Size) => ({ size: u32(size), inner: u32(inner) });

/** WGSL: the place of step j of line `line`. */
const place = (line: string, j: string): string =>
  `(${line} / numbers.inner * numbers.size + ${j}) * numbers.inner + ${line} % numbers.inner`;

export function lowerCumsum(spec: Cumsum): Dispatch[] {
  const { outer, size, inner, reverse, dtype } = spec;
  const lines = outer * inner;
  const at = (line: string, step: string): string =>
    place(line, reverse ? `(numbers.size - 1u - ${step})` : step);
  const zero = dtype === "f32" ? "0.0" : "0";
  const buffers = { x: [dtype, 0], y: [dtype, 1] } as Record<string, KernelBuffer>;
  if (size <= short) {
    const body = /* wgsl */ `
  var sum = ${zero};
  for (var j = 0u; j < numbers.size; j++) {
    let at = ${at("i", "j")};
    sum += x[at];
    y[at] = sum;
  }`;
    return [eachElement(lines, { buffers, numbers: sizes(spec), body })];
  }
  const body = /* wgsl */ `
  let length = (numbers.size + ${threads - 1}u) / ${threads}u;
  let begin = min(thread * length, numbers.size);
  let end = min(begin + length, numbers.size);
  var sum = ${zero};
  for (var j = begin; j < end; j++) { sum += x[${at("group", "j")}]; }
  sums[thread] = sum;
  workgroupBarrier();
  for (var away = 1u; away < ${threads}u; away <<= 1u) { // Hillis and Steele (1986)
    var before = ${zero};
    if (thread >= away) { before = sums[thread - away]; }
    workgroupBarrier();
    sums[thread] += before;
    workgroupBarrier();
  }
  sum = ${zero};
  if (thread > 0u) { sum = sums[thread - 1u]; }
  for (var j = begin; j < end; j++) {
    let at = ${at("group", "j")};
    sum += x[at];
    y[at] = sum;
  }`;
  const declarations = `var<workgroup> sums: array<${dtype}, ${threads}>;`;
  return [{ buffers, numbers: sizes(spec), declarations, body, groups: lines, threads }];
}

/** Integers that ascend as the numbers do (descend, for the smallest), NaN above all. */
function keyOf({ op, dtype }: ArgReduce): string {
  if (dtype === "i32") return op === "max" ? "value" : "~value";
  return `select(${op === "max" ? "" : "-"}order_of(value), 0x7fffffff, is_nan(value))`;
}

export function lowerArgReduce(spec: ArgReduce): Dispatch[] {
  const { outer, size, inner, dtype } = spec;
  const lines = outer * inner;
  const buffers = { x: [dtype, 0], y: ["i32", 1] } as Record<string, KernelBuffer>;
  const key = /* wgsl */ `fn key_of(value: ${dtype}) -> i32 { return ${keyOf(spec)}; }`;
  const declarations = `${functionsFor(key)}\n${key}`;
  const search = (line: string, first: string, step: number): string => /* wgsl */ `
  var best = ${first};
  var best_key = i32(-2147483648);
  for (var j = ${first}; j < numbers.size; j += ${step}u) {
    let key = key_of(x[${place(line, "j")}]);
    if (key > best_key) {
      best = j;
      best_key = key;
    }
  }`;
  if (size <= short) {
    const body = `${search("i", "0u", 1)}\n  y[i] = i32(best);`;
    return [eachElement(lines, { buffers, numbers: sizes(spec), declarations, body })];
  }
  const body = /* wgsl */ `${search("group", "thread", threads)}
  keys[thread] = best_key;
  places[thread] = best;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) {
      let other = thread + half;
      let equal = keys[other] == keys[thread];
      if (keys[other] > keys[thread] || (equal && places[other] < places[thread])) {
        keys[thread] = keys[other];
        places[thread] = places[other];
      }
    }
  }
  if (thread == 0u) { y[group] = i32(places[0]); }`;
  const memory = `var<workgroup> keys: array<i32, ${threads}>;\nvar<workgroup> places: array<u32, ${threads}>;`;
  const all = `${declarations}\n${memory}`;
  return [{ buffers, numbers: sizes(spec), declarations: all, body, groups: lines, threads }];
}
