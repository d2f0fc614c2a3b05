// Parts that lie side by side in memory are put together without a copy; attention's heads do.
import { expect, it } from "vitest";
import {
  backprop,
  gradient,
  parameter,
  randn,
  tensor,
  trace,
  use,
  wasm,
  type Tensor,
} from "genarch";
import { attention, Linear } from "genarch/layers";
import { eachBackend } from "../support.js";

const kernelsOf = async (fn: () => unknown): Promise<string[]> => {
  const { runs } = await trace(fn);
  return runs.flatMap(({ kernels }) => kernels.map(({ kernel, ops }) => `${kernel}: ${ops.join(" ")}`));
}; // prettier-ignore

eachBackend(() => {
  it("what was split comes together without a kernel; in another order it is copied", async () => {
    const x = parameter(tensor([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]])); // prettier-ignore
    await x.data();
    const [a, b, c] = x.split(3, 1) as [Tensor, Tensor, Tensor];
    const whole = await trace(() => a.concat([b, c], 1).square());
    expect(whole.runs.flatMap(({ kernels }) => kernels.map(({ kernel }) => kernel))).toEqual([
      "fused",
    ]);
    expect(await whole.result.array()).toEqual([[1, 4, 9, 16, 25, 36], [49, 64, 81, 100, 121, 144]]); // prettier-ignore
    const turned = b.concat([a, c], 1);
    expect(await turned.array()).toEqual([[3, 4, 1, 2, 5, 6], [9, 10, 7, 8, 11, 12]]); // prettier-ignore
    const low = a.concat([b, c], 0); // the same parts on another axis
    expect(await low.array()).toEqual([[1, 2], [7, 8], [3, 4], [9, 10], [5, 6], [11, 12]]); // prettier-ignore
    for (const t of [x, a, b, c, whole.result, turned, low]) t.dispose();
  });

  it("the gradient reaches the parts, and what they are parts of", async () => {
    const x = parameter(tensor([1, 2, 3, 4]));
    using result = backprop({ x }, () => {
      const [a, b] = x.split(2) as [Tensor, Tensor];
      const y = a.concat([b]);
      const [da, dx] = gradient(y.mul(y).mul(y).sum(), [a, x]) as [Tensor, Tensor]; // 3x²
      const [twice] = gradient(da.sum(), [x]) as [Tensor]; // 6x for the first part
      return { loss: x.sum(), da, dx, twice };
    });
    expect(await result.da.array()).toEqual([3, 12]);
    expect(await result.dx.array()).toEqual([3, 12, 27, 48]);
    expect(await result.twice.array()).toEqual([6, 12, 0, 0]);
    x.dispose();
  });
});

it("attention between the parts of one projection copies nothing, forward or back", async () => {
  await use(wasm);
  const [heads, C] = [4, 16];
  const model = { qkv: new Linear(C, 3 * C), out: new Linear(C, C) };
  const x = randn([2, 8, C]);
  const ran = await kernelsOf(() =>
    backprop(model, () => {
      const split = (t: Tensor) => t.reshape(2, 8, heads, C / heads).transpose(1, 2);
      const [q, k, v] = model.qkv.forward(x).split(3, -1).map(split) as [Tensor, Tensor, Tensor];
      const mixed = attention(q, k, v, { causal: true }).transpose(1, 2).reshape(2, 8, C);
      return model.out.forward(mixed).square().sum();
    }),
  );
  expect(ran).toContain("attentionGradient: attentionGradient");
  const copies = /^concat|^fused: (split|slice|permute|reshape)( split| slice| permute| reshape)*$/;
  expect(ran.filter((name) => copies.test(name))).toEqual([]);
});
