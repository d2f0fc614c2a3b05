/** The comparison on small tasks: what it gives and prints, that it resumes to the same numbers, and what it refuses. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { use, wasm } from "genarch";
import { compare, type CompareOptions } from "../../src/compare/compare.js";
import type { Results } from "../../src/compare/results.js";

const RUSSIAN =
  "Мой дядя самых честных правил, когда не в шутку занемог, он уважать себя заставил. ".repeat(40);
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "genarch-compare-"));
  await use(wasm);
});
afterAll(() => rm(folder, { recursive: true }));

async function run(out: string, options: Partial<CompareOptions> = {}) {
  const text = path.join(folder, "text.txt");
  await writeFile(text, RUSSIAN);
  const printed: string[] = [];
  const results = await compare({
    text, scale: "tiny", only: ["gru"], seed: 1, steps: 6, lang: "en", resume: false,
    out: path.join(folder, out), stop: { asked: false }, print: (line) => printed.push(line), ...options,
  }); // prettier-ignore
  return { results, printed: printed.join("\n") };
}

/** What does not depend on the machine's speed. */
const numbers = (results: Results | null) =>
  results!.experiments.map(({ id, contestants, figures }) => ({
    id,
    figures,
    contestants: contestants.map(({ seconds: _, criteria, ...one }) => {
      const { tokensPerSecond: __, secondsPerSample: ___, ...slowest } = criteria;
      return { ...one, criteria: slowest };
    }),
  }));
/** The same for figures whose sentences tell speeds. */
const quiet = (results: Results | null) =>
  numbers(results).map(({ figures, ...rest }) => ({
    ...rest,
    figures: figures.map(({ claims, ...figure }) => ({ ...figure, claims: claims.length })),
  }));

const stopAfter = (looks: number) => ({ get asked() { return --looks < 0; } }); // prettier-ignore

describe("a run", () => {
  it("trains what was asked for, writes results.json and prints a table", async () => {
    const { results, printed } = await run("one", { lang: "ru" });
    expect(results!.finished).toBe(true);
    expect(JSON.parse(await readFile(path.join(folder, "one", "results.json"), "utf8"))).toEqual(results); // prettier-ignore
    expect(results!.settings).toMatchObject({ seed: 1, steps: 6, seconds: null, only: ["gru"], lang: "ru" }); // prettier-ignore
    expect(results!.machine).toMatchObject({ backend: "wasm", node: process.version });
    for (const word of ["## Язык", "GRU", "биты на символ", "5-граммы", "| ---"])
      expect(printed).toContain(word);
  });

  it("gives the same numbers for the same seed, and others for another", async () => {
    const [one, two, three] = [await run("one"), await run("two"), await run("three", { seed: 2 })];
    expect(quiet(two.results)).toEqual(quiet(one.results));
    expect(quiet(three.results)).not.toEqual(quiet(one.results));
  });

  it("stopped and resumed, ends with the numbers of one that ran through", async () => {
    const through = await run("through");
    const first = await run("stopped", { stop: stopAfter(8) });
    expect(first.results).toBeNull();
    expect(first.printed).toMatch(
      /Stopped\. language gru is kept in .*language-gru\.safetensors after [1-5] steps; go on with the same command and --resume\./,
    );
    const second = await run("stopped", { resume: true });
    expect(quiet(second.results)).toEqual(quiet(through.results));
  });

  it("stopped anywhere, goes on from there", async () => {
    const through = await run("through");
    let { results } = await run("often", { stop: stopAfter(1) });
    let runs = 1;
    for (let looks = 2; !results; looks += 2, runs++)
      ({ results } = await run("often", { stop: stopAfter(looks), resume: true }));
    expect(runs).toBeGreaterThan(2);
    expect(quiet(results)).toEqual(quiet(through.results));
  });

  it("does not resume a run of other options", async () => {
    await run("mine");
    await expect(run("mine", { resume: true, seed: 7 })).rejects.toThrow(
      /holds a run of .*text\.txt, tiny, 6 steps each, seed 1, and this one is .*seed 7; resume with the same options, or give another --out/,
    );
  });

  it("refuses texts that teach nothing", async () => {
    const withText = async (name: string, bytes: Uint8Array | string) => {
      const text = path.join(folder, name);
      await writeFile(text, bytes);
      return run("refused", { text });
    };
    await expect(withText("empty.txt", "")).rejects.toThrow(/empty/i);
    await expect(withText("single.txt", "a".repeat(500))).rejects.toThrow(/single|one/i);
    await expect(withText("binary.txt", Uint8Array.of(0xff, 0xfe, 0x80))).rejects.toThrow(
      "is not UTF-8 text; convert it first, with iconv say",
    );
    await expect(run("refused", { text: path.join(folder, "none.txt") })).rejects.toThrow(
      /cannot read .*none\.txt .*give the path of a text file/,
    );
  });
});

describe("the command line", () => {
  const cli = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["--import", "tsx", "src/cli.ts", "compare", ...args]).catch(
      (error: { stderr: string; stdout: string }) => error,
    ); // prettier-ignore

  it("tells its options, and what is wrong with one", async () => {
    expect((await cli("--help")).stdout).toContain("--quick");
    expect((await cli("--only", "mamba")).stderr).toMatch(
      /compare: --only takes some of language, .*gpt.*, got "mamba"/,
    );
    expect((await cli("--seed", "x")).stderr).toContain(
      'compare: --seed takes a number from 0, got "x"',
    );
    expect((await cli("--lang", "de")).stderr).toContain(
      'compare: --lang takes en or ru, got "de"',
    );
    expect((await cli("--backend", "abacus")).stderr).toContain(
      'compare: --backend takes wasm or js, got "abacus"',
    );
    expect((await cli("--fast")).stderr).toContain("--fast");
  });
});
