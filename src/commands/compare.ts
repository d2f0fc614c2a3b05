// `genarch compare`: the comparison of architectures, from the command line.

import { parseArgs } from "node:util";
import { compare, resultsFile } from "../compare/compare.js";
import { experiments } from "../compare/experiments/index.js";
import { languages } from "../compare/results.js";
import { openPlotter } from "../report/plotter.js";
import { writeReport } from "../report/report.js";
import { js, use, wasm } from "../tensor/index.js";
import { oneOf } from "./options.js";

const named = [...new Set(experiments.flatMap(({ id, contestants }) => [id, ...contestants]))];

const HELP = `genarch compare: the architectures side by side, each trained for the same time, measured by the same criteria.
Writes results.json, the samples and the report into a folder.

  --quick          at most 5 minutes in all, small models (default: 45 minutes)
  --only A,B       experiments (${experiments.map(({ id }) => id).join(", ")})
                   or contestants (${named.filter((name) => !experiments.some(({ id }) => id === name)).join(", ")})
  --text FILE      any UTF-8 text for the language models (default: Moby-Dick)
  --lang en|ru     of the report (default en)
  --seed N         of weights, batches and samples (default 1)
  --seconds N      of training for each
  --steps N        of training for each at most: the same result on any machine
  --out DIR        for results, samples and checkpoints (default compare-out)
  --resume         go on with the run that --out holds
  --check          look for NaN before every step, and name the op that made it (slow)
  --backend NAME   wasm or js (default wasm, on all cores)`;

const options = {
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  text: { type: "string" },
  lang: { type: "string", default: "en" },
  seed: { type: "string", default: "1" },
  seconds: { type: "string" },
  steps: { type: "string" },
  out: { type: "string", default: "compare-out" },
  resume: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  backend: { type: "string", default: "wasm" },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command with what follows its name. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(HELP);
  const { quick, text, out, resume, check } = values;
  const chosen = {
    only: values.only?.split(",").map(nameOf) ?? [],
    lang: oneOf("compare: --lang", values.lang, languages),
    seed: numberOf("seed", values.seed),
    seconds: values.seconds === undefined ? undefined : numberOf("seconds", values.seconds),
    steps: values.steps === undefined ? undefined : numberOf("steps", values.steps),
  };
  await use({ wasm, js }[oneOf("compare: --backend", values.backend, ["wasm", "js"])]);
  const stop = { asked: false };
  onInterrupt(() => (stop.asked = true));
  const print = (line: string) => console.log(line);
  const scale = quick ? "quick" : "full";
  await openPlotter(); // what the report will need is asked for now, not after the training
  const results = await compare({ scale, text, out, resume, check, ...chosen, stop, print });
  if (!results) return void (process.exitCode = 130);
  console.log(`\nResults: ${resultsFile(out)}`);
  const { file } = await writeReport(results, { lang: chosen.lang, out });
  console.log(`Report: ${file}`);
}

function nameOf(name: string): string {
  const found = named.find((known) => known === name.trim());
  if (found) return found;
  throw new Error(`compare: --only takes some of ${named.join(", ")}, got "${name}"`);
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`compare: --${option} takes a number from 0, got "${text}"`);
}

/** Calls `stop` at the first Ctrl-C; one that comes later ends the process. npm and tsx pass a single one on twice. */
function onInterrupt(stop: () => void): void {
  let first = Infinity;
  process.on("SIGINT", () => {
    first = Math.min(first, performance.now());
    if (performance.now() - first > SAME_KEY_MS) process.exit(130);
    stop();
  });
}
const SAME_KEY_MS = 1000;
