/** Every architecture's toy training (test/models/toys.ts) on WebGL, in a real Chromium without WebGPU. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { toys } from "../models/toys.js";
import { openPage, type BrowserPage } from "./page.js";

let page: BrowserPage;
beforeAll(async () => {
  page = await openPage({ webgpu: false });
}, 120_000);
afterAll(() => page.close());

it.each(toys.map(({ name }) => name))(
  "%s",
  async (name) => {
    const found = (await page.run("test/browser/webgl-toys.ts", name)) as { draws: number };
    expect(found.draws).toBeGreaterThan(1000);
  },
  300_000,
);
