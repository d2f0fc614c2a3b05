/**
 * `npm run bench`: genarch beside TensorFlow.js (wasm) and jax-js (wasm), in one process, one thread each. Rounds
 * are interleaved, so that a noisy machine disturbs all alike; the medians' ratio is what counts.
 * `-- --only gpt` runs the rows whose name holds "gpt"; `--rounds N` takes more of them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { seed, use, wasm } from "genarch";
import { kernels } from "./kernels.js";
import { race } from "./race.js";
import { steps, type Workload } from "./steps.js";

type Row = { name: string; gflop: number; ms: Record<string, number> };

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "9" } },
});
const wanted = (name: string) => !values.only || name.includes(values.only);

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
