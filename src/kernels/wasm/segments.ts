/**
 * Which steps of a plan may run side by side: a segment is a stretch of steps none of which reads or
 * writes what another of them writes. Between segments all threads meet, within one nobody waits.
 */
import type { Call, Plan } from "../backend.js";
import type { Lowered } from "./kernel.js";
import type { Step } from "./program.js";
import { control, mostParts } from "./threads/control.js";
import { stepWords } from "./threads/team.js";
import { microsecondsOf } from "./work.js";

/** Steps to run side by side, or (`shared` false) one after another by the caller alone. */
export type Segment = { steps: Step[]; shared: boolean };

export type Sharing = {
  threads: number;
  /** Microseconds of work from which a segment is shared among threads. */
  crossover: number;
  /** … and of which a part of a step should have at least so many. */
  part: number;
};

/** Parts for each thread: whoever comes late, or is slow, takes fewer. */
const partsEach = 4;

/** A stretch of memory, and what may be done to it. */
type Region = { from: number; to: number; written: boolean };
/** A phase of a call as a step, and the memory that it touches. */
export type Placed = {
  step: Step; call: number; regions: readonly Region[];
  sharedBytes: number; fills: boolean; microseconds: number;
}; // prettier-ignore

/** Where each buffer of a plan lies: those in the arena at their place, those given beyond it. */
export function regionsOf(plan: Plan): { from: number; to: number }[] {
  let end = plan.arenaBytes;
  return plan.buffers.map(({ arena, elements }) => {
    const bytes = Math.ceil((4 * elements) / 256) * 256;
    const from = arena ?? end;
    if (arena === null) end += bytes;
    return { from, to: from + bytes };
  });
}

/** What a phase touches, and its share of the call's work. */
export function place(
  step: Step, call: Call, number: number, phase: Lowered, phases: readonly Lowered[],
  memory: readonly { from: number; to: number }[],
): Placed {
  const all = [...call.inputs, ...call.outputs];
  const inPlace = call.outputs.length === 0;
  const buffersOf = ({ buffers }: Lowered): readonly number[] => buffers ?? all.map((_, k) => k);
  const elements = (list: readonly number[]): number =>
    list.reduce((sum, k) => sum + bytesOf(memory[all[k]!]!) / 4, 0);
  const writes = (k: number): boolean => inPlace || k >= call.inputs.length;
  const fills = (one: Lowered): boolean => !buffersOf(one).some(writes);
  const regions = buffersOf(phase).map((k) => ({ ...memory[all[k]!]!, written: writes(k) }));
  const whole = microsecondsOf(call.kernel, elements(all.map((_, k) => k)));
  const peers = phases.filter((one) => !fills(one)).reduce((sum, one) => sum + elements(buffersOf(one)), 0);
  const share = fills(phase)
    ? elements(buffersOf(phase)) / fillRate
    : (whole * elements(buffersOf(phase))) / Math.max(peers, 1);
  return { step, call: number, regions, sharedBytes: phase.sharedBytes ?? 0, fills: fills(phase), microseconds: share };
} // prettier-ignore

/** Elements that a phase packs in a microsecond. */
const fillRate = 1000;
const bytesOf = ({ from, to }: { from: number; to: number }): number => to - from;

export function segmentsOf(placed: readonly Placed[], sharing: Sharing): Segment[] {
  const groups: Placed[][] = [];
  for (const one of placed) {
    const last = groups.at(-1);
    if (last && fits(last, one)) last.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => segment(group, sharing));
}

function fits(group: readonly Placed[], one: Placed): boolean {
  const words = group.reduce((sum, { step }) => sum + stepWords(step), stepWords(one.step));
  return words <= control.words - control.steps && group.every((other) => sideBySide(other, one));
}

/** Phases of one call: see `Lowered`. Of two calls: neither writes what the other touches. */
function sideBySide(a: Placed, b: Placed): boolean {
  if (a.call === b.call) return a.fills === b.fills;
  if (a.sharedBytes > 0 && b.sharedBytes > 0) return false; // there is one block for all calls
  return !a.regions.some((x) =>
    b.regions.some((y) => (x.written || y.written) && x.from < y.to && y.from < x.to),
  );
}

function segment(group: readonly Placed[], sharing: Sharing): Segment {
  const total = group.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const several = group.length > 1 || group[0]!.step.units > 1;
  const shared = sharing.threads > 1 && total >= sharing.crossover && several;
  for (const { step, microseconds } of group)
    step.parts = shared ? partsOf(microseconds, step.units, sharing) : 1;
  return { steps: group.map(({ step }) => step), shared };
}

/** As many for each thread, of at least about `part` microseconds; less than that stays whole. */
function partsOf(microseconds: number, units: number, { threads, part }: Sharing): number {
  if (microseconds < part) return 1;
  const each = Math.round(microseconds / Math.max(threads * part, 1e-9));
  return Math.min(threads * Math.min(Math.max(each, 1), partsEach), mostParts, units);
}

/** Neighbours that the caller runs alone become one. */
export function joined(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const { steps, shared } of segments) {
    const last = result.at(-1);
    if (last && !shared && !last.shared) last.steps.push(...steps);
    else result.push({ steps: [...steps], shared });
  }
  return result;
}
