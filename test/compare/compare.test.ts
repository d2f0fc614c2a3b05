/** The comparison on small texts: what it prints, that it resumes to the same numbers, and what it refuses. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { use, wasm } from "genarch";
import { build, fullScale, names, quickScale } from "../../src/compare/contestants.js";
import { compare, type CompareOptions } from "../../src/compare/compare.js";
import { count } from "genarch";

const RUSSIAN =
  "Мой дядя самых честных правил, когда не в шутку занемог, он уважать себя заставил. ".repeat(40);
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "genarch-compare-"));
  await use(wasm);
});
afterAll(() => rm(folder, { recursive: true }));

async function run(out: string, options: Partial<CompareOptions> = {}) {
  const data = path.join(folder, "text.txt");
  await writeFile(data, RUSSIAN);
  const printed: string[] = [];
  const finished = await compare({
    data, quick: true, only: ["gru"], seed: 1, steps: 6, resume: false, check: false,
    out: path.join(folder, out), stop: { asked: false }, print: (text) => printed.push(text), ...options,
  }); // prettier-ignore
  return { finished, printed: printed.join("\n") };
}
const results = async (out: string) => {
  const saved = JSON.parse(await readFile(path.join(folder, out, "results.json"), "utf8")) as {
    outcomes: { name: string; bitsPerCharacter: number; sample: string }[];
  };
  return saved.outcomes.map(({ name, bitsPerCharacter, sample }) => ({
    name,
    bitsPerCharacter,
    sample,
  }));
};

describe("contestants", () => {
  it.each([["quick", quickScale], ["full", fullScale]] as const)("have equally many parameters within 3 % (%s)", (_, scale) => {
    const counts = names.map((name) => count(build(name, 80, scale)));
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.03);
  }); // prettier-ignore
});

describe("a run", () => {
  it("trains all four on a Russian text and prints a table with a sample of each", async () => {
    const { finished, printed } = await run("all", { only: names, steps: 2 });
    expect(finished).toBe(true);
    for (const title of ["parameters", "tokens/s", "bits/char", "perplexity", "distinct-2"])
      expect(printed).toContain(title);
    for (const name of names) expect(printed).toContain(`── ${name.toUpperCase()} writes`);
    expect(printed).toMatch(/[а-я]{3}/);
  });

  it("gives the same numbers for the same seed, and others for another", async () => {
    await run("one");
    await run("two");
    await run("three", { seed: 2 });
    expect(await results("two")).toEqual(await results("one"));
    expect(await results("three")).not.toEqual(await results("one"));
  });

  it("stopped and resumed, ends with the numbers of one that ran through", async () => {
    await run("through");
    let looks = 0;
    const stop = { get asked() { return ++looks > 3; } }; // prettier-ignore
    const first = await run("stopped", { stop });
    expect(first.finished).toBe(false);
    expect(first.printed).toMatch(
      /Stopped\. gru is kept in .*gru\.safetensors after 3 steps; go on with the same command and --resume\./,
    );
    const second = await run("stopped", { resume: true });
    expect(second.finished).toBe(true);
    expect(await results("stopped")).toEqual(await results("through"));
  });

  it("does not resume a run of other options", async () => {
    await run("mine");
    await expect(run("mine", { resume: true, seed: 7 })).rejects.toThrow(
      /holds a run of .*text\.txt, quick, seed 1, and this one is .*seed 7; resume with the same options, or give another --out/,
    );
  });

  it("refuses texts that teach nothing", async () => {
    const withText = async (name: string, bytes: Uint8Array | string) => {
      const data = path.join(folder, name);
      await writeFile(data, bytes);
      return run("refused", { data });
    };
    await expect(withText("empty.txt", "")).rejects.toThrow(/empty/i);
    await expect(withText("single.txt", "a".repeat(500))).rejects.toThrow(/single|one/i);
    await expect(withText("binary.txt", Uint8Array.of(0xff, 0xfe, 0x80))).rejects.toThrow(
      "is not UTF-8 text; convert it first, with iconv say",
    );
    await expect(run("refused", { data: path.join(folder, "none.txt") })).rejects.toThrow(
      /cannot read .*none\.txt .*give the path of a text file/,
    );
  });
});

describe("the command line", () => {
  const cli = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["--import", "tsx", "src/cli.ts", ...args]).catch(
      (error: { stderr: string; stdout: string }) => error,
    );

  it("tells its options, and what is wrong with one", async () => {
    expect((await cli("compare", "--help")).stdout).toContain("--quick");
    expect((await cli("compare", "--only", "mamba")).stderr).toContain(
      'compare: --only takes some of rnn, gru, lstm, gpt, got "mamba"',
    );
    expect((await cli("compare", "--seed", "x")).stderr).toContain(
      'compare: --seed takes a number from 0, got "x"',
    );
  });
});
