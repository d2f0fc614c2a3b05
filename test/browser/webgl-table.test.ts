/**
 * The kernel table (test/kernels/cases.ts) on WebGL against js, in a real Chromium without WebGPU. Prints how
 * much of its tolerance each kernel used.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { cases } from "../kernels/cases.js";
import { openPage, type BrowserPage } from "./page.js";

type Found = {
  cases: number;
  failures: Record<string, string>;
  used: { share: number; name: string };
};

let page: BrowserPage;
const lines: string[] = [];

beforeAll(async () => {
  page = await openPage({ webgpu: false });
}, 120_000);

afterAll(async () => {
  console.log(["worst error as a share of the tolerance, on WebGL:", ...lines].join("\n"));
  await page.close();
});

it.each([...cases.keys()])(
  "%s",
  async (kernel) => {
    const found = (await page.run("test/browser/webgl-table.ts", kernel)) as Found;
    const { share, name } = found.used;
    lines.push(`${kernel.padEnd(21)} ${(100 * share).toFixed(1)}% at ${name}`);
    expect(found.cases).toBe(cases.get(kernel)!.length);
    expect(found.failures).toEqual({});
  },
  300_000,
);
