// `genarch compare`: the comparison of architectures, from the command line.

import { parseArgs } from "node:util";
import { compare } from "../compare/compare.js";
import { names, type Name } from "../compare/contestants.js";
import { js, use, wasm } from "../tensor/index.js";

const HELP = `genarch compare: RNN, GRU, LSTM and GPT of equal size learn one text for one time each.

  --quick          about a minute in all, small models (default: 3 minutes each)
  --data FILE      any UTF-8 text (default: Moby-Dick)
  --only rnn,gpt   some of ${names.join(", ")}
  --seconds N      of training for each
  --steps N        of training for each at most: the same result on any machine
  --seed N         of weights, batches and samples (default 1)
  --out DIR        for results and checkpoints (default compare-out)
  --resume         go on with the run that --out holds
  --check          look for NaN before every step, and name the op that made it (slow)
  --backend NAME   wasm or js (default wasm)`;

const options = {
  quick: { type: "boolean", default: false },
  data: { type: "string" },
  only: { type: "string", default: names.join(",") },
  seconds: { type: "string" },
  steps: { type: "string" },
  seed: { type: "string", default: "1" },
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
  await use(...backendOf(values.backend));
  const stop = { asked: false };
  onInterrupt(() => (stop.asked = true));
  const finished = await compare({
    ...values,
    only: values.only.split(",").map(nameOf),
    seed: numberOf("seed", values.seed),
    seconds: values.seconds === undefined ? undefined : numberOf("seconds", values.seconds),
    steps: values.steps === undefined ? undefined : numberOf("steps", values.steps),
    stop,
    print: (text) => console.log(text),
  });
  if (!finished) process.exitCode = 130;
}

function nameOf(name: string): Name {
  const found = names.find((known) => known === name.trim());
  if (found) return found;
  throw new Error(`compare: --only takes some of ${names.join(", ")}, got "${name}"`);
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`compare: --${option} takes a number from 0, got "${text}"`);
}

function backendOf(name: string) {
  if (name === "wasm") return [wasm];
  if (name === "js") return [js];
  throw new Error(`compare: --backend takes wasm or js, got "${name}"`);
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
