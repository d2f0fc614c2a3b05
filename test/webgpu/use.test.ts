/** Choosing a backend by `use`: what is opened once, what is a caller's own, what is passed over and noted. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { js, tensor, use, wasm, webgpu } from "genarch";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";

const software = webgpu.with({ software: true, limits: "default" });

/** What a program of its own has opened. */
let theirs: WebgpuBackend;
beforeAll(async () => {
  theirs = await openWebgpu({ software: true });
});
afterAll(() => theirs.close());

describe("use opens", () => {
  it("each opener once, also when it is asked for twice at a time", async () => {
    const [first, second] = await Promise.all([use(software), use(software)]);
    expect(second).toBe(first);
    expect(await use(js)).not.toBe(first);
    expect(await use(software)).toBe(first);
  });

  it("one backend for the same options, and others for others", async () => {
    const first = await use(webgpu.with({ software: true, limits: "default" }));
    expect(await use(webgpu.with({ limits: "default", software: true }))).toBe(first);
    const alone = await use(wasm.with({ threads: 1 }));
    expect(await use(wasm)).not.toBe(alone);
    expect(await use(wasm.with({ threads: 1 }))).toBe(alone);
  });

  it("a caller's own device, whatever was opened before", async () => {
    const before = await use(software);
    const own = webgpu.with({ device: theirs.device });
    const backend = await use(own);
    expect(backend).not.toBe(before);
    expect(backend).toHaveProperty("device", theirs.device);
    using x = tensor([1, 2]);
    using y = x.mul(3);
    expect(await y.array()).toEqual([3, 6]);
    await use(js);
    expect(await use(own)).toBe(backend); // where y lives
  });

  it("no device that is lost already", async () => {
    const gone = await openWebgpu({ software: true });
    gone.close();
    await gone.device.lost;
    await expect(use(webgpu.with({ device: gone.device }))).rejects.toThrow(
      /^use: no backend opened\. webgpu: The device given is lost \(.*\): give a new one$/,
    );
  });
});

describe("use without arguments", () => {
  it("takes a GPU, or else wasm, with a note of why no GPU", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const isGpu = await openWebgpu().then(
      (backend) => (backend.close(), true),
      () => false,
    );
    expect((await use()).name).toBe(isGpu ? "webgpu" : "wasm");
    await use();
    const note = /^genarch runs on wasm\. webgpu: The only adapter is .*, which computes on the CPU: wasm does that faster\. webgpu\.with\(\{ software: true \}\) takes it all the same$/; // prettier-ignore
    const notes = warn.mock.calls.map(([text]) => text as unknown);
    expect(notes).toEqual(isGpu ? [] : [expect.stringMatching(note)]); // once
    warn.mockRestore();
  });
});
