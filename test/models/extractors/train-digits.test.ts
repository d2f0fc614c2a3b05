// The script that made weights/digits.safetensors, for a few steps on both CPU backends.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { extractFeatures } from "genarch/metrics";
import { digitExtractor } from "genarch/models";

const root = fileURLToPath(new URL("../../../", import.meta.url));

async function train(...options: string[]) {
  const out = join(mkdtempSync(join(tmpdir(), "genarch-")), "digits.safetensors");
  const script = ["examples/train-digit-classifier.ts", ...options, "--out", out];
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", ...script], { cwd: root }); // prettier-ignore
  return { stdout, weights: readFileSync(out) };
}

it(
  "20 steps on js: the first loss is that of a guess, and what is saved can be loaded",
  { timeout: 240_000 },
  async () => {
    const sizes = ["--steps", "20", "--batch", "4", "--tested", "50"];
    const { stdout, weights } = await train(...sizes, "--backend", "js");
    const loss = Number(/step 0 {2}loss ([\d.]+)/.exec(stdout)?.[1]);
    expect(Math.abs(loss - Math.log(10))).toBeLessThan(0.1);
    const extractor = await digitExtractor(weights);
    const { columns } = await extractFeatures(extractor, [{ shape: [1, 1], data: [255] }]);
    expect(columns).toBe(64);
  },
);

it("150 steps on wasm are enough for most digits", { timeout: 240_000 }, async () => {
  const { stdout } = await train("--steps", "150", "--batch", "32", "--tested", "1000");
  const accuracy = Number(/([\d.]+) % of 1000 test digits/.exec(stdout)?.[1]);
  expect(accuracy).toBeGreaterThan(70);
});
