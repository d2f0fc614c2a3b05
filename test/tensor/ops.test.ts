/**
 * Every op and every method, on every backend: js against the definition in the table (rows/), the others against
 * js. Shapes stand astride the sizes that kernels work in; a case above 65,535 · 64 elements stands at the end.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js, tensor, tidy, use, Tensor, zeros } from "genarch";
import type { OpRecord } from "../../src/tensor/op.js";
import type { Node, Value } from "../../src/tensor/graph.js";
import * as attention from "../../src/tensor/ops/attention.js";
import * as convolution from "../../src/tensor/ops/convolution.js";
import * as elementwise from "../../src/tensor/ops/elementwise.js";
import * as indexing from "../../src/tensor/ops/indexing.js";
import * as matmul from "../../src/tensor/ops/matmul.js";
import * as normalize from "../../src/tensor/ops/normalize.js";
import * as order from "../../src/tensor/ops/order.js";
import * as recurrent from "../../src/tensor/ops/recurrent.js";
import * as reduce from "../../src/tensor/ops/reduce.js";
import * as softmax from "../../src/tensor/ops/softmax.js";
import * as view from "../../src/tensor/ops/view.js";
import { backends, close, drawn, noLeaks, numbers } from "../support.js";
import { dtypeOf, gridOf, listOf, tensorOf, type Row } from "./row.js";
import { table } from "./table.js";

const modules = [
  attention, convolution, elementwise, indexing, matmul, normalize, order, recurrent, reduce, softmax, view,
]; // prettier-ignore
const isOp = (x: unknown): x is OpRecord<object> =>
  typeof x === "object" && x !== null && "forms" in x;
const records = modules.flatMap((module) => Object.values<unknown>(module).filter(isOp));

/** What the table met: names of ops and of methods. */
const met = { ops: new Set<string>(), methods: new Set<string>() };

function note(value: Value, seen = new Set<Node>()): void {
  if (!value.node || seen.has(value.node)) return;
  seen.add(value.node);
  met.ops.add(value.node.op.name);
  value.node.inputs.forEach((input) => note(input, seen));
}

/** The outputs of every case of a row, computed in one plan. */
async function outputsOf(row: Row): Promise<{ shape: readonly number[]; data: number[] }[]> {
  const made = tidy(() =>
    row.cases.flatMap((shapes) => {
      const inputs = shapes.map((shape, k) => tensorOf(gridOf(row, shape, k), dtypeOf(row, k)));
      return [...listOf(row.f(...inputs))];
    }),
  );
  made.forEach((output) => note(output));
  const results = [];
  for (const output of made) results.push({ shape: output.shape, data: await numbers(output) });
  made.forEach((output) => output.dispose());
  return results;
}

/** Where each method stands: on Tensor, or on one of the classes that it extends. */
function owners(): { name: string; owner: object; method: (...x: unknown[]) => unknown }[] {
  const found = [];
  for (
    let owner: object = Tensor.prototype;
    owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner) as object
  )
    for (const name of Object.getOwnPropertyNames(owner)) {
      const method: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
      if (typeof method === "function" && name !== "constructor")
        found.push({ name, owner, method: method as (...x: unknown[]) => unknown });
    }
  return found;
}
const methods = owners();

describe("the table", () => {
  const results = new Map<string, number[][]>();
  beforeAll(async () => {
    for (const { name, owner, method } of methods)
      Reflect.set(owner, name, function (this: Tensor, ...x: unknown[]) {
        met.methods.add(name);
        return method.apply(this, x);
      });
    await use(js);
  });
  afterAll(() => methods.forEach(({ name, owner, method }) => Reflect.set(owner, name, method)));

  it("has rows of different names", () => {
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
  });

  it.each(table.map((row) => [row.name, row] as const))("js: %s", (name, row) =>
    noLeaks(async () => {
      const found = await outputsOf(row);
      const wanted = row.cases.flatMap((shapes) => {
        const plain = row.plain(...shapes.map((shape, k) => gridOf(row, shape, k)));
        return [...listOf(plain)];
      });
      expect(found.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => [...shape]));
      found.forEach(({ data }, k) =>
        close(data, wanted[k]!.data, { relative: 1e-9, absolute: 1e-10 }, `${name}, result ${k}`),
      );
      results.set(
        name,
        found.map(({ data }) => data),
      );
    }),
  );

  for (const opener of backends.filter((opener) => opener !== js))
    it.each(table.map((row) => [row.name, row] as const))(
      `${opener.name}: %s`,
      async (name, row) => {
        await use(opener);
        await noLeaks(async () => {
          const found = await outputsOf(row);
          found.forEach(({ data }, k) =>
            close(data, results.get(name)![k]!, row.tolerance, `${name}, result ${k}`),
          );
        });
      },
    );

  it("has every op record (gradients' ops and the optimizers have tests of their own)", () => {
    const elsewhere = ["attentionGradient", "recurrentGradient", "detach"];
    const missing = records.map(({ name }) => name).filter((name) => !met.ops.has(name));
    expect(missing.filter((name) => !elsewhere.includes(name))).toEqual([]);
  });

  it("has every method", () => {
    const elsewhere = [
      "toString", "data", "item", "dims", "attentionGradient", "recurrentGradient",
    ]; // prettier-ignore
    const missing = methods.map(({ name }) => name).filter((name) => !met.methods.has(name));
    expect(missing.filter((name) => !elsewhere.includes(name))).toEqual([]);
  });
});

describe("4,200,000 elements, more than 65,535 workgroups of 64", () => {
  const count = 4_200_000;
  const some = Float32Array.from({ length: count }, (_, k) => ((k * 7919) % 1000) / 500 - 1);
  for (const opener of backends)
    it(`${opener.name}: an elementwise op and reductions`, async () => {
      await use(opener);
      using x = tensor(some);
      using y = tidy(() => x.mul(3).add(1));
      const data = await y.data();
      for (const k of [0, 1, 65_535 * 64 - 1, 65_535 * 64, 65_535 * 64 + 1, count - 1])
        expect(data[k]).toBeCloseTo(some[k]! * 3 + 1, 5);
      using total = tidy(() => x.sum());
      using square = tidy(() => x.square().mean());
      using rows = tidy(() => x.reshape([4, -1]).max(1));
      using columns = tidy(() => x.reshape([-1, 4]).sum(0));
      close([await total.item()], [some.reduce((a, b) => a + b, 0)], {
        relative: 1e-6,
        absolute: 1e-2,
      });
      const mean = some.reduce((a, b) => a + b * b, 0) / count;
      close([await square.item()], [mean], { relative: 2e-6 });
      close(await rows.data(), [0.998, 0.998, 0.998, 0.998].map(Math.fround));
      const [first] = await columns.data();
      const wanted = some.reduce((sum, x, k) => (k % 4 === 0 ? sum + x : sum), 0);
      close([first!], [wanted], { relative: 1e-5, absolute: 1e-2 });
    }, 60_000);
});

/** Each way of seeing numbers otherwise: from a tensor to one of shape [4, 6]. */
const views: [string, readonly number[], (x: Tensor) => Tensor][] = [
  ["itself", [4, 6], (x) => x.mul(1)],
  ["permute", [6, 4], (x) => x.transpose()],
  ["permute of three", [2, 6, 2], (x) => x.permute([2, 0, 1]).reshape(4, 6)],
  ["slice", [4, 9], (x) => x.slice(1, 2, 8)],
  ["slice by 2", [4, 12], (x) => x.slice(1, 1, undefined, 2)],
  ["slice of rows", [7, 6], (x) => x.slice(0, 0, 4)],
  ["expand", [4, 1], (x) => x.expand(4, 6)],
  ["expand in front", [6], (x) => x.expand(4, 6)],
  ["flip", [4, 6], (x) => x.flip(1)],
  ["flip both", [4, 6], (x) => x.flip(0).flip(1)],
  ["split", [4, 12], (x) => x.split(2, 1)[1]!],
  ["reshape of a transpose", [3, 8], (x) => x.transpose().reshape(4, 6)],
  ["at", [2, 4, 6], (x) => x.at(0, 1)],
  ["windows", [5, 4], (x) => x.windows([2, 3]).flatten().slice(0, 0, 24).reshape(4, 6)],
  ["reduction", [3, 4, 6], (x) => x.sum(0)],
  ["transposed reduction", [3, 6, 4], (x) => x.sum(0).transpose()],
];
const image = { B: 1, C: 1, H: 4, W: 6, O: 1, R: 2, S: 2, P: 3, Q: 5, stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 } as const; // prettier-ignore
const places = () => tensor([1, 0, 1, 2], { dtype: "i32" });
/** Each kind of consumer of a [4, 6]. */
const consumers: [string, (x: Tensor) => Tensor][] = [
  ["map", (x) => x.mul(2).add(1)],
  ["broadcast", (x) => x.add(x.at(0, 1))],
  ["sum", (x) => x.sum(1)],
  ["mean after map", (x) => x.square().mean(0)],
  ["matmul left", (x) => x.matmul(x.transpose())],
  ["matmul right", (x) => tensor([[1, 2, 3, 4]]).matmul(x)],
  ["affine", (x) => x.affine(x.slice(0, 0, 3), x.at(1, 0).slice(0, 1))],
  ["softmax", (x) => x.softmax()],
  ["softmax of axis 0", (x) => x.softmax(0)],
  ["crossEntropy", (x) => x.crossEntropy(places(), null, 0)[0]],
  ["normalize", (x) => x.reshape(1, 4, 6).normalize(false, 0.1)[0]],
  ["concat", (x) => x.concat([x.flip(0), x], 1)],
  ["pad", (x) => x.pad(0, 1, 2, 5)],
  ["take", (x) => x.take(places(), 1)],
  ["gather", (x) => x.gather(0, places().reshape(4, 1).expand(4, 6))],
  ["scatterAdd", (x) => x.scatterAdd(1, places().reshape(4, 1), x.slice(1, 0, 1))],
  ["cumsum", (x) => x.cumsum(0)],
  ["argmax", (x) => x.argmax(0)],
  ["sort", (x) => x.sort(1).indices],
  ["convolution", (x) => x.reshape(1, 1, 4, 6).convolution(x.slice(0, 0, 2).slice(1, 0, 2).reshape(1, 1, 2, 2), image)],
  ["attention", (x) => { const q = x.reshape(1, 2, 4, 3); return q.attention(q, q.flip(2), null, true, 0.5)[0]; }],
  ["attention of turned heads", (x) => { const q = x.reshape(1, 4, 2, 3).permute([0, 2, 1, 3]); return q.attention(q, q, null, false, 0.5)[0]; }],
  ["recurrent", (x) => { const xw = x.reshape(2, 4, 3); return xw.recurrent([x.slice(0, 0, 3).slice(1, 0, 3), x.at(0, 0).slice(0, 0, 3), x.slice(0, 0, 2).slice(1, 3)], { cell: "rnn", nonlinearity: "tanh", reverse: false })[0]!; }],
  ["where", (x) => x.gt(0).where(x, x.transpose().reshape(4, 6))],
]; // prettier-ignore

describe("every view feeds every kind of consumer as a fresh tensor of the same numbers would", () => {
  for (const opener of backends)
    it.each(views)(`${opener.name}: %s`, async (name, shape, look) => {
      await use(opener);
      await noLeaks(async () => {
        const size = shape.reduce((a, b) => a * b, 1);
        const start = () => tensor(Float64Array.from(drawn(name, size)), { shape });
        using seen = tidy(() => look(start()).copy());
        const data = Float64Array.from(await numbers(seen));
        const through = tidy(() => consumers.map(([, f]) => f(look(start()))));
        for (const [k, [consumer, f]] of consumers.entries()) {
          using wanted = tidy(() => f(tensor(data, { shape: [4, 6] })));
          close(
            await numbers(through[k]!),
            await numbers(wanted),
            undefined,
            `${name} → ${consumer}`,
          );
        }
        through.forEach((x) => x.dispose());
      });
    });
});

it("a zero-size tensor goes through everything", async () => {
  await use(js);
  await noLeaks(async () => {
    using x = zeros([0, 3]);
    using y = tidy(() => x.permute([1, 0]).add(1).concat([x.transpose()], 1).softmax(0).sum());
    expect(await y.item()).toBe(0);
  });
});
