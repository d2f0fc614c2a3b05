// A moving average of weights: how it follows, and how it lends itself to the model.
import { expect, it } from "vitest";
import { backprop, load, memory, parameter, plansMade, save, seed, tensor } from "genarch";
import { readSafetensors } from "genarch/data";
import { Linear } from "genarch/layers";
import { average, sgd } from "genarch/train";
import { eachBackend, numbers } from "../support.js";

eachBackend(() => {
  function trained() {
    const model = { p: parameter(tensor([0, 8])) };
    const optimizer = sgd(model, { lr: 1 });
    const mean = average(model, { decay: 0.75 });
    const step = () => {
      using result = backprop(model, () => model.p.sum().mul(-4)); // p grows by 4 a step
      optimizer.step(result.grads);
      mean.update();
    };
    return { model, mean, step };
  }

  it("follows the weights by 1 − decay of the way", async () => {
    const { mean, step } = trained();
    step();
    expect(await numbers(mean.values.get("p")!.value)).toEqual([1, 9]); // 0.25·4, 8 + 0.25·4
    step();
    expect(await numbers(mean.values.get("p")!.value)).toEqual([2.75, 10.75]); // 0.75·1 + 0.25·8
  });

  it("stands in for the model during a call, and gives the weights back bit for bit", async () => {
    seed(3);
    const model = new Linear(3, 3);
    const mean = average(model);
    const before = await numbers(model.weight);
    using result = backprop(model, () => model.forward(tensor([[0.1, 0.7, 0.3]])).square().sum()); // prettier-ignore
    sgd(model, { lr: 0.37 }).step(result.grads);
    mean.update(0.5);
    const after = await numbers(model.weight);
    expect(after).not.toEqual(before);
    const kept = await numbers(mean.values.get("weight")!.value);
    expect(kept).not.toEqual(after);
    const seen = await mean.during(() => numbers(model.weight));
    expect(seen).toEqual(kept);
    expect(await numbers(model.weight)).toEqual(after);
    expect(await numbers(mean.values.get("weight")!.value)).toEqual(kept);
  });

  it("gives the weights back when the call fails", async () => {
    const { model, mean, step } = trained();
    step();
    const fails = mean.during(async () => {
      expect(await numbers(model.p)).toEqual([1, 9]);
      throw new Error("no sample");
    });
    await expect(fails).rejects.toThrow("no sample");
    expect(await numbers(model.p)).toEqual([4, 12]);
  });

  it("costs no plan and no memory after the first step", async () => {
    const { mean, step } = trained();
    for (let k = 0; k < 3; k++) step();
    await mean.during(() => undefined);
    step();
    const [before, plans] = [memory(), plansMade()];
    for (let k = 0; k < 20; k++) {
      step();
      await mean.during(() => undefined);
    }
    step();
    expect(memory()).toEqual(before);
    expect(plansMade()).toBe(plans);
  });

  it("leaves whole numbers and bools to the model: halfway between two of them there is none", async () => {
    const model = {
      weight: parameter(tensor([2, 4])),
      places: parameter(tensor([3, -1, 7], { dtype: "i32" })),
      shown: parameter(tensor([1, 0], { dtype: "bool" })),
    };
    const mean = average(model, { decay: 0.75 });
    expect([...mean.values.keys()]).toEqual(["weight"]);
    load(model, readSafetensors(await save({ ...model, places: parameter(tensor([4, 5, -9], { dtype: "i32" })) }))); // prettier-ignore
    mean.update();
    await mean.during(async () => {
      expect(await numbers(model.weight)).toEqual([2, 4]);
      expect(await numbers(model.places)).toEqual([4, 5, -9]);
      expect(await numbers(model.shown)).toEqual([1, 0]);
    });
    expect(await numbers(model.places)).toEqual([4, 5, -9]);
    expect(() => average({ places: model.places })).toThrow(
      "average: the model holds no parameters of f32",
    );
  });

  it("wants a decay below 1", () => {
    expect(() => average({ p: parameter(tensor([1])) }, { decay: 1 })).toThrow(
      "average: decay is 1; it must be from 0 and below 1",
    );
  });
});
