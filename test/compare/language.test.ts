/** What the experiment on language is made of: models of one size, the n-gram control, foretelling, writing, reach. */
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { count, seed, tensor, tidy, use, wasm } from "genarch";
import { textDataset } from "genarch/data";
import { build, fullScale, logitsOf, names, quickScale, tinyScale } from "../../src/compare/language/contestants.js"; // prettier-ignore
import { NGram } from "../../src/compare/language/ngram.js";
import { counting, network } from "../../src/compare/language/predictor.js";
import { gradientByDistance } from "../../src/compare/language/reach.js";
import { foretelling } from "../../src/compare/language/scores.js";

beforeAll(() => use(wasm));
const idle = () => Promise.resolve();

describe("contestants", () => {
  it.each([["quick", quickScale], ["full", fullScale]] as const)("have equally many parameters within 3 % (%s)", (_, scale) => {
    const counts = names.map((name) => count(build(name, 80, scale)));
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.03);
  }); // prettier-ignore
});

describe("NGram", () => {
  it("gives Witten and Bell's shares: a count and T(h) of the shorter history's", () => {
    const reader = new NGram(2, 3, [0, 1, 0, 2]).reader();
    reader.read(0); // after 0 came 1 and 2, once each: T = 2
    const shorter = (seen: number) => (seen + 3 * (1 / 3)) / (4 + 3);
    expect(reader.probability(1)).toBeCloseTo((1 + 2 * shorter(1)) / 4, 12);
    expect(reader.probability(0)).toBeCloseTo((0 + 2 * shorter(2)) / 4, 12);
  });

  it("sums to 1 after any history, seen or not", () => {
    const reader = new NGram(
      5,
      7,
      Array.from({ length: 500 }, (_, k) => (k * k) % 7),
    ).reader();
    for (const token of [3, 3, 6, 1, 0, 5]) {
      const total = Array.from({ length: 7 }, (_, next) => reader.probability(next)).reduce((a, b) => a + b); // prettier-ignore
      expect(total).toBeCloseTo(1, 12);
      reader.read(token);
    }
  });

  const shakespeare = new URL("../../../shared/data/text/tinyshakespeare.txt", import.meta.url);
  it("of order 5 needs 1.669 nats a character on tinyshakespeare, split as nanoGPT does", async () => {
    if (!existsSync(shakespeare))
      return console.log("../shared/data/text/tinyshakespeare.txt is not there: not measured");
    const data = textDataset(readFileSync(shakespeare, "utf8"), { context: 8 });
    const predictor = counting(new NGram(5, data.vocab, data.train), "");
    const found = await predictor.foretell(data.validation, 8, Infinity);
    expect(-found.reduce((sum, x) => sum + x, 0) / found.length).toBeCloseTo(1.669, 3);
  });
});

describe("networks", () => {
  const context = 64;
  const text = "the cat sat on the mat. ".repeat(60);
  const data = textDataset(text, { context });

  it.each(names)("%s foretells each character from at least half a context", async (name) => {
    seed(1);
    const model = build(name, data.vocab, tinyScale);
    const found = await network(model, idle).foretell(data.validation, context, Infinity);
    expect(found.length).toBe(96); // three half windows in 144 characters
    using wanted = tidy(() => {
      const x = tensor(data.validation.slice(32, 96), { shape: [1, 64] });
      return logitsOf(model, x).logSoftmax(-1);
    });
    const rows = await wanted.data();
    for (const k of [0, 31])
      // the second half window: places 65 and 96
      expect(found[32 + k]).toBeCloseTo(rows[(32 + k) * data.vocab + data.validation[65 + k]!]!, 4);
    const { bitsPerCharacter, perplexity } = foretelling(found, data.validation, data.tokenizer, context); // prettier-ignore
    const mean = -found.reduce((sum, p) => sum + p, 0) / found.length;
    expect(bitsPerCharacter!.value).toBeCloseTo(mean / Math.LN2, 9);
    expect(perplexity!.value).toBeCloseTo(Math.exp(mean), 6);
  });

  it.each(names)("%s writes on from prompts, the same for the same seed", async (name) => {
    const model = build(name, data.vocab, tinyScale);
    const prompts = [0, 5].map((at) => data.train.slice(at, at + 32));
    const write = () => {
      seed(3);
      return network(model, idle).write(prompts, 40, 1); // beyond the context of 64
    };
    const written = await write();
    expect(written.map((tokens) => tokens.length)).toEqual([40, 40]);
    expect(await write()).toEqual(written);
  });

  it.each(names)(
    "%s: the gradient by distance is a number everywhere, largest near",
    async (name) => {
      seed(1);
      const model = build(name, data.vocab, tinyScale);
      const [batch] = data.sequential({ batch: 2 });
      const norms = await gradientByDistance(model, batch!.x, Int32Array.of(1, 2));
      expect(norms).toHaveLength(64);
      expect(norms.every((norm) => norm >= 0 && Number.isFinite(norm))).toBe(true);
      if (name !== "gpt") expect(norms[0]).toBeGreaterThan(3 * norms[32]!);
      else expect(norms[32]).toBeGreaterThan(0);
    },
  );
});
