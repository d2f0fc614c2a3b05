/** A plan made ready: each call's draws, and when the memory of a temporary is needed no longer. */
import type { Call, Explanation, Plan, Program } from "../backend.js";
import { nameOf } from "../name.js";
import { functionsFor } from "./glsl/functions.js";
import type { Draw, Place } from "./kernel.js";
import { lower, whyOnCpu } from "./lowerings.js";

export type Step = {
  readonly call: Call;
  /** The kernel in a few words, for errors. */
  readonly label: string;
  readonly draws: readonly Draw[];
  /** Why js computes it on the CPU; null where it is drawn. */
  readonly onCpu: string | null;
  /** The plan's temporaries that no later call uses. */
  readonly done: readonly number[];
  /** For each draw, the call's own temporaries that no later draw uses. */
  readonly drawn: readonly (readonly string[])[];
};

export class WebglProgram implements Program {
  readonly steps: readonly Step[];

  constructor(
    readonly owner: object,
    readonly plan: Plan,
    private readonly name: string,
  ) {
    const last = lastUses(plan);
    this.steps = plan.calls.map((call, k): Step => {
      const onCpu = whyOnCpu(call.kernel);
      const draws = onCpu === null ? lower(call.kernel).filter(({ elements }) => elements > 0) : [];
      const label = nameOf(call.kernel);
      return { call, label, draws, onCpu, done: last.get(k) ?? [], drawn: lastReads(draws) };
    });
  }

  /** Every buffer's size, with the kernel that it is for. */
  *needs(): Iterable<{ label: string; elements: number }> {
    const { buffers } = this.plan;
    for (const { label, call, draws } of this.steps) {
      for (const k of [...call.inputs, ...call.outputs])
        yield { label, elements: buffers[k]!.elements };
      for (const { elements } of draws) yield { label, elements };
    }
  }

  explain(): Explanation[] {
    return this.steps.map(({ draws, onCpu, label }) => {
      if (onCpu !== null)
        return { source: `js, ${label}`, where: `webgl: on the CPU by js, for ${onCpu}` };
      const functions = [...new Set(draws.map(({ source }) => source))];
      const library = functionsFor(functions.join("\n"));
      const elements = draws.reduce((sum, draw) => sum + draw.elements, 0);
      return {
        source: [...functions, ...(library ? [`/* They call, in GLSL:\n${library}\n*/`] : [])].join("\n\n"),
        where: `webgl: gpu.js on ${this.name}, ${draws.length} draws of ${elements} elements together, ${functions.length} functions`,
      };
    });
  } // prettier-ignore
}

/** For each call the temporaries of the plan that it is the last to use. */
function lastUses({ buffers, calls }: Plan): Map<number, number[]> {
  const last = new Map<number, number>();
  calls.forEach(({ inputs, outputs }, k) => {
    for (const buffer of [...inputs, ...outputs])
      if (buffers[buffer]!.arena !== null) last.set(buffer, k);
  });
  const done = new Map<number, number[]>();
  for (const [buffer, k] of last) done.set(k, [...(done.get(k) ?? []), buffer]);
  return done;
}

function lastReads(draws: readonly Draw[]): string[][] {
  const last = new Map<Place, number>();
  draws.forEach(({ buffers, output }, k) => {
    for (const place of [...buffers, output]) last.set(place, k);
  });
  return draws.map((_, k) =>
    [...last].flatMap(([place, at]) => (at === k && typeof place === "string" ? [place] : [])),
  );
}
