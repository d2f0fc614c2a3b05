// Installs the packed package into an empty project and uses it there as ES module, as CommonJS and from
// TypeScript, whose declarations are checked, too. Run after a build: npx tsx scripts/pack.ts.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "genarch-pack-"));

const esm = `
import { backprop, js, tensor, trace, use } from "genarch";
import { Linear } from "genarch/layers";
import { adam, mse } from "genarch/train";
import { bleu } from "genarch/metrics";
const model = new Linear(2, 1);
const { loss, grads } = backprop(model, () => mse(model.forward(tensor([[1, 2]])), tensor([[3]])));
adam(model).step(grads);
console.log("ESM", Number.isFinite(await loss.item()), Math.round(bleu(["a b c d"], [["a b c d"]]).value));
await use(js);
const { runs } = await trace(() => tensor([[1, 2]]).matmul(tensor([[3], [4]])).array());
const { source } = runs[0].kernels.at(-1);
if (!source.includes("{ batch, M, N, K } = spec")) throw new Error("trace shows js kernels without names: " + source);
try {
  tensor([[1, 2]]).matmul(tensor([[3]]));
} catch (error) {
  if (!/at Tensor.matmul .*\\n.*esm.mjs/s.test(error.stack)) throw new Error("a stack trace without names: " + error.stack);
}
`;

const cjs = `
const engine = require("genarch");
const { Linear } = require("genarch/layers");
const { Tensor, js, tensor, use } = engine;
const exported = { ...engine };
const y = new Linear(2, 3).forward(tensor([[1, 2]]));
if (!(y instanceof Tensor)) throw new Error("genarch and genarch/layers hold two engines");
for (const name of Object.keys(exported))
  if (engine[name] !== exported[name]) throw new Error("a tensor that was made overwrote the export " + name);
try {
  y.matmul(y);
} catch (error) {
  if (!/^ShapeError.*at Tensor.matmul .*\\n.*commonjs.cjs/s.test(error.stack)) throw new Error("a stack trace without names: " + error.stack);
}
y.data()
  .then((data) => console.log("CommonJS", data.length))
  .then(() => use(js))
  .then(({ name }) => console.log("CommonJS, chunks loaded later:", name));
`;

const types = `
import { tensor, type Tensor } from "genarch";
import { textDataset } from "genarch/data";
import { LSTM } from "genarch/layers";
import { GPT } from "genarch/models";
const { B, T } = tensor([[1, 2]], { dtype: "i32" }).dims("B T");
const logits: Tensor = new GPT({ vocab: B + T, context: 8, layers: 1, heads: 1, width: 8 }).forward(tensor([[0]], { dtype: "i32" }));
export const shapes: readonly number[][] = [[...logits.shape], [...new LSTM(2, 3).weight_ih_l0.shape]];
export const vocabulary: number = textDataset("abc", { context: 1 }).vocab;
// @ts-expect-error: there is no axis of that name
logits.dims("B T V").Q;
`;

const node = (...args: string[]) =>
  execFileSync(process.execPath, args, {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });

/** On Windows npm is a script, which starts in a shell only; that wants the paths in quotes. */
const shell = process.platform === "win32";
const npm = (cwd: string, ...args: string[]) => execFileSync("npm", args, { cwd, shell });

try {
  npm(root, "pack", "--silent", "--pack-destination", shell ? `"${project}"` : project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true }));
  const tarball = readdirSync(project).find((file) => file.endsWith(".tgz"))!;
  npm(project, "install", "--no-audit", "--no-fund", "--silent", `./${tarball}`);
  writeFileSync(join(project, "esm.mjs"), esm);
  writeFileSync(join(project, "commonjs.cjs"), cjs);
  for (const file of ["esm.mjs", "commonjs.cjs"]) process.stdout.write(node(file));
  console.log(node("node_modules/genarch/dist/cli.js", "--help").split("\n")[0]);
  for (const file of ["module.mts", "commonjs.cts"]) writeFileSync(join(project, file), types);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options =
    "--noEmit --strict --target es2022 --lib es2023,esnext.disposable,dom --module nodenext";
  node(tsc, ...options.split(" "), "module.mts", "commonjs.cts");
  console.log("TypeScript: declarations and types fit, as module and as CommonJS");
} finally {
  rmSync(project, { recursive: true });
}
