// What the house weighs: lines a folder of src, and gzip bytes an entry of dist with all that it
// loads. Fails past the budget below. A budget is raised in the change that needs it, with the
// reason. Run after a build: npm run size.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const lineBudget: Record<string, number> = {
  kernels: 25_000, // each kernel four times: js, WASM, WGSL, gpu.js; the WASM ones are emitters with blocked loops
  tensor: 6_000,
  layers: 2_000,
  train: 2_000,
  data: 2_000,
  metrics: 12_000, // some sixty metrics, each with its accumulator, reasons and intervals
  models: 4_000,
  compare: 5_500, // six experiments with their controls, and every sentence of a claim in two languages
  conformance: 2_000,
  report: 2_500, // a good part of it words in two languages and the style sheet
  commands: 2_000,
};

const gzipBudget: Record<string, number> = {
  // Two backends' emitters stand behind every entry, unminified: js shows its kernels' own source in trace.
  index: 130_000,
  layers: 130_000,
  train: 130_000,
  data: 132_000, // with emoji, byte pair encoding and prefetch
  metrics: 140_000,
  models: 160_000,
};

const root = fileURLToPath(new URL("../", import.meta.url));

function linesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .reduce(
      (sum, file) => sum + readFileSync(join(folder, file), "utf8").split("\n").length - 1,
      0,
    );
}

/** The entry and every chunk it loads at the start. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, chunk] of text.matchAll(/(?:from|^import)\s*["'](\.[^"']+)["']/gm)) {
    loadedBy(join(dirname(file), chunk!), seen);
  }
  return seen;
}

const gzipOf = (files: Set<string>): number =>
  gzipSync([...files].map((file) => readFileSync(file, "utf8")).join("\n")).length;

function row(name: string, size: number, budget: number | undefined, unit: string): boolean {
  const over = budget === undefined || size > budget;
  const verdict = budget === undefined ? "has no budget" : over ? "over" : "ok";
  const numbers = `${String(size).padStart(8)} of ${String(budget ?? 0).padStart(7)} ${unit}`;
  console.log(`${name.padEnd(14)} ${numbers}  ${verdict}`);
  return over;
}

function main(): void {
  let over = 0;
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((f) =>
    f.isDirectory(),
  );
  for (const { name } of folders) {
    over += Number(row(`src/${name}`, linesIn(join(root, "src", name)), lineBudget[name], "lines"));
  }
  for (const [name, budget] of Object.entries(gzipBudget)) {
    const entry = join(root, "dist", `${name}.js`);
    if (!existsSync(entry)) {
      throw new Error(
        `dist/${name}.js is not there. Run \`npm run build\` before \`npm run size\`.`,
      );
    }
    over += Number(row(`dist/${name}`, gzipOf(loadedBy(entry)), budget, "bytes gzip"));
  }
  if (over > 0) {
    console.error(
      `${over} past the budget: make it smaller, or raise the budget in scripts/size.ts ` +
        "and say why.",
    );
    process.exitCode = 1;
  }
}

main();
