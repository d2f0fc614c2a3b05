// What differs inside and outside `backprop`: dropout and batch norm.
import { beforeEach, describe, expect, it } from "vitest";
import { backprop, load, memory, ones, parameter, randn, save, seed, tensor } from "genarch";
import { readSafetensors } from "genarch/data"; // prettier-ignore
import { attention, BatchNorm1d, BatchNorm2d, Dropout, Linear, LSTM, MultiheadAttention } from "genarch/layers"; // prettier-ignore
import { eachBackend, numbers } from "../support.js";

eachBackend(() => {
  beforeEach(() => seed("modes"));

  describe("Dropout", () => {
    it("outside backprop does nothing", () => {
      const x = ones([4]);
      expect(new Dropout(0.9).forward(x)).toBe(x);
    });

    it("inside zeros a share p, scales the rest by 1/(1 − p), and gradients go the same way", async () => {
      const model = { x: parameter(ones([10_000])) };
      const drop = new Dropout(0.25);
      using result = backprop(model, () => {
        const y = drop.forward(model.x);
        return { loss: y.sum(), y };
      });
      const y = await numbers(result.y);
      const dropped = y.filter((value) => value === 0).length;
      expect(Math.abs(dropped / 10_000 - 0.25)).toBeLessThan(0.02);
      for (const value of y) expect([0, Math.fround(4 / 3), 4 / 3]).toContain(value);
      expect(await numbers(result.grads.of(model.x))).toEqual(y);
    });

    it("drops others each time, and the same after the same seed", async () => {
      const model = { x: parameter(ones([64])) };
      const drop = new Dropout(0.5);
      const draw = async () => {
        using result = backprop(model, () => ({ loss: model.x.sum(), y: drop.forward(model.x) }));
        return numbers(result.y);
      };
      const [first, second] = [await draw(), await draw()];
      expect(second).not.toEqual(first);
      seed("modes");
      expect(await draw()).toEqual(first);
    });

    it("of everything leaves zeros, whose gradient is 0 and not NaN", async () => {
      const model = { x: parameter(ones([3])) };
      using result = backprop(model, () => new Dropout(1).forward(model.x).sum());
      expect(await result.loss.item()).toBe(0);
      expect(await numbers(result.grads.of(model.x))).toEqual([0, 0, 0]);
    });

    it("works between recurrent layers and on attention's weights, in training only", async () => {
      const lstm = new LSTM(3, 4, { layers: 2, dropout: 0.5 });
      const attend = new MultiheadAttention(4, 2, { dropout: 0.5 });
      const model = { lstm, attend };
      const x = randn([2, 5, 3]);
      const forward = () => attend.forward(lstm.forward(x).output, { causal: true });
      const calm = await numbers(forward());
      expect(await numbers(forward())).toEqual(calm);
      using result = backprop(model, () => ({ loss: forward().square().sum(), y: forward() }));
      expect(await numbers(result.y)).not.toEqual(calm);
      expect(await result.loss.item()).toBeGreaterThan(0);
    });
  });

  describe("BatchNorm", () => {
    it("outside backprop goes by the running statistics, and leaves them", async () => {
      const norm = new BatchNorm1d(2);
      norm.running_mean.set(tensor([1, -1]));
      norm.running_var.set(tensor([4, 0.25]));
      const [a, b] = await numbers(norm.forward(tensor([[3, 0]])));
      expect(a).toBeCloseTo(1, 4);
      expect(b).toBeCloseTo(2, 4);
      expect(await norm.num_batches_tracked.value.item()).toBe(0);
    });

    it("inside goes by the batch, and the running ones follow by a tenth", async () => {
      const norm = new BatchNorm2d(1);
      const x = tensor([[[[1, 2], [3, 6]]]]); // prettier-ignore
      using result = backprop(norm, () => ({ loss: norm.forward(x).sum(), y: norm.forward(x) }));
      const y = await numbers(result.y);
      expect(y.reduce((sum, value) => sum + value)).toBeCloseTo(0, 5);
      // Both calls count: mean 3, unbiased variance 14/3.
      expect(await norm.num_batches_tracked.value.item()).toBe(2);
      expect(await norm.running_mean.value.item()).toBeCloseTo(3 * (1 - 0.9 ** 2), 5);
      expect(await norm.running_var.value.item()).toBeCloseTo(0.81 + (14 / 3) * 0.19, 5);
    });

    it("momentum null: all batches count the same", async () => {
      const norm = new BatchNorm1d(1, { momentum: null });
      for (const mean of [1, 2, 6]) {
        using result = backprop(norm, () => norm.forward(tensor([[mean - 1], [mean + 1]])).sum());
        await result.loss.item();
      }
      expect(await norm.running_mean.value.item()).toBeCloseTo(3, 5);
      expect(await norm.running_var.value.item()).toBeCloseTo(2, 5);
    });

    it("its statistics are saved and loaded with the weights", async () => {
      const [from, to] = [new BatchNorm1d(2), new BatchNorm1d(2)];
      using result = backprop(from, () => from.forward(tensor([[1, 2], [3, 5]])).sum()); // prettier-ignore
      await result.loss.item();
      load(to, readSafetensors(await save(from)));
      const rounded = (await numbers(from.running_mean.value)).map(Math.fround); // a file holds float32
      expect(await numbers(to.running_mean.value)).toEqual(rounded);
      expect(await to.num_batches_tracked.value.item()).toBe(1);
    });

    it("costs no memory from step to step", async () => {
      const model = { linear: new Linear(3, 4), norm: new BatchNorm1d(4) };
      const x = randn([8, 3]);
      const step = async () => {
        using result = backprop(model, () => x.pipe(model.linear, model.norm).square().sum());
        await result.loss.item();
      };
      for (let k = 0; k < 3; k++) await step();
      const before = memory();
      for (let k = 0; k < 20; k++) await step();
      const after = memory(); // less, if what an earlier test left was collected meanwhile
      for (const what of ["tensors", "bytes", "backendBytes"] as const)
        expect(after[what]).toBeLessThanOrEqual(before[what]);
    });
  });

  it("attention's dropout keeps a row that sees nothing at 0, with finite gradients", async () => {
    const model = { q: parameter(randn([1, 1, 2, 4])) };
    const mask = tensor([[true, true], [false, false]]); // prettier-ignore
    using result = backprop(model, () => {
      const y = attention(model.q, model.q, model.q, { mask, dropout: 0.1 });
      return { loss: y.sum(), y };
    });
    expect((await numbers(result.y)).slice(4)).toEqual([0, 0, 0, 0]);
    expect((await numbers(result.grads.of(model.q))).every(Number.isFinite)).toBe(true);
  });
});
