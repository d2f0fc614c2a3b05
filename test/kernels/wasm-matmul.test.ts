/**
 * The WASM matmul at the edges of its tiles (1 to 4 vectors wide, 1 to 6 rows), of its blocks (64
 * deep, 64 rows), and along each way by which it comes by its operands. The table (table.test.ts)
 * has more views; here every combination of tile edges runs.
 */
import { describe, expect, it } from "vitest";
import { openJs } from "../../src/kernels/js/index.js";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { lowerMatmul } from "../../src/kernels/wasm/matmul.js";
import { matmulShape } from "../../src/kernels/wasm/matmul-shape.js";
import type { Matmul } from "../../src/kernels/spec.js";
import { type Case, Draw, type Layout, f32, product, viewed, volume } from "./case.js";
import { evaluate, worst } from "./run.js";

const [js, wasm] = [openJs(), openWasm()];
const transposed: Layout = { order: [1, 0] };

type Size = { M: number; N: number; K: number; batch?: readonly number[] };

function matmul({ M, N, K, batch = [] }: Size, a: Layout = {}, b: Layout = {}, bias = false): Case {
  const [left, right] = [viewed([...batch, M, K], a), viewed([...batch, K, N], b)];
  const name = `${M}x${K}x${N}${JSON.stringify([a, b, batch])}`;
  const spec: Matmul = { kernel: "matmul", batch, M, N, K, a: left.view, b: right.view, bias };
  const draw = new Draw(name);
  return {
    name,
    kernel: spec,
    inputs: () => [left.elements, right.elements, ...(bias ? [N] : [])].map((n) => draw.normal(n)),
    outputs: [f32(volume(batch) * M * N)],
    tolerance: product(K),
  };
}

async function expectRight(row: Case): Promise<void> {
  const inputs = await row.inputs();
  const [expected] = await evaluate(js, row, inputs);
  const [got] = await evaluate(wasm, row, inputs);
  const found = worst(got!, expected!, row.tolerance);
  expect(found.share, `${row.name}: ${JSON.stringify(found)}`).toBeLessThanOrEqual(1);
}

const phasesOf = (row: Case): string[] => lowerMatmul(row.kernel as Matmul).map(({ key }) => key);

describe("matmul on wasm", () => {
  const edges = [1, 2, 3, 4, 5, 6, 7, 13, 16, 17, 31, 33, 65];
  it.each(edges)("is right for %i rows and every width", async (M) => {
    for (const N of edges)
      for (const K of [1, 4, 6, 65]) {
        await expectRight(matmul({ M, N, K }, {}, {}, N % 2 === 0));
        await expectRight(matmul({ M, N, K }, {}, transposed));
        await expectRight(matmul({ M, N, K }, transposed, {}));
      }
  });

  it("adds up long sums in blocks, so that the error grows with the root of their length", async () => {
    for (const K of [63, 64, 65, 127, 128, 129, 1000, 10_000]) {
      await expectRight(matmul({ M: 7, N: 18, K }, {}, {}, true));
      await expectRight(matmul({ M: 7, N: 18, K }, transposed, transposed));
    }
    await expectRight(matmul({ M: 20, N: 40, K: 40_000 }));
  });

  it("packs large operands once, in phases of their own", async () => {
    const rows = [
      matmul({ M: 200, N: 150, K: 150 }),
      matmul({ M: 200, N: 150, K: 150 }, {}, transposed, true),
      matmul({ M: 200, N: 150, K: 150 }, transposed, transposed),
    ];
    for (const row of rows) await expectRight(row);
    expect(rows.map((row) => phasesOf(row).length)).toEqual([2, 2, 3]);
  });

  it("lets each unit pack the small items of a batch for itself", async () => {
    const row = matmul(
      { M: 20, N: 20, K: 9, batch: [12] },
      { order: [0, 2, 1] },
      { order: [0, 2, 1] },
    );
    await expectRight(row);
    expect(phasesOf(row)).toEqual(["matmul, 1 axes, a own, b own"]);
  });

  it("reads small row-major operands where they are", () => {
    expect(phasesOf(matmul({ M: 64, N: 64, K: 64 }))).toEqual([
      "matmul, 0 axes, a direct, b direct",
    ]);
  });

  it("cuts a small product into blocks of rows, for threads, which change no number", async () => {
    const units = (n: number) =>
      lowerMatmul(matmul({ M: n, N: n, K: n }).kernel as Matmul)[0]!.units;
    expect([16, 64, 100, 128].map(units)).toEqual([1, 4, 14, 16]);
    for (const M of [64, 100, 128]) await expectRight(matmul({ M, N: 100, K: 77 }));
    for (const M of [64, 100, 128]) await expectRight(matmul({ M, N: 100, K: 77 }, transposed));
  });
});

describe("the shape of a matmul", () => {
  const shapeOf = (row: Case) => matmulShape(row.kernel as Matmul);

  it("takes a batch that shares one B as more rows of A", () => {
    const shape = shapeOf(matmul({ M: 5, N: 6, K: 7, batch: [2, 3] }, {}, { repeated: [0, 1] }));
    expect(shape).toMatchObject({ M: 30, N: 6, K: 7, axes: [] });
  });

  it("joins batch axes that A and B walk alike", () => {
    const shape = shapeOf(matmul({ M: 5, N: 6, K: 7, batch: [2, 1, 3] }));
    expect(shape.axes).toEqual([{ size: 6, a: 4 * 35, b: 4 * 42 }]);
  });

  it("turns a product with one column on its side", () => {
    expect(shapeOf(matmul({ M: 5, N: 1, K: 7 }))).toMatchObject({ M: 1, N: 5, turned: true });
  });
}); // prettier-ignore
