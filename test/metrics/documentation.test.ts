// docs/metrics.md names every function of `genarch/metrics`, and tells of each metric what the
// tables promise: formula and paper, what it sees, what it misses, which reference it equals.

import { readFileSync } from "node:fs";
import * as metrics from "genarch/metrics";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
const HEAD = "| metric | formula, paper | sees | misses, and an example | equals |";

/** The rows of all tables under HEAD, cell by cell. */
const rows = page
  .split(HEAD)
  .slice(1)
  .flatMap((part) => part.split("\n\n")[0]!.split("\n").slice(2))
  .map((line) =>
    line
      .replaceAll("\\|", "¦")
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** Functions that are no metric: what results are made of and what compares them. */
const section = (title: string) => page.split(`## ${title}\n`)[1]!.split("\n## ")[0]!;
const named = (text: string) => [...text.matchAll(/`(\w+)[`(]/g)].map(([, name]) => name!);

describe("docs/metrics.md", () => {
  const functions = Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === "function" && /^[a-z]/.test(name) ? [name] : [],
  );

  it("has a row of five full cells for every metric", () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(5);
      for (const cell of row) expect(cell, row[0]).not.toBe("");
    }
    const inRows = rows.flatMap(([names]) => named(names!));
    const others = ["Human judgement", "Significance", "What they are made of"].map(section);
    const told = new Set([...inRows, ...others.flatMap(named)]);
    expect(functions.filter((name) => !told.has(name))).toEqual([]);
  });

  it("names nothing that is not there", () => {
    const exports = new Set([...Object.keys(metrics), "npm"]);
    const first = rows.flatMap(([names]) => named(names!));
    expect(first.filter((name) => !exports.has(name))).toEqual([]);
    expect(named(section("What they are made of")).filter((name) => !exports.has(name))).toEqual(
      [],
    );
  });

  it("tells the presets that the options take", () => {
    const presets = ["sacrebleu", "torchmetrics", "evaluate", "bert_score", "torch-fidelity"];
    for (const preset of [...presets, "scikit-image", "wang", "original", "paper"]) {
      expect(section("As a named library has it")).toContain(`"${preset}"`);
    }
  });
});
