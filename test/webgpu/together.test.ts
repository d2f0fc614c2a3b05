/**
 * Calls of a plan that share dispatches: those that do not wait for each other, elementwise kernels in the stores of
 * what they read, and an optimizer over all of its parameters. Each way gives the bits that the calls give one by one.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Call, Plan, PlanBuffer, Program } from "../../src/kernels/backend.js";
import type { Fused, Instruction } from "../../src/kernels/ir.js";
import type { Matmul, Optimizer } from "../../src/kernels/spec.js";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { roundsOf } from "../../src/kernels/webgpu/together/rounds.js";
import { Draw } from "../kernels/case.js";

let gpu: WebgpuBackend;
let cpu: WebgpuBackend;
beforeAll(async () => {
  gpu = await openWebgpu({ software: true, limits: "default", members: "gpu" });
  cpu = await openWebgpu({ device: gpu.device, members: "cpu" });
});
afterAll(() => {
  cpu.close();
  gpu.close();
});

const [rows, wide, narrow] = [48, 40, 24];
const at = (elements: number, arena: number | null = null): PlanBuffer => {
  return { dtype: "f32", elements, arena };
};
const walk = (...strides: number[]) => ({ dtype: "f32", offset: 0, strides }) as const;
const lines = (...list: Instruction[]): Instruction[] => list;
const load = (operand: number): Instruction => ({ op: "load", operand, dtype: "f32" });

/** A [M, K] · B [K, N] with strides of their own. */
const product = (M: number, N: number, K: number, a: number[], b: number[]): Matmul => {
  return { kernel: "matmul", batch: [], M, N, K, a: walk(...a), b: walk(...b), bias: false };
};

/** Σ over the rows. */
const columnSum = (M: number, N: number): Fused => ({
  kernel: "fused", dtype: "f32", shape: [N], loads: [walk(1, N)], body: lines(load(0)),
  reduce: { op: "sum", shape: [M] }, epilogue: [],
}); // prettier-ignore

/** x + 2·y, where x walks the rows of y's shape. */
const mixed = (M: number, N: number): Fused => ({
  kernel: "fused", dtype: "f32", shape: [M, N], loads: [walk(N, 1), walk(0, 1)],
  body: lines(
    load(0), load(1), { op: "constant", value: 2, dtype: "f32" },
    { op: "mul", args: [1, 2], dtype: "f32" }, { op: "add", args: [0, 3], dtype: "f32" },
  ),
  reduce: null, epilogue: [],
}); // prettier-ignore

async function run(
  backend: WebgpuBackend,
  plan: Plan,
  inputs: readonly Float32Array[],
  scalars: number[] = [],
): Promise<{ results: number[][]; program: Program; dispatches: number }> {
  const given = plan.buffers.filter(({ arena }) => arena === null);
  const buffers = given.map(({ elements }) => backend.allocate("f32", elements));
  inputs.forEach((data, k) => backend.write(buffers[k]!, data));
  const program = backend.prepare(plan);
  const { dispatches } = backend.counts;
  backend.run(program, buffers, scalars);
  const results = await Promise.all(
    buffers.map(async (buffer) => [...(await backend.read(buffer))]),
  );
  buffers.forEach((buffer) => backend.free(buffer));
  return { results, program, dispatches: backend.counts.dispatches - dispatches };
}

/** The calls of a plan without an arena, each as a plan of its own. */
async function oneByOne(
  backend: WebgpuBackend,
  { buffers, calls }: Plan,
  inputs: readonly Float32Array[],
  scalars: number[] = [],
): Promise<number[][]> {
  const numbers = buffers.map(({ elements }, k) => inputs[k] ?? new Float32Array(elements));
  for (const call of calls) {
    const one = {
      buffers: buffers.map((b) => ({ ...b, arena: null })),
      arenaBytes: 0,
      calls: [call],
    };
    const { results } = await run(backend, one, numbers, scalars);
    results.forEach((result, k) => (numbers[k] = Float32Array.from(result)));
  }
  return numbers.map((data) => [...data]);
}

const backends: [string, () => WebgpuBackend][] = [["gpu", () => gpu], ["cpu", () => cpu]]; // prettier-ignore

describe.each(backends)("with kernels for %s", (_, backend) => {
  it("the gradients of a layer's weight and input are made at once", async () => {
    // given: g [rows, wide], x [rows, narrow], w [wide, narrow]; made: dw = gᵀ·x, db = Σ g, dx = g·w
    const plan: Plan = {
      buffers: [rows * wide, rows * narrow, wide * narrow, wide * narrow, wide, rows * narrow].map(
        (elements) => at(elements),
      ),
      arenaBytes: 0,
      calls: [
        call(product(wide, narrow, rows, [1, wide], [narrow, 1]), [0, 1], [3]),
        call(columnSum(rows, wide), [0], [4]),
        call(product(rows, narrow, wide, [wide, 1], [narrow, 1]), [0, 2], [5]),
      ],
    };
    const inputs = [0, 1, 2].map((k) => normal(plan, k));
    const { results, program, dispatches } = await run(backend(), plan, inputs);
    expect(dispatches).toBeLessThan(3);
    expect(program.explain()[0]!.where).toMatch("; 1 together with those of other kernels");
    expect(results).toEqual(await oneByOne(backend(), plan, inputs));
  });

  it("what is added to a product is added before it is stored, and the product kept where it is wanted", async () => {
    const ended = (made: PlanBuffer): Plan => ({
      buffers: [at(rows * wide), at(wide * narrow), at(narrow), at(rows * narrow), made],
      arenaBytes: 8192,
      calls: [
        call(product(rows, narrow, wide, [wide, 1], [narrow, 1]), [0, 1], [4]),
        call(mixed(rows, narrow), [4, 2], [3]),
      ],
    });
    const [kept, temporary] = [ended(at(rows * narrow)), ended(at(rows * narrow, 0))];
    const inputs = [0, 1, 2].map((k) => normal(kept, k));
    const expected = await oneByOne(backend(), kept, inputs);
    const got = await run(backend(), kept, inputs);
    expect(got.dispatches).toBe(1);
    expect(got.results).toEqual(expected);
    expect(got.program.explain()[1]!.where).toMatch("1 dispatches of");
    expect(got.program.explain()[1]!.where).toMatch("; the end of kernel 0");
    const { results, dispatches } = await run(backend(), temporary, inputs);
    expect(dispatches).toBe(1);
    expect(results).toEqual(expected.slice(0, 4));
  });

  it("a kernel of many operands is not ended: both would name more than eight buffers", async () => {
    const total = rows * narrow;
    const sum = (count: number): Fused => ({
      ...mixed(rows, narrow),
      loads: Array.from({ length: count }, () => walk(narrow, 1)),
      body: range(0, 2 * count - 1).map((k): Instruction => {
        if (k < count) return load(k);
        const before = k === count ? 0 : k - 1; // the sum so far
        return { op: "add", args: [before, k - count + 1], dtype: "f32" };
      }),
    });
    const plan = (others: number): Plan => ({
      buffers: [rows * wide, wide * narrow, ...Array.from({ length: others + 2 }, () => total)].map(
        (elements) => at(elements),
      ),
      arenaBytes: 0,
      calls: [
        call(product(rows, narrow, wide, [wide, 1], [narrow, 1]), [0, 1], [others + 2]),
        call(sum(others + 1), [others + 2, ...range(2, others)], [others + 3]),
      ],
    });
    for (const [others, dispatches] of [
      [4, 1],
      [6, 2],
    ] as const) {
      // prettier-ignore
      const inputs = range(0, others + 2).map((k) => normal(plan(others), k));
      const got = await run(backend(), plan(others), inputs);
      expect(got.dispatches).toBe(dispatches);
      expect(got.results).toEqual(await oneByOne(backend(), plan(others), inputs));
    }
  });

  it("a kernel that reads what another makes waits for it, and so does one that writes what it reads", async () => {
    const total = wide * narrow;
    const plan: Plan = {
      buffers: [total, narrow, total, total].map((elements) => at(elements)),
      arenaBytes: 0,
      calls: [
        call(mixed(wide, narrow), [0, 1], [2]),
        call(mixed(wide, narrow), [2, 1], [3]),
        call(mixed(wide, narrow), [3, 1], [2]),
      ],
    };
    const inputs = [0, 1].map((k) => normal(plan, k));
    const { results, dispatches } = await run(backend(), plan, inputs);
    expect(dispatches).toBe(3);
    expect(results).toEqual(await oneByOne(backend(), plan, inputs));
  });
});

describe("a round", () => {
  it("takes calls from further on that wait for nothing after it, not for want of room in memory", () => {
    const total = wide * narrow;
    const plan = (sums: number): Plan => ({
      buffers: [at(total), at(total, 0), at(total, 4 * total), at(narrow, sums)],
      arenaBytes: 16 * total,
      calls: [
        call(columnSum(1, total), [0], [1]),
        call(columnSum(1, total), [1], [2]),
        call(columnSum(wide, narrow), [0], [3]),
      ],
    });
    const rounds = (sums: number) =>
      roundsOf(plan(sums)).map((round) => round.map(({ call }) => call));
    expect(rounds(8 * total)).toEqual([[0, 2], [1]]);
    expect(rounds(0)).toEqual([[0], [1], [2]]); // it lies where buffer 1 was
  });
});

describe("an optimizer", () => {
  const sizes = [5, 300, 64, 0, 1];
  const kernel: Optimizer = {
    kernel: "optimizer", method: "adam", decoupled: true, amsgrad: false, sizes,
    decay: [true, false, true, true, false],
  }; // prettier-ignore
  const scalars = [0.01, 0.9, 0.999, 1e-8, 0.1, 0.1, 0.001];
  const copied = (size: number): Fused => ({ ...columnSum(1, size), loads: [walk(1, 0)] });

  /** p, gradient, m, v of each; where the gradients come from: given, made as results, or made in the arena. */
  function planOf(gradients: "given" | "results" | "arena"): Plan {
    const kept = sizes.flatMap((size) => [size, size, size, size].map((elements) => at(elements)));
    const made = sizes.map((size, k) => at(size, gradients === "arena" ? 2048 * k : null));
    const own = sizes.flatMap((_, k) => {
      const gradient = gradients === "given" ? 4 * k + 1 : kept.length + k;
      return [4 * k, gradient, 4 * k + 2, 4 * k + 3];
    });
    const copies = sizes.map((size, k) => call(copied(size), [4 * k + 1], [kept.length + k]));
    const step: Call = { kernel, inputs: own, outputs: [], scalars: scalars.map((_, k) => k) };
    return {
      buffers: gradients === "given" ? kept : [...kept, ...made],
      arenaBytes: 2048 * sizes.length,
      calls: gradients === "given" ? [step] : [...copies, step],
    };
  }
  const inputs = (): Float32Array[] =>
    sizes.flatMap((size, k) =>
      ["p", "g", "m", "v"].map((name) => new Draw(`${name} ${k}`).normal(size).map(Math.abs)),
    );

  it("updates all parameters in one dispatch where their gradients are made in its plan, else two at a time", async () => {
    const apart = await run(gpu, planOf("given"), inputs(), scalars);
    expect(apart.program.explain()[0]!.where).toMatch(/ 2 dispatches of 2, 1 workgroups$/);
    for (const from of ["results", "arena"] as const) {
      const { results, program } = await run(gpu, planOf(from), inputs(), scalars);
      expect(results.slice(0, 4 * sizes.length), from).toEqual(apart.results);
      expect(program.explain().at(-1)!.where).toMatch(
        / 1 dispatches of 2 workgroups; 4 parameters together$/,
      );
    }
  });

  it("leaves its parameters tensors like others: written, read, freed and used by other plans one by one", async () => {
    const plan = planOf("arena");
    const buffers = plan.buffers.filter(({ arena }) => arena === null);
    const step = async (): Promise<number[][]> => {
      const given = buffers.map(({ elements }) => gpu.allocate("f32", elements));
      inputs().forEach((data, k) => gpu.write(given[k]!, data));
      const program = gpu.prepare(plan);
      gpu.run(program, given, scalars);
      gpu.write(given[4]!, inputs()[4]!); // a parameter set back, in the midst of its slab
      gpu.run(program, given, scalars);
      const results: number[][] = [];
      for (const buffer of given) results.push([...(await gpu.read(buffer))]);
      given.forEach((buffer) => gpu.free(buffer));
      return results;
    };
    const first = await step();
    expect(first[4]).not.toEqual([...inputs()[4]!]);
    await step();
    const { buffers: made } = gpu.counts;
    expect(await step()).toEqual(first);
    expect(gpu.counts.buffers - made).toBe(2); // the program's own: its slab came back
  });
});

const range = (first: number, count: number) => Array.from({ length: count }, (_, k) => first + k);

function call(kernel: Call["kernel"], inputs: number[], outputs: number[]): Call {
  return { kernel, inputs, outputs, scalars: [] };
}

function normal({ buffers }: Plan, k: number): Float32Array {
  return new Draw(`buffer ${k}`).normal(buffers[k]!.elements);
}
