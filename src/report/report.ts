/**
 * The report of a comparison: one HTML file that holds all it shows and loads nothing. It is written from results.json
 * alone, so that it can be written again, in another language, without training anything.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Language, Results } from "../compare/results.js";
import { pageHtml } from "./page.js";
import { openPlotter } from "./plotter.js";
import { viewOf } from "./view.js";

/** The only shape of results.json that this report can read. */
const FORMAT = 1;

export type ReportOptions = {
  lang: Language;
  /** The folder to write into; made where it is missing. */
  out: string;
};

export type Written = { file: string; bytes: number };

/** Writes `report.en.html` or `report.ru.html` into `out`. */
export async function writeReport(
  results: Results,
  { lang, out }: ReportOptions,
): Promise<Written> {
  const text = await renderReport(results, lang);
  const file = path.join(out, `report.${lang}.html`);
  await mkdir(out, { recursive: true });
  await writeFile(file, text);
  return { file, bytes: Buffer.byteLength(text) };
}

/** The report as text of an HTML file. */
export async function renderReport(results: Results, lang: Language): Promise<string> {
  const view = viewOf(results, lang, await openPlotter());
  return pageHtml(results, view).text.replace(/^[ \t]+(?=<)/gm, "");
}

/** What a run wrote into a results.json; throws where the file is something else. */
export async function readResults(file: string): Promise<Results> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`report: ${file} cannot be read; genarch compare writes it.`, { cause });
  });
  const results = parsed(text, file);
  const format = "format" in results ? results.format : undefined;
  if (format === FORMAT) return results as Results;
  throw new Error(
    `report: ${file} is of format ${JSON.stringify(format) ?? "none"}, and this version of genarch reads format ${FORMAT}; ` +
      "run genarch compare again, or use the version that wrote it.",
  );
}

function parsed(text: string, file: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw new Error(`report: ${file} is not JSON.`, { cause });
  }
  throw new Error(`report: ${file} holds no results; genarch compare writes them.`);
}
