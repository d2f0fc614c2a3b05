/** Scripts in Node that train on WebGPU end by themselves when their work is done, with a device of their own, too. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "genarch-webgpu-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A user's script: opens a backend, takes ten steps, says what it has, and just ends. */
const script = (open: string): string => `
import { backprop, parameter, seed, randn, tensor, use, webgpu } from ${JSON.stringify(resolve("src/index.ts"))};
import { sgd } from ${JSON.stringify(resolve("src/train/index.ts"))};
${open}
const model = { w: parameter(tensor([0, 0])) };
const optimizer = sgd(model, { lr: 0.1 });
let loss = 0;
for (let k = 0; k < 10; k++) {
  using result = backprop(model, () => model.w.sub(tensor([1, 2])).square().sum());
  optimizer.step(result.grads);
  loss = await result.loss.item();
}
console.log(JSON.stringify({ name: backend.name, own: backend.device === own, loss }));
`;

async function run(name: string, text: string): Promise<unknown> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const flags = ["--import", import.meta.resolve("tsx"), file];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 50_000 });
  return JSON.parse(stdout);
}

/** 5·(1 − 2·0.1)^18: the ninth step's loss, by hand. */
const loss = expect.closeTo(5 * 0.8 ** 18, 5) as number;

it("a script that uses the library's device", async () => {
  const open = `
    const backend = await use(webgpu.with({ software: true }));
    const own = null;`;
  expect(await run("library.mts", script(open))).toEqual({ name: "webgpu", own: false, loss });
});

it("a script that gives a device of its own", async () => {
  const open = `
    import { create } from ${JSON.stringify(import.meta.resolve("webgpu"))};
    const gpu = create([]); // kept: devices do not outlive it
    const adapter = await gpu.requestAdapter();
    const own = await adapter!.requestDevice();
    const backend = await use(webgpu.with({ device: own }));`;
  expect(await run("own.mts", script(open))).toEqual({ name: "webgpu", own: true, loss });
});
