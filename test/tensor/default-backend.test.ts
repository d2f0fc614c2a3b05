/** Which backend runs what is computed before any call of `use`. Each test has an engine of its own. */
import { afterEach, expect, it, vi } from "vitest";

const freshEngine = async () => {
  vi.resetModules();
  return import("../../src/index.js");
};

afterEach(() => {
  vi.unstubAllGlobals();
});

it("is wasm, which is there without waiting", async () => {
  const { currentBackend, tensor } = await freshEngine();
  expect(await tensor([1, 2]).add(1).array()).toEqual([2, 3]);
  expect(currentBackend().name).toBe("wasm");
});

it("is none where there is no WebAssembly: the error says what to call, and that call finds js", async () => {
  const { BackendError, js, tensor, use, wasm } = await freshEngine();
  vi.stubGlobal("WebAssembly", undefined);
  const sum = tensor([1, 2]).add(1);
  await expect(sum.array()).rejects.toThrow(
    new BackendError(
      "This JavaScript engine has no WebAssembly SIMD: Node 20 or a browser since 2023 has. " +
        "Or call await use() before the first step: it takes webgpu or js.",
    ),
  );
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  expect((await use(wasm, js)).name).toBe("js");
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining("genarch runs on js. wasm:"),
  );
  expect(await sum.array()).toEqual([2, 3]);
});
