// VAEs: the two terms of the ELBO against closed forms, ways through the latent space, sizes. (toys.ts: they learn.)
import { beforeEach, describe, expect, it } from "vitest";
import { backprop, js, parameters, randn, seed, tensor, tidy, use, zeros } from "genarch";
import {
  attributeVector,
  bernoulli,
  convVAE,
  gaussian,
  interpolate,
  klFromPrior,
  lerp,
  mlpVAE,
  slerp,
} from "genarch/models";
import { close, eachBackend, noLeaks, numbers } from "../support.js";

describe("the parts of the ELBO", () => {
  beforeEach(() => use(js));

  it("KL(N(0.5, e^−0.3) ‖ N(0, 1)); 0 for the prior itself", async () => {
    const code = { mean: tensor([[0.5, 0]]), logVar: tensor([[-0.3, 0]]) };
    close(await numbers(klFromPrior(code)), [0.14540911034085896, 0], { relative: 1e-12 });
  });

  it("Bernoulli: −log σ(logit) for what is on, in nats, summed over an example", async () => {
    const logits = tensor([[[0, 2]], [[-1, 50]]]);
    const x = tensor([[[1, 0]], [[0.5, 1]]]);
    const softplus = (v: number) => Math.log1p(Math.exp(v));
    const wanted = [softplus(0) + softplus(2), 0.5 * softplus(1) + 0.5 * softplus(-1)];
    close(await numbers(bernoulli.cost(logits, x)), wanted, { relative: 1e-12 });
  });

  it("Gaussian: −log N(x; decoded, σ²) in nats", async () => {
    const cost = gaussian(0.5).cost(tensor([[1, 2]]), tensor([[1, 3]]));
    const density = (d: number) => Math.exp((-d * d) / (2 * 0.25)) / (0.5 * Math.sqrt(2 * Math.PI));
    close(await numbers(cost), [-Math.log(density(0)) - Math.log(density(1))], { relative: 1e-12 });
  });

  it("loss is reconstruction + β·KL", async () => {
    const model = mlpVAE({ inputs: 6, hidden: 5, latent: 2 });
    using result = backprop(model, () => model.loss(randn([4, 6]).sigmoid(), { beta: 3 }));
    const [loss, reconstruction, kl] = [
      await result.loss.item(),
      await result.reconstruction.item(),
      await result.kl.item(),
    ];
    close([loss], [reconstruction + 3 * kl], { relative: 1e-12 });
    expect(kl).toBeGreaterThan(0);
  });

  it("the bound is tight where the posterior is exact: x = z + noise of one number", async () => {
    // p(x | z) = N(z, 1), so that p(x) = N(0, 2) and p(z | x) = N(x/2, 1/2).
    const model = mlpVAE({ inputs: 1, hidden: 2, latent: 1, likelihood: gaussian(1) });
    const set = (owner: object, path: string[], value: number[][] | number[]) => {
      const parent = path.slice(0, -1).reduce((at, key) => Reflect.get(at, key) as object, owner);
      Reflect.set(parent, path.at(-1)!, tensor(value));
    };
    for (const [body, out, bias] of [
      ["encoder", [[0.5, -0.5], [0, 0]], [0, Math.log(0.5)]],
      ["decoder", [[1, -1]], [0]],
    ] as const) {
      set(model, [body, "first", "weight"], [[1], [-1]]); // relu(x) − relu(−x) = x
      set(model, [body, "first", "bias"], [0, 0]);
      set(model, [body, "last", "weight"], out.map((row) => [...row]));
      set(model, [body, "last", "bias"], [...bias]);
    }
    const x = 1.3;
    const found = tidy(() => model.loss(tensor([[x]]).expand(20_000, 1)));
    const evidence = 0.5 * Math.log(2 * Math.PI * 2) + (x * x) / 4; // −log N(x; 0, 2)
    expect(Math.abs((await found.loss.item()) - evidence)).toBeLessThan(0.02);
  }); // prettier-ignore
});

eachBackend(() => {
  beforeEach(() => seed(21));
  // The same to 1e-5 on both backends: float32's arccosine loses the rest.
  const near = { relative: 1e-5, absolute: 1e-5 };

  it("lerp goes straight, slerp along the arc", () =>
    noLeaks(async () => {
      using a = tensor([[2, 0, 0], [1, 0, 0]]);
      using b = tensor([[0, 2, 0], [1, 0, 0]]);
      using straight = tidy(() => lerp(a, b, 0.25));
      close(await numbers(straight), [1.5, 0.5, 0, 1, 0, 0], near);
      using arc = tidy(() => slerp(a, b, 0.25));
      const [c, s] = [2 * Math.cos(Math.PI / 8), 2 * Math.sin(Math.PI / 8)];
      close(await numbers(arc), [c, s, 0, 1, 0, 0], near); // parallel ones go straight
    })); // prettier-ignore

  it("slerp at obtuse and small angles, and at zero", async () => {
    for (const angle of [0.001, 0.02, 0.5, 1.57, 2.5, 3.1]) {
      const a = tensor([[1, 0]]);
      const b = tensor([[Math.cos(angle), Math.sin(angle)]]);
      const wanted = [Math.cos(0.3 * angle), Math.sin(0.3 * angle)];
      const tolerance = { absolute: angle > 3 ? 1e-4 : 1e-5 };
      close(await numbers(slerp(a, b, 0.3)), wanted, tolerance, `angle ${angle}`);
    }
    close(await numbers(slerp(zeros([1, 2]), tensor([[1, 1]]), 0.5)), [0.5, 0.5]);
  });

  it("interpolates with both ends", async () => {
    const way = interpolate(tensor([0, 4]), tensor([4, 0]), 3);
    expect(await way.array()).toEqual([[0, 4], [2, 2], [4, 0]]);
    expect(() => interpolate(zeros([2]), zeros([2]), 1)).toThrow(
      "interpolate: count is 1; both ends alone are 2",
    );
  }); // prettier-ignore

  it("an attribute is the difference of the means", async () => {
    const vector = attributeVector(tensor([[1, 2], [3, 2]]), tensor([[0, 1]]));
    expect(await vector.array()).toEqual([2, 1]);
  }); // prettier-ignore

  it("pytorch/examples' sizes by default; convolutions keep the shape of an image", async () => {
    const sizes = [...parameters(mlpVAE())].map(
      ([path, { shape }]) => `${path} ${shape.join("x")}`,
    );
    expect(sizes).toEqual([
      "encoder.first.weight 400x784",
      "encoder.first.bias 400",
      "encoder.last.weight 40x400",
      "encoder.last.bias 40",
      "decoder.first.weight 400x20",
      "decoder.first.bias 400",
      "decoder.last.weight 784x400",
      "decoder.last.bias 784",
    ]);
    const model = convVAE({ width: 4, hidden: 16, latent: 3, channels: 2, size: 16 });
    using back = tidy(() => model.reconstruct(randn([2, 2, 16, 16]).sigmoid()));
    expect(back.shape).toEqual([2, 2, 16, 16]);
  });

  it("wants labels where it was made for them, and there alone", () => {
    const model = mlpVAE({ inputs: 64, hidden: 48, latent: 3, classes: 2 });
    const label = zeros([16], "i32");
    expect(() => model.encode(zeros([16, 64]))).toThrow(
      "VAE: it was made for 2 classes; give labels",
    );
    expect(() => mlpVAE().encode(zeros([16, 784]), label)).toThrow(
      "VAE: got labels, but it was made without classes",
    );
  });

  it("says which sizes do not fit", () => {
    expect(() => convVAE({ size: 30 })).toThrow("convVAE: size is 30; 4 must divide it");
    const model = mlpVAE({ inputs: 64, hidden: 4, latent: 2 });
    expect(() => model.loss(zeros([2, 1, 64]).reshape(2, 64).pad(1, 0, 1))).toThrow(
      "Linear: expected",
    );
  });
});
