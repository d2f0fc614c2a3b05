/**
 * What a training step asks of a GPU, for the models of bench/steps.ts and bench/image-steps.ts. Counted from the third
 * step on, at WebGPU's default limits, with the kernels for GPUs ("gpu") and those for adapters that compute on
 * the CPU ("cpu"). Dawn's null adapter checks each command and computes nothing, so the big ones take no time here.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countStep, nullAdapter, type Members, type Workload } from "../../bench/step-counts.js";

let awake: ReturnType<typeof setInterval>;
beforeAll(() => {
  awake = setInterval(() => undefined, 1000); // the null device does not keep Node running
});
afterAll(() => clearInterval(awake));

/** The most dispatches and submits of a step. 0 is exact: nothing is made anew from the third step on. */
const most: [Workload, Members, dispatches: number, submits: number][] = [
  // 64 steps forward and 64 back, since the state of 256 units is too wide for one workgroup: some 20 for all the rest
  ["lstm", "gpu", 144, 2],
  ["lstm", "cpu", 148, 2],
  // 4 blocks of 25 and 10 around them
  ["gpt", "gpu", 111, 2],
  ["gpt", "cpu", 115, 2],
  // the sums of squares, their sum, the factor: the update multiplies by it
  ["gpt with clip", "gpu", 114, 2],
  ["gpt with clip", "cpu", 118, 2],
  ["vae", "gpu", 20, 1],
  ["vae", "cpu", 23, 1],
  ["dcgan", "gpu", 74, 1], // both players
  ["dcgan", "cpu", 92, 1],
  ["ddpm", "gpu", 201, 3],
  ["ddpm", "cpu", 224, 3],
];

describe("a training step", () => {
  it.each(most)("of %s with kernels for %s", async (workload, members, dispatches, submits) => {
    const counts = await countStep(workload, members, await nullAdapter());
    expect(counts.dispatches).toBeLessThanOrEqual(dispatches);
    expect(counts.dispatches).toBeGreaterThan(0.8 * dispatches); // where it falls, lower the bound
    expect(counts.submits).toBeLessThanOrEqual(submits);
    expect(counts).toMatchObject({ buffers: 0, pipelines: 0 });
    expect(counts.bytesRead).toBe(4); // the loss
    expect(counts.bytesWritten).toBeLessThan(512); // the optimizer's corrections, the place in the stream of noise
  });

  it("has the same counts where the adapter computes", async () => {
    const real = await countStep("vae", "cpu");
    expect(real).toEqual(await countStep("vae", "cpu", await nullAdapter()));
  });
});

describe("the bounds that the engine was built for", () => {
  it("GPT of 4 layers in 130 dispatches, LSTM of 64 time steps in 160, two submits each", async () => {
    const gpt = await countStep("gpt", "cpu", await nullAdapter());
    const lstm = await countStep("lstm", "cpu", await nullAdapter());
    expect(gpt.dispatches).toBeLessThanOrEqual(130);
    expect(lstm.dispatches).toBeLessThanOrEqual(160);
    expect(Math.max(gpt.submits, lstm.submits)).toBeLessThanOrEqual(2);
  });
});
