/**
 * The kernel families choose a member by shape and adapter. Here every one of them runs, whatever adapter
 * this is: the table's products and attentions with the members for GPUs (table.test.ts has those for this
 * adapter), and shapes that the table does not reach: wide heads, wide states, sums in parts, many groups.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headsView } from "../../src/kernels/heads.js";
import { openJs } from "../../src/kernels/js/index.js";
import type { Kernel, Recurrent } from "../../src/kernels/spec.js";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { Draw, f32, product, viewed, volume, type Case, type Layout } from "../kernels/case.js";
import { attentionCases } from "../kernels/cases/attention.js";
import { productCases } from "../kernels/cases/products.js";
import { expectLikeJs } from "../kernels/like-js.js";
import { evaluate } from "../kernels/run.js";

const js = openJs();
let gpu: WebgpuBackend;
let cpu: WebgpuBackend;
beforeAll(async () => {
  gpu = await openWebgpu({ software: true, limits: "default", members: "gpu" });
  cpu = await openWebgpu({ device: gpu.device, members: "cpu" });
});
afterAll(() => {
  cpu.close();
  gpu.close();
  js.close();
});

/** What the backend says of a kernel: adapter, dispatches, members. */
function whereOf(backend: WebgpuBackend, { kernel, inputs, outputs, scalars = [] }: Row): string {
  const places = [...inputs, ...outputs];
  const buffers = places.map((elements) => ({ dtype: "f32", elements, arena: null }) as const);
  const all = places.map((_, k) => k);
  const [ins, outs] = [all.slice(0, inputs.length), all.slice(inputs.length)];
  const call = { kernel, inputs: ins, outputs: outs, scalars: scalars.map((_, k) => k) };
  return backend.prepare({ buffers, arenaBytes: 0, calls: [call] }).explain()[0]!.where;
}

type Row = {
  kernel: Kernel;
  inputs: readonly number[];
  outputs: readonly number[];
  scalars?: readonly number[];
};

const asCase = (name: string, row: Row, K: number): Case => ({
  name,
  ...row,
  inputs: () => row.inputs.map((count, k) => new Draw(`${name} ${k}`).normal(count)),
  outputs: row.outputs.map(f32),
  tolerance: product(K),
});

type MatmulOptions = { batch?: number[]; a?: Layout; b?: Layout };

function matmul(M: number, N: number, K: number, options: MatmulOptions = {}): Row {
  const { batch = [] } = options;
  const a = viewed([...batch, M, K], options.a);
  const b = viewed([...batch, K, N], options.b);
  return {
    kernel: { kernel: "matmul", batch, M, N, K, a: a.view, b: b.view, bias: false },
    inputs: [a.elements, b.elements],
    outputs: [volume(batch) * M * N],
  };
}

describe("matmul takes the member that fits", () => {
  it.each([
    ["64×64 tiles where they are many", "gpu", 400, 401, 47, {}, "49 workgroups; 64×64 tiles"],
    ["32×32 tiles where not", "gpu", 65, 65, 47, {}, "9 workgroups; 32×32 tiles"],
    ["16×64 for few rows", "gpu", 5, 600, 30, {}, "10 workgroups; 16×64 tiles"],
    ["64×16 for few columns", "gpu", 600, 5, 30, {}, "10 workgroups; 64×16 tiles"],
    ["k in parts for a thin product", "gpu", 64, 64, 2048, {}, "2 dispatches of 32, 16 workgroups; 32×32 tiles, k in 8 parts"],
    ["a row times a matrix", "gpu", 1, 3000, 700, {}, "94 workgroups; matrix · vector"],
    ["a matrix times a column", "gpu", 3000, 1, 700, {}, "375 workgroups; matrix · vector"],
    ["the same, along the rows in memory", "gpu", 3000, 1, 700, { a: { order: [1, 0] } }, "94 workgroups; matrix · vector"],
    ["a long sum in parts", "gpu", 1, 5, 9000, {}, "2 dispatches of 8, 1 workgroups; matrix · vector, k in 8 parts"],
    ["a thread an output where products are small", "gpu", 2, 2, 3, { batch: [70000] }, "1094 workgroups; a thread an output"],
    ["registers where barriers are dear", "cpu", 128, 64, 47, {}, "2 workgroups; 64×64 tiles in registers"],
    ["wide registers for few rows", "cpu", 16, 600, 30, {}, "3 workgroups; 16×256 tiles in registers"],
  ] as const)("%s", async (name, which, M, N, K, options, where) => {
    const backend = which === "gpu" ? gpu : cpu;
    const row = matmul(M, N, K, options as MatmulOptions);
    expect(whereOf(backend, row)).toContain(where);
    await expectLikeJs(js, backend, asCase(name, row, K));
  }); // prettier-ignore

  it("above 65,535 workgroups", async () => {
    const once = { repeated: [0] };
    const row = matmul(9, 8, 1, { batch: [65_600], a: once, b: once });
    expect(whereOf(cpu, row)).toContain("65600 workgroups"); // of 2 rows of 32,800: dispatch.ts folds them
    await expectLikeJs(js, cpu, asCase("many", row, 1));
  });
});

const gatesOf = { rnn: 1, gru: 3, lstm: 4 } as const;

/** The sizes of what a layer reads and writes; `kept` is h, and of LSTM c, and the gates. */
function recurrentSizes({ cell, B, T, H }: Pick<Recurrent, "cell" | "B" | "T" | "H">) {
  const [G, state, states] = [gatesOf[cell], B * H, B * T * H];
  const initial = cell === "lstm" ? [state, state] : [state];
  const kept = { rnn: [states], gru: [states, 4 * states], lstm: [states, states, 4 * states] }[
    cell
  ];
  const du = cell === "gru" ? [G * states, G * states] : [G * states];
  const g = initial.map(() => states);
  return { xw: G * states, w: G * H * H, b: G * H, initial, kept, du, g };
}

/** Weights are made small, as layers have them: each draws from its own generator, by its size. */
function recurrentCase(kernel: Kernel & { kernel: "recurrent" | "recurrentGradient" }): Case {
  const { xw, w, b, initial, kept, du, g } = recurrentSizes(kernel);
  const forward = kernel.kernel === "recurrent";
  const sizes = forward ? [xw, w, b, ...initial] : [w, ...initial, ...kept, ...g];
  const small = forward ? 1 : 0; // the place of w
  const outputs = forward ? kept : [...du, ...initial];
  const title = [kernel.kernel, kernel.cell, kernel.reverse, kernel.H].join(" ");
  return {
    name: title,
    kernel,
    inputs: () =>
      sizes.map((count, k) => {
        const draw = new Draw(`${title} ${k}`);
        return k === small ? draw.normal(count, 0, 0.5 / Math.sqrt(kernel.H)) : draw.uniform(count);
      }),
    outputs: outputs.map(f32),
    tolerance: { relative: 1e-6, absolute: 2e-6, why: "matmul: 1e-6, of a sum of 1" },
  };
}

describe("recurrent layers", () => {
  const cells = ["rnn", "gru", "lstm"] as const;
  const kinds = ["recurrent", "recurrentGradient"] as const;
  const specs = cells.flatMap((cell) =>
    kinds.flatMap((kernel) =>
      [false, true].map((reverse) => {
        const size = { B: 18, T: 3, H: 145, reverse };
        return { kernel, cell, nonlinearity: "tanh", ...size } as const;
      }),
    ),
  );
  it.each(specs.map((spec) => [`${spec.kernel} ${spec.cell} ${spec.reverse}`, spec] as const))(
    "a dispatch a step where the state is wider than a workgroup: %s",
    async (_, spec) => {
      const row = recurrentCase(spec);
      const inputs = (await row.inputs()).map(({ length }) => length);
      const outputs = row.outputs.map(({ elements }) => elements);
      expect(whereOf(gpu, { kernel: spec, inputs, outputs })).toContain("3 steps, one a dispatch");
      await expectLikeJs(js, gpu, row);
    },
  );
  it.each(cells)("without a step nothing reaches the initial state: %s", async (cell) => {
    const size = { B: 3, T: 0, H: 4, reverse: false };
    await expectLikeJs(js, gpu, recurrentCase({ kernel: "recurrentGradient", cell, nonlinearity: "tanh", ...size })); // prettier-ignore
  });
});

describe("attention with heads wider than the registers", () => {
  it.each(["gpu", "cpu"].flatMap((which) => [96, 128, 160].map((D) => [which, D] as const)))(
    "%s %i",
    async (which, D) => {
      const [B, heads, T, S] = [1, 2, 40, 70];
      const view = (rows: number) => viewed([B, heads, rows, D]).view;
      const views = { q: view(T), k: view(S), v: view(S), mask: null };
      const size = { B, heads, T, S, D, causal: true };
      const results = { out: headsView(size, T), g: views.q, packed: false };
      const [queries, keys] = [B * heads * T * D, B * heads * S * D];
      const scalars = [1 / Math.sqrt(D)];
      const row = { kernel: { kernel: "attention", ...size, ...views } as const, scalars };
      const inputs = [queries, keys, keys];
      const forward = asCase(`wide ${D}`, { ...row, inputs, outputs: [queries, B * heads * T] }, 4);
      const backend = which === "gpu" ? gpu : cpu;
      await expectLikeJs(js, backend, forward);
      const given = await forward.inputs();
      const [out, logsumexp] = await evaluate(js, forward, given);
      const g = new Draw("g").normal(queries);
      await expectLikeJs(js, backend, {
        ...asCase(`wide ${D} gradient`, { ...row, inputs, outputs: [queries, keys, keys] }, D),
        kernel: { ...row.kernel, kernel: "attentionGradient", ...results },
        inputs: () => [...given, Float32Array.from(out!), Float32Array.from(logsumexp!), g],
      });
    },
  );
});

describe("the table with the members for GPUs", () => {
  it.each(productCases.map((row) => [row.name, row] as const))("%s", (_, row) =>
    expectLikeJs(js, gpu, row),
  );
});

describe("the table's attentions with the members for GPUs", () => {
  it.each(attentionCases.map((row) => [row.name, row] as const))("%s", (_, row) =>
    expectLikeJs(js, gpu, row),
  );
});
