// The optimizers on the js backend, each against steps worked out by hand.
import { describe, expect, it } from "vitest";
import type { Optimizer } from "../../../src/kernels/spec.js";
import { expectClose, runInPlace } from "./run.js";

const one = { kernel: "optimizer", sizes: [1], decay: [true] } as const;
const step = async (kernel: Optimizer, inputs: number[][], scalars: number[]): Promise<number[]> =>
  (await runInPlace(kernel, inputs, [], scalars)).inputs.map((data) => data[0]!);

describe("sgd", () => {
  const plain: Optimizer = { ...one, method: "sgd", momentum: false, nesterov: false };
  const heavy: Optimizer = { ...one, method: "sgd", momentum: true, nesterov: false };

  it("p − lr·(g + weightDecay·p), and with a factor p − lr·(factor·g + weightDecay·p)", async () => {
    const scalars = [0.1, 0, 0, 0.5, 0]; // lr 0.1, weight decay 0.5
    expectClose(await step(plain, [[2], [4]], scalars), [2 - 0.1 * (4 + 0.5 * 2), 4]);
    const scaled: Optimizer = { ...plain, scaled: true };
    expectClose(await step(scaled, [[2], [4], [3]], scalars), [2 - 0.1 * (3 * 4 + 0.5 * 2), 4, 3]);
  });

  it("momentum starts at the gradient itself, and is dampened from then on", async () => {
    expectClose(await step(heavy, [[2], [4], [99]], [0.1, 0.9, 0.5, 0, 1]), [1.6, 4, 4]);
    expectClose(await step(heavy, [[2], [4], [10]], [0.1, 0.9, 0.5, 0, 0]), [0.9, 4, 11]);
  });

  it("Nesterov looks ahead", async () => {
    // m = 0.9·10 + 4 = 13, step = 4 + 0.9·13
    const nesterov: Optimizer = { ...heavy, method: "sgd", momentum: true, nesterov: true };
    expectClose(await step(nesterov, [[2], [4], [10]], [0.1, 0.9, 0, 0, 0]), [2 - 1.57, 4, 13]);
  });
});

describe("adam", () => {
  const adam: Optimizer = { ...one, method: "adam", decoupled: false, amsgrad: false };
  const [beta1, beta2] = [0.9, 0.99];
  const scalars = (weightDecay: number, t: number): number[] => [
    0.1, beta1, beta2, 1e-8, weightDecay, 1 - beta1 ** t, 1 - beta2 ** t,
  ]; // prettier-ignore

  it("moves by lr in its first step, whatever the gradient's size", async () => {
    for (const g of [1e-3, 1, 1e3]) {
      const [p, , m, v] = await step(adam, [[2], [g], [0], [0]], scalars(0, 1));
      expectClose([p!], [1.9], 2e-6);
      expectClose([m! / g, v! / g ** 2], [0.1, 0.01]);
    }
  });

  it("follows its averages in a later step", async () => {
    const [p, , m, v] = await step(adam, [[2], [4], [1], [3]], scalars(0, 5));
    const wanted = [0.9 * 1 + 0.1 * 4, 0.99 * 3 + 0.01 * 16] as const;
    const scale = Math.sqrt(wanted[1] / (1 - beta2 ** 5)) + 1e-8;
    expectClose([m!, v!, p!], [...wanted, 2 - (0.1 * wanted[0]) / (1 - beta1 ** 5) / scale]);
  });

  it("decays through the gradient, or beside it as AdamW", async () => {
    const [p, , m] = await step(adam, [[2], [0], [0], [0]], scalars(0.5, 1));
    expectClose([p!, m!], [1.9, 0.1], 1e-7);
    const decoupled: Optimizer = { ...adam, method: "adam", decoupled: true, amsgrad: false };
    expectClose(await step(decoupled, [[2], [0], [0], [0]], scalars(0.5, 1)), [2 * 0.95, 0, 0, 0]);
    const spared: Optimizer = { ...decoupled, decay: [false] };
    expectClose(await step(spared, [[2], [0], [0], [0]], scalars(0.5, 1)), [2, 0, 0, 0]);
  });

  it("amsgrad never forgets the largest v", async () => {
    const amsgrad: Optimizer = { ...adam, method: "adam", decoupled: false, amsgrad: true };
    const [p, , , v, vmax] = await step(amsgrad, [[2], [1], [0], [0], [100]], scalars(0, 1));
    expectClose([v!, vmax!, p!], [0.01, 100, 2 - 0.1 / (Math.sqrt(100 / 0.01) + 1e-8)]);
  });
});

describe("rmsprop", () => {
  const plain: Optimizer = { ...one, method: "rmsprop", momentum: false, centered: false };
  const scalars = [0.1, 0.75, 0.5, 0, 0.9]; // lr, alpha, eps, weight decay, momentum

  it("divides by the root of the average square", async () => {
    expectClose(await step(plain, [[2], [4], [16]], scalars), [2 - 0.4 / 4.5, 4, 16]);
  });

  it("with momentum, and centered by the average gradient", async () => {
    const both: Optimizer = { ...plain, method: "rmsprop", momentum: true, centered: true };
    // v = 16; mean = 0.75·2 + 0.25·4 = 2.5; scale = √(16 − 6.25) + 0.5; m = 0.9·3 + 4/scale
    const m = 0.9 * 3 + 4 / (Math.sqrt(9.75) + 0.5);
    expectClose(await step(both, [[2], [4], [16], [3], [2]], scalars), [
      2 - 0.1 * m,
      4,
      16,
      m,
      2.5,
    ]);
    const centered: Optimizer = { ...plain, method: "rmsprop", momentum: false, centered: true };
    const p = 2 - 0.4 / (Math.sqrt(9.75) + 0.5);
    expectClose(await step(centered, [[2], [4], [16], [2]], scalars), [p, 4, 16, 2.5]);
  });
});

describe("adagrad, and a model of several parameters", () => {
  const adagrad: Optimizer = { ...one, method: "adagrad" };

  it("divides by the root of the sum of squares", async () => {
    expectClose(await step(adagrad, [[2], [4], [9]], [0.1, 0, 0]), [2 - 0.4 / 5, 4, 25]);
  });

  it("one call serves all parameters; decay touches those that are named", async () => {
    const model: Optimizer = {
      kernel: "optimizer", method: "sgd", momentum: false, nesterov: false,
      sizes: [2, 1], decay: [true, false],
    }; // prettier-ignore
    const { inputs } = await runInPlace(model, [[1, 2], [0, 1], [10], [0]], [], [0.1, 0, 0, 1, 0]);
    expectClose(inputs[0]!, [0.9, 1.7]);
    expect([...inputs[2]!]).toEqual([10]);
  });
});
