/** Which parameters an optimizer updates together: those whose gradients the same plan makes. */
import type { Plan } from "../../backend.js";
import type { Optimizer } from "../../spec.js";
import type { Dispatch } from "../kernel.js";
import { lowerOptimizer } from "../optimizer.js";
import type { PlanPlaces } from "../places.js";
import * as slabs from "./slabs.js";

/** What lowering an optimizer must know beyond its kernel. */
export type Setting = { plan: Plan; places: PlanPlaces; mostBytes: number };

export function lowerInSlabs(
  kernel: Optimizer,
  inputs: readonly number[],
  { plan, places, mostBytes }: Setting,
): Dispatch[] {
  const gradient = (k: number): number => inputs[k * slabs.inputsOf(kernel) + 1]!;
  const inArena = kernel.sizes.map((_, k) => plan.buffers[gradient(k)]!.arena);
  const made = new Set(plan.calls.flatMap(({ outputs }) => outputs));
  const dispatches: Dispatch[] = [];
  const done = new Set<number>();
  for (const slab of slabs.slabsOf(kernel, mostBytes)) {
    const members = slabs.membersOf(kernel, slab);
    if (!members.every(({ input }) => places.isGiven(inputs[input]!))) continue;
    const temporary = slab.rows.filter(({ k }) => inArena[k] !== null);
    const results = slab.rows.filter(({ k }) => inArena[k] === null && made.has(gradient(k)));
    if (temporary.length + results.length === 0) continue;
    places.gather({ what: "Parameters and states of an optimizer", bytes: slab.bytes, kept: true }, members, inputs); // prettier-ignore
    const starts = inArena.map((start) => start ?? 0);
    dispatches.push(...slabs.lowerFromArena(kernel, temporary, starts, mostBytes));
    if (results.length > 0) dispatches.push(fromResults(kernel, results, inputs, places));
    for (const { k } of [...temporary, ...results]) done.add(k);
  }
  return [...dispatches, ...lowerOptimizer(kernel, (k) => !done.has(k))];
}

/** Gradients that outlive the run are made in a slab of theirs. */
function fromResults(
  kernel: Optimizer,
  rows: readonly slabs.Row[],
  inputs: readonly number[],
  places: PlanPlaces,
): Dispatch {
  const { bytes, places: all } = slabs.gradientsOf(kernel, rows);
  places.gather({ what: "Gradients", bytes, kept: false }, all, inputs);
  const starts = new Map(rows.map(({ k }, row) => [k, all[row]!.offset]));
  return slabs.lowerTogether(kernel, rows, { slab: all[0]!.input }, (k) => starts.get(k)!);
}
