/** What the bench keeps and shows: a new row takes its old place, tables compute leads and shares from medians alone. */
import { describe, expect, it } from "vitest";
import type { Facts } from "../../bench/participant.js";
import { best, merged, rate, shareOfCeiling, type Measured } from "../../bench/results.js";
import { digits, fullTable, shortTable } from "../../bench/table.js";

const facts: Facts = { peak: 120.4, above: 20.6 };

function measured(name: string, ms: Record<string, number>, more: Partial<Measured> = {}): Measured {
  const timings = Object.fromEntries(
    Object.entries(ms).map(([label, x]) => [label, { ms: x, quartiles: [x, x] as [number, number], facts }]),
  );
  return { name, taken: "2026-11-25, abc", machine: "AMD, 2 cores, Node 20", timings, failed: {}, ...more };
} // prettier-ignore

const old = [measured("exp", { "genarch 1": 9 }), measured("gpt step", { "genarch 1": 90 })];
const gpt = measured("gpt step", { "genarch 1": 60, "genarch 2": 40, tfjs: 250, jax: 190, "torch 1": 23, "torch 2": 34, "arithmetic 1": 5, "arithmetic 2": 5 }, { gflop: 2 }); // prettier-ignore

describe("merged", () => {
  it("puts a new row in the place of the old one and leaves the others", () => {
    const rows = merged(old, [gpt], ["exp", "gpt step"]);
    expect(rows).toEqual([old[0], gpt]);
  });

  it("adds a new row where the table has it, and drops what the table has no more", () => {
    const tanh = measured("tanh", { "genarch 1": 8 });
    const names = merged(old, [tanh], ["tanh", "gpt step", "vae step"]).map(({ name }) => name);
    expect(names).toEqual(["tanh", "gpt step"]);
  });
});

describe("a row", () => {
  it("knows its best peer", () => {
    expect(best(gpt, "tfjs", "jax")).toEqual({ label: "jax", ms: 190 });
    expect(best(gpt, "torch")).toEqual({ label: "torch 1", ms: 23 });
    expect(best(old[0]!, "torch")).toBeNull();
  });

  it("knows its rate, and the share of the probe's on as many threads", () => {
    expect(rate(gpt, "genarch 2")).toBeCloseTo(50); // 2 GFLOP in 40 ms
    // The probe does 0.25 GFLOP a thread in 5 ms: 50 GFLOP/s on one thread, 100 on two.
    expect(shareOfCeiling(gpt, 1, 0.25)).toBeCloseTo(2 / 0.06 / 50);
    expect(shareOfCeiling(gpt, 2, 0.25)).toBeCloseTo(0.5);
    expect(shareOfCeiling(old[0]!, 1, 0.25)).toBeNull();
  });
});

describe("the tables", () => {
  it("of README.md: ours on one and two threads, the better peer, how far ahead", () => {
    const table = shortTable({ rows: [gpt], scaling: [] });
    expect(table.split("\n").slice(0, 3)).toEqual([
      "| ms | 1 thread | 2 threads | better peer | ahead of it | PyTorch's best / ours |",
      "| --- | --: | --: | --: | --: | --: |",
      "| gpt step | 60.0 | 40.0 | 190 (jax-js) | 4.75× | 0.57× |",
    ]);
    expect(table).toContain("AMD, 2 cores, Node 20 (2026-11-25, abc).");
  });

  it("leave a cell empty where a system did not run, and say why", () => {
    const row = measured(
      "exp",
      { "genarch 1": 9, jax: 19 },
      { failed: { tfjs: "Error: no wasm" } },
    );
    const table = fullTable({ rows: [row], scaling: [] }, 0.25);
    expect(table).toContain("| exp | 9.00 | — | — | 19.0 | — | — | 2.11× | — | — |");
    expect(table).toContain("- exp, tfjs: Error: no wasm");
    expect(table).toContain("PyTorch is not installed");
  });

  it("show what a second makes: operations beside the ceiling, numbers, or tokens", () => {
    const exp = measured("exp", { "genarch 1": 4 }, { numbers: 4e6 });
    const text = measured("gpt generation", { "genarch 1": 100, tfjs: 200 }, { tokens: 255 });
    const table = fullTable({ rows: [gpt, exp, text], scaling: [] }, 0.25);
    expect(table).toContain(
      "| gpt step | GFLOP/s | 33.3 | 50.0 | 67 % | 50.0 | 100 | 50 % | 8.00 |",
    );
    expect(table).toContain("| exp | G numbers/s | 1.00 | — | — |");
    expect(table).toContain("| gpt generation | tokens/s | 2550 | — | — | — | — | — | 1275 |");
    expect(table).toContain("| gpt generation, 255 tokens | 100 |");
  });

  it("of scaling: times by threads, and a token's time by size", () => {
    const threads = measured("gpt step by threads", { "genarch 1": 60, "genarch 2": 40 });
    const wide = measured("gpt width ×2", { "genarch 2": 76.8 }, { tokens: 768, gflop: 4 });
    const table = fullTable({ rows: [gpt], scaling: [threads, wide] }, 0.25);
    expect(table).toContain("| gpt step | 60.0 | 1.00× | 40.0 | 1.50× |");
    expect(table).toContain("| gpt width ×2 | 76.8 | 100 | 52.1 | — |");
  });

  it("of scaling leave a size empty that could not run, and say why", () => {
    const failed = { "genarch 2": "Error: no memory" };
    const table = fullTable({ rows: [gpt], scaling: [measured("gpt width ×8", {}, { tokens: 768, failed })] }, 0.25); // prettier-ignore
    expect(table).toContain("| gpt width ×8 | — | — | — | — |");
    expect(table).toContain("- gpt width ×8, genarch 2: Error: no memory");
  });

  it("name each machine with its days", () => {
    const there = { ...old[0]!, machine: "ARM, 4 cores", taken: "2026-11-26, def" };
    expect(shortTable({ rows: [there, gpt], scaling: [] })).toContain(
      "ARM, 4 cores (2026-11-26, def). AMD, 2 cores, Node 20 (2026-11-25, abc).",
    );
  });

  it("show three digits that count, as far as three places hold them", () => {
    expect([0.0123, 1.234, 12.34, 123.4].map(digits)).toEqual(["0.012", "1.23", "12.3", "123"]);
  });
});
