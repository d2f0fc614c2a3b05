/** Calls of a plan in rounds: those of one round touch nothing that another of them writes, and may run at once. */
import type { Call, Plan } from "../../backend.js";
import { endingsOf } from "./endings.js";
import { overlap } from "./overlap.js";

/** A call, and the one that ends it. */
export type Work = { call: number; ending: number | null };

/** As many as the planner keeps the memory of apart (tensor/plan/planner.ts). */
const mostAtOnce = 8;
/** So many rounds back a call may go. */
const mostBack = 4;

/** What a call reads and writes, as buffers of the plan. */
type Touched = { reads: readonly number[]; writes: readonly number[] };

export function roundsOf(plan: Plan): Work[][] {
  const endings = endingsOf(plan);
  const ending = new Set(endings.values());
  const rounds: { work: Work; touched: Touched }[][] = [];
  plan.calls.forEach((_, call) => {
    if (ending.has(call)) return;
    const work = { call, ending: endings.get(call) ?? null };
    const touched = touchedBy(plan, work);
    earliest(rounds, touched, plan).push({ work, touched });
  });
  return rounds.map((round) => round.map(({ work }) => work));
}

/** The earliest of the last rounds with room for a call behind which no round makes what it reads or reads what it writes. */
function earliest<T extends { touched: Touched }>(
  rounds: T[][],
  touched: Touched,
  plan: Plan,
): T[] {
  let found: T[] | null = null;
  for (let k = rounds.length - 1; k >= Math.max(0, rounds.length - mostBack); k--) {
    const round = rounds[k]!;
    if (!round.every((other) => apart(touched, other.touched, plan))) break;
    if (round.length < mostAtOnce) found = round;
  }
  if (!found) rounds.push((found = []));
  return found;
}

function touchedBy({ calls }: Plan, { call, ending }: Work): Touched {
  const first = touchedByCall(calls[call]!);
  if (ending === null) return first;
  const { reads, writes } = touchedByCall(calls[ending]!);
  return {
    reads: [...first.reads, ...reads.filter((buffer) => !first.writes.includes(buffer))],
    writes: [...first.writes, ...writes],
  };
}

/** The optimizers write what they are given. */
function touchedByCall({ kernel, inputs, outputs }: Call): Touched {
  const inPlace = kernel.kernel === "optimizer";
  return { reads: inPlace ? [] : inputs, writes: inPlace ? inputs : outputs };
}

function apart(a: Touched, b: Touched, plan: Plan): boolean {
  const free = (writes: readonly number[], others: readonly number[]): boolean =>
    writes.every((x) => others.every((y) => !overlap(x, y, plan)));
  return free(a.writes, [...b.reads, ...b.writes]) && free(b.writes, a.reads);
}
