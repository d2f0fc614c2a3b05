// The js backend itself: buffers, the arena, plans. Its kernels have their tests in js/, a family a file.
import { describe, expect, it } from "vitest";
import type { Fused } from "../../src/kernels/ir.js";
import { openJs } from "../../src/kernels/js/index.js";
import { load, map } from "./js/expression.js";

describe("the js backend", () => {
  const double = map([2], 1, load(0), { op: "add", args: [0, 0], dtype: "f32" });

  it("keeps what is written, in float64, and reads a copy", async () => {
    const backend = openJs();
    const buffer = backend.allocate("f32", 2);
    backend.write(buffer, new Float64Array([0.1, 1e300]));
    const copy = await backend.read(buffer);
    copy[0] = 7;
    expect([...(await backend.read(buffer))]).toEqual([0.1, 1e300]);
  });

  it("runs calls in order through the arena, and finds a larger arena for a larger plan", async () => {
    const backend = openJs();
    const [x, y] = [backend.allocate("f32", 2), backend.allocate("f32", 2)];
    const plan = (arena: number) => ({
      buffers: [
        { dtype: "f32" as const, elements: 2, arena: null },
        { dtype: "f32" as const, elements: 2, arena },
        { dtype: "f32" as const, elements: 2, arena: null },
      ],
      arenaBytes: arena + 256,
      calls: [
        { kernel: double, inputs: [0], outputs: [1], scalars: [] },
        { kernel: double, inputs: [1], outputs: [2], scalars: [] },
      ],
    });
    backend.write(x, new Float64Array([1, 2]));
    const small = backend.prepare(plan(0));
    backend.run(small, [x, y], []);
    expect([...(await backend.read(y))]).toEqual([4, 8]);
    backend.run(backend.prepare(plan(512)), [y, x], []);
    expect([...(await backend.read(x))]).toEqual([16, 32]);
    backend.run(small, [x, y], []);
    expect([...(await backend.read(y))]).toEqual([64, 128]);
    expect(backend.bytes()).toBe(2 * 2 * 8 + 2 * 768);
    backend.close();
    expect(backend.bytes()).toBe(0);
  });

  it("keeps neighbours in the arena apart, though a number takes 8 bytes here", async () => {
    const backend = openJs();
    const place = (arena: number | null) => ({ dtype: "f32" as const, elements: 64, arena });
    const call = (kernel: Fused, inputs: number[], outputs: number[]) => {
      return { kernel, inputs, outputs, scalars: [] };
    };
    const twice = map([64], 1, load(0), { op: "add", args: [0, 0], dtype: "f32" });
    const sum = map([64], 2, load(0), load(1), { op: "add", args: [0, 1], dtype: "f32" });
    const plan = {
      buffers: [place(null), place(0), place(256), place(null)],
      arenaBytes: 512,
      calls: [call(twice, [0], [1]), call(twice, [1], [2]), call(sum, [1, 2], [3])],
    };
    const [x, y] = [backend.allocate("f32", 64), backend.allocate("f32", 64)];
    backend.write(
      x,
      Float64Array.from({ length: 64 }, (_, i) => i),
    );
    backend.run(backend.prepare(plan), [x, y], []);
    expect([...(await backend.read(y))]).toEqual(Array.from({ length: 64 }, (_, i) => 6 * i));
  });

  it("shows the expression of a fused kernel", () => {
    const program = openJs().prepare({
      buffers: [0, 1].map(() => ({ dtype: "f32", elements: 2, arena: null })),
      arenaBytes: 0,
      calls: [{ kernel: double, inputs: [0], outputs: [1], scalars: [] }],
    });
    const { source, where } = program.explain()[0]!;
    expect(where).toBe("js, one thread");
    expect(source.split("\n\n")[0]).toBe(
      [
        "for each index of [2]:",
        "  v0 = input 0 at 0 + [1] · index: f32",
        "  v1 = add(v0, v0): f32",
        "  output: f32 = v1",
      ].join("\n"),
    );
  });

  it("says what is wrong with a buffer or a program", async () => {
    const [backend, other] = [openJs(), openJs()];
    const buffer = backend.allocate("i32", 3);
    expect(() => backend.write(buffer, new Int32Array(2))).toThrow(
      "write: the buffer holds 3 numbers, but 2 came",
    );
    expect(() => other.write(buffer, new Int32Array(3))).toThrow(
      "write: this buffer was freed, or",
    );
    other.free(buffer); // not its own: nothing happens
    expect(await backend.read(buffer)).toHaveLength(3);
    backend.free(buffer);
    await expect(backend.read(buffer)).rejects.toThrow("read: this buffer was freed");
    const program = backend.prepare({
      buffers: [{ dtype: "f32", elements: 1, arena: null }],
      arenaBytes: 0,
      calls: [],
    });
    expect(() => backend.run(program, [], [])).toThrow("the plan asks for 1 buffers, but 0 came");
    const short = backend.allocate("i32", 1);
    expect(() => backend.run(program, [short], [])).toThrow(
      "run: buffer 0 must hold 1 f32, but holds 1 i32 or bool",
    );
    expect(() => backend.run({ explain: () => [] }, [], [])).toThrow("prepared by another backend");
    expect(() => backend.allocate("f32", 2 ** 45)).toThrow(
      "no memory left for 281474976710656 bytes",
    );
  });
});
