/**
 * Training on the webgpu backend: the same losses as in float64, nothing made anew from the third step on,
 * and a device that is destroyed on the way, after which the run goes on from its last checkpoint.
 */
import { describe, expect, it } from "vitest";
import { backprop, js, seed, tensor, use, webgpu, type Backend, type Tensor } from "genarch";
import type { WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { Linear } from "genarch/layers";
import { adam, crossEntropy, packCheckpoint, unpackCheckpoint } from "genarch/train";

const software = webgpu.with({ software: true, limits: "default" });

/** Three classes of points on a line, told apart by a small network. */
class Run {
  readonly model;
  readonly optimizer;
  constructor() {
    seed("a run");
    this.model = { up: new Linear(2, 16), down: new Linear(16, 3) };
    this.optimizer = adam(this.model, { lr: 0.05 });
  }

  async step(k: number): Promise<number> {
    const at = Array.from({ length: 12 }, (_, i) => ((i * 7 + k) % 12) / 12);
    using x = tensor(at.map((a) => [a, a * a]));
    using y = tensor(
      at.map((a) => Math.floor(3 * a)),
      { dtype: "i32" },
    );
    using result = backprop(this.model, () => crossEntropy(this.logits(x), y));
    this.optimizer.step(result.grads);
    return result.loss.item();
  }

  private logits(x: Tensor): Tensor {
    return this.model.down.forward(this.model.up.forward(x).tanh());
  }
}

async function losses(run: Run, from: number, to: number): Promise<number[]> {
  const all: number[] = [];
  for (let k = from; k < to; k++) all.push(await run.step(k));
  return all;
}

const isWebgpu = (backend: Backend): backend is WebgpuBackend => backend.name === "webgpu";

async function openGpu(): Promise<WebgpuBackend> {
  const backend = await use(software);
  if (!isWebgpu(backend)) throw new Error(`${backend.name} was opened`);
  return backend;
}

describe("training on webgpu", () => {
  it("has the losses of float64, and makes no buffer and no pipeline from the third step on", async () => {
    const gpu = await openGpu();
    const run = new Run();
    const got = await losses(run, 0, 2);
    const { buffers, pipelines } = gpu.counts;
    got.push(...(await losses(run, 2, 20)));
    expect([gpu.counts.buffers, gpu.counts.pipelines]).toEqual([buffers, pipelines]);
    await use(js);
    const expected = await losses(new Run(), 0, 20);
    got.forEach((loss, k) => expect(loss).toBeCloseTo(expected[k]!, 4));
    expect(got.at(-1)).toBeLessThan(0.7 * got[0]!);
  });

  it("goes on from the last checkpoint when the device is lost", async () => {
    const whole = await openGpu().then(() => losses(new Run(), 0, 10));
    const gpu = await openGpu();
    const run = new Run();
    await losses(run, 0, 5);
    const checkpoint = await packCheckpoint(run, { step: 5 });
    gpu.device.destroy();
    await expect(losses(run, 5, 10)).rejects.toThrow(/device was lost|lost/);

    expect(await openGpu()).not.toBe(gpu); // a new device
    await expect(run.step(5)).rejects.toThrow(
      /^tensor \[.*\] went with its GPU device, which is lost; make it again, or load it from a checkpoint$/,
    );
    expect(unpackCheckpoint(checkpoint, run).step).toBe(5);
    expect(await losses(run, 5, 10)).toEqual(whole.slice(5));
  });
});
