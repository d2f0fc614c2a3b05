// What optimizers promise beside their equations: options, refusals, memory, and one plan for all steps.
import { beforeEach, describe, expect, it } from "vitest";
import { backprop, memory, parameter, plansMade, seed, tensor, randn } from "genarch";
import { Linear } from "genarch/layers";
import { adagrad, adam, adamw, mse, rmsprop, sgd } from "genarch/train";
import { eachBackend, numbers } from "../support.js";

eachBackend(() => {
  beforeEach(() => seed(1));

  it("weight decay touches what `decay` names, as nanoGPT's matrices", async () => {
    const model = { weight: parameter(tensor([[1]])), bias: parameter(tensor([1])) };
    const optimizer = adamw(model, {
      lr: 0.1,
      weightDecay: 0.5,
      decay: (_, { shape }) => shape.length >= 2,
    });
    using result = backprop(model, () => model.weight.mul(0).sum().add(model.bias.mul(0).sum()));
    optimizer.step(result.grads);
    expect(await numbers(model.bias)).toEqual([1]);
    expect((await numbers(model.weight))[0]).toBeCloseTo(1 - 0.1 * 0.5, 6);
  });

  it("lr may change between steps", async () => {
    const model = { p: parameter(tensor([1, 2])) };
    const optimizer = sgd(model, { lr: 0.5 });
    const step = () => {
      using result = backprop(model, () => model.p.sum());
      optimizer.step(result.grads);
    };
    step();
    optimizer.lr = 0.25;
    step();
    expect(await numbers(model.p)).toEqual([0.25, 1.25]);
  });

  it("a rate that is no rate throws and leaves everything as it was", async () => {
    const model = { p: parameter(tensor([1, 2])) };
    const optimizer = adamw(model, { lr: 0.5 });
    expect(() => (optimizer.lr = NaN)).toThrow(
      "adamw: lr is NaN; it must be a finite number from 0",
    );
    expect(() => (optimizer.lr = -1)).toThrow("adamw: lr is -1; it must be a finite number from 0");
    expect(optimizer.lr).toBe(0.5);
    expect(optimizer.steps).toBe(0);
    expect(await numbers(model.p)).toEqual([1, 2]);
  });

  it("steps with the gradients of its own model only", async () => {
    const [a, b] = [{ p: parameter(tensor([1])) }, { q: parameter(tensor([1])) }];
    const optimizer = adam({ a, b });
    using result = backprop(a, () => a.p.sum());
    expect(() => optimizer.step(result.grads)).toThrow(
      "adam: no gradient for b.q; step with the gradients that backprop gave for the same model",
    );
    expect(optimizer.steps).toBe(0);
    expect(await numbers(a.p)).toEqual([1]);
  });

  it("a frozen part stays: only what the optimizer was given moves", async () => {
    const model = { body: new Linear(2, 2), head: new Linear(2, 1) };
    const before = await numbers(model.body.weight);
    const optimizer = sgd(model.head, { lr: 1, momentum: 0.9 });
    using result = backprop(model, () => mse(tensor([[1, 2]]).pipe(model.body, model.head), 0));
    optimizer.step(result.grads);
    expect(await numbers(model.body.weight)).toEqual(before);
  });

  it("gradients of parts of a batch add up to those of the whole", async () => {
    const model = new Linear(3, 2);
    const x = tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 0]]); // prettier-ignore
    using whole = backprop(model, () => mse(model.forward(x), 1));
    using first = backprop(model, () => mse(model.forward(x.slice(0, 0, 2)), 1));
    using second = backprop(model, () => mse(model.forward(x.slice(0, 2)), 1));
    using sum = first.grads.add(second.grads).scale(0.5);
    const wanted = await numbers(whole.grads.of(model.weight));
    (await numbers(sum.of(model.weight))).forEach((x, k) => expect(x).toBeCloseTo(wanted[k]!, 4));
  });

  it.each([
    ["sgd", (model: object) => sgd(model, { momentum: 0.9, nesterov: true })],
    ["adam", (model: object) => adam(model, { amsgrad: true })],
    ["adamw", (model: object) => adamw(model)],
    ["rmsprop", (model: object) => rmsprop(model, { momentum: 0.9, centered: true })],
    ["adagrad", (model: object) => adagrad(model, { lrDecay: 0.01 })],
  ])("%s learns a line with one plan and no memory to spare", async (_, make) => {
    const model = new Linear(4, 1);
    const truth = tensor([[1], [-2], [0.5], [3]]);
    const optimizer = make(model);
    optimizer.lr = optimizer.progress().method === "adagrad" ? 0.5 : 0.05;
    const step = () => {
      using x = randn([16, 4]);
      using result = backprop(model, () => mse(model.forward(x), x.matmul(truth)));
      optimizer.step(result.grads.clip(10));
      return result.loss.item();
    };
    const first = await step();
    for (let k = 0; k < 2; k++) await step();
    const [after3, plans] = [memory(), plansMade()];
    let last = first;
    for (let k = 0; k < 120; k++) last = await step();
    expect(last).toBeLessThan(first / 5);
    expect(memory().tensors).toBeLessThanOrEqual(after3.tensors); // others' garbage may go meanwhile
    expect(memory().bytes).toBeLessThanOrEqual(after3.bytes);
    expect(plansMade()).toBe(plans);
  });
});

describe("options", () => {
  const model = { p: parameter(tensor([1])) };

  it("have PyTorch's defaults", () => {
    expect(sgd(model).lr).toBe(1e-3);
    expect(adam(model).lr).toBe(1e-3);
    expect(adamw(model).lr).toBe(1e-3);
    expect(rmsprop(model).lr).toBe(1e-2);
    expect(adagrad(model).lr).toBe(1e-2);
  });

  it.each([
    [() => sgd(model, { lr: Infinity }), "sgd: lr is Infinity; it must be a finite number from 0"],
    [() => adam(model, { betas: [0.9, 1] }), "adam: betas[1] is 1; it must be from 0 and below 1"],
    [
      () => adamw(model, { weightDecay: -0.1 }),
      "adamw: weightDecay is -0.1; it must be a finite number from 0",
    ],
    [() => rmsprop(model, { eps: NaN }), "rmsprop: eps is NaN; it must be a finite number from 0"],
    [
      () => sgd(model, { nesterov: true }),
      "sgd: nesterov wants a momentum above 0 and no dampening, got 0 and 0",
    ],
    [
      () => adagrad({}),
      "adagrad: the model holds no parameters; give the object whose fields hold them",
    ],
  ])("%#: bad ones get a sentence", (make, sentence) => {
    expect(make).toThrow(sentence);
  });

  it("are kept under PyTorch's names, by path", () => {
    const { states } = rmsprop({ layer: model }, { momentum: 0.9, centered: true });
    expect(Object.keys(states)).toEqual(["square_avg", "momentum_buffer", "grad_avg"]);
    expect([...states.square_avg!.keys()]).toEqual(["layer.p"]);
  });
});
