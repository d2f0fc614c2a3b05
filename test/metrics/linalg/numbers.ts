// Reproducible numbers for the tests of metrics: matrices from a seed, and closeness.

import seedrandom from "seedrandom";
import { expect } from "vitest";
import type { Matrix } from "genarch/metrics";

/** Rows of numbers in [-1, 1). */
export function randomRows(seed: string, rows: number, columns: number): number[][] {
  const random = seedrandom(seed);
  const row = () => Array.from({ length: columns }, () => 2 * random() - 1);
  return Array.from({ length: rows }, row);
}

export function matrix(rows: readonly (readonly number[])[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  return { rows: rows.length, columns, data: Float64Array.from(rows.flat()) };
}

export function expectNear(
  got: ArrayLike<number | null>,
  want: ArrayLike<number>,
  tolerance = 1e-12,
): void {
  expect(got.length).toBe(want.length);
  const beyond = Array.from(want, (x, i) => {
    const room = tolerance * Math.max(1, Math.abs(x));
    return Math.abs(got[i]! - x) <= room ? "" : `entry ${i} is ${got[i]}, not ${x}`;
  });
  expect(beyond.filter(Boolean)).toEqual([]);
}
