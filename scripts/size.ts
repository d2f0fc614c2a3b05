// What the house weighs: lines a folder of src, and gzip bytes an entry of dist. Fails past the budgets
// below. A budget is raised in the change that needs it, with the reason. After a build: npm run size.
//
// An entry is it and all chunks that it loads at the start. Chunks that `import()` may load later (the
// kernels of webgpu, webgl and js) are no part of an entry; the last rows count them, each and all.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
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

/** The engine, with the kernels of wasm; and the six entries together, what they share counted once. */
const engineBudget = 80_000;
const entriesBudget = 160_000;
/** With all that may be loaded later: the kernels of webgpu (41 kB), webgl (22 kB) and js (11 kB, readable). */
const everythingBudget = 238_000;
const entries = ["index", "layers", "train", "data", "metrics", "models"];

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "dist");

function linesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .reduce(
      (sum, file) => sum + readFileSync(join(folder, file), "utf8").split("\n").length - 1,
      0,
    );
}

const atStart = /(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g;
const atAnyTime = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g;

/** `files`, and every chunk that they load in turn. */
function loadedBy(files: Iterable<string>, imports: RegExp, seen = new Set<string>()): Set<string> {
  for (const file of files) {
    if (seen.has(file)) continue;
    seen.add(file);
    const found = [...readFileSync(file, "utf8").matchAll(imports)];
    const chunks = found.map(([, chunk]) => join(dirname(file), chunk!));
    loadedBy(chunks, imports, seen);
  }
  return seen;
}

const gzipOf = (files: Iterable<string>): number =>
  gzipSync([...files].map((file) => readFileSync(file, "utf8")).join("\n")).length;

function row(name: string, size: number, budget: number | null, unit: string): boolean {
  const over = budget !== null && size > budget;
  const limit = budget === null ? "" : `of ${String(budget).padStart(7)} `;
  const verdict = budget === null ? "" : over ? "  over" : "  ok";
  console.log(`${name.padEnd(28)} ${String(size).padStart(8)} ${limit}${unit}${verdict}`);
  return over;
}

function lines(): number {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  return folders.filter(({ name }) =>
    row(`src/${name}`, linesIn(join(root, "src", name)), lineBudget[name] ?? 0, "lines"),
  ).length;
}

function bytes(): number {
  const faces = entries.map((name) => join(dist, `${name}.js`));
  const missing = faces.find((face) => !existsSync(face));
  if (missing)
    throw new Error(
      `${relative(root, missing)} is not there. Run \`npm run build\` before \`npm run size\`.`,
    );
  const unit = "bytes gzip";
  let over = 0;
  for (const face of faces) {
    const budget = face.endsWith("index.js") ? engineBudget : null;
    over += Number(row(relative(root, face), gzipOf(loadedBy([face], atStart)), budget, unit));
  }
  const together = loadedBy(faces, atStart);
  over += Number(row("dist, all entries", gzipOf(together), entriesBudget, unit));
  const everything = loadedBy(faces, atAnyTime);
  for (const file of everything)
    if (!together.has(file)) row(`  later: ${relative(dist, file)}`, gzipOf([file]), null, unit);
  return (
    over + Number(row("dist, all and later chunks", gzipOf(everything), everythingBudget, unit))
  );
}

const over = lines() + bytes();
if (over > 0) {
  console.error(
    `${over} past the budget: make it smaller, or raise the budget in scripts/size.ts and say why.`,
  );
  process.exitCode = 1;
}
