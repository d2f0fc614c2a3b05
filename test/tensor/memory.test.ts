/** Who owns memory, how long, and what may be read when. */
import { describe, expect, it } from "vitest";
import { backprop, dispose, memory, parameter, realize, tensor, tidy, type Tensor } from "genarch";
import { eachBackend, noLeaks, numbers } from "../support.js";

eachBackend(() => {
  it("a closure frees what it made but what it returns, however deep that lies", () =>
    noLeaks(async () => {
      const { tensors } = memory();
      const made = tidy(() => {
        const x = tensor([1, 2]);
        return { sum: x.add(1), list: [x.mul(2)], map: new Map([["k", x.mul(3)]]), note: "kept" };
      });
      expect(await numbers(made.list[0]!)).toEqual([2, 4]);
      expect(memory().tensors).toBe(tensors + 3);
      expect(await numbers(made.sum)).toEqual([2, 3]);
      expect(await numbers(made.map.get("k")!)).toEqual([3, 6]);
      [made.sum, made.list[0]!, made.map.get("k")!].forEach((x) => x.dispose());
    }));

  it("closures in closures", () =>
    noLeaks(async () => {
      using result = tidy(() => {
        const inner = tidy(() => tidy(() => tensor([1, 2]).mul(2)).add(1));
        return tidy(() => inner.mul(tidy(() => tensor([10, 10]).add(0))));
      });
      expect(await numbers(result)).toEqual([30, 50]);
    }));

  it("what an inner closure returned goes with the outer one", () =>
    noLeaks(async () => {
      let inner: Tensor | undefined;
      using outer = tidy(() => (inner = tidy(() => tensor([1, 2]).mul(2))).add(1));
      expect(await numbers(outer)).toEqual([3, 5]);
      await expect(inner!.data()).rejects.toThrow("was freed when its tidy ended");
    }));

  it("a closure that returns what came from outside does not own it", () =>
    noLeaks(async () => {
      using x = tensor([1, 2]);
      using y = tidy(() => tidy(() => x).add(1));
      tidy(() => x);
      expect(await numbers(y)).toEqual([2, 3]);
      expect(await numbers(x)).toEqual([1, 2]);
    }));

  it("an input may go before what depends on it is read", () =>
    noLeaks(async () => {
      const x = tensor([1, 2]);
      const y = tidy(() => x.mul(2));
      const z = y.add(1);
      const read = tidy(() => y.mul(10));
      expect(await numbers(y)).toEqual([2, 4]);
      x.dispose();
      y.dispose();
      expect(await numbers(z)).toEqual([3, 5]);
      expect(await numbers(read)).toEqual([20, 40]);
      z.dispose();
      read.dispose();
    }));

  it("also when it was never computed", () =>
    noLeaks(async () => {
      const y = tidy(() => tensor([1, 2]).mul(2));
      const z = y.add(1);
      y.dispose();
      expect(await numbers(z)).toEqual([3, 5]);
      z.dispose();
    }));

  it("a result may be disposed of unread", () =>
    noLeaks(() => {
      tidy(() => tensor([1, 2]).mul(2)).dispose();
      const two = tidy(() => [tensor([1]).add(1), tensor([2]).add(1)]);
      two[0]!.dispose();
      realize([]);
      two[1]!.dispose();
    }));

  it("a parameter outlives what it started from", () =>
    noLeaks(async () => {
      const start = tensor([1, 2]);
      const p = parameter(start);
      start.dispose();
      expect(await numbers(p)).toEqual([1, 2]);
      p.dispose();
    }));

  it("a closure that throws frees what it made", () =>
    noLeaks(() => {
      expect(() =>
        tidy(() => {
          realize([tensor([1]).mul(2)]);
          throw new Error("stop");
        }),
      ).toThrow("stop");
    }));

  it("numbers read the same before and after they were used", async () => {
    using x = tensor([0.1, 1 / 3]);
    const before = await numbers(x);
    using y = tidy(() => x.mul(1));
    await y.data();
    expect(await numbers(x)).toEqual(before);
    expect(await numbers(y)).toEqual(before);
  });

  it("data() is a copy", async () => {
    using x = tensor([1, 2]);
    using y = tidy(() => x.mul(2));
    for (const t of [x, y]) {
      const first = await t.data();
      const [before] = first;
      first[0] = 99;
      expect((await t.data())[0]).toBe(before);
    }
  });

  it("a chain of 20,000 ops, made in a closure or outside of one", async () => {
    using inside = tidy(() => {
      let x = tensor([0]);
      for (let k = 0; k < 20_000; k++) x = x.add(1);
      return x;
    });
    expect(await inside.item()).toBe(20_000);
    let outside = tensor([0]);
    for (let k = 0; k < 20_000; k++) outside = outside.add(1);
    expect(await outside.item()).toBe(20_000);
  });

  it("values that are used twice at each of 60 levels are computed once", async () => {
    using y = tidy(() => {
      let x = tensor([1, 0.5]);
      for (let k = 0; k < 60; k++) x = x.mul(x.mul(0.25).add(0.5)).add(x.mul(0.25));
      return x;
    });
    const wanted = [1, 0.5].map((x) => {
      for (let k = 0; k < 60; k++) x = x * (x * 0.25 + 0.5) + x * 0.25;
      return x;
    });
    (await numbers(y)).forEach((found, k) => expect(found).toBeCloseTo(wanted[k]!, 5));
  });

  it("a closure inside backprop frees nothing that the gradient needs", () =>
    noLeaks(async () => {
      const p = tidy(() => parameter(tensor([1, 2])));
      let inner: Tensor | undefined;
      using result = backprop({ p }, () => {
        const square = tidy(() => (inner = p.mul(3)).square());
        return tidy(() => square.sum());
      });
      expect(await result.loss.item()).toBe(45);
      expect(await numbers(result.grads.of(p))).toEqual([18, 36]);
      await expect(inner!.data()).rejects.toThrow("was freed when its backprop ended");
      p.dispose();
    }));

  it("what was disposed of inside backprop still serves the gradient", () =>
    noLeaks(async () => {
      const p = tidy(() => parameter(tensor([1, 2])));
      using result = backprop({ p }, () => {
        using half = p.mul(0.5);
        return half.exp().sum();
      });
      const [a] = await numbers(result.grads.of(p));
      expect(a).toBeCloseTo(0.5 * Math.exp(0.5), 5);
      p.dispose();
    }));

  it("what a closure returns may hold itself, and other things than tensors", () =>
    noLeaks(async () => {
      const made = tidy(() => {
        const node = { x: tensor([1]).add(1), data: new Float32Array(3), self: null as unknown };
        node.self = node;
        return { node, set: new Set([tensor([2]).add(1)]) };
      });
      const [other] = made.set;
      expect(await numbers(made.node.x)).toEqual([2]);
      expect(await numbers(other!)).toEqual([3]);
      [made.node.x, other!].forEach((x) => x.dispose());
    }));
});

describe("dispose()", () => {
  it("ends the parameters of a model, and leaves what others may own", () =>
    noLeaks(async () => {
      using mask = tensor([1, 0]);
      const model = { weight: tidy(() => parameter(tensor([1, 2]))), mask };
      await model.weight.data();
      dispose(model);
      expect(() => model.weight.add(1)).toThrow("was disposed of");
      expect(await numbers(mask)).toEqual([1, 0]);
    }));

  it("ends every tensor of what holds no parameter: a state, a result, where `using` is not to be had", () =>
    noLeaks(async () => {
      const model = { weight: tidy(() => parameter(tensor([1, 2]))) };
      const result = backprop(model, () => {
        const h = model.weight.mul(2);
        return { loss: h.sum(), state: { h, list: [h.neg()] } };
      });
      expect(await result.loss.item()).toBe(6);
      dispose(result.state);
      expect(() => result.state.list[0]!.add(1)).toThrow("was disposed of");
      dispose(result);
      dispose(result); // twice is no error
      expect(() => result.grads.of(model.weight).add(1)).toThrow("was disposed of");
      expect(await numbers(model.weight)).toEqual([1, 2]);
      dispose(model.weight);
      expect(() => model.weight.add(1)).toThrow("was disposed of");
    }));
});

describe("tensor()", () => {
  it("copies what it is given", async () => {
    const data = Float32Array.of(1, 2);
    using x = tensor(data);
    data[0] = 99;
    expect(await numbers(x)).toEqual([1, 2]);
  });
});
