/** The races of `npm run bench`: a row among its peers, a row on each number of threads, a step at four sizes. */
import os from "node:os";
import { machine, today } from "./machine.js";
import type { System } from "./participant.js";
import type { Measured } from "./results.js";
import { nameOf, sizeOf, type Row, type Scale } from "./rows.js";
import { entrant, labelOf, race } from "./turns.js";

const cores = os.availableParallelism();
const threads = cores > 1 ? [1, 2] : [1];
const here = { taken: today(), machine: machine() };

/** Rows that are also run on each number of threads. */
export const threadRows = ["matmul 1024", "conv2d forward", "gpt step", "lstm step"];
export const byThreads = (row: string): string => `${row} by threads`;

/** genarch on one and two threads, the peers, PyTorch where `python` has it, and the probe where there are products. */
export async function measureRow(row: Row, rounds: number, python: string | null): Promise<Measured> {
  const on = (name: System["name"]) => threads.map((n): System => ({ name, threads: n }));
  const peers: System[] = [{ name: "tfjs", threads: 1 }, { name: "jax", threads: 1 }];
  const probe = row.numbers ? [] : on("arithmetic"); // functions are no products
  const systems = [...on("genarch"), ...probe, ...peers, ...(python ? on("torch") : [])];
  const entrants = systems.map((system) => entrant(system, row.name));
  const { timings, failed } = await race(entrants, rounds, python);
  const gflop = row.gflop ?? timings["genarch 1"]?.facts.gflop;
  const { name, numbers, tokens } = row;
  return tidied({ name, ...here, gflop, numbers, tokens, timings, failed });
} // prettier-ignore

/** genarch alone, on 1 to 4 threads as far as there are cores. */
export async function measureThreads(row: string, rounds: number): Promise<Measured> {
  const counts = Array.from({ length: Math.min(4, cores) }, (_, k) => k + 1);
  const entrants = counts.map((n) => entrant({ name: "genarch", threads: n }, row));
  const { timings, failed } = await race(entrants, rounds, null);
  const gflop = timings["genarch 1"]?.facts.gflop;
  return tidied({ name: byThreads(row), ...here, gflop, timings, failed });
}

/** The sizes of a series in one race, each as a row of its own. */
export async function measureSizes(series: readonly Scale[], rounds: number): Promise<Measured[]> {
  const system: System = { name: "genarch", threads: threads.at(-1)! };
  const entrants = series.map((scale) => ({ label: nameOf(scale), system, row: nameOf(scale) }));
  const { timings, failed } = await race(entrants, rounds, null);
  const label = labelOf(system);
  return series.map((scale) => {
    const name = nameOf(scale);
    const { B, T } = sizeOf(scale);
    const timing = timings[name];
    const gflop = timing?.facts.gflop;
    const own = { timings: timing ? { [label]: timing } : {}, failed: failed[name] ? { [label]: failed[name] } : {} }; // prettier-ignore
    return tidied({ name, ...here, gflop, tokens: B * T, ...own });
  });
}

/** Without what is not there, and with six digits. */
function tidied(measured: Measured): Measured {
  const rounded = (_: string, x: unknown) => (typeof x === "number" ? Number(x.toPrecision(6)) : x);
  return JSON.parse(JSON.stringify(measured, rounded)) as Measured;
}
