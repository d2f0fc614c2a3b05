/**
 * `npm run bench`: genarch on one and on two threads beside TensorFlow.js (wasm), jax-js (wasm) and, where Python has it,
 * PyTorch, and how two training steps grow with threads and sizes. All are processes of their own that run in turns.
 * `-- --only gpt` runs the rows whose name holds "gpt" and puts them in their places among the stored ones; `--rows` or
 * `--scaling` runs one part; `--rounds N` takes more rounds; `--profile gpt` shows where a step's time goes instead.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { work } from "./ceiling.js";
import { machine, today } from "./machine.js";
import { pythonWithTorch, type System } from "./participant.js";
import { best, merged, shareOfCeiling, type Measured, type Results } from "./results.js";
import { nameOf, rows, series, sizeOf, type Row } from "./rows.js";
import { digits, fullTable } from "./table.js";
import { race } from "./turns.js";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "7" },
    rows: { type: "boolean", default: false },
    scaling: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const probeGflop = work.arithmetic / 1e9;
const cores = os.availableParallelism();
const threads = cores > 1 ? [1, 2] : [1];
/** Rows that are also run on each number of threads. */
const threadRows = ["matmul 1024", "conv2d forward", "gpt step", "lstm step"];
const threadsOf = Array.from({ length: Math.min(4, cores) }, (_, k) => k + 1);
const byThreads = (name: string) => `${name} by threads`;
const python = pythonWithTorch();
const here = { taken: today(), machine: machine() };
const folder = new URL("./results/", import.meta.url);
const file = new URL("cpu.json", folder);
const wanted = (name: string) => !values.only || name.includes(values.only);

if (values.profile !== undefined) {
  const { profile } = await import("./profile.js");
  await profile(values.profile);
} else await bench();
process.exit(0);

async function bench(): Promise<void> {
  const results = stored();
  const all = values.rows === values.scaling;
  if (!python) console.log("PyTorch is not installed: its columns stay empty.");
  if (all || values.rows)
    for (const row of rows.filter(({ name }) => wanted(name))) {
      const measured = await measureRow(row);
      report(measured);
      results.rows = merged(results.rows, [measured], rows.map(({ name }) => name)); // prettier-ignore
      save(results);
    }
  if (values.scaling || (all && !values.only)) await scale(results);
  save(results);
  console.log(readFileSync(new URL("cpu.md", folder), "utf8"));
}

async function measureRow(row: Row): Promise<Measured> {
  const on = (name: System["name"]) => threads.map((n): System => ({ name, threads: n }));
  const peers: System[] = [{ name: "tfjs", threads: 1 }, { name: "jax", threads: 1 }]; // prettier-ignore
  const probe = row.numbers ? [] : on("arithmetic"); // functions are no products
  const systems = [...on("genarch"), ...probe, ...peers, ...(python ? on("torch") : [])];
  const { timings, failed } = await race(systems, row.name, rounds, python);
  const gflop = row.gflop ?? timings["genarch 1"]?.facts.gflop;
  const { name, numbers, tokens } = row;
  return tidied({
    name,
    ...here,
    gflop,
    numbers,
    tokens,
    timings,
    failed,
  });
}

/** By threads, all in one race; then each axis of each step, its four sizes in one race of one system each. */
async function scale(results: Results): Promise<void> {
  const order = [...threadRows.map(byThreads), ...series.flat().map(nameOf)];
  const keep = (fresh: Measured) => {
    report(fresh);
    results.scaling = merged(results.scaling, [fresh], order);
    save(results);
  };
  for (const row of threadRows.filter((name) => wanted(name))) {
    const systems = threadsOf.map((n): System => ({ name: "genarch", threads: n }));
    keep(tidied({ name: byThreads(row), ...(await scaled(systems, row)) }));
  }
  const most: System = { name: "genarch", threads: Math.max(...threads) };
  for (const point of series.flat().filter((scale) => wanted(nameOf(scale)))) {
    const { B, T } = sizeOf(point);
    keep(tidied({ name: nameOf(point), ...(await scaled([most], nameOf(point))), tokens: B * T }));
  }
}

async function scaled(systems: readonly System[], row: string): Promise<Omit<Measured, "name">> {
  const { timings, failed } = await race(systems, row, rounds, python);
  const gflop = Object.values(timings)[0]?.facts.gflop;
  return { ...here, gflop, timings, failed };
}

/** Without what is not there, and with microseconds and MiB rounded. */
function tidied(measured: Measured): Measured {
  const rounded = (_: string, x: unknown) => (typeof x === "number" ? Number(x.toPrecision(6)) : x);
  return JSON.parse(JSON.stringify(measured, rounded)) as Measured;
}

function report(row: Measured): void {
  const cells = Object.entries(row.timings)
    .filter(([label]) => !label.startsWith("arithmetic"))
    .map(([label, { ms }]) => `${label} ${digits(ms)}`);
  const ours = best(row, "genarch");
  const peer = best(row, "tfjs", "jax");
  const lead = ours && peer ? `; ${(peer.ms / ours.ms).toFixed(2)}× the better peer` : "";
  const share = shareOfCeiling(row, 1, probeGflop);
  const ceiling = share ? `; ${Math.round(100 * share)} % of the ceiling on one thread` : "";
  console.log(`${row.name.padEnd(22)} ${cells.join(", ")} ms${lead}${ceiling}`);
  for (const [label, why] of Object.entries(row.failed)) console.log(`  ${label}: ${why}`);
}

function stored(): Results {
  if (!existsSync(file)) return { rows: [], scaling: [] };
  const found = JSON.parse(readFileSync(file, "utf8")) as Partial<Results>;
  const known = (list: Measured[] = []) => list.filter((row) => "timings" in row); // earlier benches kept less
  return { rows: known(found.rows), scaling: known(found.scaling) };
}

function save(results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(results, null, 1) + "\n");
  writeFileSync(new URL("cpu.md", folder), fullTable(results, probeGflop));
}
