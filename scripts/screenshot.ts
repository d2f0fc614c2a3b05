// What README.md shows of a comparison: its tables between the markers, and docs/images/report.png with the report's
// beginning beside one of its sections. Run: npm run screenshot -- compare-out/results.json [SECTION].

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import type { Results } from "../src/compare/results.js";
import { tableOf } from "../src/compare/table.js";
import { readResults, renderReport } from "../src/report/report.js";
import { launch } from "../test/browser/chromium.js";

const image = "docs/images/report.png";
const MOST = 300_000; // bytes
/** Their tables are open, the others' a click away. */
const OPEN = ["language", "digits"];
const between = /(<!-- compare -->\n)[\s\S]*?(<!-- \/compare -->)/;

/** README.md with the tables of a run between its markers, under the picture of its report. */
export function withResults(readme: string, results: Results): string {
  if (!between.test(readme)) {
    throw new Error("README.md has lost its markers <!-- compare --> and <!-- /compare -->.");
  }
  const { machine, settings, version } = results;
  const run = `genarch ${version}, ${settings.quick ? "quick" : "full"} run, seed ${settings.seed}`;
  const where = `${machine.cores} cores of ${machine.cpu}, ${machine.backend}, ${machine.date.slice(0, 10)}`;
  const text = [
    `![The report: what is claimed and what was found, and samples](${image})`,
    ...results.experiments.map((one) => {
      const table = tableOf(one, results.criteria, "en").trim();
      if (OPEN.includes(one.id)) return `**${one.title.en}**\n\n${table}`;
      return `<details><summary>${one.title.en}</summary>\n\n${table}\n\n</details>`;
    }),
    `${run}; ${where}.`,
  ].join("\n\n");
  return readme.replace(between, (_, open: string, close: string) => `${open}${text}\n${close}`);
}

type Part = { html: string; section: string; scheme: "light" | "dark" };
const SIDE = { width: 1240, height: 1480 };

/** The window of the report that begins at a section, as a data URI. */
async function shot(browser: Browser, { html, section, scheme }: Part): Promise<string> {
  const page = await browser.newPage({ viewport: { ...SIDE }, colorScheme: scheme });
  await page.setContent(html);
  await page.evaluate((id) => {
    document.documentElement.style.scrollBehavior = "auto";
    document.getElementById(id)?.scrollIntoView();
  }, section);
  const png = await page.screenshot();
  await page.close();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** Two windows side by side, as large as the bytes allow. */
async function sideBySide(browser: Browser, shots: readonly string[]): Promise<Buffer> {
  for (const width of [1600, 1440, 1280, 1120, 960, 800]) {
    const page = await browser.newPage({ viewport: { width, height: 100 } });
    await page.setContent(
      `<body style="margin:0;display:grid;grid-template-columns:1fr 1fr">` +
        shots.map((uri) => `<img style="width:100%;display:block" src="${uri}">`).join(""),
    );
    const png = await page.screenshot({ fullPage: true });
    await page.close();
    if (png.length < MOST) return png;
  }
  throw new Error(`The picture has more than ${MOST} bytes at any width.`);
}

/** The experiment asked for; else that on digits, or the first that shows pictures, or the first. */
export function sectionOf({ experiments }: Results, wanted?: string): string {
  const of = (id: string) => experiments.find((one) => one.id === id);
  if (wanted !== undefined && !of(wanted)) {
    const ids = experiments.map(({ id }) => id).join(", ");
    throw new Error(`There is no experiment "${wanted}" in this run; it has ${ids}.`);
  }
  const found =
    of(wanted ?? "digits") ??
    experiments.find(({ figures }) => figures.some(({ kind }) => kind === "picture")) ??
    experiments[0];
  return `experiment-${found?.id ?? ""}`;
}

async function main([file, wanted]: string[]): Promise<void> {
  if (file === undefined) throw new Error("Which results.json? npm run screenshot -- FILE");
  const results = await readResults(file);
  const html = await renderReport(results, "en");
  const browser = await launch(false);
  const top = await shot(browser, { html, section: "top", scheme: "light" });
  const section = sectionOf(results, wanted);
  const inner = await shot(browser, { html, section, scheme: "dark" });
  const png = await sideBySide(browser, [top, inner]);
  await browser.close();
  mkdirSync(dirname(image), { recursive: true });
  writeFileSync(image, png);
  writeFileSync("README.md", withResults(readFileSync("README.md", "utf8"), results));
  console.log(`${image} is new (${Math.round(png.length / 1000)} kB), and so is README.md`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(process.argv.slice(2));
}
