/**
 * `npm run bench`: genarch on one and on two threads beside TensorFlow.js (wasm), jax-js (wasm) and, where Python has it,
 * PyTorch, and how two training steps grow with threads and sizes. All are processes of their own that run in turns.
 * `-- --only gpt` runs the rows whose name holds "gpt" and puts them in their places among the stored ones; `--rows` or
 * `--scaling` runs one part; `--rounds N` takes more rounds; `--profile gpt` shows where a step's time goes instead.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { work } from "./ceiling.js";
import { byThreads, measureRow, measureSizes, measureThreads, threadRows } from "./measure.js";
import { pythonWithTorch } from "./participant.js";
import { best, merged, shareOfCeiling, type Measured, type Results } from "./results.js";
import { nameOf, rows, series } from "./rows.js";
import { digits, fullTable } from "./table.js";

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
const python = pythonWithTorch();
const folder = new URL("./results/", import.meta.url);
const file = new URL("cpu.json", folder);
const wanted = (name: string) => !values.only || name.includes(values.only);
const all = values.rows === values.scaling;
const parts = { rows: all || values.rows, scaling: values.scaling || (all && !values.only) };
const names = [
  ...(parts.rows ? rows.map(({ name }) => name) : []),
  ...(parts.scaling ? [...threadRows, ...series.flat().map(nameOf)] : []),
];

if (!(rounds >= 1)) stop(`--rounds is "${values.rounds}": give a number from 1.`);
if (!names.some(wanted))
  stop(`--only "${values.only}" is in no name of what is run: ${names.join(", ")}.${parts.scaling ? "" : " Sizes and threads are run with --scaling."}`); // prettier-ignore
if (values.profile !== undefined) {
  const { profile } = await import("./profile.js");
  await profile(values.profile);
} else await bench();
process.exit(0);

function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}

async function bench(): Promise<void> {
  const results = stored();
  if (!python) console.log("PyTorch is not installed: its columns stay empty.");
  if (parts.rows)
    for (const row of rows.filter(({ name }) => wanted(name))) {
      const measured = await measureRow(row, rounds, python);
      report(measured);
      results.rows = merged(results.rows, [measured], rows.map(({ name }) => name)); // prettier-ignore
      save(results);
    }
  if (parts.scaling) await scale(results);
  save(results);
  console.log(readFileSync(new URL("cpu.md", folder), "utf8"));
}

/** By threads; then each axis of each step, its four sizes in one race. */
async function scale(results: Results): Promise<void> {
  const order = [...threadRows.map(byThreads), ...series.flat().map(nameOf)];
  const keep = (fresh: readonly Measured[]) => {
    fresh.forEach(report);
    results.scaling = merged(results.scaling, fresh, order);
    save(results);
  };
  for (const row of threadRows.filter(wanted)) keep([await measureThreads(row, rounds)]);
  for (const axis of series.filter((points) => points.some((point) => wanted(nameOf(point)))))
    keep(await measureSizes(axis, rounds));
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
