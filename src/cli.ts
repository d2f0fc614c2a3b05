#!/usr/bin/env node
/** The command line: `genarch COMMAND`, each command in a file of `commands`. */

import { readFile } from "node:fs/promises";

interface Command {
  readonly about: string;
  load(): Promise<{ run(args: string[], root: URL): Promise<void> }>;
}

const commands: Readonly<Record<string, Command>> = {
  compare: {
    about: "trains the architectures side by side and writes a report of what each can do",
    load: () => import("./commands/compare.js"),
  },
  metrics: {
    about: "scores texts against references, or image folders against real ones",
    load: () => import("./commands/metrics.js"),
  },
  report: {
    about: "writes the report of a comparison again, without training",
    load: () => import("./commands/report.js"),
  },
  verify: {
    about: "checks the metrics against cases from reference implementations",
    load: () => import("./commands/verify.js"),
  },
};

const HELP = `genarch COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(9)}${about}`)
  .join("\n")}

genarch COMMAND --help tells the options.`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || /^(--help|-h|help)$/.test(name)) return console.log(HELP);
  const root = new URL("../", import.meta.url); // both src and dist lie one floor up
  if (/^(--version|-v)$/.test(name)) return console.log(await versionOf(root));
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Error(`There is no command "${name}".\n\n${HELP}`);
  const { run } = await command.load();
  await run(args, root);
}

async function versionOf(root: URL): Promise<string> {
  const text = await readFile(new URL("package.json", root), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
