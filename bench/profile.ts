/**
 * `npm run bench -- --profile gpt` (or `all`): where the time of a training step goes, kernel by kernel, on one thread and
 * on two, beside the operations and the bytes that each needs at least and the most that this machine does of either.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { trace, use, wasm, type Backend } from "genarch";
import { caseOf } from "./cases.js";
import { openProbe, work, type Probe } from "./ceiling.js";
import { machine, today } from "./machine.js";
import { timed, type TimedCall } from "./measured-backend.js";
import { bytesOfCall, labelOf, operationsOf } from "./operations.js";
import { profileTable, type Ceiling, type KernelTime, type StepProfile } from "./profile-table.js";
import { time, type Once } from "./race.js";
import { stepNames } from "./rows.js";

const warmRuns = 5;
const measuredMs = 2500;
const mostRuns = 30;

/** Measures the steps whose names hold `wanted`, prints their tables, and stores those of all seven. */
export async function profile(wanted: string): Promise<void> {
  const chosen = stepNames.filter((step) => wanted === "all" || step.includes(wanted));
  if (!chosen.length)
    throw new Error(`There is no step "${wanted}": all, or ${stepNames.join(", ")}.`);
  const threads = os.availableParallelism() > 1 ? [1, 2] : [1];
  const ceilings = await ceilingsOf(threads);
  const tables: string[] = [];
  for (const name of chosen) {
    const step: StepProfile[] = [];
    for (const count of threads) step.push(await profileStep(`${name} step`, count));
    tables.push(profileTable(`${name} step`, step, ceilings));
    console.log(tables.at(-1));
  }
  if (wanted !== "all") return;
  const text = [head, ...tables, `${machine()} (${today()}).`].join("\n\n") + "\n";
  writeFileSync(new URL("./results/profile.md", import.meta.url), text);
}

const head = `# Where a training step's time goes

\`npm run bench -- --profile all\`. Each kernel of a step is timed alone, in the order and over the memory of the step; of some 30 steps its fastest time counts, which other work on the machine disturbs least; equal kernels are added up. GFLOP/s count the multiplications and additions of products, GB/s the bytes of inputs and outputs, each once; beside them the share of what a probe does in registers and of what it copies in memory that fits no cache (numbers that stay in caches may come faster). As it runs, a step takes no time between kernels to look at a clock.`;

async function ceilingsOf(threads: readonly number[]): Promise<Ceiling[]> {
  const found: Ceiling[] = [];
  for (const count of threads)
    found.push({
      arithmetic: await rateOf("arithmetic", count),
      memory: await rateOf("memory", count),
    });
  return found;
}

async function rateOf(probe: Probe, threads: number): Promise<number> {
  const { once, close } = openProbe(probe, threads);
  const times: number[] = [];
  for (let k = 0; k < 15; k++) times.push(await once());
  close();
  return (threads * work[probe]) / fastest(times) / 1e6;
}

async function profileStep(name: string, threads: number): Promise<StepProfile> {
  const runs: (readonly TimedCall[])[] = [];
  const inner = await wasm.with({ threads }).open();
  const watched = timed(inner, (calls) => void runs.push(calls));
  const step = await onBackend(watched, name);
  const plain = await onBackend(await wasm.with({ threads }).open(), name);
  runs.length = 0;
  const { runs: traced } = await step.run(() => trace(step.once));
  const labels = new Map<TimedCall, string>();
  runs.forEach((calls, r) =>
    calls.forEach((timedCall, k) =>
      labels.set(timedCall, labelOf(timedCall.call.kernel, traced[r]!.kernels[k]!.ops)),
    ),
  );
  for (const timedCall of labels.keys()) timedCall.ms.length = 0;
  const times = await inTurns(step, plain);
  return { threads, ms: fastest(times.plain), timedMs: fastest(times.timed), kernels: summed(labels) };
} // prettier-ignore

type OnBackend = { once: Once; run<T>(f: () => T | Promise<T>): Promise<T> };

/** A case on a backend of its own, warm. */
async function onBackend(backend: Backend, name: string): Promise<OnBackend> {
  const opener = { name: "wasm", open: () => backend };
  await use(opener);
  const once = caseOf(name);
  for (let k = 0; k < warmRuns; k++) await once();
  const run = async <T>(f: () => T | Promise<T>) => {
    await use(opener);
    return f();
  };
  return { once, run };
}

async function inTurns(step: OnBackend, plain: OnBackend): Promise<{ timed: number[]; plain: number[] }> {
  const times = { timed: [] as number[], plain: [] as number[] };
  const begin = performance.now();
  while (times.timed.length < 3 || (times.timed.length < mostRuns && performance.now() - begin < measuredMs)) {
    times.timed.push(await step.run(() => time(step.once, 1)));
    times.plain.push(await plain.run(() => time(plain.once, 1)));
  }
  return times;
} // prettier-ignore

/** Calls of one label as one line: their fastest times, operations and bytes added up. */
function summed(labels: ReadonlyMap<TimedCall, string>): KernelTime[] {
  const kernels = new Map<string, KernelTime>();
  for (const [{ call, plan, ms }, label] of labels) {
    const sum = kernels.get(label) ?? { label, calls: 0, ms: 0, operations: 0, bytes: 0 };
    sum.calls++;
    sum.ms += fastest(ms);
    sum.operations += operationsOf(call.kernel);
    sum.bytes += bytesOfCall(call, plan);
    kernels.set(label, sum);
  }
  return [...kernels.values()];
}

const fastest = (times: readonly number[]): number => Math.min(...times);
