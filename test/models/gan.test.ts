// GANs: the losses' published numbers, penalties differentiated through a whole critic, the game on a ring.
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { backprop, count, gradient, js, memory, parameters, randn, rand, seed, ShapeError, tensor, tidy, use, wasm, zeros, type Tensor } from "genarch"; // prettier-ignore
import { Conv2d, Linear } from "genarch/layers";
import { ring } from "genarch/data";
import { modeCoverage } from "genarch/metrics";
import {
  ConditionalNorm,
  DCDiscriminator,
  DCGenerator,
  gradientPenalty,
  hinge,
  leastSquares,
  nonSaturating,
  PointDiscriminator,
  PointGenerator,
  r1,
  relativistic,
  saturating,
  SpectralNorm,
  wasserstein,
} from "genarch/models";
import { adam, average } from "genarch/train";
import { close, drawn, eachBackend, numbers } from "../support.js";

describe("losses on logits real [0.5, −1], fake [0.2, 1.5]", () => {
  beforeEach(() => use(js));
  const { gan } = JSON.parse(
    readFileSync(new URL("../vectors/models/goldens.json", import.meta.url), "utf8"),
  ) as { gan: Record<string, number> };
  const real = () => tensor([0.5, -1]);
  const fake = () => tensor([0.2, 1.5]);
  it.each([
    ["non-saturating", nonSaturating, "D_ns", "G_ns"],
    ["saturating", saturating, "D_ns", "G_sat"],
    ["hinge", hinge, "D_hinge", "G_hinge"],
    ["least squares", leastSquares, "D_lsgan", "G_lsgan"],
    ["relativistic", relativistic, "D_rp", "G_rp"],
  ] as const)("%s", async (_, loss, d, g) => {
    const found = [
      await loss.discriminator(real(), fake()).item(),
      await loss.generator(fake(), real()).item(),
    ];
    close(found, [gan[d]!, gan[g]!], { relative: 1e-12 });
  });

  it("Wasserstein: the difference of the means", async () => {
    close([await wasserstein.discriminator(real(), fake()).item()], [0.85 + 0.25]);
    close([await wasserstein.generator(fake(), real()).item()], [-0.85]);
  });
});

/** Puts plain float64 tensors in the place of a model's parameters, so that they can be moved a little. */
function setNumbers(
  model: object,
  values: ReadonlyMap<string, { data: number[]; shape: number[] }>,
) {
  return [...values].map(([path, { data, shape }]) => {
    const fields = path.split(".");
    const owner = fields.slice(0, -1).reduce((at, key) => Reflect.get(at, key) as object, model);
    const leaf = tensor(Float64Array.from(data), { shape });
    Reflect.set(owner, fields.at(-1)!, leaf);
    return leaf;
  });
}

/** Compares the gradient of `loss` in every parameter, at some places, with central differences in float64. */
async function checkSlopes(model: object, loss: () => Tensor): Promise<void> {
  const values = new Map<string, { data: number[]; shape: number[] }>();
  for (const [path, p] of [...parameters(model)])
    values.set(path, { data: await numbers(p), shape: [...p.shape] });
  const grads = tidy(() => {
    const leaves = setNumbers(model, values);
    seed(1); // the same places between real and fake each time
    return gradient(loss(), leaves);
  });
  let largest = 0;
  for (const [k, [path, point]] of [...values].entries()) {
    const found = await numbers(grads[k]!);
    const size = found.length;
    for (const place of new Set([0, Math.floor(size / 3), Math.floor(size / 2), size - 1])) {
      const at = async (shift: number) => {
        const moved = { ...point, data: point.data.with(place, point.data[place]! + shift) };
        using value = tidy(() => {
          setNumbers(model, new Map([...values, [path, moved]]));
          seed(1);
          return loss();
        });
        return value.item();
      };
      const wanted = ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
      close([found[place]!], [wanted], { relative: 1e-4, absolute: 1e-8 }, `${path} ${place}`);
      largest = Math.max(largest, Math.abs(wanted));
    }
  }
  expect(largest).toBeGreaterThan(1e-4); // that something was compared
}

describe("penalties", () => {
  beforeEach(() => use(js));

  it("a linear critic's slope is its weight", async () => {
    const w = tensor([[3, 4]]);
    const critic = (x: Tensor) => x.affine(w).squeeze(1);
    const [x, y] = [randn([5, 2]), randn([5, 2])];
    const found = tidy(() => [gradientPenalty(critic, x, y), r1(critic, x)]);
    close(await numbers(found[0]!), [16]); // (5 − 1)²
    close(await numbers(found[1]!), [12.5]); // 5²/2
  });

  const images = () => ({ x: tensor(drawn("real", 2 * 784), { shape: [2, 1, 28, 28] }), y: tensor(drawn("fake", 2 * 784), { shape: [2, 1, 28, 28] }) }); // prettier-ignore
  it.each(["none", "spectral"] as const)(
    "WGAN-GP's gradient through a whole DCGAN critic, norm %s",
    async (norm) => {
      seed(2);
      const critic = new DCDiscriminator({ size: 28, width: 2, norm, deviation: 0.2 }); // 0.02 leaves all near kinks
      const { x, y } = images();
      await checkSlopes(critic, () => gradientPenalty((z) => critic.forward(z), x, y).mul(10));
    },
  );

  it("R1's gradient through a critic of points that is told the class", async () => {
    seed(2);
    const critic = new PointDiscriminator({ width: 8, classes: 3 });
    const x = tensor(drawn("points", 8), { shape: [4, 2] });
    const label = tensor([0, 1, 2, 0], { dtype: "i32" });
    await checkSlopes(critic, () => r1((z) => critic.forward(z, label), x));
  });
});

eachBackend(() => {
  beforeEach(() => seed(11));

  it("spectral norm stretches nothing by more than 1, soon", async () => {
    const layer = new SpectralNorm(new Linear(6, 4, { bias: false }));
    const convolution = new SpectralNorm(new Conv2d(3, 4, 3, { bias: false, padding: 1 }));
    const [x, image] = [randn([3, 6]), randn([2, 3, 5, 5])];
    for (let k = 0; k < 40; k++) {
      const both = () => layer.forward(x).sum().add(convolution.forward(image).sum());
      using result = backprop({ layer, convolution }, both);
      await result.loss.item();
    }
    // Outside training nothing moves; the largest stretch is reached by power iteration on the layer itself.
    let v = randn([1, 6]);
    for (let k = 0; k < 100; k++) {
      const y = layer.forward(v);
      v = tidy(() => {
        const back = y.matmul(layer.layer.weight); // Wᵀ·W·v, up to its length
        return back.div(back.square().sum().sqrt());
      });
    }
    using stretch = tidy(() => layer.forward(v).square().sum().sqrt());
    expect(await stretch.item()).toBeCloseTo(1, 3);
    expect(convolution.forward(image).shape).toEqual([2, 4, 5, 5]);
    expect(() => new SpectralNorm(new Linear(2, 2))).toThrow(
      "SpectralNorm: the layer has a bias of its own; make it with { bias: false }",
    );
  });

  it.each([28, 32] as const)(
    "DCGAN makes and judges images of %i rows and columns, by class",
    async (size) => {
      const label = tensor([3, 0], { dtype: "i32" });
      const G = new DCGenerator({ size, channels: 3, width: 4, latent: 8, classes: 5 });
      const D = new DCDiscriminator({ size, channels: 3, width: 4, classes: 5, norm: "spectral" });
      using fake = tidy(() => G.sample(2, label));
      expect(fake.shape).toEqual([2, 3, size, size]);
      for (const value of await numbers(fake)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
      using logits = tidy(() => D.forward(fake, label));
      using other = tidy(() => D.forward(fake, label.add(1)));
      expect(logits.shape).toEqual([2]);
      expect(await numbers(logits)).not.toEqual(await numbers(other));
    },
  );

  it("told the class, a DCGAN's generator keeps listening to the code: what the norm leaves varies with it alone", async () => {
    const norm = new ConditionalNorm(3, 2);
    const code = tensor(drawn("code", 4 * 2 * 9), { shape: [4, 2, 3, 3] });
    const same = tensor([1, 1, 1, 1], { dtype: "i32" });
    const row = (await numbers(norm.label.weight)).slice(4, 8); // of class 1: two gains, two shifts
    const wanted = (await numbers(norm.norm.forward(code))).map((x, k) => {
      const channel = Math.floor(k / 9) % 2;
      return x * (1 + row[channel]!) + row[2 + channel]!;
    });
    close(await numbers(norm.forward(code, same)), wanted, { relative: 1e-6, absolute: 1e-6 });
    const forAll = tensor([1], { dtype: "i32" });
    close(await numbers(norm.forward(code, forAll)), wanted, { relative: 1e-6, absolute: 1e-6 });
    const two = tensor([1, 1], { dtype: "i32" });
    expect(() => norm.forward(code, two)).toThrow(ShapeError); // of four images
    const G = new DCGenerator({ size: 28, width: 4, latent: 8, classes: 3 });
    using image = tidy(() => G.sample(2, tensor([1, 1], { dtype: "i32" })));
    const [first, second] = (await image.array()) as number[][][][];
    expect(first).not.toEqual(second);
    expect(() => G.sample(1)).toThrow("DCGenerator: it was made for 3 classes; give labels");
  });

  it("a discriminator says which size it was made for", () => {
    const D = new DCDiscriminator({ size: 28, width: 4 });
    expect(() => D.forward(zeros([2, 1, 32, 32]))).toThrow(
      "DCDiscriminator.forward: got [2, 1, 32, 32]; it was made for images of size 28",
    );
  });

  it("a step of one player moves its own parameters alone, and leaves no memory behind", async () => {
    const G = new DCGenerator({ size: 28, width: 4, latent: 8 });
    const D = new DCDiscriminator({ size: 28, width: 4 });
    const [gOptimizer, dOptimizer] = [adam(G, { lr: 1e-3 }), adam(D, { lr: 1e-3 })];
    const real = rand([4, 1, 28, 28], { low: -1, high: 1 });
    const first = async (model: object) => numbers([...parameters(model)][0]![1]);
    const round = async () => {
      const [g0, d0] = [await first(G), await first(D)];
      using d = backprop(D, () => nonSaturating.discriminator(D.forward(real), D.forward(G.sample(4))));
      dOptimizer.step(d.grads);
      expect(await first(G)).toEqual(g0);
      expect(await first(D)).not.toEqual(d0);
      const d1 = await first(D);
      using g = backprop(G, () => nonSaturating.generator(D.forward(G.sample(4))));
      gOptimizer.step(g.grads);
      expect(await first(D)).toEqual(d1);
      expect(await first(G)).not.toEqual(g0);
      expect(await d.loss.item()).toBeGreaterThan(0);
    };
    for (let k = 0; k < 2; k++) await round();
    const { tensors } = memory();
    await round();
    expect(memory().tensors).toBeLessThanOrEqual(tensors); // others' garbage may go meanwhile
  }); // prettier-ignore

  it("say what does not fit", () => {
    const label = tensor([1], { dtype: "i32" });
    expect(() => new DCGenerator({ size: 30 as 28 })).toThrow("DCGenerator: size is 30; it must be 28 or 32"); // prettier-ignore
    expect(() => new PointGenerator().sample(1, label)).toThrow(
      "PointGenerator: got labels, but it was made without classes",
    );
    expect(() => new PointDiscriminator({ classes: 3 }).forward(randn([1, 2]))).toThrow(
      "PointDiscriminator: it was made for 3 classes; give labels",
    );
  });
});

describe("the game", () => {
  it("R1 on a ring: all eight modes in 900 rounds, drawn from the average of the generator", async () => {
    await use(wasm);
    seed(4);
    const data = ring({ sigma: 0.05 });
    const G = new PointGenerator({ width: 64, latent: 8 });
    const D = new PointDiscriminator({ width: 64 });
    expect(count(G)).toBeGreaterThan(8_000);
    const [gOptimizer, dOptimizer] = [G, D].map((m) => adam(m, { lr: 1e-3, betas: [0, 0.99] }));
    const smooth = average(G, { decay: 0.98 });
    for (let step = 0; step < 900; step++) {
      using real = tensor(data.sample(128, step).x, { shape: [128, 2] });
      using d = backprop(D, () => {
        const loss = nonSaturating.discriminator(D.forward(real), D.forward(G.sample(128)));
        return loss.add(r1((x) => D.forward(x), real).mul(0.5));
      });
      dOptimizer!.step(d.grads);
      using g = backprop(G, () => nonSaturating.generator(D.forward(G.sample(128)), real));
      gOptimizer!.step(g.grads);
      smooth.update();
    }
    const samples = await smooth.during(async () => {
      using x = tidy(() => G.sample(1000));
      return (await x.array()) as number[][];
    });
    const found = modeCoverage({ samples, centers: data.centers }, { sigma: 0.05 });
    expect(found.parts?.modes).toBe(8);
    expect(found.parts?.highQuality).toBeGreaterThan(0.5);
  });
});
