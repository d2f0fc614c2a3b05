/** The WebGPU backend as an object: order of work, counts, refusals, errors of the device, its loss. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/kernels/backend.js";
import type { Fused, Instruction } from "../../src/kernels/ir.js";
import { fold } from "../../src/kernels/webgpu/dispatch.js";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";

const load = (operand: number): Instruction => ({ op: "load", operand, dtype: "f32" });

/** x · scalar 0 of the call. */
const scaled = (size: number): Fused => ({
  kernel: "fused",
  dtype: "f32",
  shape: [size],
  loads: [{ dtype: "f32", offset: 0, strides: [1] }],
  body: [
    load(0),
    { op: "scalar", index: 0, dtype: "f32" },
    { op: "mul", args: [0, 1], dtype: "f32" },
  ],
  reduce: null,
  epilogue: [],
});

/** in → arena → out, times run scalar 1, then times run scalar 0. */
const chain = (size: number): Plan => ({
  buffers: [
    { dtype: "f32", elements: size, arena: null },
    { dtype: "f32", elements: size, arena: 256 },
    { dtype: "f32", elements: size, arena: null },
  ],
  arenaBytes: 256 + 4 * size,
  calls: [
    { kernel: scaled(size), inputs: [0], outputs: [1], scalars: [1] },
    { kernel: scaled(size), inputs: [1], outputs: [2], scalars: [0] },
  ],
});

/** x + x: one plan buffer as two inputs. */
const twice = (size: number): Plan => ({
  buffers: [0, 1].map(() => ({ dtype: "f32", elements: size, arena: null })),
  arenaBytes: 0,
  calls: [
    {
      kernel: {
        ...scaled(size),
        loads: [0, 1].map(() => ({ dtype: "f32", offset: 0, strides: [1] })),
        body: [load(0), load(1), { op: "add", args: [0, 1], dtype: "f32" }],
      },
      inputs: [0, 0],
      outputs: [1],
      scalars: [],
    },
  ],
});

let webgpu: WebgpuBackend;
beforeAll(async () => {
  webgpu = await openWebgpu({ software: true, limits: "default" });
});
afterAll(() => webgpu.close());

const five = Float32Array.of(1, 2, 3, 4, 5);

describe("plans", () => {
  it("run with other scalars and other buffers each time, in order, before anything is read", async () => {
    const program = webgpu.prepare(chain(5));
    const [x, y, z] = [0, 1, 2].map(() => webgpu.allocate("f32", 5)) as [Buffer, Buffer, Buffer];
    webgpu.write(x, five);
    webgpu.run(program, [x, y], [2, 10]);
    webgpu.run(program, [y, z], [0.5, 3]);
    webgpu.write(x, Float32Array.of(0, 0, 0, 0, 1)); // must not overtake the runs
    webgpu.run(program, [x, y], [1, 1]);
    expect([...(await webgpu.read(z))]).toEqual([30, 60, 90, 120, 150]);
    expect([...(await webgpu.read(y))]).toEqual([0, 0, 0, 0, 1]);
  });

  it("share one arena, which grows for the larger plan and serves the smaller one after", async () => {
    const programs = [4, 40_000, 7].map((size) => ({ size, program: webgpu.prepare(chain(size)) }));
    for (const { size, program } of [...programs, ...programs]) {
      const [x, y] = [webgpu.allocate("f32", size), webgpu.allocate("f32", size)];
      webgpu.write(x, new Float32Array(size).fill(3));
      webgpu.run(program, [x, y], [2, 2]);
      expect(new Set(await webgpu.read(y))).toEqual(new Set([12]));
      [x, y].forEach((buffer) => webgpu.free(buffer));
    }
  });

  it("may read one buffer twice", async () => {
    const [x, y] = [webgpu.allocate("f32", 5), webgpu.allocate("f32", 5)];
    webgpu.write(x, five);
    webgpu.run(webgpu.prepare(twice(5)), [x, y], []);
    expect([...(await webgpu.read(y))]).toEqual([2, 4, 6, 8, 10]);
  });

  it("make no buffer and no pipeline when they run again, and one submit a read", async () => {
    const step = async (): Promise<void> => {
      const program = webgpu.prepare(chain(99));
      const [x, y] = [webgpu.allocate("f32", 99), webgpu.allocate("f32", 99)];
      webgpu.write(x, new Float32Array(99));
      webgpu.run(program, [x, y], [1, 1]);
      await webgpu.read(y);
      [x, y].forEach((buffer) => webgpu.free(buffer));
    };
    await step();
    const before = webgpu.counts;
    await step();
    const { dispatches, submits, buffers, pipelines } = webgpu.counts;
    expect(dispatches - before.dispatches).toBe(2);
    expect(submits - before.submits).toBe(1);
    expect([buffers, pipelines]).toEqual([before.buffers, before.pipelines]);
  });

  it("explain each call in WGSL", () => {
    const explained = webgpu.prepare(chain(5)).explain();
    expect(explained.length).toBe(2);
    expect(explained[0]!.where).toMatch(/^webgpu: .*, 1 dispatches of 1 workgroups/);
    expect(explained[0]!.source).toMatch(/^struct Numbers \{[^]*@compute @workgroup_size\(256\)/);
  });
});

describe("buffers", () => {
  it("are counted, and come back when freed", () => {
    const before = webgpu.bytes();
    const buffers = [0, 1, 1000].map((size) => webgpu.allocate("i32", size));
    expect(webgpu.bytes()).toBe(before + 4004);
    buffers.forEach((buffer) => webgpu.free(buffer));
    expect(webgpu.bytes()).toBe(before);
  });

  it("are refused when freed, foreign, too large, or written with too few numbers", () => {
    const buffer = webgpu.allocate("f32", 4);
    expect(() => webgpu.write(buffer, new Float32Array(3))).toThrow(
      "A buffer of 4 elements was to be written with 3: give as many as it has.",
    );
    expect(() => webgpu.free({ dtype: "f32", elements: 4 })).toThrow(
      "This buffer is not of this webgpu backend: write its content into one that is.",
    );
    webgpu.free(buffer);
    expect(() => webgpu.free(buffer)).toThrow("This buffer was freed: its content is gone.");
    expect(() => webgpu.allocate("f32", 2 ** 27)).toThrow(
      "A buffer of 536870912 bytes was asked for, and this device allows 268435456 in one: split the tensor, or use wasm.",
    );
  });

  it("are refused by a run that they do not fit, and scalars that are missing are missed", () => {
    const program = webgpu.prepare(chain(5));
    const [x, small] = [webgpu.allocate("f32", 5), webgpu.allocate("f32", 4)];
    expect(() => webgpu.run(program, [x], [1, 1])).toThrow(
      "The plan takes 2 buffers at each run, and 1 were given.",
    );
    expect(() => webgpu.run(program, [x, small], [1, 1])).toThrow(
      "The plan's buffer 1 has 5 elements, the one given 4.",
    );
    expect(() => webgpu.run(program, [x, x], [1])).toThrow(
      "The plan takes a scalar 1, and 1 were given.",
    );
  });
});

describe("errors of the device", () => {
  it("come out at the read of what they spoiled, with the kernel and its sizes, and nowhere else", async () => {
    const [x, y, z] = [0, 1, 2].map(() => webgpu.allocate("f32", 5)) as [Buffer, Buffer, Buffer];
    webgpu.write(x, five);
    webgpu.run(webgpu.prepare(twice(5)), [y, y], []); // an output that is its input
    webgpu.run(webgpu.prepare(twice(5)), [y, z], []);
    await expect(webgpu.read(y)).rejects.toThrow(/fused shape \[5\].*overlapping ranges/s);
    await expect(webgpu.read(z)).rejects.toThrow(/fused shape \[5\]/);
    expect([...(await webgpu.read(x))]).toEqual([1, 2, 3, 4, 5]);
  });

  it("too large for one binding: which kernel, and what to do", async () => {
    const size = 2 ** 25 + 1; // 4 bytes above WebGPU's 128 MiB
    const [x, y] = [webgpu.allocate("f32", size), webgpu.allocate("f32", size)];
    webgpu.run(webgpu.prepare(twice(size)), [x, y], []);
    await expect(webgpu.read(y)).rejects.toThrow(
      "fused shape [33554433] reads or writes 134217744 bytes as one buffer, and this device allows 134217728: split the tensor, or use wasm.",
    );
    [x, y].forEach((buffer) => webgpu.free(buffer));
  });
});

describe("a lost device", () => {
  it("rejects every read that waits, and all that comes after, in one sentence", async () => {
    const lost = await openWebgpu({ software: true });
    const x = lost.allocate("f32", 5);
    lost.write(x, five);
    const reads = [lost.read(x), lost.read(x)];
    lost.device.destroy();
    for (const read of [...reads, lost.read(x)])
      await expect(read).rejects.toThrow(
        /^The GPU device was lost \(.*\), and what its tensors held with it: open a new one/,
      );
    expect(() => lost.allocate("f32", 1)).toThrow("The GPU device was lost");
    expect(lost.lost).toMatch("The GPU device was lost");
  });

  it("a caller's own device is used, and not destroyed by close", async () => {
    const theirs = await openWebgpu({ device: webgpu.device });
    const x = theirs.allocate("f32", 5);
    theirs.write(x, five);
    expect([...(await theirs.read(x))]).toEqual([1, 2, 3, 4, 5]);
    theirs.close();
    expect(webgpu.lost).toBeNull();
    expect(() => theirs.allocate("f32", 1)).toThrow("lost (it was closed)");
  });
});

describe("workgroups beyond 65,535", () => {
  it("are all run", async () => {
    const size = 65_536 * 256 + 5; // 65,537 workgroups
    const [x, y] = [webgpu.allocate("f32", size), webgpu.allocate("f32", size)];
    webgpu.write(x, new Float32Array(size).fill(1.5));
    webgpu.run(webgpu.prepare(twice(size)), [x, y], []);
    expect((await webgpu.read(y)).every((value) => value === 3)).toBe(true);
    [x, y].forEach((buffer) => webgpu.free(buffer));
  });

  it("go into two dimensions, few of them for nothing", () => {
    expect(fold(65_535)).toEqual([65_535, 1]);
    expect(fold(65_536)).toEqual([32_768, 2]);
    expect(fold(1_000_003)).toEqual([62_501, 16]);
    expect(() => fold(2 ** 33)).toThrow("8589934592 workgroups are more than WebGPU can start");
  });
});

type Buffer = ReturnType<WebgpuBackend["allocate"]>;
