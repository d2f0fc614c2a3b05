// Writes the numbers of the documentation: a dozen rows of the last `npm run bench` into README.md, and
// what the samples print into their output blocks. Run: npm run tables. No number is typed by hand.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Results } from "../bench/results.js";
import { shortTable } from "../bench/table.js";
import { pages, run, withOutputs } from "./samples.js";

const results = "bench/results/cpu.json";
const between = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/;

/** README.md's table of the last benchmark, or null where none was run. */
export function benchTable(): string | null {
  if (!existsSync(results)) return null;
  return shortTable(JSON.parse(readFileSync(results, "utf8")) as Results);
}

/** README.md with a table between its markers. */
export function withBench(readme: string, table: string): string {
  if (!between.test(readme))
    throw new Error("README.md has lost its markers <!-- bench --> and <!-- /bench -->.");
  return readme.replace(between, (_, open: string, close: string) => open + table + close);
}

async function main(): Promise<void> {
  const table = benchTable();
  for (const file of pages()) {
    const page = readFileSync(file, "utf8");
    const withTable = file === "README.md" && table ? withBench(page, table) : page;
    const fresh = await withOutputs(withTable, (code) => run(file, code));
    if (fresh === page) continue;
    writeFileSync(file, fresh);
    console.log(`${file} is new`);
  }
  if (!table) console.log(`${results} is not there: run \`npm run bench\` first`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
