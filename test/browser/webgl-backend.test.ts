/** The WebGL backend as an object, in a real Chromium without WebGPU: order, refusals, fallbacks, loss. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, type BrowserPage, type Json } from "./page.js";

let page: BrowserPage;
beforeAll(async () => {
  page = await openPage({ webgpu: false });
}, 120_000);
afterAll(() => page.close());

const check = (name: string, where?: "worker"): Promise<Json> =>
  page.run("test/browser/webgl-backend.ts", name, where);

describe("opening", () => {
  it("refuses a WebGL that computes on the CPU unless it is asked for, and trace says what drew", async () => {
    const found = (await check("opening")) as Record<string, string>;
    expect(found["gpu"]).toBe(false); // WebGPU is switched off
    const { refused, where } = found;
    if (/swiftshader|llvmpipe|software/i.test(where!))
      expect(refused).toMatch(
        /^use: no backend opened\. webgl: WebGL computes on the CPU here \(.*SwiftShader.*\): wasm is faster, and webgl\.with\(\{ software: true \}\) takes it all the same$/,
      );
    else expect(refused).toBe("it was kept");
    expect(where).toMatch(/^webgl: gpu\.js on .+, 1 draws of 1 elements together, 1 functions$/);
    expect(found["source"]).toMatch(/^function \(a, b\) \{[^]*let sum = 0;/);
  });

  it("is no refuge for gpu.js on the CPU", async () => {
    expect(await check("silence")).toBe(
      "gpu.js computes on the CPU here, which it says nowhere: use wasm, or js",
    );
  });

  it("needs no eval", async () => {
    expect(await check("withoutEval")).toEqual({ z: [30, 60, 90, 120, 150], y: [0, 0, 0, 0, 1] });
  });
});

describe("plans", () => {
  it.each([undefined, "worker"] as const)("run in order before anything is read (%s)", async (where) => {
    const found = await check("order", where);
    expect(found).toEqual({ z: [30, 60, 90, 120, 150], y: [0, 0, 0, 0, 1] });
  }); // prettier-ignore

  it("say which kernel is too large, and what to do", async () => {
    expect(await check("size")).toBe(
      "matmul M 5000, N 5000, K 1 needs a buffer of 25000000 elements. That is more than webgl holds in one here, 16777216 elements (gpu.js counts in float32): make the batch smaller, split the tensor, or use webgpu or wasm",
    );
  });

  it("leave to js what shaders cannot do, and say so", async () => {
    expect(await check("onCpu")).toEqual({
      ordered: true,
      where:
        "webgl: on the CPU by js, for a row of 1500 numbers would take 1500² comparisons in shaders, which cannot move what they sort",
    });
  });

  it("make no texture and compile nothing from the fourth step on", async () => {
    const found = (await page.run("test/browser/webgl-steps.ts", 12)) as {
      third: Record<string, number>;
      last: Record<string, number>;
      losses: number[];
      where: string;
    };
    const { third, last, losses, where } = found;
    console.log(`a U-Net's step on webgl: ${JSON.stringify({ third, last })}`);
    expect(last["draws"]).toBeGreaterThan(2 * third["draws"]!);
    for (const name of ["textures", "live", "functions"]) expect(last[name]).toBe(third[name]);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(where).toMatch(/^webgl: gpu\.js on /);
  });
});

describe("functions", () => {
  it("hold over the whole float range", async () => {
    const { wrong, most } = (await check("floatRange")) as { wrong: string[]; most: number };
    console.log(`functions on webgl are off by at most ${most.toFixed(2)} ulp`);
    expect(wrong).toEqual([]);
  });
});

describe("buffers", () => {
  it("are counted, hold every integer, and are refused where they do not fit", async () => {
    expect(await check("buffers")).toEqual({
      held: 4004,
      lowest: [-2147483648],
      after: 0,
      short: "A buffer of 1000 elements was to be written with 3: give as many as it has.",
      foreign: "This buffer is not of this webgl backend: write its content into one that is.",
      freed: "This buffer was freed: its content is gone.",
      half: "The webgl backend keeps nothing in f16: cast to f32, or use webgpu, wasm or js.",
      large:
        "A tensor of 16777217 f32 is more than webgl holds in one here, 16777216 elements (gpu.js counts in float32): make the batch smaller, split the tensor, or use webgpu or wasm",
      missing: "The plan takes 2 buffers at each run, and 0 were given.",
    });
  });
});

describe("a lost context", () => {
  it("is told of in a sentence, and a new one works", async () => {
    const found = (await check("lost")) as Record<string, Json>;
    expect(found["before"]).toEqual([2, 4, 6]);
    expect(found["told"]).toMatch(/lost/);
    expect(found["lost"]).toBe(
      "The WebGL context was lost (the browser took it away), and what its tensors held with it: open a new one with await use(webgl), and go on from the last checkpoint.",
    );
    expect(found["isNew"]).toBe(true);
    expect(found["after"]).toEqual([2, 4, 6]);
  });
});
