/**
 * f16 is what numbers are kept in, at half the memory of f32; whatever is computed of them is f32. The kernels that
 * weights go to read it as it lies: the others get an f32 copy.
 */
import { describe, expect, it } from "vitest";
import {
  backprop,
  castParameters,
  checkNumbers,
  currentBackend,
  full,
  load,
  memory,
  parameter,
  parameters,
  realize,
  save,
  seed,
  tensor,
  tidy,
  trace,
  zeros,
  type Tensor,
} from "genarch";
import { readSafetensors } from "genarch/data";
import { collect, generate, GPT, RecurrentLM } from "genarch/models";
import { adam, average, sgd } from "genarch/train";
import { fromHalves, nearestHalf } from "../../src/kernels/half.js";
import { close, drawn, eachBackend, noLeaks } from "../support.js";

const f16 = (data: readonly number[], shape: number[]) =>
  tensor(Float64Array.from(data), { shape, dtype: "f16" });
/** The same numbers as f16 holds them, in f32 memory. */
const rounded = (data: readonly number[], shape: number[]) =>
  tensor(Float64Array.from(data, nearestHalf), { shape });
const indices = (list: number[]) => tensor(list, { dtype: "i32" });

/** Each kernel of `f` with the bytes that it reads and writes. */
async function kernelsOf(f: () => Tensor): Promise<[ops: string, bytes: number][]> {
  const { runs } = await trace(() => tidy(f));
  return runs.flatMap(({ kernels }) =>
    kernels.map(({ ops, bytes }): [string, number] => [ops.join(" "), bytes]),
  );
}

eachBackend((name) => {
  describe("numbers", () => {
    it("are rounded when they are given, and read back as f32", async () => {
      const x = tensor([0.1, -1, 65504, 65520, -1e-8, 6e-8, NaN], { dtype: "f16" });
      expect(x.dtype).toBe("f16");
      const wanted = Float32Array.of(0.0999755859375, -1, 65504, Infinity, -0, 2 ** -24, NaN);
      expect(await x.data()).toEqual(wanted); // where they lie on the host
      realize([x.add(1)]);
      expect(await x.data()).toEqual(wanted); // and there
    });

    it("have the same values on every backend, all that 16 bits can say", async () => {
      const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);
      const all = Uint16Array.from([...finite, ...finite.map((bits) => bits | 0x8000)]);
      const wanted = fromHalves(all);
      const x = tensor(wanted, { dtype: "f16" });
      expect(await x.cast("f32").mul(1).data()).toEqual(wanted);
      expect(await x.copy().data()).toEqual(wanted);
    });

    it("are rounded to the nearest by a cast", async () => {
      const halves = fromHalves(Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits));
      const between = [0.25, 0.5, 0.75].flatMap((part) =>
        Array.from(halves.slice(1024, -1), (low, k) => low + part * (halves[1025 + k]! - low)),
      );
      const both = [...between, ...between.map((x) => -x), 65520, -1e9, 3e-5, 1e-5, -1e-7, NaN];
      const x = tensor(Float32Array.from(both));
      expect(await x.cast("f16").data()).toEqual(Float32Array.from(both, nearestHalf));
    });

    it("are rounded where they are cast, also in the midst of a chain", async () => {
      const x = tensor(Float32Array.of(0.1, 0.2, 1 / 3));
      const y = x.cast("f16").cast("f32").sub(x).mul(1000);
      const wanted = [0.1, 0.2, 1 / 3].map((v) => 1000 * (nearestHalf(v) - Math.fround(v)));
      close(await y.data(), wanted, { relative: 1e-4 });
      expect(await full([2], 0.1, "f16").mul(1).data()).toEqual(
        Float32Array.of(nearestHalf(0.1), nearestHalf(0.1)),
      );
      expect((await x.sum().cast("f16").data())[0]).toBe(nearestHalf(0.1 + 0.2 + 1 / 3));
    });

    it.each([1, 2, 3, 5, 8, 63, 64, 65, 1025])("may be %i in number", async (count) => {
      const data = drawn("odd", count);
      const x = f16(data, [count]);
      const wanted = Float32Array.from(data, nearestHalf);
      expect(await x.data()).toEqual(wanted);
      expect(await x.flip(0).cast("f32").flip(0).data()).toEqual(wanted);
      expect(await x.flip(0).copy().flip(0).copy().data()).toEqual(wanted); // written as f16
    });
  });

  describe("what is computed", () => {
    it("is f32, and views and copies stay f16", () => {
      const x = f16(drawn("x", 6), [2, 3]);
      const kept = [x.transpose(), x.reshape(6), x.slice(1, 0, 2), x.expand([4, 2, 3]), x.copy(), x.detach(), zeros([2], "f16")]; // prettier-ignore
      expect(kept.map(({ dtype }) => dtype)).toEqual(kept.map(() => "f16"));
      const made = [x.add(1), x.mul(x), x.neg(), x.sum(), x.softmax(1), x.matmul(x.transpose()), x.concat([x], 0), x.like(1), x.pad(0, 1, 1), x.cumsum(0), x.add(indices([1, 2, 3]))]; // prettier-ignore
      expect(made.map(({ dtype }) => dtype)).toEqual(made.map(() => "f32"));
      expect([x.gt(0).dtype, x.argmax(1).dtype]).toEqual(["bool", "i32"]);
    });

    it("is what f32 memory would give of the rounded numbers", async () => {
      const data = drawn("all", 24);
      const [x, y] = [f16(data, [2, 3, 4]), rounded(data, [2, 3, 4])];
      const ops: ((x: Tensor) => Tensor)[] = [
        (x) => x.mul(2).add(x.exp()).tanh(),
        (x) => x.sum(1),
        (x) => x.transpose(0, 2).mean([0, 2]),
        (x) => x.softmax(-1),
        (x) => x.concat([x.flip(2)], 1),
        (x) => x.pad(1, 2, 1),
        (x) => x.cumsum(2),
        (x) => x.sort(2).values,
        (x) => x.maximum(0.5),
        (x) => x.gt(0).where(x, 0),
        (x) => x.slice(2, 1, 3).take(indices([1, 0, 5]), 1),
        (x) => x.gather(2, indices([0, 3, 1, 2, 0, 9]).reshape(2, 3, 1)),
        (x) => x.cast("i32"),
      ];
      for (const op of ops) expect(await op(x).data()).toEqual(await op(y).data());
    });

    it("reads half the bytes, in the kernel that it is part of", async () => {
      const x = f16(drawn("fused", 100), [10, 10]);
      const [chain, sum] = [() => x.mul(2).exp().add(1), () => x.transpose().square().sum(1)];
      expect(await kernelsOf(chain)).toEqual([["cast full mul exp full add", 2 * 100 + 4 * 100]]);
      expect(await kernelsOf(sum)).toEqual([["permute cast square sum", 2 * 100 + 4 * 10]]);
    });
  });

  describe("weights", () => {
    const shapes = [
      [1, 7, 5], // a row times a matrix
      [7, 1, 5],
      [1, 300, 1100], // in parts
      [5, 6, 7],
      [3, 80, 33], // thin tiles
      [70, 66, 65],
      [40, 40, 600], // k in parts
    ] as const;

    it.each(shapes)("of a product %i × %i over %i are read as they lie", async (M, N, K) => {
      const x = tensor(drawn("x", M * K), { shape: [M, K] });
      const [w, v] = [drawn("w", K * N), drawn("v", K * N)];
      const products: [half: () => Tensor, whole: () => Tensor][] = [
        [() => x.matmul(f16(w, [K, N])), () => x.matmul(rounded(w, [K, N]))],
        [() => x.matmul(f16(v, [N, K]).transpose()), () => x.matmul(rounded(v, [N, K]).transpose())],
        [() => x.affine(f16(v, [N, K])), () => x.affine(rounded(v, [N, K]))],
        [() => f16(v, [N, K]).matmul(x.transpose()), () => rounded(v, [N, K]).matmul(x.transpose())],
      ]; // prettier-ignore
      for (const [half, whole] of products) {
        expect(await half().data()).toEqual(await whole().data());
        const kernels = await kernelsOf(half);
        expect(kernels.map(([ops]) => ops)).toEqual([expect.stringMatching(/^(matmul|affine)$/)]);
        expect(kernels[0]![1]).toBe(2 * K * N + 4 * (M * K + M * N));
      }
    });

    it("of many small products, too", async () => {
      const [x, w] = [drawn("x", 40 * 6), drawn("w", 40 * 9)];
      const batch = tensor(x, { dtype: "f32" }).reshape(40, 2, 3);
      const [half, whole] = [f16(w, [40, 3, 3]), rounded(w, [40, 3, 3])];
      expect(await batch.matmul(half).data()).toEqual(await batch.matmul(whole).data());
    });

    it("of an embedding are read as they lie, an index outside is NaN", async () => {
      const [half, whole] = [f16(drawn("e", 35), [7, 5]), rounded(drawn("e", 35), [7, 5])];
      const rows = indices([6, 0, 3, 3, 9, -1]);
      expect(await half.take(rows, 0).data()).toEqual(await whole.take(rows, 0).data());
      expect(await kernelsOf(() => half.take(rows, 0))).toEqual([
        ["take", 2 * 35 + 4 * 6 + 4 * 30],
      ]);
    });

    it("that another kernel wants are copied to f32 before it", async () => {
      const x = f16(drawn("softmax", 12), [3, 4]);
      expect(await kernelsOf(() => x.transpose().softmax(1))).toEqual([
        ["permute cast", 2 * 12 + 4 * 12],
        ["softmax", 8 * 12],
      ]);
    });
  });

  describe("memory", () => {
    it("is half", async () => {
      const shape = [300, 40];
      const [before, backend] = [memory(), currentBackend().bytes()];
      const [x, y] = [f16(drawn("m", 12_000), shape), rounded(drawn("m", 12_000), shape)];
      realize([x.copy()]);
      expect(memory().bytes - before.bytes).toBe(2 * 24_000); // it and its copy
      const half = currentBackend().bytes() - backend;
      realize([y.copy()]);
      const whole = currentBackend().bytes() - backend - half;
      expect(half * (name === "js" ? 4 : 2)).toBe(whole); // js keeps f32 in float64
    });
  });

  describe("gradients", () => {
    it("of what is kept in f16 are f32", async () => {
      const w = parameter(f16(drawn("g", 6), [2, 3]));
      const v = parameter(rounded(drawn("g", 6), [2, 3]));
      const x = tensor(drawn("x", 12), { shape: [4, 3] });
      const loss = (w: Tensor) => x.affine(w).square().sum().add(w.transpose().exp().sum());
      using half = backprop({ w }, () => loss(w));
      using whole = backprop({ v }, () => loss(v));
      expect(half.grads.of(w).dtype).toBe("f32");
      expect(await half.grads.of(w).data()).toEqual(await whole.grads.of(v).data());
    });

    it("go through a cast, so that a model may train in f32 and compute with f16 weights", async () => {
      const w = parameter(tensor([[0.5, -0.25]]));
      const x = tensor([[1, 2], [3, 4], [-1, 1]]); // prettier-ignore
      const y = x.matmul(tensor([[0.1], [0.7]]));
      const optimizer = adam({ w }, { lr: 0.05 });
      let last = NaN;
      for (let step = 0; step < 100; step++) {
        using result = backprop({ w }, () => x.affine(w.cast("f16")).sub(y).square().mean());
        optimizer.step(result.grads);
        last = await result.loss.item();
      }
      expect(last).toBeLessThan(1e-3);
      expect(w.dtype).toBe("f32");
      close(await w.data(), [0.1, 0.7], { absolute: 0.02 });
    });

    it("change no f16: an optimizer refuses it", () => {
      const model = { block: { w: parameter(f16([1, 2], [2])) } };
      expect(() => sgd(model, { lr: 0.1 })).toThrow(
        'sgd: parameter block.w is f16, in which small steps are lost; keep it in f32, and cast it where it is used, with .cast("f16")',
      );
    });
  });

  describe("an average", () => {
    const refused = "average: parameter w is f16, in which small steps are lost; keep it in f32";

    it("is not made of f16", () => {
      expect(() => average({ w: parameter(f16([1, 2], [2])) })).toThrow(refused);
    });

    it("does not take the place of what became f16 later, until it is f32 again", async () => {
      const model = { w: parameter(tensor([[1, 2]])) };
      const mean = average(model, { decay: 0.5 });
      castParameters(model, "f16");
      mean.update(); // of f16 it only reads
      expect(() => mean.swap()).toThrow(refused);
      castParameters(model, "f32");
      using result = backprop(model, () => model.w.sum());
      sgd(model, { lr: 1 }).step(result.grads);
      mean.update();
      mean.swap();
      expect(await model.w.data()).toEqual(Float32Array.of(0.5, 1.5));
    });
  });

  describe("castParameters", () => {
    const size = { vocab: 13, context: 16, layers: 2, heads: 2, width: 16, deviation: 0.3 };
    const tokens = tensor([[3, 1, 4, 1, 5, 9, 2, 6]], { dtype: "i32" });
    const dtypes = (model: object) => [...parameters(model)].map(([path, { dtype }]) => `${path} ${dtype}`); // prettier-ignore

    it("halves a model: it says nearly the same, and writes the same text", async () => {
      seed("half a model");
      const model = new GPT(size);
      const said = async () => {
        using logits = tidy(() => model.forward(tokens));
        return await logits.data();
      };
      const whole = await said();
      const text = async () => {
        seed("text");
        return collect(generate(model, [3, 1, 4], { count: 12, topK: 1 }));
      };
      const written = await text();
      const matrices = [...parameters(model)].filter(([, { shape }]) => shape.length >= 2);
      const numbers = matrices.reduce((sum, [, { size }]) => sum + size, 0);
      const before = memory().bytes;
      castParameters(model, "f16");
      expect(before - memory().bytes).toBeGreaterThanOrEqual(2 * numbers);
      expect(dtypes(model)).toContain("blocks.0.attention.qkv.weight f16");
      expect(dtypes(model)).toContain("blocks.0.attention.qkv.bias f32");
      close(await said(), whole, { relative: 0, absolute: 0.03 });
      expect(await text()).toEqual(written);
    });

    it("leaves parameters what they are: tied, in optimizers, and nothing more in memory", async () => {
      const shared = parameter(rounded(drawn("tied", 4), [2, 2]));
      const model = { a: [shared], b: new Map([["w", shared]]), bias: parameter(zeros([2])) };
      const optimizer = sgd(model, { lr: 0.5 });
      const loss = () => shared.sum().add(model.bias.sum());
      const before = await shared.data();
      await noLeaks(() => castParameters(model, "f16"));
      expect([shared.dtype, model.bias.dtype]).toEqual(["f16", "f32"]);
      expect(await shared.data()).toEqual(before);
      using half = backprop(model, loss);
      expect(() => optimizer.step(half.grads)).toThrow(/^sgd: parameter a.0 is f16/);
      castParameters(model, "f32");
      using whole = backprop(model, loss);
      optimizer.step(whole.grads);
      expect(await shared.data()).toEqual(before.map((x) => x - 0.5));
    });

    it("lets what waits have the numbers as they were", async () => {
      const w = parameter(tensor(Float32Array.of(0.1, 0.2)));
      await w.data();
      const sum = w.sum();
      castParameters({ w }, "f16", () => true);
      expect(await sum.item()).toBeCloseTo(0.1 + 0.2, 7);
      expect(await w.sum().item()).toBeCloseTo(nearestHalf(0.1) + nearestHalf(0.2), 7);
      expect(nearestHalf(0.1) + nearestHalf(0.2)).not.toBeCloseTo(0.1 + 0.2, 7);
    });

    it("leaves integers alone", async () => {
      const model = { w: parameter(tensor([[1]])), table: parameter(tensor([[70_001]], { dtype: "i32" })) };
      castParameters(model, "f16");
      expect(dtypes(model)).toEqual(["w f16", "table i32"]);
      castParameters(model, "f32");
      expect(dtypes(model)).toEqual(["w f32", "table i32"]);
      expect(await model.table.data()).toEqual(Int32Array.of(70_001));
    }); // prettier-ignore

    it("is refused inside backprop", () => {
      const w = parameter(tensor([[1]]));
      const change = () => backprop({ w }, () => (castParameters({ w }, "f16"), w.sum()));
      expect(change).toThrow("castParameters: called inside backprop, whose gradients need the parameters as they are; call it outside"); // prettier-ignore
    });

    it("takes f32 back, and what is saved and loaded is the same", async () => {
      seed("saved");
      const model = new RecurrentLM({ cell: "gru", vocab: 7, width: 6, hidden: 5 });
      castParameters(model, "f16", () => true);
      const bytes = await save(model);
      const other = new RecurrentLM({ cell: "gru", vocab: 7, width: 6, hidden: 5 });
      load(other, readSafetensors(bytes));
      const said = await model.forward(tokens.minimum(6)).logits.data();
      expect(await other.forward(tokens.minimum(6)).logits.data()).toEqual(said);
      castParameters(model, "f32");
      expect(await model.forward(tokens.minimum(6)).logits.data()).toEqual(said);
    });
  });

  it("NaN among numbers in f16 came in with them", async () => {
    const x = f16([1, NaN], [2]);
    await expect(checkNumbers("step 1", [x.mul(2)])).rejects.toThrow(
      "step 1: NaN in [2]; it came in with the data or the parameters",
    );
  });

  it("tells of a freed tensor by the op that wanted it", () => {
    const x = f16([1, 2], [2]);
    x.dispose();
    expect(() => x.exp()).toThrow(/^exp: tensor \[2\] was disposed of/);
  });
});
