// Losses beyond PyTorch's cases (test/layers/torch.test.ts): reductions, leading axes, extremes, refusals.
import { beforeAll, describe, expect, it } from "vitest";
import { backprop, gradient, js, parameter, tensor, use, zeros } from "genarch";
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huber,
  l1,
  mse,
  smoothL1,
} from "genarch/train";
import { eachBackend, numbers } from "../support.js";

const classes = (rows: number[] | number[][]) => tensor(rows, { dtype: "i32" });

eachBackend(() => {
  it("cross-entropy of even logits is log V, for any leading axes", async () => {
    const loss = crossEntropy(zeros([2, 3, 5]), classes([[0, 1, 2], [3, 4, 0]])); // prettier-ignore
    expect(await loss.item()).toBeCloseTo(Math.log(5), 6);
  });

  it("reductions: a number a row, their sum, their mean", async () => {
    const logits = tensor([[2, 0], [0, 3]]); // prettier-ignore
    const target = classes([0, 0]);
    const rows = await numbers(crossEntropy(logits, target, { reduction: "none" }));
    const sum = await crossEntropy(logits, target, { reduction: "sum" }).item();
    expect(rows[0]).toBeCloseTo(Math.log(1 + Math.exp(-2)), 6);
    expect(rows[1]).toBeCloseTo(Math.log(1 + Math.exp(3)), 6);
    expect(sum).toBeCloseTo(rows[0]! + rows[1]!, 5);
    expect(await crossEntropy(logits, target).item()).toBeCloseTo(sum / 2, 5);
  });

  it("ignored rows have no part in the mean, nor a gradient; −100 is ignored without a word", async () => {
    const model = { logits: parameter(tensor([[1, 2], [3, 4]])) }; // prettier-ignore
    using result = backprop(model, () => crossEntropy(model.logits, classes([1, -100])));
    expect(await result.loss.item()).toBeCloseTo(Math.log(1 + Math.exp(-1)), 6);
    expect((await numbers(result.grads.of(model.logits))).slice(2)).toEqual([0, 0]);
  });

  it("a target that names no class is seen as NaN", async () => {
    expect(await crossEntropy(zeros([1, 3]), classes([3])).item()).toBeNaN();
  });

  it("binary cross-entropy keeps its digits far out", async () => {
    const loss = (x: number, t: number) =>
      binaryCrossEntropyWithLogits(tensor([x]), tensor([t])).item();
    expect(await loss(20, 1)).toBeCloseTo(Math.log1p(Math.exp(-20)), 12);
    expect(await loss(-80, 1)).toBeCloseTo(80, 4);
    expect(await binaryCrossEntropyWithLogits(tensor([0]), 1).item()).toBeCloseTo(Math.LN2, 6);
  });

  it("huber and smooth L1 bend where they are told to", async () => {
    const x = tensor([-3, 0.5, 0]);
    expect(await numbers(huber(x, 0, { delta: 2, reduction: "none" }))).toEqual([4, 0.125, 0]);
    expect(await numbers(smoothL1(x, 0, { beta: 2, reduction: "none" }))).toEqual([2, 0.0625, 0]);
    expect(await numbers(smoothL1(x, 0, { beta: 0, reduction: "none" }))).toEqual([3, 0.5, 0]);
    expect(await l1(x, 0, { reduction: "sum" }).item()).toBe(3.5);
    expect(await mse(x, 0, { reduction: "sum" }).item()).toBe(9.25);
  });

  it("a loss can be differentiated twice: a penalty on the gradient of cross-entropy", async () => {
    const model = { x: parameter(tensor([[0.3, -0.2, 0.1]])) };
    const penalty = () => {
      const [g] = gradient(crossEntropy(model.x, classes([1])), [model.x]);
      return g!.square().sum();
    };
    using result = backprop(model, penalty);
    // d/dx Σ(p − q)² = 2·(diag(p) − p·pᵀ)·(p − q)
    const e = [0.3, -0.2, 0.1].map(Math.exp);
    const p = e.map((x) => x / (e[0]! + e[1]! + e[2]!));
    const d = p.map((x, k) => x - (k === 1 ? 1 : 0));
    const dot = p.reduce((sum, x, k) => sum + x * d[k]!, 0);
    const found = await numbers(result.grads.of(model.x));
    p.forEach((x, k) => expect(found[k]).toBeCloseTo(2 * x * (d[k]! - dot), 6));
  });
});

describe("refusals", () => {
  beforeAll(async () => void (await use(js)));
  it.each([
    [
      () => mse(zeros([4, 1]), zeros([4])),
      "mse: [4, 1] and target [4]; both must have one shape, or the target be a number",
    ],
    [
      () => crossEntropy(zeros([2, 3]), classes([[0], [1]])),
      "crossEntropy: logits [2, 3] and target [2, 1]; logits [.., classes] want target [..], one class a row",
    ],
    [
      () => crossEntropy(zeros([2, 3]), zeros([2])),
      "crossEntropy: targets are class numbers in i32, got f32",
    ],
    [
      () => crossEntropy(zeros([1, 3]), classes([0]), { labelSmoothing: 2 }),
      "crossEntropy: labelSmoothing is 2; it must be from 0 to 1",
    ],
    [
      () => huber(zeros([1]), 0, { delta: 0 }),
      "huber: delta is 0; it must be a finite number above 0",
    ],
    [
      () => smoothL1(zeros([1]), 0, { beta: NaN }),
      "smoothL1: beta is NaN; it must be a finite number from 0",
    ],
  ])("%#: %s", (make, sentence) => {
    expect(make).toThrow(sentence);
  });
});
