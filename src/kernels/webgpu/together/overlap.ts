/** Whether two buffers of a plan share memory: one and the same, or parts of the arena that lie over each other. */
import type { Plan, PlanBuffer } from "../../backend.js";
import { bytesOf } from "../../ir.js";

export function overlap(x: number, y: number, { buffers }: Plan): boolean {
  const [a, b] = [buffers[x]!, buffers[y]!];
  if (a.arena === null || b.arena === null) return x === y;
  return a.arena < end(b) && b.arena < end(a);
}

/** The first byte of the arena behind it. */
const end = ({ arena, dtype, elements }: PlanBuffer): number =>
  (arena ?? 0) + bytesOf(dtype, elements);
