/** What the compiler knows. */
import { describe, expectTypeOf, it } from "vitest";
import { backprop, parameter, parameters, tensor, tidy, trace, zeros } from "genarch";
import type { Gradients, NestedArray, Parameter, Tensor } from "genarch";

describe("types", () => {
  it("dims names its sizes", () => {
    const { B, T, C } = zeros([2, 3, 4]).dims("B T C");
    expectTypeOf(zeros([2, 3, 4]).dims("B T C")).toEqualTypeOf<
      { B: number } & { T: number } & { C: number }
    >();
    expectTypeOf(B).toBeNumber();
    expectTypeOf([B, T, C]).toEqualTypeOf<number[]>();
    // @ts-expect-error: no axis was named D
    zeros([2]).dims("B").D satisfies unknown;
  });

  it("backprop gives the loss, the gradients, and what stood beside the loss", () => {
    const p = parameter(tensor(1));
    using alone = backprop({ p }, () => p.square());
    expectTypeOf(alone.loss).toEqualTypeOf<Tensor>();
    expectTypeOf(alone.grads).toEqualTypeOf<Gradients>();
    using more = backprop({ p }, () => ({ loss: p.square(), state: { h: p.add(1) }, note: "x" }));
    expectTypeOf(more.state.h).toEqualTypeOf<Tensor>();
    expectTypeOf(more.note).toBeString();
    expectTypeOf(more).toExtend<Disposable>();
    // @ts-expect-error: a closure must return its loss
    const wrong: Parameters<typeof backprop>[1] = () => 1;
    expectTypeOf(wrong).toBeFunction();
    p.dispose();
  });

  it("tidy and trace give back what the closure gives", () => {
    expectTypeOf(tidy(() => ({ a: tensor(1), b: 2 }))).toEqualTypeOf<{ a: Tensor; b: number }>();
    expectTypeOf(trace(() => 1))
      .resolves.toHaveProperty("result")
      .toBeNumber();
  });

  it("reading", () => {
    const x = tensor([1, 2]);
    expectTypeOf(x.data()).resolves.toEqualTypeOf<Float32Array | Int32Array>();
    expectTypeOf(x.array()).resolves.toEqualTypeOf<NestedArray>();
    expectTypeOf(tensor(1).item()).resolves.toBeNumber();
  });

  it("a parameter is a tensor, and a model any object", () => {
    expectTypeOf<Parameter>().toExtend<Tensor>();
    expectTypeOf(parameters({ anything: [1] })).toEqualTypeOf<
      Generator<[path: string, Parameter]>
    >();
    // @ts-expect-error: a list of texts is no tensor
    const wrong: Parameters<typeof tensor>[0] = ["a"];
    expectTypeOf(wrong).not.toBeNever();
  });
});
