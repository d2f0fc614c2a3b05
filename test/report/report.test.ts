// The report of a comparison: what is in the page, in both languages, and what it refuses.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Results } from "../../src/compare/results.js";
import { run } from "../../src/commands/report.js";
import { readResults, renderReport, writeReport } from "../../src/report/report.js";
import { sectionOf, withResults } from "../../scripts/screenshot.js";
import { example } from "./example.js";

const real = fileURLToPath(new URL("../compare/fixtures/results.json", import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), "genarch-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

let results: Results;
const pages = { en: "", ru: "" };
beforeAll(async () => {
  results = await example();
  for (const lang of ["en", "ru"] as const) pages[lang] = await renderReport(results, lang);
});
const documentOf = (page: string) => parseHTML(page).document;
const texts = (page: string, selector: string) =>
  [...documentOf(page).querySelectorAll(selector)].map(({ textContent }) =>
    textContent.replace(/\s+/g, " ").trim(),
  );

describe.each(["en", "ru"] as const)("the page in %s", (lang) => {
  it("says its language and loads nothing", () => {
    const page = pages[lang];
    expect(page).toMatch(new RegExp(`^<!doctype html>\\s*<html lang="${lang}">`));
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|base)\b/i);
    const urls = [...page.matchAll(/(?:\b(?:src|href)=|url\()["']?([^"')\s]*)/g)];
    expect(urls.length).toBeGreaterThan(10);
    for (const [, url] of urls) expect(url!.slice(0, 5)).toMatch(/^(#|data:)/);
  });

  it("has a section for every experiment, also for those left out, and a link to each", () => {
    const headings = texts(pages[lang], "h2");
    for (const { title } of [...results.experiments, ...results.leftOut!])
      expect(headings).toContain(title[lang]);
    const document = documentOf(pages[lang]);
    const anchors = [...document.querySelectorAll("a[href^='#']")];
    for (const anchor of anchors)
      expect(document.querySelector(anchor.getAttribute("href")!), anchor.outerHTML).not.toBeNull();
    expect(new Set([...document.querySelectorAll("[id]")].map(({ id }) => id)).size).toBe(
      document.querySelectorAll("[id]").length,
    );
  });

  it("has every figure with its title, its caption and its claims", () => {
    const document = documentOf(pages[lang]);
    for (const { id, title, caption, claims } of results.experiments.flatMap((e) => e.figures)) {
      const figure = document.querySelector(`#${id}`)!;
      expect(figure.querySelector("h3")!.textContent).toBe(title[lang]);
      expect(figure.textContent).toContain(caption[lang]);
      expect(figure.querySelectorAll(".claim")).toHaveLength(claims.length);
      for (const { measured } of claims) expect(figure.textContent).toContain(measured[lang]);
    }
  });

  it("gives every chart and picture a text alternative", () => {
    const document = documentOf(pages[lang]);
    for (const image of document.querySelectorAll("img")) {
      expect(image.getAttribute("alt")).toMatch(/DCGAN|DDPM/);
      expect(image.getAttribute("src")).toMatch(/^data:image\/png;base64,iVBOR/);
    }
    const charts = [...document.querySelectorAll("svg[role=img]")];
    expect(charts).toHaveLength(3 * 2 + 3);
    for (const chart of charts)
      expect(chart.getAttribute("aria-label")!.length).toBeGreaterThan(20);
    expect(document.querySelectorAll("details.numbers table")).toHaveLength(3);
    expect(document.querySelectorAll("table")).toHaveLength(
      document.querySelectorAll("table > caption").length,
    );
  });
});

describe("the table", () => {
  it("marks the best of a column, gives intervals and runs, and sets controls apart", () => {
    const [first] = texts(pages.en, "table.scores");
    expect(first).toContain("RNN 2.41 2.38 to 2.44 0.41 310 (best) 1 min 1 s 1,021 steps 412k");
    expect(first).toContain("GPT 2.05 (best) 0.52 (best) –not measured1");
    expect(texts(pages.en, ".controls th")).toEqual(["Controls", "unigram", "the text"]);
    expect(texts(pages.en, ".notes li")).toEqual(["Stopped too early."]);
    expect(texts(pages.en, "table.scores")[1]).toContain("18.0 runs: 17.0 · 18.0 · 19.0");
  });

  it("writes numbers and units in the page's language", () => {
    const [first] = texts(pages.ru, "table.scores");
    expect(first).toContain("2,41 2,38…2,44");
    expect(first).toContain("бит на символ↓, чем меньше, тем лучше бит");
    expect(first).toContain("1 мин 1 с 1 021 шаг 412 тыс.");
  });
});

describe("claims", () => {
  it("stand at the top with their verdicts, in words and not in colour alone", () => {
    const [first] = texts(pages.en, ".verdicts li");
    expect(first).toBe("Held Recurrent networks forget.");
    expect(texts(pages.en, "#claims .measure")[0]).toMatch(
      /^4 held, 2 did not, 2 were not measured\./,
    );
    expect(texts(pages.ru, "#claims .measure")[0]).toMatch(
      /^Подтвердилось: 4, не подтвердилось: 2, не проверялось: 2\./,
    );
  });
});

describe("figures", () => {
  it("leave out what has no place on a logarithmic axis", () => {
    const table = texts(pages.en, "#language-gradient details table")[0];
    expect(table).toContain("RNN 1 (0)1.17·10⁻⁷ (63)");
  });

  it("escape what models wrote", () => {
    const gpt = documentOf(pages.en).querySelectorAll("blockquote")[1]!;
    expect(gpt.textContent).toContain("   “Ahab!” <b>he</b> cried & fell\ufffd");
    expect(gpt.querySelectorAll("b")).toHaveLength(1);
  });

  it("say in a line that there is nothing to show, as do experiments that --only left out", () => {
    expect(texts(pages.en, "#digits-nothing .drawn")).toEqual([
      "Nothing to show here: the contestants that this figure is about did not take part.",
    ]);
    expect(texts(pages.en, "#experiment-emoji p")).toEqual([
      "Left out of this run by --only, so nothing was measured.",
    ]);
  });
});

it("tells how to do the run again", () => {
  expect(texts(pages.en, "pre")[0]).toBe(
    "git checkout 0123abc npm ci " +
      "npm run compare -- --quick --seed 7 --only language,digits --lang en " +
      "# the whole run, with this report at its end " +
      "npx genarch report results.json --lang en # this report again from results.json, without training",
  );
});

it("says where a run was stopped, and where it was a full one keeps silent", async () => {
  const stopped = await renderReport({ ...results, finished: false }, "en");
  expect(texts(stopped, ".notice")).toHaveLength(2);
  const full = { ...results, settings: { ...results.settings, quick: false } };
  expect(texts(await renderReport(full, "en"), ".notice")).toEqual([]);
});

it("holds without any experiment", async () => {
  const page = await renderReport({ ...results, experiments: [] }, "ru");
  expect(texts(page, "#table .measure")).toEqual(["Ни один эксперимент не завершён."]);
});

describe("genarch report", () => {
  it("writes the report of a real run in both languages beside its results", async () => {
    const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await run([real, "--out", folder]);
    expect(print.mock.calls.map(([line]) => path.basename(String(line)))).toEqual([
      expect.stringMatching(/^report\.en\.html \(0\.\d MB\)$/),
      expect.stringMatching(/^report\.ru\.html \(0\.\d MB\)$/),
    ]);
    print.mockRestore();
    const found = JSON.parse(readFileSync(real, "utf8")) as Results;
    for (const lang of ["en", "ru"] as const) {
      const page = readFileSync(path.join(folder, `report.${lang}.html`), "utf8");
      expect(texts(page, "h2")).toEqual(
        expect.arrayContaining(found.experiments.map(({ title }) => title[lang])),
      );
    }
  });

  it("returns where it wrote, and how much", async () => {
    const { file, bytes } = await writeReport(results, {
      lang: "en",
      out: path.join(folder, "new"),
    });
    expect(file).toBe(path.join(folder, "new", "report.en.html"));
    expect(readFileSync(file)).toHaveLength(bytes);
  });

  it("refuses what is no results.json with a sentence", async () => {
    const file = path.join(folder, "results.json");
    const refusal = async (text: string) => {
      writeFileSync(file, text);
      return readResults(file).catch((error: unknown) => (error as Error).message);
    };
    expect(await refusal("{")).toBe(`report: ${file} is not JSON.`);
    expect(await refusal("null")).toBe(
      `report: ${file} holds no results; genarch compare writes them.`,
    );
    expect(await refusal('{"format":2}')).toBe(
      `report: ${file} is of format 2, and this version of genarch reads format 1; ` +
        "run genarch compare again, or use the version that wrote it.",
    );
    await expect(readResults(`${file}.missing`)).rejects.toThrow("cannot be read; genarch compare");
    await expect(run([])).rejects.toThrow("report: give one results.json, got 0.");
    await expect(run([real, "--lang", "de"])).rejects.toThrow(
      'report: --lang takes en or ru, got "de".',
    );
  });
});

describe("npm run screenshot", () => {
  it("writes the tables of a run between the markers of README.md, and nothing else", () => {
    const readme = withResults("# a\n<!-- compare -->\nold\n<!-- /compare -->\nb\n", results);
    expect(readme).toMatch(/^# a\n<!-- compare -->\n!\[[^\]]+\]\(docs\/images\/report\.png\)\n/);
    expect(readme).toMatch(/\| VAE +\| +412,345 \| 1,021 \| +61 \| 30\.2 \| +0\.3 \|/);
    expect(readme).toContain("genarch 0.1.0, quick run, seed 7; 2 cores of Example CPU");
    expect(readme).toMatch(/\n<!-- \/compare -->\nb\n$/);
    expect(readme).not.toContain("old");
    expect(withResults(readme, results)).toBe(readme);
  });

  it("folds the tables of all but language and digits", () => {
    const [digits, ...others] = results.experiments.slice().reverse();
    const folded = [digits!, ...others.map((one) => ({ ...one, id: "ring" }))];
    const run = { ...results, experiments: folded };
    const readme = withResults("<!-- compare -->\n<!-- /compare -->", run);
    const summaries = [...readme.matchAll(/<details><summary>(.+)<\/summary>\n\n\| /g)];
    expect(summaries.map(([, title]) => title)).toEqual(others.map(({ title }) => title.en));
  });

  it("shows the experiment that is asked for, and says which there are", () => {
    expect(sectionOf(results)).toBe("experiment-digits");
    expect(sectionOf(results, "language")).toBe("experiment-language");
    expect(() => sectionOf(results, "digit")).toThrow(
      'There is no experiment "digit" in this run; it has language, ',
    );
  });

  it("says so where the markers are gone", () => {
    expect(() => withResults("# a\n", results)).toThrow("README.md has lost its markers");
  });
});
