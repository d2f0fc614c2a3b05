/**
 * The fused kernel in WASM: picks the way the loops go. The code is written for the structure of the
 * nest (how many axes, which are walked element by element) and gets sizes and strides as numbers.
 */
import type { Fused } from "../ir.js";
import { flatten, nestOf } from "../nest.js";
import { reductionPhases } from "./fused/blocks.js";
import { writtenColumns } from "./fused/columns.js";
import { lowerMap } from "./fused/map.js";
import { smoothness, writtenRows } from "./fused/rows.js";
import type { Lowered } from "./kernel.js";

export function lowerFused(spec: Fused): Lowered[] {
  if (!spec.reduce) return lowerMap(spec);
  const { op } = spec.reduce;
  return reductionPhases(spec, (part) =>
    acrossMemory(part) ? writtenColumns(part, op) : writtenRows(part, op),
  );
}

/** Rows shorter than this are better read a lane each, from four rows at once. */
const shortRow = 12;

/**
 * Whether vectors should go along the last output axis: where all loads are read whole there, and
 * not all of them are along any reduced axis; or where the reduced axes are too short for vectors
 * (pooling windows, triples).
 */
function acrossMemory(spec: Fused): boolean {
  const nest = nestOf(spec);
  const last = flatten(nest.output).at(-1);
  if (!last || last.size < 4) return false;
  const along = flatten(nest.reduce);
  const best = Math.max(0, ...along.map(smoothness));
  const readable = last.strides.every((stride) => stride === 0 || stride === 1);
  if (readable && smoothness(last) >= best) return true;
  return last.size >= shortRow && along.every(({ size }) => size < shortRow);
}
