/**
 * One system on one row, in a process of its own, so that its memory is its own: `system.ts genarch 2 "gpt step"`.
 * bench/participant.ts starts it and speaks with it by lines: it says "> ready", then answers "run 5" with the mean
 * milliseconds of five runs, and "facts" with what it knows of itself.
 */
import { createInterface } from "node:readline";
import { use, wasm, type Backend } from "genarch";
import { caseOf } from "./cases.js";
import { openProbe } from "./ceiling.js";
import { counted, type Counter } from "./measured-backend.js";
import type { Facts } from "./participant.js";
import { jaxGeneration, tensorFlowGeneration } from "./peer-generation.js";
import { jaxCase, openJax, openTensorFlow, tensorFlowCase } from "./peer-kernels.js";
import type { Once } from "./race.js";

const [system, threads, row] = process.argv.slice(2) as [string, string, string];
const MiB = 2 ** 20;
let counter: Counter | null = null;
let backend: Backend | null = null;
await load();
const loaded = process.memoryUsage.rss();
const once = await open();

for await (const line of lines()) {
  const [order, count] = line.split(" ") as [string, string?];
  if (order === "run") say(await time(Number(count)));
  else if (order === "facts") say(await facts());
  else break;
}
process.exit(0); // the peers keep handles open

/** Ready is said after the listener is there, so that no order is lost. */
function lines(): AsyncIterable<string> {
  const input = createInterface({ input: process.stdin });
  say("ready");
  return input;
}

/** Libraries write to standard output, too: what is ours begins with ">". */
function say(answer: unknown): void {
  process.stdout.write(`> ${JSON.stringify(answer)}\n`);
}

/** The library, before anything is measured. */
async function load(): Promise<void> {
  if (system === "tfjs") await openTensorFlow();
  if (system === "jax") await openJax();
  if (system !== "genarch") return;
  const opened = counted(await wasm.with({ threads: Number(threads) }).open());
  ({ counter } = opened);
  backend = await use({ name: "wasm", open: () => opened.backend });
}

async function open(): Promise<Once> {
  if (system === "genarch") return caseOf(row);
  if (system === "arithmetic") return openProbe(system, Number(threads)).once;
  if (system !== "tfjs" && system !== "jax") throw new Error(`There is no system "${system}".`);
  if (row === "gpt generation") return { tfjs: tensorFlowGeneration, jax: jaxGeneration }[system]();
  if (!row.endsWith(" step")) return { tfjs: tensorFlowCase, jax: jaxCase }[system](row);
  const { peerStep } = await import("./peers.mjs");
  return peerStep(system, row.split(" ")[0]!);
} // prettier-ignore

/** The probe measures itself, without the way to its threads; all others are measured here. Who computes at once is not awaited. */
async function time(count: number): Promise<number> {
  let sum = 0;
  const start = performance.now();
  for (let k = 0; k < count; k++) {
    const made = once();
    sum += Number(made instanceof Promise ? await made : made);
  }
  const passed = performance.now() - start;
  return (system === "arithmetic" ? sum : passed) / count;
}

/** MiB at the process's peak, and of these what came after its library was loaded; what genarch counts itself. */
async function facts(): Promise<Facts> {
  const peak = process.resourceUsage().maxRSS * 1024;
  const ours =
    backend && counter ? { backend: backend.bytes() / MiB, gflop: await gflopOfOne(counter) } : {};
  return { peak: peak / MiB, above: (peak - loaded) / MiB, ...ours };
}

/** The operations of one run more. */
async function gflopOfOne(counter: Counter): Promise<number> {
  counter.on = true;
  await once();
  return counter.gflop;
}
