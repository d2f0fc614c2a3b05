/**
 * Which member of the matmul family makes a product, by its shape alone: the same shape always takes the
 * same one, so that results do not change from run to run.
 */
import { registersFor } from "../registers.js";
import { columnsOf, depth, large, low, narrow, rowsOf, small, type Tile } from "../tiles.js";

export type Shape = { batch: number; M: number; N: number; K: number };

/** `parts` workgroups share the k of a tile, `chunk` each; their sums are added in a second pass. */
export type Split = { parts: number; chunk: number };

export type Member =
  | { kind: "tiles"; tile: Tile; split: Split }
  | { kind: "vector"; split: Split }
  | { kind: "thread"; split: Split };

const whole = (K: number): Split => ({ parts: 1, chunk: K });

/** Below so many workgroups a GPU has idle cores (a small one has 8, a large one some 100). */
const enough = 32;
/** A CPU has fewer. */
const enoughFor = (software: boolean): number => (software ? 8 : enough);
/** A part is at least so long: else the second pass costs more than the first gains. */
const shortestPart = 256;

export function memberFor({ batch, M, N, K }: Shape, software: boolean): Member {
  if (M * N <= 64 && K <= 64 && batch > enough) return { kind: "thread", split: whole(K) };
  if (M === 1 || N === 1) {
    const outputs = Math.ceil((batch * M * N) / 32);
    return { kind: "vector", split: splitOf(outputs, K, 4 * shortestPart, software) };
  }
  const tile = tileFor(batch, M, N, software);
  return {
    kind: "tiles",
    tile,
    split: splitOf(batch * tilesOf(tile, M, N), K, shortestPart, software),
  };
}

export const tilesOf = (tile: Tile, M: number, N: number): number =>
  Math.ceil(M / rowsOf(tile)) * Math.ceil(N / columnsOf(tile));

export function tileFor(batch: number, M: number, N: number, software: boolean): Tile {
  if (software) return registersFor(M, N);
  if (M <= 16 && N > 32) return low;
  if (N <= 16 && M > 32) return narrow;
  return batch * tilesOf(large, M, N) >= enough ? large : small;
}

export function splitOf(groups: number, K: number, shortest: number, software: boolean): Split {
  const enough = enoughFor(software);
  const wanted = groups >= enough ? 1 : Math.ceil((2 * enough) / Math.max(groups, 1));
  const most = Math.max(1, Math.min(wanted, Math.floor(K / shortest)));
  const chunk = Math.max(Math.ceil(K / most / depth), 1) * depth;
  return { parts: Math.max(1, Math.ceil(K / chunk)), chunk };
}
