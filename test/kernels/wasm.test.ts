/** The WASM backend as an object: memory that comes back, plans of several calls, scalars, refusals. */
import { describe, expect, it } from "vitest";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { Heap } from "../../src/kernels/wasm/memory.js";
import { chain } from "./plans.js";

describe("plans", () => {
  it("run with other scalars and other buffers each time", async () => {
    const wasm = openWasm();
    const program = wasm.prepare(chain(5));
    const [x, y] = [wasm.allocate("f32", 5), wasm.allocate("f32", 5)];
    wasm.write(x, Float32Array.of(1, 2, 3, 4, 5));
    wasm.run(program, [x, y], [2, 10]);
    expect([...(await wasm.read(y))]).toEqual([20, 40, 60, 80, 100]);
    wasm.run(program, [y, x], [0.5, 0.1]);
    expect([...(await wasm.read(x))].map((v) => Math.round(v * 1e5) / 1e5)).toEqual([
      1, 2, 3, 4, 5,
    ]);
    wasm.close();
  });

  it("share one arena, which grows for the larger plan and serves the smaller one after", async () => {
    const wasm = openWasm();
    const programs = [4, 40_000, 7].map((size) => ({ size, program: wasm.prepare(chain(size)) }));
    for (const { size, program } of [...programs, ...programs]) {
      const [x, y] = [wasm.allocate("f32", size), wasm.allocate("f32", size)];
      wasm.write(x, new Float32Array(size).fill(3));
      wasm.run(program, [x, y], [2, 2]);
      expect(new Set(await wasm.read(y))).toEqual(new Set([12]));
      wasm.free(x);
      wasm.free(y);
    }
    wasm.close();
  });

  it("explain each call in WAT", () => {
    const wasm = openWasm();
    const explained = wasm.prepare(chain(5)).explain();
    expect(explained.length).toBe(2);
    expect(explained[0]!.source).toMatch(/^\(func \$map/);
    wasm.close();
  });
});

describe("buffers", () => {
  it("are counted, and come back when freed", () => {
    const wasm = openWasm();
    const before = wasm.bytes();
    const buffers = Array.from({ length: 50 }, (_, k) => wasm.allocate("f32", 1000 * k));
    expect(wasm.bytes()).toBe(before + 4 * 1000 * ((49 * 50) / 2));
    for (const buffer of buffers) wasm.free(buffer);
    expect(wasm.bytes()).toBe(before);
    wasm.close();
  });

  it("hold their numbers while the memory grows", async () => {
    const wasm = openWasm();
    const x = wasm.allocate("i32", 3);
    wasm.write(x, Int32Array.of(1, -2, 3));
    wasm.allocate("f32", 20_000_000);
    expect([...(await wasm.read(x))]).toEqual([1, -2, 3]);
    wasm.close();
  });

  it("are refused when freed, foreign, or written with too few numbers", () => {
    const [wasm, other] = [openWasm(), openWasm()];
    const buffer = wasm.allocate("f32", 4);
    expect(() => wasm.write(buffer, new Float32Array(3))).toThrow(
      "A buffer of 4 elements was to be written with 3: give as many as it has.",
    );
    expect(() => other.free(buffer)).toThrow("This buffer is not of this wasm backend");
    wasm.free(buffer);
    expect(() => wasm.free(buffer)).toThrow("This buffer was freed: its content is gone.");
    expect(() => wasm.write(buffer, new Float32Array(4))).toThrow("This buffer was freed");
  });

  it("are refused by a run that they do not fit, and scalars that are missing are missed", () => {
    const wasm = openWasm();
    const program = wasm.prepare(chain(5));
    const [x, small] = [wasm.allocate("f32", 5), wasm.allocate("f32", 4)];
    expect(() => wasm.run(program, [x], [1, 1])).toThrow(); // one is missing
    expect(() => wasm.run(program, [x, small], [1, 1])).toThrow("has 5 elements, the one given 4");
    expect(() => wasm.run(program, [x, x, x], [1, 1])).toThrow(
      "takes 2 buffers at each run, and 3",
    );
    expect(() => wasm.run(program, [x, x], [1])).toThrow("takes a scalar 1, and 1 were given");
    expect(() => wasm.run(openWasm().prepare(chain(5)), [x, x], [1, 1])).toThrow("another backend");
    wasm.close();
  });

  it("say so when there is no memory left", () => {
    const wasm = openWasm();
    expect(() => wasm.allocate("f32", 2 ** 30)).toThrow("WASM memory is full");
    wasm.allocate("f32", 10);
    wasm.close();
  });
});

describe("the heap", () => {
  it("gives aligned blocks that do not overlap, and joins what is freed", () => {
    const heap = new Heap();
    const asked = Array.from({ length: 200 }, (_, k) => 1 + ((k * 7919) % 5000));
    const taken = asked.map((bytes) => ({ bytes, block: heap.allocate(bytes) }));
    const sorted = [...taken].sort((a, b) => a.block.start - b.block.start);
    sorted.forEach(({ bytes, block: { start } }, k) => {
      expect(start % 256).toBe(0);
      expect(start).toBeGreaterThan(0);
      const next = sorted[k + 1];
      if (next) expect(next.block.start).toBeGreaterThanOrEqual(start + bytes + 16); // room to read past the end
    });
    taken.filter((_, k) => k % 2).forEach(({ block }) => heap.release(block));
    taken.filter((_, k) => k % 2 === 0).forEach(({ block }) => heap.release(block));
    const size = heap.memory.buffer.byteLength;
    const all = heap.allocate(size - 1024); // all of it is one block again
    expect(heap.memory.buffer.byteLength).toBe(size);
    heap.release(all);
    expect(() => heap.release(all)).toThrow(`The block at address ${all.start} was freed twice.`);
  });
});
