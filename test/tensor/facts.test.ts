/** Numbers that PyTorch and NumPy give, and what must hold at the ends of the float range. */
import { describe, expect, it } from "vitest";
import { crossEntropy } from "genarch/train";
import { arange, einsum, tensor, tidy, type Tensor } from "genarch";
import { close, eachBackend, numbers } from "../support.js";

const exact = { relative: 2e-6, absolute: 1e-7 };
type Fact = [name: string, x: number[], f: (x: Tensor) => Tensor, wanted: number[]];

/** torch.nn.functional at −2, −1, 0, 0.5, 1, 3, in float64. */
const at = [-2, -1, 0, 0.5, 1, 3];
const activations: Fact[] = [
  ["gelu", at, (x) => x.gelu(), [-0.04550026389635842, -0.15865525393145707, 0, 0.34573123063700656, 0.8413447460685429, 2.99595030590511]],
  ["geluTanh", at, (x) => x.geluTanh(), [-0.04540230591222843, -0.15880800939172324, 0, 0.34571400982514394, 0.8411919906082768, 2.9963626079182]],
  ["silu", at, (x) => x.silu(), [-0.2384058440442351, -0.2689414213699951, 0, 0.3112296656009273, 0.7310585786300049, 2.8577223804673]],
  ["mish", at, (x) => x.mish(), [-0.2525014826, -0.3034014613, 0, 0.3752452, 0.8650983883, 2.9865350050]],
  ["softplus", at, (x) => x.softplus(), [0.1269280110429726, 0.3132616875182228, 0.6931471805599453, 0.9740769841801067, 1.3132616875182228, 3.048587351573742]],
  ["logSigmoid", at, (x) => x.logSigmoid(), [-2.1269280110429727, -1.3132616875182228, -0.6931471805599453, -0.4740769841801067, -0.3132616875182228, -0.04858735157374196]],
  ["elu", at, (x) => x.elu(), [-0.8646647167633873, -0.6321205588285577, 0, 0.5, 1, 3]],
  ["selu", at, (x) => x.selu(), [-1.520166468595695, -1.1113307378125625, 0, 0.5253504936677, 1.0507009873554805, 3.1521029620664414]],
  ["leakyRelu", at, (x) => x.leakyRelu(), [-0.02, -0.01, 0, 0.5, 1, 3]],
  ["erf", at, (x) => x.erf(), [-0.9953222650189527, -0.8427007929497149, 0, 0.5204998778130465, 0.8427007929497149, 0.9999779095030014]],
]; // prettier-ignore

const endings: Fact[] = [
  ["round goes to even", [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], (x) => x.round(), [-2, -2, 0, 0, 2, 2]],
  ["mod has the divisor's sign", [-7, 7, -6, 6.5], (x) => x.mod(3), [2, 1, 0, 0.5]],
  ["mod by a negative", [-7, 7, -6, 6.5], (x) => x.mod(-3), [-1, -2, 0, -2.5]],
  ["tanh far out", [-1e30, -100, -45, 45, 100, 1e30], (x) => x.tanh(), [-1, -1, -1, 1, 1, 1]],
  ["tanh near 0", [1e-6, -1e-4], (x) => x.tanh().mul(1e6), [1, -100]],
  ["gelu far out", [-1e20, -100, 100, 1e20], (x) => x.gelu(), [0, 0, 100, 1e20]],
  ["softplus far out", [-1000, 1000, 1e20], (x) => x.softplus(), [0, 1000, 1e20]],
  ["logSigmoid far out", [-1000, 1000], (x) => x.logSigmoid(), [-1000, 0]],
  ["sigmoid far out", [-1000, 1000], (x) => x.sigmoid(), [0, 1]],
  ["mish far out", [-1000, 1000], (x) => x.mish(), [0, 1000]],
  ["sin and cos far out", [1e4, 1e5], (x) => x.sin().add(x.cos()), [-1.2577698, -0.9636130]],
  ["log1p near 0", [1e-6, -1e-6], (x) => x.log1p().mul(1e6), [0.9999995, -1.0000005]],
  ["expm1 near 0", [1e-6, -1e-6], (x) => x.expm1().mul(1e6), [1.0000005, -0.9999995]],
  ["log at 0 and below", [0, -1], (x) => x.log(), [-Infinity, NaN]],
  ["sqrt below 0", [-1, 0, 4], (x) => x.sqrt(), [NaN, 0, 2]],
  ["division by 0", [-1, 0, 1], (x) => x.div(0), [-Infinity, NaN, Infinity]],
  ["exp of infinities", [-Infinity, Infinity], (x) => x.exp(), [0, Infinity]],
  ["relu of infinities", [-Infinity, Infinity], (x) => x.relu(), [0, Infinity]],
  ["softmax of large numbers", [1000, 1000, -1000], (x) => x.softmax(), [0.5, 0.5, 0]],
  ["softmax with −∞", [1, -Infinity, 1], (x) => x.softmax(), [0.5, 0, 0.5]],
  ["logsumexp of large numbers", [1000, 1000], (x) => x.logsumexp(), [1000 + Math.LN2]],
  ["logsumexp of −∞ alone", [-Infinity, -Infinity], (x) => x.logsumexp(), [-Infinity]],
  ["max of NaN", [1, NaN, 2], (x) => x.max(), [NaN]],
  ["maximum with NaN", [1, NaN, 2], (x) => x.maximum(1.5), [1.5, NaN, 2]],
  ["relu of NaN", [NaN], (x) => x.relu(), [NaN]],
  ["sum with NaN", [1, NaN], (x) => x.sum(), [NaN]],
  ["argmax takes NaN as largest", [1, NaN, 2], (x) => x.argmax(), [1]],
  ["sort puts NaN last", [2, NaN, 1], (x) => x.sort().values, [1, 2, NaN]],
  ["nothing is equal to NaN", [NaN, 1], (x) => x.eq(x), [0, 1]],
  ["cast to i32 goes toward 0", [-2.7, -0.5, 0.5, 2.7], (x) => x.cast("i32"), [-2, 0, 0, 2]],
  ["0 to the 0", [0, 2], (x) => x.pow(0), [1, 1]],
  ["negative to a whole power", [-2, -3], (x) => x.pow(3), [-8, -27]],
  ["negative to a half", [-2], (x) => x.pow(0.5), [NaN]],
]; // prettier-ignore

/** NaN must not hide in any curve. */
const curves: ((x: Tensor) => Tensor)[] = [
  (x) => x.neg(), (x) => x.abs(), (x) => x.floor(), (x) => x.ceil(), (x) => x.round(), (x) => x.sqrt(), (x) => x.exp(),
  (x) => x.expm1(), (x) => x.log(), (x) => x.log1p(), (x) => x.sin(), (x) => x.cos(), (x) => x.tanh(), (x) => x.erf(),
  (x) => x.sigmoid(), (x) => x.softplus(), (x) => x.relu(), (x) => x.leakyRelu(), (x) => x.elu(), (x) => x.selu(),
  (x) => x.silu(), (x) => x.gelu(), (x) => x.geluTanh(), (x) => x.mish(), (x) => x.clamp(-1, 1), (x) => x.pow(2),
  (x) => x.add(1), (x) => x.mul(0), (x) => x.softmax(), (x) => x.mean(), (x) => x.cumsum(), (x) => x.prod(), (x) => x.min(),
]; // prettier-ignore

eachBackend(() => {
  it.each(activations)("%s, as PyTorch", async (name, x, f, wanted) => {
    using y = tidy(() => f(tensor(x)));
    close(await numbers(y), wanted, exact, name);
  });
  it.each(endings)("%s", async (name, x, f, wanted) => {
    using y = tidy(() => f(tensor(x)));
    close(await numbers(y), wanted, { relative: 1e-5, absolute: 1e-6 }, name);
  });
  it("NaN goes through every curve", async () => {
    const results = tidy(() => curves.map((f) => f(tensor([NaN]))));
    for (const [k, y] of results.entries())
      expect(await numbers(y), String(curves[k])).toEqual([NaN]);
    results.forEach((y) => y.dispose());
  });

  it("cross-entropy of PyTorch's documentation: uniform logits cost log C", async () => {
    using loss = tidy(() => crossEntropy(tensor([[0, 0, 0, 0], [5, 5, 5, 5]]), tensor([1, 3], { dtype: "i32" }))); // prettier-ignore
    close([await loss.item()], [Math.log(4)], exact);
  });
  it("einsum of NumPy's documentation", async () => {
    const a = arange(25).cast("f32").reshape(5, 5);
    using trace = einsum("ii->", a);
    using diagonal = einsum("ii->i", a);
    using sums = einsum("ij->i", a);
    expect(await trace.item()).toBe(60);
    expect(await numbers(diagonal)).toEqual([0, 6, 12, 18, 24]);
    expect(await numbers(sums)).toEqual([10, 35, 60, 85, 110]);
  });
  it("variance and mean of 1, 2, 3, 4 (torch.var: unbiased)", async () => {
    const both = tidy(() => [tensor([1, 2, 3, 4]).variance(), tensor([1, 2, 3, 4]).mean()]);
    close([await both[0]!.item(), await both[1]!.item()], [5 / 3, 2.5], exact);
    both.forEach((x) => x.dispose());
  });
  it("a sum of a million numbers keeps six digits", async () => {
    const data = Float32Array.from({ length: 1_000_000 }, (_, k) => 1 + (k % 10) / 10);
    using total = tidy(() => tensor(data).sum());
    close([await total.item()], [data.reduce((a, b) => a + b, 0)], { relative: 1e-6 });
  });
});

describe("dtypes", () => {
  it("follow the table bool < i32 < f32; a whole number keeps i32", () => {
    const [f, i, b] = [tensor([1]), tensor([1], { dtype: "i32" }), tensor([true])];
    expect([f.add(i), i.add(1), i.add(0.5), i.add(3e9), b.add(i), i.div(2), i.mean(), f.lt(0)].map(({ dtype }) => dtype))
      .toEqual(["f32", "i32", "f32", "f32", "i32", "f32", "f32", "bool"]); // prettier-ignore
  });
});
