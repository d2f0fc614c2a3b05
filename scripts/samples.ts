// The code of the documentation: finds the ```ts blocks of a page and runs them, each by itself.
// A block says what it prints by `// → …` comments, or by a ```text output block right behind it;
// a block that only shows something is marked `ts no-run`.

import { readdirSync, readFileSync } from "node:fs";
import { format } from "node:util";
import { runInThisContext } from "node:vm";
import ts from "typescript";
import * as genarch from "genarch";
import * as data from "genarch/data";
import * as layers from "genarch/layers";
import * as metrics from "genarch/metrics";
import * as models from "genarch/models";
import * as train from "genarch/train";

/** What a sample may import. */
const modules: Readonly<Record<string, object>> = {
  genarch,
  "genarch/data": data,
  "genarch/layers": layers,
  "genarch/metrics": metrics,
  "genarch/models": models,
  "genarch/train": train,
};

/** One block. `line` is where its code begins in the page; `printed` is null where the page is silent. */
export type Sample = { file: string; line: number; code: string; printed: string[] | null };

/** The pages of the documentation, by their paths from the root of the repository. */
export function pages(): string[] {
  const inDocs = readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file.replaceAll("\\", "/")}`);
  return ["README.md", "CONTRIBUTING.md", ...inDocs.sort()];
}

const block = /^```ts\n([\s\S]*?)^```\n(?:\n?```text output\n([\s\S]*?)^```\n)?/gm;

/** The blocks of a page that run, from top to bottom. */
export function samplesOf(file: string, page = readFileSync(file, "utf8")): Sample[] {
  return [...page.matchAll(block)].map(({ 1: code, 2: output, index }) => ({
    file,
    line: page.slice(0, index).split("\n").length + 1,
    code: code!,
    printed: output === undefined ? arrows(code!) : output.split("\n").slice(0, -1),
  }));
}

function arrows(code: string): string[] | null {
  const found = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text!.trim());
  return found.length ? found : null;
}

/** The page with what its samples print now in their output blocks. */
export async function withOutputs(page: string, print: (code: string) => Promise<string[]>) {
  let fresh = page;
  for (const { 0: whole, 1: code, 2: output } of page.matchAll(block)) {
    if (output === undefined) continue;
    const lines = (await print(code!)).map((line) => `${line}\n`).join("");
    fresh = fresh.replace(whole, () => whole.slice(0, -output.length - 4) + lines + "```\n");
  }
  return fresh;
}

/**
 * Runs the code of a sample on wasm, with the random numbers of a fixed seed, and gives the
 * lines that it printed. `name` stands in the stack of an error.
 */
export async function run(name: string, code: string): Promise<string[]> {
  await genarch.use(genarch.wasm);
  genarch.seed("genarch");
  const { module, target } = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module, target } });
  const body = `(async (require, exports, console) => {${outputText}\n})`;
  const start = runInThisContext(body, { filename: name }) as Start;
  const lines: string[] = [];
  const log = (...parts: unknown[]): void => void lines.push(...format(...parts).split("\n"));
  await start(moduleOf, {}, { log });
  return lines;
}

type Start = (
  require: (name: string) => object,
  exports: object,
  console: { log(...parts: unknown[]): void },
) => Promise<void>;

function moduleOf(name: string): object {
  const found = modules[name];
  if (found) return found;
  throw new Error(`a sample imports "${name}"; it may import ${Object.keys(modules).join(", ")}`);
}
