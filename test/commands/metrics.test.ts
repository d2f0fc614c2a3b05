// `genarch metrics`: systems beside one another, texts alone, folders of images.

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encode } from "fast-png";
import { bleu } from "genarch/metrics";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run as runCommand } from "../../src/commands/metrics.js";

const references = [
  "the cat sat on the mat",
  "a dog ran over the hill",
  "rain fell for two days",
  "the ship left the harbour",
];
const good = references.map((line) => line.replace("the", "a"));
const bad = references.map((line) => line.split(" ").slice(0, 3).reverse().join(" "));

const root = new URL("../../", import.meta.url);
const run = (args: string[]) => runCommand(args, root);

let folder = "";
const printed: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genarch-metrics-"));
  printed.length = 0;
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  for (const [name, lines] of Object.entries({ references, good, bad })) {
    writeFileSync(file(name), `${lines.join("\n")}\n`);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const file = (name: string) => path.join(folder, name);

interface Printed {
  readonly scores: readonly {
    readonly metric: string;
    readonly system: string;
    readonly value: number;
    readonly interval?: { readonly low: number; readonly high: number };
    readonly deviation?: number;
    readonly signature: string;
    readonly difference?: number;
    readonly pValue?: number;
    readonly adjustedPValue?: number;
  }[];
}
const asJson = async (...args: string[]) => {
  await run([...args, "--json"]);
  return JSON.parse(printed.pop()!) as Printed;
};

describe("systems against references", () => {
  it("are scored as the functions score them, each with an interval and a signature", async () => {
    const { scores } = await asJson(file("good"), "--references", file("references"));
    expect(scores.map(({ metric }) => metric)).toEqual(["bleu", "chrf", "ter"]);
    expect(scores[0]!.value).toBe(bleu(good, [references]).value);
    expect(scores[0]!.signature).toBe(bleu(good, [references]).signature);
    for (const { value, interval } of scores) {
      expect(interval!.low).toBeLessThanOrEqual(value);
      expect(interval!.high).toBeGreaterThanOrEqual(value);
    }
  });

  it("are compared with the first, p-values corrected by Holm", async () => {
    const args = [file("bad"), file("good"), file("references"), "--references"];
    const { scores } = await asJson(...args, file("references"), "--metrics", "chrf");
    const [base, better, best] = scores;
    expect(base!.difference).toBeUndefined();
    expect(better!.difference).toBeCloseTo(better!.value - base!.value, 12);
    expect(best!.value).toBeCloseTo(100, 10);
    expect(best!.adjustedPValue).toBeGreaterThanOrEqual(best!.pValue!);
    await run([...args, file("references"), "--test", "randomization", "--resamples", "50"]);
    expect(printed[0]).toMatch(/metric +system +score +95 % interval +difference +p +p \(Holm\)/);
    expect(printed[0]).toMatch(/approximate-randomization\|resamples:50\|seed:genarch/);
  });

  it("may have several references each, named after one --references", async () => {
    const both = ["--references", file("bad"), file("references")];
    const { scores } = await asJson(file("good"), ...both, "--metrics", "bleu");
    expect(scores[0]!.value).toBe(bleu(good, [bad, references]).value);
    expect(scores[0]!.signature).toMatch(/^bleu\|nrefs:2/);
  });

  it("need as many lines each, known names and files that exist", async () => {
    writeFileSync(file("short"), "one line\n");
    const against = ["--references", file("references")];
    await expect(run([file("short"), ...against])).rejects.toThrow(
      "short has 1 lines, references 4. Systems and references go line by line",
    );
    await expect(run([file("good"), ...against, "--metrics", "blue"])).rejects.toThrow(
      'there is no metric "blue"; there are bleu, chrf,',
    );
    await expect(run([file("good"), ...against, "--metrics", "toString"])).rejects.toThrow(
      'there is no metric "toString"; there are bleu, chrf,',
    );
    await expect(run([file("good"), "--metrics", "bleu"])).rejects.toThrow(
      "bleu compares with references: name their files by --references.",
    );
    await expect(run([file("nowhere"), ...against])).rejects.toThrow("nowhere cannot be read");
    await expect(run([file("good"), ...against, "--tokenize", "14"])).rejects.toThrow(
      '--tokenize takes one of 13a, intl, char, zh, none, got "14".',
    );
    await expect(run([file("good"), ...against, "--resamples", "0"])).rejects.toThrow(
      '--resamples takes a whole number above 0, got "0".',
    );
    await expect(run([])).rejects.toThrow("name a file to score");
  });
});

describe("texts alone", () => {
  it("are measured for variety and repetition", async () => {
    const { scores } = await asJson(file("good"));
    const names = ["distinct1", "distinct2", "selfbleu", "repetition", "entropy"];
    expect(scores.map(({ metric }) => metric)).toEqual(names);
    expect(scores[0]!.value).toBeGreaterThan(0.5);
  });
});

describe("folders of images", () => {
  const image = (seed: number, channels: 1 | 2 | 3 | 4) => {
    const data = new Uint8Array(16 * 16 * channels).map((_, i) => (i * 7 + seed * 31) % 256);
    return encode({ width: 16, height: 16, channels, data });
  };
  beforeEach(() => {
    for (const side of ["real", "generated"]) mkdirSync(file(side));
    for (let i = 0; i < 8; i++) writeFileSync(file(`real/${i}.png`), image(i, 3));
  });
  const folders = () => ["--real", file("real"), "--generated", file("generated")];

  it("of the same images are at distance 0, likeness 1", async () => {
    for (let i = 0; i < 8; i++) writeFileSync(file(`generated/${i}.png`), image(i, 3));
    const { scores } = await asJson(...folders());
    const of = (name: string) => scores.find(({ metric }) => metric === name)!;
    expect(of("fid").value).toBeLessThan(1e-9);
    expect(of("ssim").value).toBeCloseTo(1, 12);
    expect(of("psnr").value).toBe("Infinity");
    expect(of("fid").signature).toMatch(/extractor:grid-8x8x3/);
  });

  it("of other names are compared as distributions only; grey and alpha are read", async () => {
    for (let i = 0; i < 8; i++) {
      writeFileSync(file(`generated/x${i}.png`), image(i + 50, ((i % 4) + 1) as 1 | 2 | 3 | 4));
    }
    const { scores } = await asJson(...folders());
    const names = ["fid", "kid", "precision", "recall", "density", "coverage"];
    expect(scores.map(({ metric }) => metric)).toEqual(names);
    expect(scores[0]!.value).toBeGreaterThan(0.01);
  });

  it("have intervals where images have a score each, deviations where subsets have", async () => {
    for (let i = 0; i < 8; i++) writeFileSync(file(`generated/x${i}.png`), image(2 * i, 3));
    const { scores } = await asJson(...folders());
    const of = (name: string) => scores.find(({ metric }) => metric === name)!;
    const { value, interval } = of("precision");
    expect(interval!.low).toBeLessThanOrEqual(value);
    expect(interval!.high).toBeGreaterThanOrEqual(value);
    expect(of("fid").interval).toBeUndefined();
    expect(of("kid").deviation).toBeGreaterThanOrEqual(0);
    await run(folders());
    expect(printed[0]).toMatch(/kid .*deviation/);
  });

  it("keep all of 16 bits", async () => {
    const deep = (low: number) =>
      encode({
        width: 16,
        height: 16,
        channels: 1,
        depth: 16,
        data: new Uint16Array(256).fill(low),
      });
    for (let i = 0; i < 8; i++) {
      writeFileSync(file(`real/${i}.png`), deep(257));
      writeFileSync(file(`generated/${i}.png`), deep(257 + 128));
    }
    const { scores } = await asJson(...folders());
    const half = 10 * Math.log10((255 * 257) ** 2 / 128 ** 2);
    expect(scores.find(({ metric }) => metric === "psnr")!.value).toBeCloseTo(half, 9);
  });

  it("of digits are judged by the shipped classifier, which has an Inception Score", async () => {
    for (let i = 0; i < 12; i++) {
      writeFileSync(file(`real/${i}.png`), image(i, 1));
      writeFileSync(file(`generated/${i}.png`), image(i, 3)); // colours are mixed to grey
    }
    const options = ["--extractor", "digits"];
    await expect(run([...folders(), ...options])).rejects.toThrow("bring them to one size"); // PSNR
    for (let i = 0; i < 12; i++)
      renameSync(file(`generated/${i}.png`), file(`generated/x${i}.png`));
    const { scores } = await asJson(...folders(), ...options);
    const of = (name: string) => scores.find(({ metric }) => metric === name)!;
    expect(of("fid").signature).toMatch(/d:64\|.*extractor:digits-features-sha256:[0-9a-f]{8}/);
    expect(of("inception-score").signature).toMatch(/extractor:digits-logits-sha256:/);
    expect(of("inception-score").value).toBeGreaterThanOrEqual(1);
  });

  it("go by Inception only with its weights", async () => {
    writeFileSync(file("generated/0.png"), image(0, 3));
    const inception = [...folders(), "--extractor", "inception"];
    await expect(run(inception)).rejects.toThrow("--extractor inception needs --weights FILE");
    const missing = [...inception, "--weights", file("none.safetensors")];
    await expect(run(missing)).rejects.toThrow("none.safetensors cannot be read");
    writeFileSync(file("empty"), "");
    const layout = [...inception, "--weights", file("empty"), "--layout", "caffe"];
    await expect(run(layout)).rejects.toThrow("--layout takes one of pytorch-fid, torchvision");
    await expect(run([...folders(), "--extractor", "vgg"])).rejects.toThrow(
      '--extractor takes one of grid, digits, inception, got "vgg".',
    );
  });

  it("must both be there and hold PNG files of one size a pair", async () => {
    await expect(run(["--real", file("real")])).rejects.toThrow("need both --real DIR");
    await expect(run(folders())).rejects.toThrow("holds no PNG file");
    for (let i = 0; i < 8; i++) writeFileSync(file(`generated/${i}.png`), image(i, 1));
    await expect(run(folders())).rejects.toThrow(
      /0\.png: The real image is 16 × 16 × 3, the generated one 16 × 16 × 1/,
    );
  });
});
