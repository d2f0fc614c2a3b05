/** The WGSL functions against float64 over the whole float range. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { errorOfOne, errorOfTwo, ofOne, ofTwo, type Deviation } from "../kernels/float-range.js";

let webgpu: WebgpuBackend;
beforeAll(async () => {
  webgpu = await openWebgpu({ software: true, limits: "default" });
});
afterAll(() => webgpu.close());

function expectWithin(op: string, limit: number, { ulps, where }: Deviation): void {
  console.log(`${op}: ${ulps.toFixed(2)} ulp ${where}`);
  expect(ulps, where).toBeLessThanOrEqual(limit);
}

it.each(ofOne)("%s of one number is within %s ulp", async (op, limit) =>
  expectWithin(op, limit, await errorOfOne(webgpu, op)),
);

it.each(ofTwo)("%s of two numbers is within %s ulp", async (op, limit) =>
  expectWithin(op, limit, await errorOfTwo(webgpu, op)),
);
