/** The WebGPU backend as an object: order of work, counts, refusals, errors of the device, its loss. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fold } from "../../src/kernels/webgpu/dispatch.js";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { chain, repeated, twice } from "../kernels/plans.js";

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
    const program = webgpu.prepare(chain(99));
    const step = async (): Promise<void> => {
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

describe("no memory left", () => {
  /** A device that has none for buffers of so many bytes. */
  const without = (bytes: number): GPUDevice => {
    const { device } = webgpu;
    const scopes: { filter: GPUErrorFilter; failed: boolean }[] = [];
    const own: Partial<GPUDevice> = {
      pushErrorScope: (filter) => {
        scopes.push({ filter, failed: false });
        device.pushErrorScope(filter);
      },
      createBuffer: (descriptor) => {
        const scope = scopes.filter(({ filter }) => filter === "out-of-memory").at(-1);
        if (scope && descriptor.size === bytes) scope.failed = true;
        return device.createBuffer(descriptor);
      },
      popErrorScope: async () => {
        const told = scopes.pop()?.failed ? ({ message: "Out of memory" } as GPUError) : null;
        return (await device.popErrorScope()) ?? told;
      },
    };
    return new Proxy(device, {
      get: (_, name) => {
        const value: unknown = Reflect.get(name in own ? own : device, name);
        return typeof value === "function" ? (value.bind(device) as unknown) : value;
      },
    });
  };

  it("for a result: which kernel makes it, of what shape", async () => {
    const poor = await openWebgpu({ device: without(4 * 4096), limits: "default" });
    const [x, y] = [poor.allocate("f32", 5), poor.allocate("f32", 4096)];
    poor.write(x, five);
    poor.run(poor.prepare(repeated(4096)), [x, y], []);
    await expect(poor.read(y)).rejects.toThrow(
      "A buffer of 4096 f32, made by fused shape [4096]: Out of memory",
    );
    expect([...(await poor.read(x))]).toEqual([1, 2, 3, 4, 5]);
  });

  it("for what lies between: how much, and which kernel makes the largest of it", async () => {
    const poor = await openWebgpu({ device: without(256 + 4 * 4096), limits: "default" });
    const [x, y] = [0, 1].map(() => poor.allocate("f32", 4096)) as [Buffer, Buffer];
    poor.run(poor.prepare(chain(4096)), [x, y], [1, 1]);
    await expect(poor.read(y)).rejects.toThrow(
      "16640 bytes of arena for a plan, whose largest kernel is fused shape [4096]: Out of memory",
    );
  });
});

describe("work without reads", () => {
  it("is not submitted further than a few hundred dispatches ahead of the device", async () => {
    const program = webgpu.prepare(chain(5));
    const [x, y] = [0, 1].map(() => webgpu.allocate("f32", 5)) as [Buffer, Buffer];
    webgpu.write(x, five);
    const { dispatches } = webgpu.counts;
    for (let k = 0; k < 500; k++) webgpu.run(program, [x, y], [1, 1]);
    expect(webgpu.counts.dispatches - dispatches).toBeLessThanOrEqual(4 * 96);
    expect([...(await webgpu.read(y))]).toEqual([1, 2, 3, 4, 5]);
    expect(webgpu.counts.dispatches - dispatches).toBe(1000);
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
