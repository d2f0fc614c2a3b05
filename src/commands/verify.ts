// `genarch verify DIR`: runs every conformance case in a folder and says, for each reference
// implementation, how many pass and how far off the worst number is.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readCases } from "../conformance/folder.js";
import { kinds } from "../conformance/kinds/index.js";
import { type Report, reportOf, runCase } from "../conformance/report.js";
import { columns } from "./columns.js";
import { jsonOf } from "./json.js";

const HELP = `genarch verify [DIR]: metrics against what reference implementations computed.

  DIR        a folder of JSON files, each a list of cases (default: those of this package)
  --json     the report as JSON, every case with its largest error
  --kinds    list the kinds of case that are offered

Exit 1 where a case fails or there is none. Errors are |got - expected|; "of tolerance" is the
largest share that an error takes of what its case allows.`;

const options = {
  json: { type: "boolean", default: false },
  kinds: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command with what follows its name; `root` is the package's folder. */
export async function run(args: string[], root: URL): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return console.log(HELP);
  if (values.kinds) return console.log(Object.keys(kinds).sort().join("\n"));
  if (positionals.length > 1) throw new Error("verify: give one folder of cases, not several.");
  const where = positionals[0] ?? fileURLToPath(new URL("conformance/", root));
  const report = await verify(where);
  console.log(values.json ? jsonOf(report) : textOf(report));
  if (report.failed > 0) process.exitCode = 1;
}

/** The report of all cases in a folder. */
export async function verify(folder: string): Promise<Report> {
  const cases = await readCases(folder);
  return reportOf(cases.map((one) => runCase(one, kinds)));
}

function textOf(report: Report): string {
  const head = ["reference", "cases", "passed", "failed", "largest error", "of tolerance"];
  const rows = report.references.map((row) => [
    row.reference,
    String(row.cases),
    String(row.passed),
    String(row.failed),
    small(row.largestError),
    small(row.shareOfTolerance),
  ]);
  const missing = report.references.flatMap(({ reference, notOffered }) =>
    notOffered.length > 0 ? [`  ${reference}: ${notOffered.join(", ")}`] : [],
  );
  const failed = report.outcomes.filter(({ status }) => status === "failed");
  const faults = failed.map(({ fn, name, faults }) => `  ${fn} ${name}: ${faults.join("; ")}`);
  return [
    columns(head, rows),
    ...(missing.length > 0 ? ["", "not offered:", ...missing] : []),
    ...(faults.length > 0 ? ["", "failed:", ...faults] : []),
    "",
    `${report.cases} cases: ${report.passed} passed, ${report.failed} failed, ` +
      `${report.notOffered} not offered`,
  ].join("\n");
}

function small(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}
