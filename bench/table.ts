/** The results of `npm run bench` as Markdown: all of it for bench/results/cpu.md, a dozen rows for README.md. */
import { best, ceiling, rate, shareOfCeiling, type Measured, type Results } from "./results.js";

/** Rows of README.md. */
const short = [
  "matmul 64", "matmul 512", "matmul 1024", "conv2d forward", "exp", "softmax", "rnn step", "gru step", "lstm step",
  "gpt step", "vae step", "dcgan step", "ddpm step", "gpt generation",
]; // prettier-ignore
const titled = ({ name, tokens }: Measured) => (tokens ? `${name}, ${tokens} tokens` : name);
const names: Record<string, string> = { tfjs: "tfjs-wasm", jax: "jax-js" };

/** Three digits that count, as far as three places hold them. */
export function digits(x: number): string {
  const places = x < 1 ? 3 : x < 10 ? 2 : x < 100 ? 1 : 0;
  return x.toFixed(places);
}

const cell = (x: number | null | undefined): string => (x == null ? "—" : digits(x));
const times = (x: number | null): string => (x === null ? "—" : `${x.toFixed(x < 10 ? 2 : 1)}×`);
const percent = (x: number | null): string => (x === null ? "—" : `${Math.round(100 * x)} %`);
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, k) => (k ? "--:" : "---"))), ...body.map(line)].join("\n");
}

/** How many times faster than the best of others a system is. */
function lead(row: Measured, label: string, ...others: string[]): number | null {
  const ours = row.timings[label]?.ms;
  const theirs = best(row, ...others);
  return ours && theirs ? theirs.ms / ours : null;
}

/** The most threads that ours had: two, or one on a machine of one core. */
export function mostThreads({ rows }: Results): number {
  return rows.some((row) => row.timings["genarch 2"]) ? 2 : 1;
}

/** Where and when: each machine with its days. */
function taken(rows: readonly Measured[]): string {
  const machines = [...new Set(rows.map(({ machine }) => machine))];
  const days = (machine: string) => rows.filter((row) => row.machine === machine).map((row) => row.taken); // prettier-ignore
  return machines.map((name) => `${name} (${[...new Set(days(name))].sort().join("; ")})`).join(". ");
} // prettier-ignore

/** A dozen rows, and where all are. */
export function shortTable(results: Results): string {
  const most = mostThreads(results);
  const head = ["ms", "1 thread", `${most} threads`, "better peer", "ahead of it", "PyTorch's best / ours"];
  const rows = results.rows.filter(({ name }) => short.includes(name));
  const body = rows.map((row) => {
    const peer = best(row, "tfjs", "jax");
    const ours = [1, most].map((threads) => cell(row.timings[`genarch ${threads}`]?.ms));
    const theirs = peer ? `${digits(peer.ms)} (${names[peer.label]})` : "—";
    return [titled(row), ...ours, theirs, times(lead(row, `genarch ${most}`, "tfjs", "jax")), times(lead(row, `genarch ${most}`, "torch"))];
  });
  const more = "All rows, memory and scaling: [bench/results/cpu.md](bench/results/cpu.md); where a step's time goes: [profile.md](bench/results/profile.md).";
  return `${table(head, body)}\n\n${taken(rows)}. ${more}\n`;
} // prettier-ignore

/** All of it. `probeGflop`: operations of one run of the arithmetic probe on one thread. */
export function fullTable(results: Results, probeGflop: number): string {
  return [
    "# genarch beside its peers on the CPU",
    "`npm run bench`: every system in a process of its own, in turns, one at a time; medians, in milliseconds. The numbers behind a system are its threads; tfjs-wasm and jax-js have one in Node. PyTorch runs where Python has it.",
    timesTable(results),
    "## Rates and the ceiling",
    "GFLOP/s are the multiplications and additions of products, beside the most that WebAssembly SIMD does in registers, measured in the same rounds on as many threads.",
    rates(results, probeGflop),
    "## Memory",
    "MiB: the process at its peak, and of that what came after its library was loaded. Of genarch, also what its backend holds.",
    memory(results),
    ...(results.scaling.length ? scalingParts(results) : []),
    `${taken([...results.rows, ...results.scaling])}.`,
    results.rows.some((row) => best(row, "torch")) ? "" : "PyTorch is not installed there.",
    failures(results),
  ]
    .filter(Boolean)
    .join("\n\n")
    .concat("\n");
}

function timesTable({ rows }: Results): string {
  const systems = ["genarch 1", "genarch 2", "tfjs", "jax", "torch 1", "torch 2"];
  const head = ["ms", ...systems.map((name) => name.replace("torch", "PyTorch")), "better peer / genarch 1", "better peer / genarch 2", "PyTorch's best / genarch 2"]; // prettier-ignore
  const body = rows.map((row) => [
    titled(row),
    ...systems.map((system) => cell(row.timings[system]?.ms)),
    times(lead(row, "genarch 1", "tfjs", "jax")),
    times(lead(row, "genarch 2", "tfjs", "jax")),
    times(lead(row, "genarch 2", "torch")),
  ]);
  return table(head, body);
}

/** What a system does in a second, in the unit that suits the row: tokens, 10⁹ numbers or 10⁹ operations. */
function speed(row: Measured, label: string): number | null {
  const ms = row.timings[label]?.ms;
  if (!ms) return null;
  if (row.tokens) return (row.tokens / ms) * 1e3;
  return row.numbers ? row.numbers / ms / 1e6 : rate(row, label);
}

function unitOf({ tokens, numbers }: Measured): string {
  if (tokens) return "tokens/s";
  return numbers ? "G numbers/s" : "GFLOP/s";
}

function rates({ rows }: Results, probeGflop: number): string {
  const ours = (row: Measured, threads: number) => [
    cell(speed(row, `genarch ${threads}`)),
    cell(row.tokens ? null : ceiling(row, threads, probeGflop)),
    percent(row.tokens ? null : shareOfCeiling(row, threads, probeGflop)),
  ];
  const head = ["a second", "", "genarch 1", "ceiling 1", "share", "genarch 2", "ceiling 2", "share", "tfjs", "jax", "PyTorch 1", "PyTorch 2"]; // prettier-ignore
  const body = rows.map((row) => [
    row.name,
    unitOf(row),
    ...ours(row, 1),
    ...ours(row, 2),
    ...["tfjs", "jax", "torch 1", "torch 2"].map((system) => cell(speed(row, system))),
  ]);
  return table(head, body);
}

function memory({ rows }: Results): string {
  const systems = ["genarch 1", "genarch 2", "tfjs", "jax", "torch 2"];
  const head = ["MiB: peak (after loading)", ...systems, "genarch's backend"];
  const body = rows.map((row) => [
    row.name,
    ...systems.map((system) => {
      const facts = row.timings[system]?.facts;
      return facts ? `${Math.round(facts.peak)} (${Math.round(facts.above)})` : "—";
    }),
    cell(row.timings["genarch 2"]?.facts.backend ?? row.timings["genarch 1"]?.facts.backend),
  ]);
  return table(head, body);
}

function scalingParts({ scaling }: Results): string[] {
  const threads = scaling.filter(({ name }) => name.endsWith("by threads"));
  const sizes = scaling.filter((row) => !threads.includes(row));
  const numbers = [...new Set(threads.flatMap(({ timings }) => Object.keys(timings)))].sort();
  const byThreads = threads.map((row) => [
    row.name.replace(" by threads", ""),
    ...numbers.flatMap((label) => [cell(row.timings[label]?.ms), times(lead(row, label, "genarch 1"))]), // prettier-ignore
  ]);
  const bySize = sizes.map((row) => {
    const ours = best(row, "genarch");
    if (!ours) return [row.name, "—", "—", "—", "—"]; // it failed: said below
    return [row.name, digits(ours.ms), digits((ours.ms * 1e3) / row.tokens!), cell(rate(row, ours.label)), cell(row.timings[ours.label]!.facts.backend)]; // prettier-ignore
  });
  const parts = [
    "## Scaling",
    byThreads.length ? table(["ms", ...numbers.flatMap((label) => [label, "faster"])], byThreads) : "", // prettier-ignore
    bySize.length ? table(["step", "ms", "µs a token", "GFLOP/s", "MiB of backend"], bySize) : "",
  ];
  return parts.filter(Boolean);
}

/** Systems that could not run. */
function failures({ rows, scaling }: Results): string {
  const words = [...rows, ...scaling].flatMap(({ name, failed }) =>
    Object.entries(failed).map(([system, why]) => `- ${name}, ${system}: ${why.split("\n")[0]}`),
  );
  return [...new Set(words)].join("\n");
}
