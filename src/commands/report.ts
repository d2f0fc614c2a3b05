// `genarch report`: the report of a comparison, written again from its results.json.

import path from "node:path";
import { parseArgs } from "node:util";
import { languages } from "../compare/results.js";
import { readResults, writeReport, type Written } from "../report/report.js";
import { oneOf } from "./options.js";

const HELP = `genarch report RESULTS.json: the report of \`genarch compare\` again, without training.

  --lang en|ru     one language (default: both)
  --out DIR        where to write report.en.html and report.ru.html (default: beside RESULTS.json)`;

const options = {
  lang: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command with what follows its name. */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return console.log(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new Error(`report: give one results.json, got ${positionals.length}.\n\n${HELP}`);
  }
  const wanted =
    values.lang === undefined ? languages : [oneOf("report: --lang", values.lang, languages)];
  const results = await readResults(file);
  const out = values.out ?? path.dirname(file);
  for (const lang of wanted) console.log(sentence(await writeReport(results, { lang, out })));
}

const sentence = ({ file, bytes }: Written): string => `${file} (${(bytes / 1e6).toFixed(1)} MB)`;
