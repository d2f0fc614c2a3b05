/** Steps: one plan for a whole loop, memory that stays, parameters that change in place, models that play against each other. */
import { describe, expect, it } from "vitest";
import { adam, mse, sgd } from "genarch/train";
import {
  backprop,
  gradient,
  js,
  parameter,
  parameters,
  plansMade,
  rand,
  randn,
  realize,
  seed,
  State,
  tensor,
  tidy,
  training,
  update,
  use,
  zeros,
  type Parameter,
  type Tensor,
} from "genarch";
import { memory } from "genarch";
import { close, drawn, eachBackend, noLeaks, numbers } from "../support.js";

/** x → tanh(x·W₁ + b₁)·W₂ + b₂. */
class Network {
  readonly first: Parameter;
  readonly firstBias: Parameter;
  readonly second: Parameter;
  readonly secondBias: Parameter;
  constructor(input: number, hidden: number, output: number) {
    this.first = parameter(randn([hidden, input]).mul(0.5));
    this.firstBias = parameter(zeros([hidden]));
    this.second = parameter(randn([output, hidden]).mul(0.5));
    this.secondBias = parameter(zeros([output]));
  }
  forward(x: Tensor): Tensor {
    return x.affine(this.first, this.firstBias).tanh().affine(this.second, this.secondBias);
  }
}
const free = (model: object) => [...parameters(model)].forEach(([, p]) => p.dispose());

eachBackend((backend) => {
  const steps = backend === "webgpu" ? 200 : 2000; // WGSL may run on the CPU, which is slow
  it(`${steps} steps of adam: one plan a kind of step, and memory as after step 3`, async () => {
    seed("loop");
    const model = new Network(2, 8, 1);
    const optimizer = adam(model, { lr: 0.02 });
    let plans = 0;
    let after3 = memory();
    let last = Infinity;
    for (let step = 1; step <= steps; step++) {
      using x = rand([16, 2], { low: -1, high: 1 });
      using result = backprop(model, () => {
        const wanted = x.slice(1, 0, 1).mul(x.slice(1, 1, 2)); // learn a product
        return mse(model.forward(x), wanted);
      });
      optimizer.step(result.grads);
      if (step % 100 === 0) last = await result.loss.item();
      if (step === 3) [plans, after3] = [plansMade(), memory()];
    }
    expect(memory().tensors).toBeLessThanOrEqual(after3.tensors); // others' garbage may go meanwhile
    expect(memory().bytes).toBeLessThanOrEqual(after3.bytes);
    expect(plansMade()).toBe(plans);
    expect(last).toBeLessThan(20 / steps);
  });

  it("a plan that is in the cache costs little for each node", async () => {
    using x = tensor(drawn("x", 64));
    const build = (ops: number) =>
      tidy(() => {
        let y = x.mul(1);
        for (let k = 1; k < ops; k++) y = k % 8 ? y.add(1) : y.reshape([8, -1]).sum(0).add(y.reshape([8, -1])).flatten().tanh(); // prettier-ignore
        return y;
      });
    const seconds = (ops: number) => {
      const start = performance.now();
      for (let k = 0; k < 60; k++) {
        using y = build(ops);
        realize([y]);
      }
      return (performance.now() - start) / 60;
    };
    for (const warm of [400, 40, 400, 40]) seconds(warm);
    const plans = plansMade();
    const each = ((seconds(400) - seconds(40)) / 360) * 1000;
    console.log(
      `${backend}: ${each.toFixed(2)} µs an op of a cached step, its work on 64 numbers included`,
    );
    expect(plansMade()).toBe(plans);
    expect(each).toBeLessThan(200);
  });

  it("what was made before a step and is read after it shows the old parameters", async () => {
    await noLeaks(async () => {
      const p = tidy(() => parameter(tensor([1, 2])));
      const model = { p };
      using loose = p.mul(10); // outside any closure
      using later = loose.add(1);
      using inside = tidy(() => p.mul(100)); // returned from a closure
      using result = backprop(model, () => p.sum());
      using stepped = tidy(() => {
        const before = p.mul(1000); // in the closure that steps
        sgd(model, { lr: 1 }).step(result.grads);
        return before;
      });
      using now = tidy(() => p.mul(1));
      expect(await numbers(loose)).toEqual([10, 20]);
      expect(await numbers(later)).toEqual([11, 21]);
      expect(await numbers(inside)).toEqual([100, 200]);
      expect(await numbers(stepped)).toEqual([1000, 2000]);
      expect(await numbers(now)).toEqual([0, 1]);
      p.dispose();
    });
  });

  it("two models, each trained while the other stands still", async () => {
    seed("gan");
    const generator = new Network(3, 6, 2);
    const critic = new Network(2, 6, 1);
    const [g, c] = [sgd(generator, { lr: 0.1 }), sgd(critic, { lr: 0.1 })];
    const frozen = async (model: Network) => [...(await model.first.data())];
    let plans = 0;
    for (let step = 0; step < 20; step++) {
      using noise = randn([4, 3]);
      using real = randn([4, 2]);
      const before = await frozen(generator);
      using judged = backprop(critic, () => {
        const fake = generator.forward(noise);
        const loss = critic.forward(real).neg().softplus().mean();
        return loss.add(critic.forward(fake).softplus().mean());
      });
      expect(judged.grads.has(critic.first)).toBe(true);
      expect(judged.grads.has(generator.first)).toBe(false);
      c.step(judged.grads);
      expect(await frozen(generator)).toEqual(before);
      const kept = await frozen(critic);
      using fooled = backprop(generator, () =>
        critic.forward(generator.forward(noise)).neg().softplus().mean(),
      );
      g.step(fooled.grads);
      expect(await frozen(critic)).toEqual(kept);
      expect(await frozen(generator)).not.toEqual(before);
      if (step === 2) plans = plansMade();
    }
    expect(plansMade()).toBe(plans);
    [generator, critic].forEach(free);
  });
});

describe("a gradient inside backprop", () => {
  const penalty = (critic: Network, x: Tensor) => {
    const [slope] = gradient(critic.forward(x), [x]) as [Tensor];
    return slope.square().sum(1).sqrt().sub(1).square().mean(); // Gulrajani et al. (2017), eq. 3
  };

  it("is differentiated with respect to the parameters", async () => {
    await use(js);
    seed("penalty");
    const critic = new Network(2, 4, 1);
    using x = randn([3, 2]);
    using result = backprop(critic, () => critic.forward(x).mean().add(penalty(critic, x)));
    const found = await numbers(result.grads.of(critic.first));
    const start = await critic.first.data();
    const h = 1e-5;
    const wanted = [];
    for (let k = 0; k < start.length; k++) {
      const moved = async (by: number) => {
        const weights = Float64Array.from(start).map((w, i) => (i === k ? w + by : w));
        const other = new Network(2, 4, 1);
        const copy: Network = Object.assign(Object.create(Network.prototype) as Network, critic, {
          first: parameter(tensor(weights, { shape: [4, 2] })),
        });
        free(other);
        using y = tidy(() => copy.forward(x).mean().add(penalty(copy, x)));
        const value = await y.item();
        copy.first.dispose();
        return value;
      };
      wanted.push(((await moved(h)) - (await moved(-h))) / (2 * h));
    }
    close(found, wanted, { relative: 1e-5, absolute: 1e-5 });
    expect(Math.max(...found.map(Math.abs))).toBeGreaterThan(0.01);
    free(critic);
  });

  it("is zero for an input that has no part", async () => {
    using g = tidy(() => gradient(tensor([2]).square(), [tensor([1, 2, 3])])[0]!);
    expect(await numbers(g)).toEqual([0, 0, 0]);
  });
});

describe("states of a model", () => {
  it("State.set inside backprop lasts; of two the second stays", async () => {
    await use(js);
    await noLeaks(async () => {
      const model = tidy(() => ({ p: parameter(tensor([2])), seen: new State(tensor([0])) }));
      for (let step = 1; step <= 5; step++) {
        using result = backprop(model, () => {
          const loss = model.p.square().sum();
          model.seen.set(model.seen.value.add(1));
          model.seen.set(model.seen.value.add(loss.reshape([1]).detach()));
          return { loss };
        });
        expect(await result.loss.item()).toBe(4);
        expect(await numbers(model.seen.value)).toEqual([5 * step]);
      }
      model.p.dispose();
      model.seen.value.dispose();
    });
  });

  it("a closure that fails leaves parameters and states usable", async () => {
    await noLeaks(async () => {
      const model = tidy(() => ({ p: parameter(tensor([2])), seen: new State(tensor([7])) }));
      expect(() =>
        backprop(model, () => {
          model.seen.set(model.seen.value.mul(2));
          throw new Error("stop");
        }),
      ).toThrow("stop");
      expect(training()).toBe(false);
      expect(await numbers(model.seen.value)).toEqual([14]);
      expect(await numbers(model.p)).toEqual([2]);
      model.p.dispose();
      model.seen.value.dispose();
    });
  });

  it("training() is true inside backprop, also in a tidy there, and nowhere else", () => {
    const p = parameter(tensor([1]));
    const seen: boolean[] = [training()];
    using result = backprop({ p }, () => {
      seen.push(training());
      tidy(() => seen.push(training()));
      return p.sum();
    });
    tidy(() => seen.push(training()));
    expect(seen).toEqual([false, true, true, false]);
    expect(result.grads.tensors().length).toBe(1);
    p.dispose();
  });

  it("a model made inside tidy lives on", async () => {
    await noLeaks(async () => {
      const p = tidy(() => parameter(tensor([1, 2]).mul(3)));
      expect(await numbers(p)).toEqual([3, 6]);
      p.dispose();
    });
  });

  it("what backprop returns does not own what came from outside", async () => {
    const p = parameter(tensor([1, 2]));
    const x = tensor([3, 4]);
    backprop({ p }, () => ({ loss: p.mul(x).sum(), p, x }))[Symbol.dispose]();
    expect(await numbers(p)).toEqual([1, 2]);
    expect(await numbers(x)).toEqual([3, 4]);
    [p, x].forEach((t) => t.dispose());
  });
});

describe("gradients as values", () => {
  it("add, scale, clip", async () => {
    await use(js);
    const p = parameter(tensor([3, 4]));
    using a = backprop({ p }, () => p.square().sum().mul(0.5)); // gradient p
    using norm = a.grads.norm();
    expect(await norm.item()).toBeCloseTo(5, 12);
    using clipped = a.grads.clip(1);
    close(await numbers(clipped.of(p)), [0.6, 0.8], { relative: 1e-6 });
    using loose = a.grads.clip(100);
    expect(await numbers(loose.of(p))).toEqual([3, 4]);
    using sum = a.grads.add(a.grads).scale(0.25);
    expect(await numbers(sum.of(p))).toEqual([1.5, 2]);
    p.dispose();
  });

  it("a step uses up what is made of gradients, and nothing else that waits", async () => {
    await use(js);
    const model = tidy(() => ({ p: parameter(tensor([1])), seen: new State(tensor([0])) }));
    const optimizer = sgd({ p: model.p }, { lr: 0.5 });
    const raw = tensor([6]);
    const x = raw.mul(0.5); // waits
    raw.dispose();
    for (let k = 1; k <= 2; k++) {
      using result = backprop({ p: model.p }, () => {
        model.seen.set(x.mul(2).detach());
        return model.p.mul(x).sum();
      });
      optimizer.step(result.grads.scale(2));
    }
    expect(await numbers(model.p)).toEqual([1 - 2 * 0.5 * 2 * 3]);
    expect(await numbers(model.seen.value)).toEqual([6]);
    expect(await numbers(x)).toEqual([3]);
    [x, model.p, model.seen.value].forEach((t) => t.dispose());
  });

  it("clipped for a step, they leave nothing behind", async () => {
    const p = parameter(tensor([30, 40]));
    const optimizer = sgd({ p }, { lr: 1 });
    const step = () => {
      using result = backprop({ p }, () => p.square().sum());
      optimizer.step(result.grads.clip(1));
    };
    step();
    const { tensors, bytes } = memory();
    for (let k = 1; k < 20; k++) step();
    expect(memory()).toMatchObject({ tensors, bytes });
    const [x, y] = await numbers(p); // twenty steps of length 1 from 50
    close([Math.hypot(x!, y!)], [30], { relative: 1e-6 });
    p.dispose();
  });

  it("one tensor for two parameters, and a parameter that is the loss", async () => {
    const [a, b] = [parameter(tensor([1, 2])), parameter(tensor([3, 4]))];
    using result = backprop({ a, b }, () => a.add(b).sum());
    expect(await numbers(result.grads.of(a))).toEqual([1, 1]);
    expect(await numbers(result.grads.of(b))).toEqual([1, 1]);
    const loss = parameter(tensor(5));
    using self = backprop({ loss }, () => loss);
    expect(await numbers(self.grads.of(loss))).toEqual([1]);
    [a, b, loss].forEach((p) => p.dispose());
  });

  it("a step inside backprop is refused", () => {
    const p = parameter(tensor([1]));
    const kernel = { kernel: "optimizer", sizes: [1], decay: [false], method: "sgd", momentum: false, nesterov: false } as const; // prettier-ignore
    expect(() =>
      backprop({ p }, () => {
        update(kernel, [p, tensor([1])], [p], [1, 0, 0, 0, 0, 1]);
        return p.sum();
      }),
    ).toThrow(
      "optimizer: step was called inside backprop, whose gradients need the old parameters; call it afterwards",
    );
    p.dispose();
  });
});
