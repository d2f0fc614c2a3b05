/**
 * `npm run bench:webgpu`: genarch beside TensorFlow.js and jax-js on WebGPU: one process, one Dawn, one adapter,
 * a device each. Every run ends with its result on the host. Where there is no GPU the adapter is SwiftShader.
 * `-- --only attention` runs the rows whose name holds "attention"; `--rounds N` takes more of them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startAgainForGpu } from "../test/webgpu/swiftshader.js";
import { machine } from "./machine.js";

startAgainForGpu();

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "7" } },
});

const { race } = await import("./race.js");
const { adapterName, rowsOf } = await import("./webgpu-rows.js");

type Measured = { name: string; ms: Record<string, number> };
const measured: Measured[] = [];
for (const { name, systems } of await rowsOf())
  if (!values.only || name.includes(values.only)) {
    const ms = await race(await systems(), Number(values.rounds));
    measured.push({ name, ms });
    const peers = Object.entries(ms).filter(([system]) => system !== "genarch");
    const ratios = peers.map(
      ([system, peer]) => `${system} ${peer.toFixed(1)} ms, ×${(peer / ms["genarch"]!).toFixed(2)}`,
    );
    console.log(`${name.padEnd(40)} genarch ${ms["genarch"]!.toFixed(1)} ms; ${ratios.join("; ")}`);
  }
if (!values.only) await save();
process.exit(0); // the peers keep handles open

/** The numbers with the machine they were taken on, as JSON and as a table. */
async function save(): Promise<void> {
  const adapter = await adapterName();
  const software = /swiftshader|llvmpipe|lavapipe/i.test(adapter);
  const where = `${adapter}; ${machine()}`;
  const warning = software
    ? "This adapter is a program that runs shaders on the CPU, and says little of a GPU."
    : "";
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const results = { machine: where, warning, rows: measured };
  writeFileSync(new URL("webgpu.json", folder), JSON.stringify(results, null, 2) + "\n");
  const lines = measured.map(({ name, ms }) => {
    const numbers = ["genarch", "tfjs", "jax"].map((system) => ms[system]!);
    const [ours, ...peers] = numbers as [number, ...number[]];
    return `| ${name} | ${numbers.map((x) => x.toFixed(1)).join(" | ")} | ${(Math.min(...peers) / ours).toFixed(2)} |`;
  });
  const head = [
    "| ms | genarch | tfjs-webgpu | jax-js | better peer / genarch |",
    "|---|---|---|---|---|",
  ];
  const text = [...head, ...lines, "", `${where}. ${warning}`.trim(), ""].join("\n");
  writeFileSync(new URL("webgpu.md", folder), text);
}
