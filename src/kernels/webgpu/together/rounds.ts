/** Calls of a plan in rounds: those of one round touch nothing that another of them writes, and may run at once. */
import type { Call, Plan } from "../../backend.js";

/** As many as the planner keeps the memory of apart (tensor/plan/planner.ts). */
const mostAtOnce = 8;

/** What a call reads and writes, as buffers of the plan. */
type Touched = { reads: readonly number[]; writes: readonly number[] };

export function roundsOf(plan: Plan): number[][] {
  const rounds: number[][] = [];
  let touched: Touched[] = [];
  plan.calls.forEach((call, k) => {
    const own = touchedBy(call);
    const last = rounds.at(-1);
    if (last && last.length < mostAtOnce && touched.every((other) => apart(own, other, plan))) {
      last.push(k);
      touched.push(own);
    } else {
      rounds.push([k]);
      touched = [own];
    }
  });
  return rounds;
}

/** The optimizers write what they are given. */
function touchedBy({ kernel, inputs, outputs }: Call): Touched {
  const inPlace = kernel.kernel === "optimizer";
  return { reads: inPlace ? [] : inputs, writes: inPlace ? inputs : outputs };
}

function apart(a: Touched, b: Touched, plan: Plan): boolean {
  const free = (writes: readonly number[], others: readonly number[]): boolean =>
    writes.every((x) => others.every((y) => !overlap(x, y, plan)));
  return free(a.writes, [...b.reads, ...b.writes]) && free(b.writes, a.reads);
}

function overlap(x: number, y: number, { buffers }: Plan): boolean {
  const [a, b] = [buffers[x]!, buffers[y]!];
  if (a.arena === null || b.arena === null) return x === y;
  return a.arena < b.arena + 4 * b.elements && b.arena < a.arena + 4 * a.elements;
}
