/** Every experiment in its smallest size: complete, in the shape of results.json, and resumable to the same numbers. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memory, use, wasm } from "genarch";
import { decodePng } from "genarch/data";
import { compare, type CompareOptions } from "../../src/compare/compare.js";
import { experiments } from "../../src/compare/experiments/index.js";
import type { Experiment } from "../../src/compare/experiment.js";
import type { ExperimentResult, Results } from "../../src/compare/results.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "genarch-experiments-"));
  await use(wasm);
});
afterAll(() => rm(folder, { recursive: true }));

const run = (out: string, experiment: Experiment, options: Partial<CompareOptions> = {}) =>
  compare({
    scale: "tiny", only: [experiment.id], seed: 1, steps: 2, lang: "en", resume: false,
    out: path.join(folder, out), stop: { asked: false }, print: () => undefined, ...options,
  }); // prettier-ignore

/** Without what depends on the machine's speed, or on who commits while the tests run. */
function steady(results: Results | null): string {
  const speeds = new Set(["seconds", "tokensPerSecond", "secondsPerSample", "measured", "values", "date", "held", "commit"]); // prettier-ignore
  return JSON.stringify(results, (key, value: unknown) => (speeds.has(key) ? undefined : value));
}

/** In the smallest size a claim or two have too little data, but never all. */
const decided = ({ figures }: ExperimentResult) =>
  figures.flatMap(({ claims }) => claims.filter(({ held }) => held !== "not measured"));

function checkShape(found: ExperimentResult, { criteria, contestants }: Experiment): void {
  const ids = found.contestants.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of contestants) expect(ids).toContain(id);
  for (const { criteria: own, steps, family } of found.contestants) {
    for (const name of Object.keys(own)) expect(Object.keys(criteria)).toContain(name);
    expect(steps).toBeGreaterThanOrEqual(family === "control" ? 0 : 2);
  }
  expect(decided(found).length).toBeGreaterThan(0);
  for (const figure of found.figures) {
    for (const words of [figure.title, figure.caption])
      for (const text of [words.en, words.ru]) expect(text).toMatch(/\p{L}/u);
    for (const { measured, claim, held } of figure.claims) {
      expect([true, false, "not measured"]).toContain(held);
      for (const text of [claim.en, measured.en]) expect(text).toMatch(/^[\p{Lu}\d].*\.$/u);
      for (const text of [claim.ru, measured.ru]) expect(text).toMatch(/\p{Script=Cyrillic}/u);
    }
  }
}

describe.each(experiments.map((experiment) => [experiment.id, experiment] as const))("%s", (id, experiment) => {
  it("runs with all its contestants, and a second time to the same numbers", { timeout: 240_000 }, async () => {
    const results = await run(`${id}-one`, experiment);
    const { tensors } = memory();
    const [found] = results!.experiments;
    expect(found!.id).toBe(id);
    checkShape(found!, experiment);
    const pictures = found!.figures.flatMap((figure) => (figure.kind === "picture" ? figure.pictures : []));
    for (const { file, png, width, height } of pictures) {
      const bytes = await readFile(path.join(folder, `${id}-one`, file));
      expect(bytes.toString("base64")).toBe(png);
      expect(await decodePng(bytes)).toMatchObject({ width, height });
    }
    expect(steady(await run(`${id}-two`, experiment))).toBe(steady(results));
    expect(memory().tensors).toBeLessThanOrEqual(tensors);
  });

  it("stopped and resumed again and again, ends with the same numbers", { timeout: 240_000 }, async () => {
    const stopAfter = (looks: number) => ({ get asked() { return --looks < 0; } });
    const through = await run(`${id}-one`, experiment);
    let results = await run(`${id}-often`, experiment, { stop: stopAfter(2) });
    expect(results).toBeNull();
    for (let looks = 4; !results; looks += 4)
      results = await run(`${id}-often`, experiment, { stop: stopAfter(looks), resume: true });
    expect(steady(results)).toBe(steady(through));
  });

  it("leaves claims open that it has no numbers for", { timeout: 120_000 }, async () => {
    const [contestant] = experiment.contestants;
    const results = await run(`${id}-part`, experiment, { only: [contestant!] });
    const found = results!.experiments.find((one) => one.id === id)!;
    const claims = found.figures.flatMap((figure) => figure.claims);
    if (experiment.contestants.length > 1) expect(claims.map(({ held }) => held)).toContain("not measured");
    const trained = found.contestants.filter(({ family }) => family !== "control");
    expect(trained.map((one) => one.id)).toEqual([contestant]);
  });
}); // prettier-ignore

describe("the plan of a whole run", () => {
  it.each([["quick", 290], ["full", 2640]] as const)("%s: at most %i seconds on two cores", (scale, most) => {
    const seconds = experiments.map(({ seconds: each, contestants, runs, measuring }) =>
      each[scale] * contestants.length * (runs?.[scale] ?? 1) + measuring[scale]);
    expect(seconds.reduce((sum, x) => sum + x, 0)).toBeLessThanOrEqual(most);
  }); // prettier-ignore
});
