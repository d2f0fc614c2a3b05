/** Which parameters an optimizer updates together: those whose gradients the same plan makes. */
import type { Plan } from "../../backend.js";
import type { Optimizer } from "../../spec.js";
import type { Dispatch } from "../kernel.js";
import { lowerOptimizer } from "../optimizer.js";
import type { PlanPlaces } from "../places.js";
import * as slabs from "./slabs.js";

/** What lowering an optimizer must know beyond its kernel. */
export type Setting = { plan: Plan; places: PlanPlaces; mostBytes: number };

type Call = { kernel: Optimizer; inputs: readonly number[] };

/** Gradients of the rows of a slab: those in the arena, and those that outlive the run, which are made in a slab of theirs. */
type Group = { slab: slabs.Rows; temporary: slabs.Row[]; results: slabs.Row[] };

function groupsOf(call: Call, { plan, places, mostBytes }: Setting): Group[] {
  const { kernel, inputs } = call;
  const made = new Set(plan.calls.flatMap(({ outputs }) => outputs));
  const starts = startsOf(call, plan);
  const factor = factorSpan(call, plan);
  const reaches = (row: slabs.Row): boolean => {
    const { from, to } = slabs.gradientSpan(row, starts, factor);
    return to - from <= mostBytes;
  };
  return slabs.slabsOf(kernel, mostBytes).flatMap((slab): Group[] => {
    const members = slabs.membersOf(kernel, slab);
    if (!members.every(({ input }) => places.isGiven(inputs[input]!))) return [];
    const isTemporary = ({ k }: slabs.Row) => starts[k] !== null;
    const temporary = slab.rows.filter((row) => isTemporary(row) && reaches(row));
    const gradient = ({ k }: slabs.Row) => inputs[k * slabs.inputsOf(kernel) + 1]!;
    const results = slab.rows.filter((row) => !isTemporary(row) && made.has(gradient(row)));
    return temporary.length + results.length === 0 ? [] : [{ slab, temporary, results }];
  });
}

/** Where each gradient begins in the arena; null: it is given at the run. */
const startsOf = ({ kernel, inputs }: Call, { buffers }: Plan): (number | null)[] =>
  kernel.sizes.map((_, k) => buffers[inputs[k * slabs.inputsOf(kernel) + 1]!]!.arena);

/** Where in the arena the factor of all gradients lies, if there is one and it does. */
function factorSpan({ kernel, inputs }: Call, { buffers }: Plan): slabs.Span | null {
  if (!kernel.scaled) return null;
  const { arena } = buffers[inputs.at(-1)!]!;
  return arena === null ? null : { from: arena, to: arena + 256 };
}

export function lowerInSlabs(
  kernel: Optimizer,
  inputs: readonly number[],
  setting: Setting,
): Dispatch[] {
  const { plan, places, mostBytes } = setting;
  const call = { kernel, inputs };
  const starts = startsOf(call, plan);
  const factor = factorSpan(call, plan);
  const dispatches: Dispatch[] = [];
  const done = new Set<number>();
  for (const { slab, temporary, results } of groupsOf(call, setting)) {
    const members = slabs.membersOf(kernel, slab);
    places.gather({ what: "Parameters and states of an optimizer", bytes: slab.bytes, kept: true }, members, inputs); // prettier-ignore
    dispatches.push(...slabs.lowerFromArena(kernel, temporary, starts, factor, mostBytes));
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
  const { bytes, places: all } = slabs.gradientsOf(kernel, rows, inputs);
  places.gather({ what: "Gradients", bytes, kept: false }, all, inputs);
  const starts = new Map(rows.map(({ k }, row) => [k, all[row]!.offset]));
  const at = (k: number): number => starts.get(k)!;
  const memory = { slab: all[0]!.input };
  return slabs.lowerTogether(kernel, rows, memory, at, slabs.factorOf(kernel));
}

/** The buffers of a plan that its optimizers will have moved into slabs of gradients: which slab, and their first byte there. */
export function gradientsInSlabs(setting: Setting): Map<number, { slab: string; offset: number }> {
  const homes = new Map<number, { slab: string; offset: number }>();
  setting.plan.calls.forEach(({ kernel, inputs }, call) => {
    if (kernel.kernel !== "optimizer") return;
    groupsOf({ kernel, inputs }, setting).forEach(({ results }, group) => {
      for (const { input, offset } of slabs.gradientsOf(kernel, results, inputs).places)
        homes.set(inputs[input]!, { slab: `${call} ${group}`, offset });
    });
  });
  return homes;
}
