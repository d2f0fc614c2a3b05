// `genarch verify`: the cases of the package and, where they are there, of ../shared; and that a
// wrong number, a missing key and a broken file do not go unseen.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run, verify } from "../../src/commands/verify.js";
import type { Case } from "../../src/conformance/case.js";
import { kinds } from "../../src/conformance/kinds/index.js";
import { referenceOf, reportOf, runCase } from "../../src/conformance/report.js";

const root = new URL("../../", import.meta.url);
const shipped = fileURLToPath(new URL("conformance/", root));
const shared = fileURLToPath(new URL("../shared/vectors/metrics/", root));

const bits = (expected: Case["expected"], extra: Partial<Case> = {}): Case => ({
  name: "aab",
  fn: "ngramEntropy",
  inputs: { sequence: ["a", "a", "b", "b"] },
  params: { n: 1 },
  expected,
  source: "by hand",
  tolerance: { abs: 1e-12, rel: 0 },
  ...extra,
});

describe("the package's own cases", () => {
  it("pass, and hold every kind that is offered", async () => {
    const report = await verify(shipped);
    expect(report.outcomes.flatMap(({ faults }) => faults)).toEqual([]);
    expect(report).toMatchObject({ failed: 0, notOffered: 0, passed: report.cases });
    expect(report.references.flatMap(({ notOffered }) => notOffered)).toEqual([]);
    expect(new Set(report.outcomes.map(({ fn }) => fn))).toEqual(new Set(Object.keys(kinds)));
  });
});

describe("the cases of ../shared", () => {
  it("pass where they are there", async () => {
    if (!existsSync(shared)) return console.log("../shared/vectors/metrics is not here.");
    const report = await verify(shared);
    expect(report.outcomes.flatMap(({ faults }) => faults)).toEqual([]);
    expect(report).toMatchObject({ failed: 0, notOffered: 0 });
    expect(report.passed).toBeGreaterThanOrEqual(19);
  });
});

describe("a case", () => {
  it("passes within its tolerance, and says how much of it was used", () => {
    expect(runCase(bits({ bits: 1 }), kinds)).toMatchObject({ status: "passed", largestError: 0 });
    const near = runCase(bits({ bits: 1 + 5e-13 }), kinds);
    expect(near.status).toBe("passed");
    expect(near.shareOfTolerance).toBeCloseTo(0.5, 2);
  });

  it("fails beyond it, with what was expected and what came", () => {
    const outcome = runCase(bits({ bits: 1.5, nats: Math.LN2 }), kinds);
    expect(outcome).toMatchObject({ status: "failed", largestError: 0.5 });
    expect(outcome.faults).toEqual(["bits: expected 1.5, got 1"]);
  });

  it("is not offered where its kind or all its keys are unknown, and never passed for it", () => {
    expect(runCase(bits({ bits: 1 }, { fn: "toString" }), kinds).status).toBe("not offered");
    expect(runCase(bits({ hartleys: 1 }), kinds).status).toBe("not offered");
    const partly = runCase(bits({ bits: 1, hartleys: 1 }), kinds);
    expect(partly).toMatchObject({ status: "passed", notOffered: ["hartleys"] });
    expect(reportOf([partly]).references[0]!.notOffered).toEqual(["ngramEntropy.hartleys"]);
  });

  it("matches NaN with a result that has no value, and nothing else", () => {
    const short = { inputs: { sequence: [] } };
    expect(runCase(bits({ bits: "NaN" }, short), kinds).status).toBe("passed");
    expect(runCase(bits({ bits: 0 }, short), kinds).status).toBe("failed");
    expect(runCase(bits({ bits: "NaN" }), kinds).status).toBe("failed");
    expect(runCase(bits({ bits: "Infinity" }), kinds).status).toBe("failed");
  });

  it("matches any error of the reference with an undecided result", () => {
    const alpha = (ratings: unknown, expected: Case["expected"]) =>
      runCase(bits(expected, { fn: "krippendorffAlpha", inputs: { ratings }, params: {} }), kinds);
    const same = [
      [1, 1],
      [1, 1],
    ];
    expect(alpha(same, { error_or_nan: "ValueError: one value" }).status).toBe("passed");
    expect(alpha(same, { error_or_nan: false }).status).toBe("failed");
    const differ = [
      [1, 2],
      [1, 2],
    ];
    expect(alpha(differ, { error_or_nan: true }).status).toBe("failed");
  });

  it("whose inputs break a metric is a failure with the sentence", () => {
    const broken = bits({ score: 1 }, { fn: "bleu.corpus", inputs: { hypotheses: ["a"] } });
    expect(runCase(broken, kinds)).toMatchObject({ status: "failed" });
    const uneven = { hypotheses: ["a"], references: [["a", "b"]] };
    const { faults } = runCase(bits({ score: 1 }, { fn: "bleu.corpus", inputs: uneven }), kinds);
    expect(faults[0]).toMatch(/Reference stream 0 has 2 segments, the hypotheses 1/);
  });

  it("may be written as each reference takes its data", () => {
    const passes = (fn: string, inputs: unknown, expected: Case["expected"], params = {}) =>
      expect(runCase(bits(expected, { fn, inputs, params }), kinds).faults).toEqual([]);
    const table = [
      ["a", "b", "b"],
      ["a", "b", "a"],
    ];
    const records = table.flatMap((row, r) =>
      row.map((label, i) => [`coder${r}`, `item${i}`, label]),
    );
    passes("agreementFamily", { ratings: table }, { avg_observed: 2 / 3, alpha: 4 / 9 });
    passes("agreementFamily", { ratings: records }, { avg_observed: 2 / 3, alpha: 4 / 9 });
    const corpus = { hypotheses: [["a", "b", "c"]], references: [[["a", "b", "d"]]] };
    const weights = [[1], [0.5, 0.5]];
    const score = [2 / 3, Math.sqrt((2 / 3) * (1 / 2))];
    passes("bleu.nltkCorpus", corpus, { score }, { weights });
    passes("bleu.nltkCorpus", corpus, { score: score[1] }, { weights: weights[1] });
  });

  it("that divides by 0 is answered as SciPy and statsmodels do", () => {
    const same = { x: [2, 0], y: [1, -1] };
    const outcome = (fn: string, inputs: unknown, expected: Case["expected"]) =>
      runCase(bits(expected, { fn, inputs, params: {} }), kinds).faults;
    expect(outcome("pairedTests", same, { t: "Infinity", t_p: 0 })).toEqual([]);
    expect(outcome("pairedTests", { x: [1, 1], y: [1, 1] }, { t: "NaN", t_p: "NaN" })).toEqual([]);
    const table = [
      [3, 0],
      [0, 3],
    ];
    const equal = { chi2: "NaN", chi2_corrected: "Infinity", chi2_corrected_p: 0, exact_p: 1 };
    expect(outcome("mcnemar", { table }, equal)).toEqual([]);
  });

  it("belongs to the program that its source names", () => {
    expect(referenceOf("nltk 3.8 nltk/stem/porter.py; words")).toBe("nltk 3.8");
    expect(referenceOf("geek-ai/Texygen utils/metrics; text")).toBe("geek-ai/Texygen");
    expect(referenceOf("four definitions, see the README")).toBe("four definitions");
  });
});

describe("genarch verify", () => {
  let folder = "";
  const printed: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "genarch-verify-"));
    printed.length = 0;
    vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);

  it("prints a line a reference, the faults, and leaves with 1 where a case fails", async () => {
    write("a.json", JSON.stringify([bits({ bits: 1, hartleys: 1 }), bits({ bits: 2 })]));
    await run([folder], root);
    const text = printed.join("\n");
    expect(text).toMatch(/by hand +2 +1 +1 +1\.0e\+0/);
    expect(text).toContain("not offered:\n  by hand: ngramEntropy.hartleys");
    expect(text).toContain("failed:\n  ngramEntropy aab: bits: expected 2, got 1");
    expect(text).toContain("2 cases: 1 passed, 1 failed, 0 not offered");
    expect(process.exitCode).toBe(1);
  });

  it("prints the same as JSON, and leaves with 0 where all pass", async () => {
    write("a.json", JSON.stringify([bits({ bits: 1 })]));
    await run([folder, "--json"], root);
    expect(JSON.parse(printed.join(""))).toMatchObject({
      cases: 1,
      passed: 1,
      failed: 0,
      references: [{ reference: "by hand", passed: 1, largestError: 0 }],
    });
    expect(process.exitCode).toBeUndefined();
  });

  it("runs the package's cases without a folder, and refuses what holds none", async () => {
    await run([], root);
    expect(printed.join("")).toMatch(/ 0 failed, 0 not offered$/);
    await expect(run([folder], root)).rejects.toThrow("holds no cases");
    await expect(run([`${folder}/none`], root)).rejects.toThrow("does not exist");
    write("a.json", "{");
    await expect(run([folder], root)).rejects.toThrow("a.json is no JSON");
    write("a.json", "{}");
    await expect(run([folder], root)).rejects.toThrow("a.json is no list of cases");
    write("a.json", '[{"fn":"bleu.corpus"}]');
    await expect(run([folder], root)).rejects.toThrow(/no case: it lacks name, inputs, expected/);
  });
});
