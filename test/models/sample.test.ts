// How many are drawn: one rule for every model that samples.
import { expect, it } from "vitest";
import { memory, tidy, zeros, type Tensor } from "genarch";
import { convVAE, DCDiscriminator, DCGenerator, mlpVAE, PointGenerator } from "genarch/models";
import * as face from "genarch/models";
import { eachBackend } from "../support.js";

type Sampler = { sample(count: number, label?: Tensor): Tensor };
type Made = { name: string; title: string; make: () => Sampler; shape: number[]; classes?: number };

const models: Made[] = [
  {
    name: "DCGenerator",
    title: "DCGenerator",
    make: () => new DCGenerator({ size: 28, width: 2 }),
    shape: [1, 28, 28],
  },
  {
    name: "DCGenerator",
    title: "DCGenerator of classes",
    make: () => new DCGenerator({ size: 32, width: 2, channels: 3, classes: 4 }),
    shape: [3, 32, 32],
    classes: 4,
  },
  {
    name: "PointGenerator",
    title: "PointGenerator",
    make: () => new PointGenerator({ width: 4 }),
    shape: [2],
  },
  {
    name: "PointGenerator",
    title: "PointGenerator of classes",
    make: () => new PointGenerator({ width: 4, classes: 4, norm: "batch" }),
    shape: [2],
    classes: 4,
  },
  {
    name: "VAE",
    title: "mlpVAE",
    make: () => mlpVAE({ inputs: 6, hidden: 4, latent: 2 }),
    shape: [6],
  },
  {
    name: "VAE",
    title: "convVAE of classes",
    make: () => convVAE({ size: 8, width: 2, hidden: 4, latent: 2, classes: 4 }),
    shape: [1, 8, 8],
    classes: 4,
  },
];

it("is asked here of every model that samples", () => {
  const samples = (value: unknown) => typeof value === "function" && "sample" in Object(value.prototype); // prettier-ignore
  const all = Object.entries(face).flatMap(([name, value]) => (samples(value) ? [name] : []));
  expect(new Set(models.map(({ name }) => name))).toEqual(new Set(all));
});

eachBackend(() => {
  it.each(models)("$title draws as many as asked, also none", async (made) => {
    const model = made.make();
    for (const count of [2, 0]) {
      using label = made.classes ? zeros([count], "i32") : undefined;
      using drawn = tidy(() => model.sample(count, label));
      expect(drawn.shape).toEqual([count, ...made.shape]);
      expect(await drawn.data()).toHaveLength(count * made.shape.reduce((a, b) => a * b));
    }
  });

  it.each(models)("$title draws no other count", ({ name, make }) => {
    const model = make();
    const { tensors } = memory();
    for (const count of [-1, 1.5, NaN, Infinity])
      expect(() => tidy(() => model.sample(count))).toThrow(
        `${name}.sample: count is ${count}; it must be a whole number from 0`,
      );
    expect(memory().tensors).toBe(tensors);
  });

  it("what drew none can be judged and encoded", async () => {
    const judge = new DCDiscriminator({ size: 28, width: 2 });
    const vae = convVAE({ size: 8, width: 2, hidden: 4, latent: 2 });
    using judged = tidy(() => judge.forward(zeros([0, 1, 28, 28])));
    expect(await judged.array()).toEqual([]);
    using mean = tidy(() => vae.encode(zeros([0, 1, 8, 8])).mean);
    expect(mean.shape).toEqual([0, 2]);
  });
});
