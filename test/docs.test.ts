/** The documentation is true: its code runs and prints what it says, its links lead somewhere, its names exist. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { pages, run, samplesOf, withOutputs, type Sample } from "../scripts/samples.js";
import { benchTable, withBench } from "../scripts/tables.js";

const samples = pages().flatMap((file) => samplesOf(file));

describe("a sample of the documentation", () => {
  it.each(samples.map((sample) => [`${sample.file}:${sample.line}`, sample] as const))(
    "runs and prints what the page says: %s",
    async (name, { code, printed }) => {
      const lines = await run(name, code);
      if (printed) expect(lines).toEqual(printed);
    },
  );

  it("is found in the README, and on the pages that teach by running", () => {
    const files = new Set(samples.map(({ file }) => file));
    for (const file of ["README.md", "docs/architecture.md", "docs/memory.md"])
      expect(files, file).toContain(file);
  });

  it("that prints something else than its page says is told apart", async () => {
    const page = "```ts\nconsole.log(1 + 1); // → 3\n```\n";
    const [sample] = samplesOf("page.md", page);
    expect(sample!.printed).toEqual(["3"]);
    expect(await run("page.md", sample!.code)).toEqual(["2"]);
  });

  it("gets fresh output by `npm run tables`", async () => {
    const page = "a\n\n```ts\nlog(1);\n```\n\n```text output\nold\nolder\n```\n\nb\n";
    const fresh = await withOutputs(page, (code) => Promise.resolve([code.trim(), "new"]));
    expect(fresh).toBe("a\n\n```ts\nlog(1);\n```\n\n```text output\nlog(1);\nnew\n```\n\nb\n");
  });
});

/** What the compiler says of files that stand, by their paths, before or in place of those on the disk. */
function typeErrors(files: ReadonlyMap<string, string>, settings: ts.CompilerOptions): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", (file) => ts.sys.readFile(file));
  const options = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, resolve(".")).options,
    ...settings,
  };
  const texts = new Map([...files].map(([file, text]) => [resolve(file), text]));
  const host = ts.createCompilerHost(options);
  const [readFile, fileExists] = [host.readFile.bind(host), host.fileExists.bind(host)];
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((file) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`),
  );
}

describe("the samples", () => {
  it("have the right types, and a wrong one would be seen", () => {
    const code = 'import { tensor } from "genarch";\nconst n: string = tensor([1]).shape[0];';
    const wrong: Sample = { file: "wrong.md", line: 1, code, printed: null };
    const files = [...samples, wrong].map(
      ({ file, line, code }) => [`${file}.${line}.ts`, `${code}\nexport {};`] as const,
    );
    const errors = typeErrors(new Map(files), { noUncheckedIndexedAccess: false });
    expect(errors).toEqual([
      `${resolve("wrong.md.1.ts")}: Type 'number' is not assignable to type 'string'.`,
    ]);
  });
});

describe("docs/adding-an-op.md, followed to the letter,", () => {
  const page = readFileSync("docs/adding-an-op.md", "utf8");
  const [softsign, steps] = [...page.matchAll(/^```ts no-run\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code!,
  );
  const [spec, js, wasm, , op, method] = steps!.split(/^\/\/ \d\. .*\n/m).slice(1);
  const softsignMethod = /`(softsign\(this.*?\})`/.exec(page)![1]!;
  const source = (file: string) => readFileSync(file, "utf8");
  /** The file with a method before the end of its class. */
  const withMethod = (file: string, imported: string, method: string) =>
    `${imported}\n${source(file).replace(/\}\n$/, `${method}\n}\n`)}`;

  it("compiles, and a slip of it would be seen", () => {
    const files = new Map([
      ["src/kernels/spec.ts", source("src/kernels/spec.ts").replace("export type Kernel =", `${spec}export type Kernel = LeakySum |`)],
      ["src/kernels/js/leaky-sum.ts", `import type { LeakySum } from "../spec.js";\nimport type { Run } from "./kernel.js";\n${js}`],
      ["src/kernels/wasm/leaky-sum.ts", `import type { LeakySum } from "../spec.js";
        import { plus } from "./arithmetic.js";
        import type { ModuleBuilder } from "./emitter.js";
        import { kernelFunction, pushScalar, type Lowered } from "./kernel.js";
        import { eachRow } from "./row.js";\n${wasm}`],
      ["src/tensor/ops/softmax.ts", source("src/tensor/ops/softmax.ts") + op],
      ["src/tensor/ops/elementwise.ts", source("src/tensor/ops/elementwise.ts") + softsign],
      ["src/tensor/methods/elementwise.ts", withMethod("src/tensor/methods/elementwise.ts", "", softsignMethod)],
      ["src/tensor/methods/reductions.ts", withMethod("src/tensor/methods/reductions.ts", 'import { leakySum } from "../ops/softmax.js";', method!)],
      ["slip.ts", 'import type { Tensor } from "genarch";\nexport const slip = (x: Tensor) => x.softsign().leakySum();'],
    ]); // prettier-ignore
    expect(typeErrors(files, {})).toEqual([
      `${resolve("slip.ts")}: Expected 1 arguments, but got 0.`,
    ]);
  });
});

/** Relative links of a page: [text](target). */
const linksOf = (page: string) =>
  [...page.matchAll(/\[([^\]]+)\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
    ([, text, target]) => [text!, target!] as const,
  );

describe("a page of the documentation", () => {
  it.each(pages())("%s links to files that exist", (file) => {
    for (const [, target] of linksOf(readFileSync(file, "utf8")))
      expect(existsSync(join(dirname(file), target)), target).toBe(true);
  });

  it.each(pages())("%s names paths that exist", (file) => {
    const page = readFileSync(file, "utf8").replace(/^```[\s\S]*?^```$/gm, "");
    for (const [, path] of page.matchAll(/`((?:src|test|bench|docs|scripts|examples)\/[\w./-]+)`/g))
      expect(existsSync(path!), path).toBe(true);
  });

  /** [`realize`](../src/tensor/runtime.ts) promises that the file has such a name. */
  it.each(pages())("%s names functions where they are", (file) => {
    for (const [text, target] of linksOf(readFileSync(file, "utf8"))) {
      const name = /^`(\w+)`$/.exec(text)?.[1];
      if (!name || !target.endsWith(".ts")) continue;
      const source = readFileSync(join(dirname(file), target), "utf8");
      expect(source, `${name} in ${target}`).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  it("fits one screen where it says so", () => {
    for (const file of ["docs/adding-an-op.md", "docs/adding-a-model.md"])
      expect(readFileSync(file, "utf8").split("\n").length, file).toBeLessThanOrEqual(61);
  });

  it("lists every decision under its title", () => {
    const list = readFileSync("docs/decisions/README.md", "utf8");
    for (const file of pages().filter((page) => /decisions\/\d/.test(page))) {
      const [number, title] = readFileSync(file, "utf8")
        .slice(2)
        .split("\n")[0]!
        .split(/\. (.*)/);
      expect(list).toContain(`${number}. [${title}](${file.split("/").at(-1)})`);
    }
  });

  it("has the numbers of the last benchmark: if not, run `npm run tables`", () => {
    const readme = readFileSync("README.md", "utf8");
    const table = benchTable();
    expect(readme).toContain("<!-- bench -->\n");
    if (table) expect(readme).toBe(withBench(readme, table));
  });
});
