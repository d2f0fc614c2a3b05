/**
 * A backend that measures another: `counted` counts the operations of its runs, `timed` times each call of its plans. A
 * timed plan is run as many plans of one call over the same buffers and the same arena, so that kernels find in the
 * caches what they would find; threads meet after each call, which costs about a microsecond that a whole plan saves.
 */
import type { Backend, Buffer, Call, Plan, Program } from "../src/kernels/backend.js";
import { operationsOf } from "./operations.js";

type Running = Pick<Backend, "prepare" | "run">;

/** `inner` with another way to prepare and run. */
function around(inner: Backend, running: Running): Backend {
  return {
    name: inner.name,
    threads: inner.threads ?? 1,
    allocate: (dtype, elements) => inner.allocate(dtype, elements),
    free: (buffer) => inner.free(buffer),
    write: (buffer, data) => inner.write(buffer, data),
    read: (buffer) => inner.read(buffer),
    bytes: () => inner.bytes(),
    close: () => inner.close(),
    ...running,
  };
}

/** The operations, in 10⁹, of the runs while it was on. */
export type Counter = { on: boolean; gflop: number };

export function counted(inner: Backend): { backend: Backend; counter: Counter } {
  const counter = { on: false, gflop: 0 };
  const perRun = new WeakMap<Program, number>();
  const backend = around(inner, {
    prepare(plan) {
      const program = inner.prepare(plan);
      const operations = plan.calls.reduce((sum, { kernel }) => sum + operationsOf(kernel), 0);
      perRun.set(program, operations / 1e9);
      return program;
    },
    run(program, given, scalars) {
      if (counter.on) counter.gflop += perRun.get(program)!;
      inner.run(program, given, scalars);
    },
  });
  return { backend, counter };
}

/** One call, with the milliseconds of each time that it ran. */
export type TimedCall = { call: Call; plan: Plan; ms: number[] };
type Part = { program: Program; given: readonly number[] };
type TimedProgram = Program & { calls: TimedCall[]; parts: Part[] };

/** `ran` hears of each program that ran, with its calls. */
export function timed(inner: Backend, ran: (calls: readonly TimedCall[]) => void): Backend {
  return around(inner, {
    prepare(plan): TimedProgram {
      const whole = inner.prepare(plan);
      const parts = plan.calls.map((call) => partOf(inner, plan, call));
      const calls = plan.calls.map((call) => ({ call, plan, ms: [] }));
      return { explain: () => whole.explain(), calls, parts };
    },
    run(program, given: readonly Buffer[], scalars) {
      const { calls, parts } = program as TimedProgram;
      parts.forEach((part, k) => {
        const buffers = part.given.map((place) => given[place]!);
        const start = performance.now();
        inner.run(part.program, buffers, scalars);
        calls[k]!.ms.push(performance.now() - start);
      });
      ran(calls);
    },
  });
}

/** A plan of one call: of the plan's buffers those that it names, and which of the given ones they are. */
function partOf(inner: Backend, plan: Plan, call: Call): Part {
  const used = [...new Set([...call.inputs, ...call.outputs])].sort((a, b) => a - b);
  const numberOf = (buffer: number) => used.indexOf(buffer);
  const places = plan.buffers.map((buffer, k) => (buffer.arena === null ? k : -1)).filter((k) => k >= 0); // prettier-ignore
  const program = inner.prepare({
    buffers: used.map((k) => plan.buffers[k]!),
    arenaBytes: plan.arenaBytes,
    calls: [{ ...call, inputs: call.inputs.map(numberOf), outputs: call.outputs.map(numberOf) }],
  });
  const given = used.filter((k) => plan.buffers[k]!.arena === null).map((k) => places.indexOf(k));
  return { program, given };
}
