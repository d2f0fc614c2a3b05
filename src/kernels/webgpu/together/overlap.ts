/** Whether two buffers of a plan share memory: one and the same, or parts of the arena that lie over each other. */
import type { Plan } from "../../backend.js";

export function overlap(x: number, y: number, { buffers }: Plan): boolean {
  const [a, b] = [buffers[x]!, buffers[y]!];
  if (a.arena === null || b.arena === null) return x === y;
  return a.arena < b.arena + 4 * b.elements && b.arena < a.arena + 4 * a.elements;
}
