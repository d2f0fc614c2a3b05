/**
 * Clipping and scaling gradients: a factor that the optimizer multiplies by on its way, so that neither costs a pass
 * over the gradients. PyTorch's clip_grad_norm_: factor = min(1, maxNorm / (norm + 1e-6)), norm over all together.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { backprop, memory, parameter, plansMade, randn, seed, tensor, tidy, trace, type Gradients } from "genarch"; // prettier-ignore
import { Linear } from "genarch/layers";
import { adam, mse, sgd } from "genarch/train";
import { squareSum } from "../../src/tensor/ops/square-sum.js";
import { close, drawn, eachBackend, gradcheck, noLeaks, numbers } from "../support.js";

const sizes = { matrix: [7, 5], row: [33], one: [1], none: [0], long: [20_000] };

/** A model whose loss Σ p·g has the gradients g. */
function modelOf(name: string) {
  const entries = Object.entries(sizes).map(([key, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const p = parameter(tensor(drawn(`${name} p ${key}`, count)).reshape(shape));
    return { key, p, g: drawn(`${name} g ${key}`, count), start: drawn(`${name} p ${key}`, count) };
  });
  const model = Object.fromEntries(entries.map(({ key, p }) => [key, p]));
  const back = () =>
    backprop(model, () =>
      entries
        .map(({ p, g }) => p.mul(tensor(g).reshape(p.shape)).sum())
        .reduce((sum, term) => sum.add(term)),
    );
  const norm = Math.hypot(...entries.flatMap(({ g }) => g));
  return { entries, model, back, norm };
}

const clipped = (norm: number, maxNorm: number) => Math.min(1, maxNorm / (norm + 1e-6));

eachBackend((name) => {
  beforeEach(() => seed(1));

  describe("the gradients", () => {
    it("have the norm of all together", async () => {
      const { back, norm } = modelOf("norm");
      using result = back();
      close([await result.grads.norm().item()], [norm], { relative: 1e-6 });
      close([await result.grads.clip(3).norm().item()], [3], { relative: 1e-5 });
      close([await result.grads.scale(-2).norm().item()], [2 * norm], { relative: 1e-6 });
    });

    it.each([1, 1e9])("read after clip(%d) are what PyTorch makes of them", async (maxNorm) => {
      const { entries, back, norm } = modelOf("read");
      using result = back();
      using grads = result.grads.clip(maxNorm);
      for (const { p, g } of entries)
        close(await numbers(grads.of(p)), g.map((x) => x * clipped(norm, maxNorm)), { relative: 1e-6 }); // prettier-ignore
      expect(grads.of(entries[0]!.p)).toBe(grads.of(entries[0]!.p));
    });
  });

  describe("a step", () => {
    type Change = (grads: Gradients, other: Gradients) => Gradients;
    const changes: [name: string, change: Change, factor: (norm: number) => number][] = [
      ["clipped", (grads) => grads.clip(1), (norm) => clipped(norm, 1)],
      ["hardly clipped", (grads) => grads.clip(1e9), () => 1],
      ["scaled", (grads) => grads.scale(0.25), () => 0.25],
      ["scaled, then clipped", (grads) => grads.scale(2).clip(1), (norm) => 2 * clipped(2 * norm, 1)],
      ["clipped twice", (grads) => grads.clip(2).clip(1), (norm) => clipped(norm, 2) * clipped(norm * clipped(norm, 2), 1)],
      ["added up, then clipped", (grads, other) => grads.add(other).clip(1), (norm) => 2 * clipped(2 * norm, 1)],
      ["clipped, then added up", (grads, other) => grads.clip(1).add(other.clip(1)), (norm) => 2 * clipped(norm, 1)],
    ]; // prettier-ignore

    it.each(changes)("%s", async (_, change, factor) => {
      const { entries, model, back, norm } = modelOf("step");
      const optimizer = sgd(model, { lr: 0.5 });
      for (let step = 1; step <= 2; step++) {
        using first = back();
        using second = back();
        optimizer.step(change(first.grads, second.grads));
        for (const { p, g, start } of entries)
          close(await numbers(p), start.map((x, k) => x - step * 0.5 * factor(norm) * g[k]!), { relative: 2e-6 }); // prettier-ignore
      }
    });

    it.each([Infinity, 1])("of parameters that share a gradient, of norm %d at most", async (maxNorm) => {
      const model = { a: parameter(tensor([1, 2])), b: parameter(tensor([5, 6])), c: parameter(tensor([1])) };
      const optimizer = sgd(model, { lr: 1 });
      using result = backprop(model, () => model.a.add(model.b).mul(tensor([3, 4])).sum().add(model.c.sum()));
      expect(result.grads.of(model.a)).toBe(result.grads.of(model.b));
      const isClipped = maxNorm < Infinity;
      optimizer.step(isClipped ? result.grads.clip(maxNorm) : result.grads);
      const factor = isClipped ? clipped(Math.hypot(3, 4, 3, 4, 1), maxNorm) : 1;
      close(await numbers(model.a), [1 - 3 * factor, 2 - 4 * factor]);
      close(await numbers(model.b), [5 - 3 * factor, 6 - 4 * factor]);
      close(await numbers(model.c), [1 - factor]);
    }); // prettier-ignore

    it("of a part of the model counts all of its gradients", async () => {
      const model = { body: new Linear(3, 4), head: new Linear(4, 2) };
      const optimizer = sgd(model.head, { lr: 1 });
      const x = randn([5, 3]);
      const before = await numbers(model.head.weight);
      using result = backprop(model, () => mse(model.head.forward(model.body.forward(x)), 1));
      const gradient = await numbers(result.grads.of(model.head.weight));
      const norm = await result.grads.norm().item();
      optimizer.step(result.grads.clip(0.1));
      close(await numbers(model.head.weight), before.map((p, k) => p - clipped(norm, 0.1) * gradient[k]!)); // prettier-ignore
    });

    it("does not mind if the gradients that were clipped are freed, nor does it free them", async () => {
      const { entries, model, back, norm } = modelOf("freed");
      const optimizer = sgd(model, { lr: 1 });
      const [{ p, g, start }] = entries as [(typeof entries)[number]];
      const result = back();
      const grads = result.grads.clip(1);
      result.grads.dispose();
      optimizer.step(grads);
      const moved = start.map((x, k) => x - clipped(norm, 1) * g[k]!);
      close(await numbers(p), moved, { relative: 2e-6 });

      using again = back();
      again.grads.clip(1).dispose();
      close(await numbers(again.grads.of(p)), g, { relative: 1e-6 });
    });

    it("may be clipped inside tidy, and leaves nothing behind", async () => {
      const { model, back, norm } = modelOf("tidy");
      const optimizer = sgd(model, { lr: 0 });
      back()[Symbol.dispose](); // the parameters' first numbers
      await noLeaks(async () => {
        using result = back();
        const kept = tidy(() => {
          const grads = result.grads.clip(1);
          return { grads, norm: grads.norm() };
        });
        close([await kept.norm.item()], [clipped(norm, 1) * norm], { relative: 1e-5 });
        kept.norm.dispose();
        optimizer.step(kept.grads);
        kept.grads.dispose();
      });
    });

    it("takes one plan, and keeps nothing", async () => {
      const { model, back } = modelOf("plan");
      const optimizer = adam(model);
      const step = async () => {
        using result = back();
        optimizer.step(result.grads.clip(1));
        return await result.loss.item();
      };
      for (let k = 0; k < 3; k++) await step();
      const [before, plans] = [memory(), plansMade()];
      for (let k = 0; k < 5; k++) await step();
      expect(plansMade()).toBe(plans);
      expect(memory().tensors).toBeLessThanOrEqual(before.tensors);
      expect(memory().bytes).toBeLessThanOrEqual(before.bytes);
    });

    it("makes no clipped gradients: one kernel for the norm, one for the factor", async () => {
      const { model, back } = modelOf("kernels");
      const optimizer = sgd(model, { lr: 1 });
      using result = back();
      const { runs } = await trace(() => optimizer.step(result.grads.clip(1)));
      const ops = runs.flatMap(({ kernels }) => kernels.map(({ ops }) => ops.join(" ")));
      expect(ops.slice(-3)).toEqual([
        "squareSum",
        "sqrt full add reciprocal full mul full min",
        "optimizer",
      ]);
      const where = runs.at(-1)!.kernels.at(-3)!.where;
      if (name === "webgpu") expect(where).toContain("2 dispatches");
    });
  });

  if (name === "js")
    it("the norm is differentiable", () =>
      gradcheck(
        (a, b) => a.apply(squareSum, [a, b], {})[0]!.sqrt(),
        [
          { data: drawn("a", 6), shape: [2, 3] },
          { data: drawn("b", 4), shape: [4] },
        ],
      ));
});
