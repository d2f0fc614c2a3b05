/** What runs where: which ops share a kernel, what `trace` tells, when a plan is found again. */
import { describe, expect, it } from "vitest";
import {
  js,
  parameter,
  backprop,
  plansMade,
  realize,
  tensor,
  tidy,
  trace,
  use,
  type Tensor,
} from "genarch";
import { sgd } from "genarch/train";
import { drawn, eachBackend, numbers } from "../support.js";

/** The kernels of `f(x)`, each as the ops inside it. */
async function kernelsOf(f: (x: Tensor) => Tensor | Tensor[]): Promise<string[]> {
  const x = tensor(drawn("trace", 24), { shape: [4, 6] });
  const { runs } = await trace(() => tidy(() => f(x)));
  return runs.flatMap(({ kernels }) => kernels.map(({ ops }) => ops.join(" ")));
}

describe("fusion", () => {
  const one = async (f: (x: Tensor) => Tensor | Tensor[], ops: string) =>
    expect(await kernelsOf(f)).toEqual([ops]);

  it("a chain of maps is one kernel", () => one((x) => x.mul(x).tanh().add(x), "mul tanh add"));
  it("gelu(x) · 3, summed, is one kernel", () =>
    one((x) => x.gelu().mul(3).sum(), "gelu full mul sum"));
  it("what follows a sum joins it", () =>
    one((x) => x.square().sum(1).add(1).sqrt(), "square sum full add sqrt"));
  it("what follows through a view joins, too", () =>
    one(
      (x) => x.square().sum(0).reshape(2, 3).transpose().exp(),
      "square sum reshape permute exp",
    ));
  it("views cost nothing before a map", () =>
    one((x) => x.transpose().slice(0, 1, 4).flip(1).exp(), "permute slice slice exp"));
  it("nor does a transpose before a matrix product", () =>
    one((x) => x.matmul(x.transpose()), "matmul"));
  it("a broadcast of a sum gets memory, so that it is summed once", async () =>
    expect(await kernelsOf((x) => x.sub(x.mean(1, { keepAxes: true })))).toEqual([
      "sum reshape full mul",
      "sub",
    ]));
  it("of one reduction at two places, too", async () =>
    expect(await kernelsOf((x) => { const s = x.sum(0); return s.add(s.flip(0)); })).toEqual(["sum", "slice add"])); // prettier-ignore
  it("two results are two kernels in one run", async () =>
    expect(await kernelsOf((x) => [x.exp(), x.sum()])).toEqual(["exp", "sum"]));
  it("a loop reads seven inputs at most: a sum of more is cut into few kernels", async () => {
    const many = (count: number) => (x: Tensor) =>
      Array.from({ length: count }, (_, k) => tensor(drawn(`${k}`, 24), { shape: [4, 6] }))
        .reduce((sum, y) => sum.add(y), x); // prettier-ignore
    for (const count of [7, 12, 60]) {
      const kernels = await kernelsOf(many(count));
      expect(kernels.length).toBe(Math.ceil(count / 6)); // each adds six to what came before
      expect(kernels.join(" ").split(" ").length).toBe(count);
    }
  });
});

eachBackend((backend) => {
  it("tells backend, kernels, ops, sizes, source and reason", async () => {
    using x = tensor(drawn("told", 24), { shape: [3, 8] });
    const told = await trace(async () => {
      using y = tidy(() => x.gelu().mul(3).sum());
      return y.item();
    });
    expect(told.runs.length).toBe(1);
    const [run] = told.runs;
    expect(run).toMatchObject({ backend, made: true });
    const [kernel] = run!.kernels;
    expect(kernel).toMatchObject({ kernel: "fused", ops: ["gelu", "full", "mul", "sum"] });
    expect(kernel).toMatchObject({ inputs: [24], outputs: [1], bytes: 100 });
    expect(kernel!.source.length).toBeGreaterThan(20);
    expect(kernel!.where).toContain(backend);
    expect(String(told)).toContain("fused (gelu full mul sum) 100 bytes");
    expect(told.result).toBeTypeOf("number");
  });

  it("the second run of the same structure finds its plan; another shape makes one", async () => {
    const run = async (size: number, factor: number) => {
      using x = tensor(drawn("again", size));
      const { runs, result } = await trace(async () => {
        using y = tidy(() => x.mul(factor).cos().sum());
        return numbers(y);
      });
      return { made: runs[0]!.made, result };
    };
    const first = await run(19, 2);
    const second = await run(19, 3); // a number is no part of the structure
    expect([first.made, second.made]).toEqual([true, false]);
    expect(second.result).not.toEqual(first.result);
    expect((await run(20, 2)).made).toBe(true);
  });

  it("what fn returns is computed inside the trace", async () => {
    const { runs, result } = await trace(() => tensor([1, 2]).add(1));
    expect(runs.length).toBe(1);
    expect(await numbers(result)).toEqual([2, 3]);
    result.dispose();
  });

  it("a step is one run: forward, backward, update", async () => {
    const p = parameter(tensor(drawn("p", 6), { shape: [2, 3] }));
    const optimizer = sgd({ p }, { lr: 0.1 });
    using x = tensor(drawn("x", 12), { shape: [4, 3] });
    await p.data();
    const { runs } = await trace(() => {
      using result = backprop({ p }, () => x.matmul(p.transpose()).square().mean());
      optimizer.step(result.grads);
    });
    expect(runs.length).toBe(1);
    expect(runs[0]!.kernels.map(({ kernel }) => kernel).at(-1)).toBe("optimizer");
    p.dispose();
  });

  it("listens no more when it is done, also after an error", async () => {
    await expect(trace(() => Promise.reject(new Error("stop")))).rejects.toThrow("stop");
    const { runs } = await trace(() => 1);
    expect(runs).toEqual([]);
  });
});

it("several waiting results are computed in one run when one is read", async () => {
  await use(js);
  using x = tensor([1, 2]);
  using a = tidy(() => x.add(1));
  using b = tidy(() => x.mul(5));
  const { runs } = await trace(() => a.data());
  expect(runs[0]!.kernels.length).toBe(2);
  expect((await trace(() => b.data())).runs).toEqual([]);
});

it("keeps the thousand plans that were used last", async () => {
  const made = async (size: number) => {
    const before = plansMade();
    using y = tidy(() => tensor(drawn("one", 1)).expand([size]).add(1));
    realize([y]);
    return plansMade() > before;
  };
  expect(await made(5000)).toBe(true);
  for (let size = 5001; size < 5999; size++) await made(size);
  expect(await made(5000)).toBe(false); // used now, and so kept
  for (let size = 5999; size < 6005; size++) await made(size);
  expect(await made(5000)).toBe(false);
  expect(await made(5001)).toBe(true);
});
