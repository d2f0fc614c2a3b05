// The report in a real Chromium: wide and narrow, light and dark, in both languages. Nothing sticks out, nothing is asked
// for from outside, nothing is complained about, by the browser or by axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Language, Results } from "../../src/compare/results.js";
import { renderReport } from "../../src/report/report.js";
import { launch } from "../browser/chromium.js";
import { example } from "./example.js";

const MEGABYTE = 1e6;
const real = new URL("../compare/fixtures/results.json", import.meta.url);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
const runs = new Map<string, Results>();
beforeAll(async () => {
  browser = await launch(false);
  runs.set("by hand", await example());
  runs.set("of a real run", JSON.parse(readFileSync(real, "utf8")) as Results);
}, 60_000);
afterAll(() => browser.close());

type Window = { width: number; scheme: "light" | "dark" };
type Opened = { page: Page; complaints: string[] };

async function open(html: string, { width, scheme }: Window): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.route("**/*", async (route) => {
    const url = route.request().url();
    if (url === "http://report.test/")
      return route.fulfill({ body: html, contentType: "text/html" });
    complaints.push(`asked for ${url}`);
    return route.abort();
  });
  await page.goto("http://report.test/");
  return { page, complaints };
}

/** What lies outside the window and in no box that scrolls; runs in the page. */
const sticksOut = (): string[] => {
  const width = document.documentElement.clientWidth;
  const hidden = ".scroll *, pre *, svg *, .unseen, .skip";
  return [...document.querySelectorAll("body *")]
    .filter((one) => !one.matches(hidden))
    .map((one) => ({ one, box: one.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && (box.left < -0.5 || box.right > width + 0.5))
    .map(({ one }) => `${one.tagName}.${one.getAttribute("class") ?? ""}`);
};

const windows: Window[] = [1440, 360].flatMap((width) => [
  { width, scheme: "light" },
  { width, scheme: "dark" },
]);

describe.each(["by hand", "of a real run"])("the report %s", (name) => {
  describe.each(["en", "ru"] as const)("in %s", (lang: Language) => {
    let html = "";
    beforeAll(async () => void (html = await renderReport(runs.get(name)!, lang)));

    it("weighs less than 8 MB", () => expect(Buffer.byteLength(html)).toBeLessThan(8 * MEGABYTE));

    it.each(windows)("fits $width px in $scheme", { timeout: 60_000 }, async (window) => {
      const { page, complaints } = await open(html, window);
      const { scrollWidth, clientWidth } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
      expect(await page.evaluate(sticksOut)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    });
  });
});

describe("who uses it", () => {
  it.each(windows)("gets past axe at $width px in $scheme", { timeout: 60_000 }, async (window) => {
    const { page } = await open(await renderReport(runs.get("by hand")!, "en"), window);
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate(async () => {
      type Found = { id: string; nodes: { html: string }[] }[];
      type Axe = { run(): Promise<{ violations: Found; passes: Found }> };
      const { violations, passes } = await (globalThis as unknown as { axe: Axe }).axe.run();
      const said = violations.map(({ id, nodes }) =>
        [id, ...nodes.map(({ html }) => html)].join("\n"),
      );
      return { violations: said, passes: passes.map(({ id }) => id) };
    });
    expect(violations).toEqual([]);
    expect(passes).toEqual(
      expect.arrayContaining(["color-contrast", "image-alt", "heading-order"]),
    );
    await page.close();
  });

  it("chooses the theme by keyboard, without a script", async () => {
    const html = await renderReport(runs.get("by hand")!, "en");
    const { page } = await open(html, { width: 800, scheme: "light" });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.keyboard.press("Tab"); // the link to the results
    await page.keyboard.press("Tab"); // the switch, on "auto"
    await page.keyboard.press("ArrowRight");
    expect(await paper()).toBe(light);
    await page.keyboard.press("ArrowRight");
    expect(await paper()).not.toBe(light);
    await page.close();
  });

  it("sees one chart of the two that are drawn, with names that can be read", async () => {
    const html = await renderReport(runs.get("by hand")!, "ru");
    for (const width of [1440, 360]) {
      const { page } = await open(html, { width, scheme: "light" });
      const charts = page.locator(".lines-figure svg[role=img]:visible");
      expect(await charts.count()).toBe(3);
      const sizes = await charts
        .locator("text")
        .evaluateAll((texts) =>
          texts.map((text) => (text as SVGTextElement).getBoundingClientRect().height),
        );
      expect(Math.min(...sizes)).toBeGreaterThan(12);
      await page.close();
    }
  });
});
