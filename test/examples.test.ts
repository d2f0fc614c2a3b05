// The examples run as a user runs them, for 20 steps, on both CPU backends.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { decodePng } from "genarch/data";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "genarch-"));

async function run(example: string, ...options: string[]): Promise<string> {
  const script = join("examples", example);
  const all = ["--import", "tsx", script, "--steps", "20", ...options];
  const { stdout } = await promisify(execFile)(process.execPath, all, { cwd: root });
  return stdout;
}
const nats = (printed: string, pattern: RegExp) => Number(pattern.exec(printed)?.[1]);

describe.each(["js", "wasm"])("20 steps on %s", (backend) => {
  it("train-gpt-shakespeare.ts", { timeout: 240_000 }, async () => {
    const text = join(folder, "rhyme.txt");
    writeFileSync(text, "Row, row, row your boat,\nGently down the stream.\n".repeat(30));
    const sizes = ["--width", "16", "--length", "10"];
    const printed = await run("train-gpt-shakespeare.ts", text, ...sizes, "--backend", backend);
    const loss = nats(printed, /validation loss ([\d.]+) nats/);
    expect(loss).toBeGreaterThan(0);
    expect(loss).toBeLessThan(Math.log(21)); // a guess among its 21 characters
  });

  it.each(["rnn", "lstm"])("train-%s.ts", { timeout: 240_000 }, async (name) => {
    const text = join(folder, `${name}.txt`);
    writeFileSync(text, "Row, row, row your boat,\nGently down the stream.\n".repeat(30));
    const sizes = ["--hidden", "16", "--length", "10"];
    const printed = await run(`train-${name}.ts`, text, ...sizes, "--backend", backend);
    expect(nats(printed, /step 0 {2}loss ([\d.]+)/)).toBeCloseTo(Math.log(21), 0); // a guess
    const end = /(?:step 19 {2}loss|validation loss) ([\d.]+).*\n([^]*)\n$/;
    expect(nats(printed, end)).toBeLessThan(Math.log(21) - 0.1);
    expect(end.exec(printed)?.[2]).toMatch(/^[Row,yurbatGenlhdsm.\s]{10}$/); // what it wrote
  });

  it("train-gru.ts", { timeout: 120_000 }, async () => {
    const sizes = ["--length", "6", "--hidden", "16"];
    const printed = await run("train-gru.ts", ...sizes, "--backend", backend);
    expect(nats(printed, /step 0 {2}error ([\d.]+)/)).toBeGreaterThan(0.5);
    expect(nats(printed, /^error ([\d.]+) on new rows/m)).toBeLessThan(0.5);
  });

  it("train-vae.ts", { timeout: 120_000 }, async () => {
    const out = join(folder, `vae-${backend}.png`);
    const sizes = ["--batch", "16", "--digits", "50"];
    const printed = await run("train-vae.ts", ...sizes, "--backend", backend, "--out", out);
    expect(nats(printed, /reconstruction ([\d.]+) /)).toBeGreaterThan(500); // at the start 784·log 2
    expect(nats(printed, /test loss ([\d.]+) nats/)).toBeLessThan(350);
    const picture = await decodePng(readFileSync(out));
    expect(picture).toMatchObject({ width: 8 * 57 + 1, height: 4 * 57 + 1, channels: 1 });
  });

  it("train-gan-ring.ts", { timeout: 120_000 }, async () => {
    const printed = await run("train-gan-ring.ts", "--batch", "32", "--backend", backend);
    expect(printed).toMatch(/step 20 {2}\d of 8 modes, [\d.]+ % of samples within 3 sigma/);
  });

  it("train-ddpm.ts", { timeout: 240_000 }, async () => {
    const out = join(folder, `ddpm-${backend}.png`);
    const sizes = ["--batch", "2", "--width", "4", "--samples", "1"];
    const printed = await run("train-ddpm.ts", ...sizes, "--backend", backend, "--out", out);
    expect(nats(printed, /step 0 {2}loss ([\d.]+)/)).toBeGreaterThan(0);
    const picture = await decodePng(readFileSync(out));
    expect(picture).toMatchObject({ width: 8 * 57 + 1, height: 10 * 57 + 1, channels: 1 });
    expect(new Set(picture.data).size).toBeGreaterThan(50); // greys, and not one of them
  });

  it("train-emoji.ts", { timeout: 240_000 }, async () => {
    const out = join(folder, `emoji-${backend}.png`);
    const sizes = ["--batch", "2", "--width", "8", "--samples", "1"];
    const printed = await run("train-emoji.ts", ...sizes, "--backend", backend, "--out", out);
    expect(nats(printed, /step 0 {2}loss ([\d.]+)/)).toBeGreaterThan(0);
    const picture = await decodePng(readFileSync(out));
    expect(picture).toMatchObject({ width: 8 * 65 + 1, height: 6 * 65 + 1, channels: 3 });
    expect(new Set(picture.data).size).toBeGreaterThan(50);
  });
});
