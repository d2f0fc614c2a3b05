/** The yardsticks of a profile: operations and bytes off a kernel's sizes, and a backend that times each call. */
import { describe, expect, it } from "vitest";
import { backprop, parameter, randn, seed, use, wasm, type Backend } from "genarch";
import { probeModule } from "../../bench/ceiling.js";
import { counted, timed, type TimedCall } from "../../bench/measured-backend.js";
import { bytesOfCall, labelOf, operationsOf } from "../../bench/operations.js";
import { profileTable } from "../../bench/profile-table.js";

/** A step of a small network whose arena holds several buffers. */
async function stepOn(backend: Backend): Promise<number[]> {
  await use({ name: "wasm", open: () => backend });
  seed(3);
  const model = { w: parameter(randn([16, 8])), v: parameter(randn([8, 4])) };
  const x = randn([5, 16]);
  const numbers: number[] = [];
  for (let k = 0; k < 3; k++) {
    using result = backprop(model, () => x.matmul(model.w).tanh().matmul(model.v).square().mean());
    const { w, v } = model;
    numbers.push(await result.loss.item());
    for (const parameter of [w, v]) numbers.push(...(await result.grads.of(parameter)!.data()));
  }
  return numbers;
}

describe("a timed backend", () => {
  it.each([1, 2])("computes what it would, call by call, on %i threads", async (threads) => {
    const calls = new Set<TimedCall>();
    const open = () => wasm.with({ threads }).open();
    const inner = await open();
    const numbers = await stepOn(timed(inner, (ran) => ran.forEach((call) => calls.add(call))));
    expect(numbers).toEqual(await stepOn(await open()));
    const products = [...calls].filter(({ call }) => call.kernel.kernel === "matmul");
    expect(products.length).toBeGreaterThanOrEqual(4); // x·w, h·v, and their gradients
    for (const { ms } of products) {
      expect(ms).toHaveLength(3);
      for (const time of ms) expect(time).toBeGreaterThan(0);
    }
  });
});

describe("a counted backend", () => {
  it("adds up the products of all runs while it is on", async () => {
    const { backend, counter } = counted(await wasm.with({ threads: 1 }).open());
    await stepOn(backend);
    expect(counter.gflop).toBe(0);
    counter.on = true;
    await stepOn(backend);
    // Of 5·16·8: x·w and the gradient of w. Of 5·8·4: h·v and the gradients of h and v.
    const step = 2 * (2 * 5 * 16 * 8 + 3 * 5 * 8 * 4);
    expect(counter.gflop).toBeCloseTo((3 * step) / 1e9, 12);
  });
});

const view = (strides: number[]) => ({ dtype: "f32", offset: 0, strides }) as const;
const matmul = { kernel: "matmul", batch: [6], M: 5, N: 7, K: 3, a: view([15, 3, 1]), b: view([21, 7, 1]), bias: false } as const; // prettier-ignore

describe("operations", () => {
  it("of a product are its multiplications and additions", () => {
    expect(operationsOf(matmul)).toBe(2 * 6 * 5 * 7 * 3);
    expect(labelOf(matmul, [])).toBe("matmul 6·5×3×7");
  });

  it("of a convolution are those of all its places, forward and in both gradients", () => {
    const size = { B: 2, C: 4, H: 6, W: 6, O: 8, R: 3, S: 3, P: 3, Q: 3, stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 2 } as const; // prettier-ignore
    const operations = 2 * 2 * 8 * 9 * 2 * 9; // images, channels out, places, channels in a group, taps
    expect(operationsOf({ kernel: "convolution", bias: true, ...size })).toBe(operations);
    expect(operationsOf({ kernel: "convolutionInput", bias: false, ...size })).toBe(operations);
    expect(operationsOf({ kernel: "convolutionWeight", ...size })).toBe(operations);
    expect(labelOf({ kernel: "convolutionWeight", ...size }, [])).toBe("convolutionWeight 2×4×6×6, 8 of 3×3 by 2"); // prettier-ignore
  });

  it("of a causal attention are those of the pairs that see each other", () => {
    const size = { B: 1, heads: 2, T: 3, S: 3, D: 4, q: view([]), k: view([]), v: view([]), mask: null }; // prettier-ignore
    const attention = (causal: boolean) => operationsOf({ kernel: "attention", causal, ...size });
    expect(attention(false)).toBe(2 * 2 * 2 * 9 * 4); // two products, two heads, 9 pairs, 4 channels
    expect(attention(true)).toBe(2 * 2 * 2 * 6 * 4);
  });

  it("of a sequence are those of its gates", () => {
    const lstm = { kernel: "recurrent", cell: "lstm", nonlinearity: "tanh", reverse: false, B: 2, T: 3, H: 5 } as const; // prettier-ignore
    expect(operationsOf(lstm)).toBe(2 * 2 * 3 * 4 * 25);
  });

  it("are shown with the sizes of a loop, and of what it sums, to a single number, too", () => {
    const loop = { kernel: "fused", dtype: "f32", loads: [], body: [], epilogue: [] } as const;
    const sum = { op: "sum", shape: [128, 784] } as const;
    const ops = ["expand", "mul", "sum"];
    expect(labelOf({ ...loop, shape: [5, 7], reduce: null }, ops)).toBe("fused (mul sum) 5×7");
    expect(labelOf({ ...loop, shape: [5], reduce: sum }, ops)).toBe("fused (mul sum) 5 of 128×784");
    expect(labelOf({ ...loop, shape: [], reduce: sum }, ops)).toBe("fused (mul sum) 1 of 128×784");
  });

  it("of an optimizer are none; it writes all that it reads but the gradients", () => {
    const adam = { kernel: "optimizer", method: "adam", decoupled: false, amsgrad: false, sizes: [10, 6], decay: [false, false] } as const; // prettier-ignore
    const buffers = [10, 6, 10, 6, 10, 6, 10, 6].map((elements) => ({ dtype: "f32", elements, arena: null }) as const); // prettier-ignore
    const call = { kernel: adam, inputs: buffers.map((_, k) => k), outputs: [], scalars: [] };
    expect(operationsOf(adam)).toBe(0);
    // Parameters and two moments are read and written, gradients read: seven times 16 numbers.
    expect(bytesOfCall(call, { buffers, arenaBytes: 0, calls: [call] })).toBe(4 * 7 * 16);
    expect(labelOf(adam, [])).toBe("adam of 2 parameters");
  });

  it("are none where a kernel only moves, and bytes are counted once each", () => {
    const take = { kernel: "take", outer: 1, size: 10, inner: 4, count: 3, dtype: "f32" } as const;
    const buffer = (elements: number) => ({ dtype: "f32", elements, arena: null }) as const;
    const call = { kernel: take, inputs: [0, 1], outputs: [2], scalars: [] };
    const plan = { buffers: [buffer(40), buffer(3), buffer(12)], arenaBytes: 0, calls: [call] };
    expect(operationsOf(take)).toBe(0);
    expect(bytesOfCall(call, plan)).toBe(4 * (40 + 3 + 12));
  });
});

describe("the probes", () => {
  it("compute what they say: chains of x·a + b, and a copy", async () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const open = async (probe: "arithmetic" | "memory") => {
      const { instance } = await WebAssembly.instantiate(probeModule(probe), { env: { memory } });
      return instance.exports["f0"] as (argument: number) => number;
    };
    // After one turn chain k holds k·0.999 + 0.001; there are 13.
    expect((await open("arithmetic"))(1)).toBeCloseTo(78 * 0.999 + 13 * 1e-3, 4);
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(Array.from({ length: 128 }, (_, k) => k));
    (await open("memory"))(128);
    expect([...bytes.slice(128, 256)]).toEqual([...bytes.slice(0, 128)]);
    expect(bytes[256]).toBe(0);
  });
});

describe("a profile's table", () => {
  it("gives each kernel's share, its rates, and what more threads bring", () => {
    const kernel = (label: string, ms: number, operations: number) => ({ label, calls: 2, ms, operations, bytes: 1e6 }); // prettier-ignore
    const one = { threads: 1, ms: 10, timedMs: 11, kernels: [kernel("softmax", 2, 0), kernel("matmul", 8, 2e8)] }; // prettier-ignore
    const two = { threads: 2, ms: 5, timedMs: 6, kernels: [kernel("softmax", 1, 0), kernel("matmul", 4, 2e8)] }; // prettier-ignore
    const most = [{ arithmetic: 50, memory: 10 }, { arithmetic: 100, memory: 10 }]; // prettier-ignore
    const lines = profileTable("a step", [one, two], most).split("\n");
    expect(lines).toContain(
      "| matmul | 2 | 8.00 | 80.0 % | 25.0 | 50 % | 0.125 | 1 % | 4.00 | 2.00× |",
    );
    expect(lines).toContain("| softmax | 2 | 2.00 | 20.0 % | — | — | 0.500 | 5 % | 1.00 | 2.00× |");
    expect(lines[2]).toContain("On one thread: 10.0 ms as it runs; timed, 10.0 ms in kernels and 1.00 ms between them"); // prettier-ignore
  });
});
