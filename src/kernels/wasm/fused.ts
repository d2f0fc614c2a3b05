/**
 * The fused kernel in WASM: picks the way the loops go. The code is written for the structure of the
 * nest (how many axes, which are walked element by element) and gets sizes and strides as numbers.
 */
import type { Fused } from "../ir.js";
import { lowerColumns } from "./fused/columns.js";
import { lowerMap } from "./fused/map.js";
import { flatten, nestOf } from "./fused/nest.js";
import { lowerRows, smoothness } from "./fused/rows.js";
import type { Lowered } from "./kernel.js";

export function lowerFused(spec: Fused): Lowered[] {
  if (!spec.reduce) return lowerMap(spec);
  return acrossMemory(spec) ? lowerColumns(spec, spec.reduce.op) : lowerRows(spec, spec.reduce.op);
}

/**
 * Whether vectors should go along the last output axis: where all loads are read whole there, and
 * not all of them are along any reduced axis.
 */
function acrossMemory(spec: Fused): boolean {
  const nest = nestOf(spec);
  const last = flatten(nest.output).at(-1);
  if (!last) return false;
  const readable = last.strides.every((stride) => stride === 0 || stride === 1);
  const along = flatten(nest.reduce);
  const best = Math.max(0, ...along.map(smoothness));
  return readable && last.size >= 4 && smoothness(last) >= best;
}
