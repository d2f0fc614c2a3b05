// `genarch metrics`: texts against references, several systems beside one another, or a folder of
// generated images against one of real images.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { tokenizers, type TokenizerName } from "../metrics/index.js";
import { extractorNames, inceptionLayouts } from "./image-extractors.js";
import { scoreImages } from "./image-metrics.js";
import { jsonOf } from "./json.js";
import { oneOf } from "./options.js";
import { type Score, tableOf } from "./scores.js";
import { withoutReferences, withReferences } from "./text-metrics.js";
import { scoreTexts, type System } from "./text-scores.js";

const tokenizerNames = Object.keys(tokenizers) as TokenizerName[];

const namesOf = (metrics: ReadonlyMap<string, unknown>): string => [...metrics.keys()].join(", ");

const HELP = `genarch metrics FILE... --references FILE...
genarch metrics --real DIR --generated DIR

Each FILE holds one system's output, a segment a line; each reference file the same lines as they
should have been. The first system is the baseline that the others are compared with.

  --references FILE  once for each reference a segment has; without, the texts alone are measured
  --metrics LIST     some of ${namesOf(withReferences)};
                     without references ${namesOf(withoutReferences)}
  --tokenize NAME    of BLEU: ${tokenizerNames.join(", ")} (default 13a)
  --lowercase        BLEU and chrF do not see case
  --test NAME        bootstrap (default) or randomization
  --resamples N      for intervals and tests (default 1000)
  --seed TEXT        of the resamples (default genarch)
  --real DIR         PNG files; with --generated: FID, KID, precision, recall, density, coverage, of
  --generated DIR    classifiers the Inception Score, and where the names are the same PSNR and SSIM
  --extractor NAME   whose features: ${extractorNames.join(", ")} (default grid, mean colours of
                     8 x 8 cells; digits takes white on black; inception needs --weights)
  --weights FILE     the network's state dict as safetensors (digits has its own)
  --layout NAME      of Inception: ${inceptionLayouts.join(", ")} (default ${inceptionLayouts[0]})
  --json             scores, intervals, p-values and signatures as JSON`;

const options = {
  references: { type: "string", multiple: true, default: [] as string[] },
  metrics: { type: "string" },
  tokenize: { type: "string", default: "13a" },
  lowercase: { type: "boolean", default: false },
  test: { type: "string", default: "bootstrap" },
  resamples: { type: "string", default: "1000" },
  seed: { type: "string", default: "genarch" },
  real: { type: "string" },
  generated: { type: "string" },
  extractor: { type: "string", default: "grid" },
  weights: { type: "string" },
  layout: { type: "string", default: inceptionLayouts[0] },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command with what follows its name; `root` is the package's folder. */
export async function run(args: string[], root: URL): Promise<void> {
  const { values, positionals } = parseArgs({
    args: spreadReferences(args),
    options,
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const { real, generated, seed } = values;
  const progress = progressLine();
  if (real !== undefined || generated !== undefined) {
    if (real === undefined || generated === undefined || positionals.length > 0) {
      throw new Error("metrics: images need both --real DIR and --generated DIR, and no FILE.");
    }
    const { extractor: name, weights, layout } = values;
    const extractor = { name, weights, layout, root };
    const scores = await scoreImages({ real, generated, extractor, seed, progress: progress.show });
    return print(scores, progress.clear, values.json);
  }
  if (positionals.length === 0) throw new Error(`metrics: name a file to score.\n\n${HELP}`);
  const systems = await Promise.all(positionals.map(readSystem));
  const references = await Promise.all(values.references.map(readSystem));
  requireSameLength([...systems, ...references]);
  const defaults = references.length > 0 ? ["bleu", "chrf", "ter"] : [...withoutReferences.keys()];
  const scores = scoreTexts(
    systems,
    references.map(({ segments }) => segments),
    {
      metrics: values.metrics?.split(",").map((name) => name.trim()) ?? defaults,
      tokenize: oneOf("metrics: --tokenize", values.tokenize, tokenizerNames),
      lowercase: values.lowercase,
      test: oneOf("metrics: --test", values.test, ["bootstrap", "randomization"]),
      resamples: countOf("resamples", values.resamples),
      seed,
      progress: progress.show,
    },
  );
  print(scores, progress.clear, values.json);
}

/** `--references a b` means both files: the option is said again before each but the first. */
function spreadReferences(args: readonly string[]): string[] {
  let within = false;
  let first = false;
  return args.flatMap((arg) => {
    if (arg.startsWith("-")) {
      within = first = arg === "--references";
      return [arg];
    }
    const again = within && !first;
    first = false;
    return again ? ["--references", arg] : [arg];
  });
}

async function readSystem(file: string): Promise<System> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`metrics: ${file} cannot be read.`, { cause });
  });
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop(); // the end of the last line, no line of its own
  return { name: path.basename(file), segments: lines };
}

function requireSameLength(systems: readonly System[]): void {
  const [first] = systems;
  const odd = systems.find(({ segments }) => segments.length !== first!.segments.length);
  if (!odd) return;
  throw new Error(
    `metrics: ${first!.name} has ${first!.segments.length} lines, ${odd.name} ` +
      `${odd.segments.length}. Systems and references go line by line: give each as many.`,
  );
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`metrics: --${option} takes a whole number above 0, got "${text}".`);
}

/** What goes on, in one line that is written over, where somebody watches. */
function progressLine() {
  const { stderr } = process;
  const write = (line: string) => void (stderr.isTTY && stderr.write(`\r\u001b[K${line}`));
  return { show: write, clear: () => write("") };
}

function print(scores: readonly Score[], clear: () => void, asJson: boolean): void {
  clear();
  console.log(asJson ? jsonOf({ scores }) : tableOf(scores));
}
