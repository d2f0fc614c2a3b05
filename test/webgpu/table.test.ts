/**
 * Every kernel on the webgpu backend against js, the definition of right, at the limits that every WebGPU
 * device has: all buffers given, then all of them in the arena (to the same bits). Runs on the machine's
 * GPU, or on SwiftShader; where neither is, it fails. Prints how much of its tolerance each kernel used.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJs } from "../../src/kernels/js/index.js";
import type { KernelName } from "../../src/kernels/spec.js";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import type { Case } from "../kernels/case.js";
import { cases } from "../kernels/cases.js";
import { evaluate, firstDifference, worst } from "../kernels/run.js";
import { alternativesOf, nearer, toleranceOf } from "../kernels/shader-floats.js";

const js = openJs();
let webgpu: WebgpuBackend;
let gpuMembers: WebgpuBackend;
/** Kernels whose members for a GPU run here, too, where this adapter takes those for a CPU. */
const bothMembers: readonly KernelName[] = [
  "softmax", "softmaxGradient", "crossEntropy", "normalize", "normalizeGradient",
]; // prettier-ignore
const used = new Map<string, { share: number; name: string }>();

beforeAll(async () => {
  webgpu = await openWebgpu({ software: true, limits: "default" });
  gpuMembers = await openWebgpu({ device: webgpu.device, members: "gpu" });
});

afterAll(() => {
  const lines = [...used].map(
    ([kernel, { share, name }]) => `${kernel.padEnd(21)} ${(100 * share).toFixed(1)}% at ${name}`,
  );
  console.log(["worst error as a share of the tolerance:", ...lines].join("\n"));
  console.log(JSON.stringify(webgpu.counts));
  webgpu.close();
});

/** Fails with the element, both numbers and the tolerance's reason. */
async function compare(webgpu: WebgpuBackend, row: Case): Promise<void> {
  const inputs = await row.inputs();
  const tolerance = toleranceOf(row);
  const expected = await evaluate(js, row, inputs);
  const got = await evaluate(webgpu, row, inputs);
  const misses = got.some((data, k) => worst(data, expected[k]!, tolerance).share > 1);
  const others = misses ? await alternativesOf(js, row, inputs) : [];
  got.forEach((data, k) => {
    const found = worst(data, nearer(data, expected[k]!, others[k], tolerance), tolerance);
    const kernel = row.kernel.kernel;
    if (found.share > (used.get(kernel)?.share ?? -1)) {
      used.set(kernel, { share: found.share, name: row.name });
    }
    expect(
      found.share,
      `output ${k}, element ${found.at}: ${found.got} where js has ${found.expected} (${row.tolerance.why})`,
    ).toBeLessThanOrEqual(1);
  });
  const inArena = await evaluate(webgpu, row, inputs, "arena");
  got.forEach((data, k) => expect(firstDifference(data, inArena[k]!), "in the arena").toBe(-1));
}

for (const [name, rows] of cases) {
  describe(name, () => {
    it.each(rows.map((row) => [row.name, row] as const))("%s", async (_, row) => {
      await compare(webgpu, row);
      if (bothMembers.includes(name)) await compare(gpuMembers, row);
    });
  });
}
