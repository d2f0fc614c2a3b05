// How layers start: PyTorch's names, shapes and distributions.
import { beforeEach, describe, expect, it } from "vitest";
import { parameters, seed, walk, type Parameter } from "genarch";
import * as layers from "genarch/layers";
import { eachBackend, numbers } from "../support.js";

/** Names and shapes as a PyTorch state dict lists them. */
const listed = (layer: object) =>
  Object.fromEntries(
    [...walk(layer)].map(([path, item]) => [path, "value" in item ? item.value.shape : item.shape]),
  );

describe("names and shapes", () => {
  it("Linear, Embedding", () => {
    expect(listed(new layers.Linear(3, 5))).toEqual({ weight: [5, 3], bias: [5] });
    expect(listed(new layers.Linear(3, 5, { bias: false }))).toEqual({ weight: [5, 3] });
    expect(listed(new layers.Embedding(7, 2))).toEqual({ weight: [7, 2] });
  });
  it("Conv2d [out, in/groups, R, S], ConvTranspose2d [in, out/groups, R, S]", () => {
    expect(listed(new layers.Conv2d(4, 6, [3, 5], { groups: 2 }))).toEqual({
      weight: [6, 2, 3, 5],
      bias: [6],
    });
    expect(listed(new layers.ConvTranspose2d(4, 6, 3, { groups: 2, bias: false }))).toEqual({
      weight: [4, 3, 3, 3],
    });
  });
  it("recurrent layers: gates·hidden rows, and each direction's own", () => {
    expect(listed(new layers.GRU(3, 4))).toEqual({
      weight_ih_l0: [12, 3],
      weight_hh_l0: [12, 4],
      bias_ih_l0: [12],
      bias_hh_l0: [12],
    });
    const deep = new layers.LSTM(3, 4, { layers: 2, bidirectional: true });
    expect(Object.keys(listed(deep)).slice(4, 9)).toEqual([
      "weight_ih_l0_reverse",
      "weight_hh_l0_reverse",
      "bias_ih_l0_reverse",
      "bias_hh_l0_reverse",
      "weight_ih_l1",
    ]);
    expect(listed(deep).weight_ih_l1).toEqual([16, 8]); // both directions of layer 0
    expect(deep.weight_ih_l1_reverse!.shape).toEqual([16, 8]);
  });
  it("MultiheadAttention", () => {
    expect(listed(new layers.MultiheadAttention(6, 2))).toEqual({
      in_proj_weight: [18, 6],
      in_proj_bias: [18],
      "out_proj.weight": [6, 6],
      "out_proj.bias": [6],
    });
  });
  it("norms, and a batch norm's statistics", () => {
    expect(listed(new layers.LayerNorm([2, 3]))).toEqual({ weight: [2, 3], bias: [2, 3] });
    expect(listed(new layers.LayerNorm(3, { bias: false }))).toEqual({ weight: [3] });
    expect(listed(new layers.RMSNorm(3))).toEqual({ weight: [3] });
    expect(listed(new layers.GroupNorm(2, 4))).toEqual({ weight: [4], bias: [4] });
    expect(listed(new layers.BatchNorm2d(4))).toEqual({
      weight: [4],
      bias: [4],
      running_mean: [4],
      running_var: [4],
      num_batches_tracked: [],
    });
  });
});

eachBackend(() => {
  beforeEach(() => seed("first numbers"));

  /** Uniform in ±bound: inside it, near it at both ends, and with the right deviation. */
  async function expectUniform(weight: Parameter, bound: number): Promise<void> {
    const found = await numbers(weight);
    const variance = found.reduce((sum, x) => sum + x * x, 0) / found.length;
    expect(Math.max(...found)).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(Math.max(...found)).toBeGreaterThan(0.95 * bound);
    expect(Math.min(...found)).toBeLessThan(-0.95 * bound);
    expect(Math.abs(Math.sqrt(3 * variance) / bound - 1)).toBeLessThan(0.05);
  }

  it("Linear and convolutions: U(±1/√fanIn)", async () => {
    const linear = new layers.Linear(100, 40);
    await expectUniform(linear.weight, 0.1);
    await expectUniform(new layers.Linear(100, 2000).bias!, 0.1);
    const conv = new layers.Conv2d(8, 64, 5, { groups: 2 }); // fan in 4·25
    await expectUniform(conv.weight, 0.1);
    const back = new layers.ConvTranspose2d(64, 8, 5, { groups: 2 }); // PyTorch: out/groups·25
    await expectUniform(back.weight, 0.1);
  });

  it("recurrent layers: U(±1/√hidden), all of them", async () => {
    const lstm = new layers.LSTM(7, 100, { bidirectional: true });
    for (const path of ["weight_ih_l0", "weight_hh_l0_reverse"] as const)
      await expectUniform(lstm[path]!, 0.1);
  });

  it("attention: Glorot over the three projections together, biases 0", async () => {
    const attention = new layers.MultiheadAttention(24, 2);
    await expectUniform(attention.in_proj_weight, Math.sqrt(6 / 96));
    await expectUniform(attention.out_proj.weight, 1 / Math.sqrt(24));
    expect(new Set(await numbers(attention.in_proj_bias!))).toEqual(new Set([0]));
    expect(new Set(await numbers(attention.out_proj.bias!))).toEqual(new Set([0]));
  });

  it("Conv2d and ConvTranspose2d: N(0, deviation) and bias 0 where it is given, as DCGAN has it", async () => {
    for (const Layer of [layers.Conv2d, layers.ConvTranspose2d]) {
      const layer = new Layer(32, 32, 4, { deviation: 0.02 });
      const weights = await numbers(layer.weight);
      const variance = weights.reduce((sum, x) => sum + x * x, 0) / weights.length;
      expect(Math.abs(Math.sqrt(variance) / 0.02 - 1)).toBeLessThan(0.03);
      expect(Math.max(...weights)).toBeGreaterThan(0.05); // beyond what a uniform one could have
      expect(await numbers(layer.bias!)).toEqual(Array(32).fill(0));
    }
  });

  it("Embedding: N(0, 1); a deviation may be given, as GPT-2 has it", async () => {
    for (const deviation of [1, 0.02]) {
      const table = await numbers(new layers.Embedding(100, 50, { deviation }).weight);
      const variance = table.reduce((sum, x) => sum + x * x, 0) / table.length;
      expect(Math.abs(Math.sqrt(variance) / deviation - 1)).toBeLessThan(0.05);
    }
    const linear = new layers.Linear(50, 100, { deviation: 0.02 });
    expect(Math.max(...(await numbers(linear.weight)))).toBeGreaterThan(0.05);
    expect(new Set(await numbers(linear.bias!))).toEqual(new Set([0]));
  });

  it("one seed, one start; and another with the next", async () => {
    const start = async () => {
      const all: number[] = [];
      for (const [, p] of parameters(new layers.GRU(2, 3))) all.push(...(await numbers(p)));
      return all;
    };
    const [first, second] = [await start(), await start()];
    seed("first numbers");
    expect(await start()).toEqual(first);
    expect(second).not.toEqual(first);
  });
});
