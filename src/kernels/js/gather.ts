/**
 * Reading by index along the middle axis, and the transpose of each, adding by index:
 *   take    y[o, j, i] = x[o, index[j], i]             takeAdd     x[o, index[j], i] += g[o, j, i]
 *   gather  y[o, j, i] = x[o, index[o, j, i], i]       scatterAdd  x[o, index[o, j, i], i] += g[o, j, i]
 * An index outside [0, size) reads NaN (0 from integers) and adds nothing.
 */
import type { Gather, ScatterAdd, Take, TakeAdd } from "../spec.js";
import type { Data, Run } from "./kernel.js";

type Size = { outer: number; size: number; inner: number; count: number };

/** Meets every [o, j, i] with where it and its partner in x stand; `from` is −1 for an index outside. */
export function eachPair(
  { outer, size, inner, count }: Size,
  indexAt: (j: number, at: number) => number,
  visit: (at: number, from: number) => void,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      for (let i = 0; i < inner; i++) {
        const at = (o * count + j) * inner + i;
        const k = indexAt(j, at);
        visit(at, k >= 0 && k < size ? (o * size + k) * inner + i : -1);
      }
    }
  }
}

/** An Int32Array turns NaN into 0. */
const read = (x: Data, from: number): number => (from < 0 ? NaN : x[from]!);

export const take: Run<Take> = (spec, [x, index], [y]) => {
  const indexAt = (j: number): number => index[j]!;
  eachPair(spec, indexAt, (at, from) => (y[at] = read(x, from)));
};

export const takeAdd: Run<TakeAdd> = (spec, [g, index], [x]) => {
  x.fill(0);
  const indexAt = (j: number): number => index[j]!;
  eachPair(spec, indexAt, (at, from) => from >= 0 && (x[from]! += g[at]!));
};

export const gather: Run<Gather> = (spec, [x, index], [y]) => {
  const indexAt = (_: number, at: number): number => index[at]!;
  eachPair(spec, indexAt, (at, from) => (y[at] = read(x, from)));
};

export const scatterAdd: Run<ScatterAdd> = (spec, [g, index], [x]) => {
  x.fill(0);
  const indexAt = (_: number, at: number): number => index[at]!;
  eachPair(spec, indexAt, (at, from) => from >= 0 && (x[from]! += g[at]!));
};
