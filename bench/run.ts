/**
 * `npm run bench`: genarch beside TensorFlow.js (wasm) and jax-js (wasm), in one process, one thread each. Rounds
 * are interleaved, so that a noisy machine disturbs all alike; the medians' ratio is what counts.
 * `-- --only gpt` runs the rows whose name holds "gpt"; `--rounds N` takes more of them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { seed, use, wasm } from "genarch";
import { kernels, type Once } from "./kernels.js";
import { steps, type Workload } from "./steps.js";

type Row = { name: string; gflop: number; ms: Record<string, number> };

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "9" } },
});
const wanted = (name: string) => !values.only || name.includes(values.only);

/** The engines compile what they run often: until then they are slower. */
const WARM_MS = 300;

await use(wasm.with({ threads: 1 }));
seed(1);
const rows: Row[] = [];
for (const { name, gflop, systems } of kernels.filter(({ name }) => wanted(name)))
  report({ name, gflop, ms: await race(await systems(), Number(values.rounds)) });
for (const workload of (Object.keys(steps) as Workload[]).filter((name) =>
  wanted(`${name} step`),
)) {
  const { peerStep } = await import("./peers.mjs"); // only here: the peers are not installed with the library
  const systems = {
    genarch: steps[workload](),
    tfjs: await peerStep("tfjs", workload),
    jax: await peerStep("jax", workload),
  };
  report({ name: `${workload} step`, gflop: 0, ms: await race(systems, Number(values.rounds)) });
}
save();
process.exit(0); // the peers keep handles open

/** Median milliseconds of each system, warm: a round runs each for at least 30 ms. */
async function race(
  systems: Record<string, Once>,
  rounds: number,
): Promise<Record<string, number>> {
  const names = Object.keys(systems);
  const repeats = new Map<string, number>();
  for (const name of names) {
    const start = performance.now();
    let runs = 0;
    while (runs < 3 || performance.now() - start < WARM_MS) runs += (await systems[name]!(), 1);
    repeats.set(
      name,
      Math.max(1, Math.ceil(30 / (await time(systems[name]!, Math.min(runs, 10))))),
    );
  }
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) times.get(name)!.push(await time(systems[name]!, repeats.get(name)!));
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)]));
}

async function time(once: Once, repeats: number): Promise<number> {
  const start = performance.now();
  for (let k = 0; k < repeats; k++) await once();
  return (performance.now() - start) / repeats;
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function report(row: Row): void {
  rows.push(row);
  const { genarch } = row.ms as { genarch: number };
  const rest = Object.entries(row.ms).filter(([name]) => name !== "genarch");
  const rate = row.gflop ? ` (${((row.gflop / genarch) * 1e3).toFixed(1)} GFLOP/s)` : "";
  const ratios = rest.map(
    ([name, ms]) => `${name} ${ms.toFixed(2)} ms, ×${(ms / genarch).toFixed(2)}`,
  );
  console.log(
    `${row.name.padEnd(26)} genarch ${genarch.toFixed(2)} ms${rate}; ${ratios.join("; ")}`,
  );
}

/** The numbers with the machine they were taken on, as JSON and as a table for the README. */
function save(): void {
  const machine = `${os.cpus()[0]!.model}, ${os.cpus().length} cores, Node ${process.versions.node}`;
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("cpu.json", folder), JSON.stringify({ machine, rows }, null, 2) + "\n");
  const lines = rows.map(
    ({ name, ms }) =>
      `| ${name} | ${["genarch", "tfjs", "jax"].map((s) => ms[s]!.toFixed(2)).join(" | ")} | ${(Math.min(ms["tfjs"]!, ms["jax"]!) / ms["genarch"]!).toFixed(2)} |`,
  );
  const head = [
    "| one thread, ms | genarch | tfjs-wasm | jax-js | better peer / genarch |",
    "|---|---|---|---|---|",
  ];
  writeFileSync(new URL("cpu.md", folder), [...head, ...lines, "", machine, ""].join("\n"));
}
