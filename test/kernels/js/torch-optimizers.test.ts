// The optimizer kernels of the js backend against PyTorch's.
import { describe, expect, it } from "vitest";
import type { Optimizer } from "../../../src/kernels/spec.js";
import { expectClose, runInPlace } from "./run.js";
import type { OptimizerCase } from "./torch.js";
import { here, read, tolerance } from "./torch.js";

describe("optimizers: five steps on the sum of (p − target)²", () => {
  type Set = { kernel: Optimizer; states: number; scalars: (step: number) => number[] };

  function setUp({ kind, args }: OptimizerCase): Set {
    const number = (name: string, otherwise: number): number => Number(args[name] ?? otherwise);
    const all = { kernel: "optimizer", sizes: [12], decay: [true] } as const;
    const [lr, decay] = [number("lr", NaN), number("weight_decay", 0)];
    const momentum = number("momentum", 0);
    if (kind === "SGD") {
      const kernel = {
        ...all,
        method: "sgd",
        momentum: true,
        nesterov: Boolean(args.nesterov),
      } as const;
      return { kernel, states: 1, scalars: (t) => [lr, momentum, 0, decay, Number(t === 1)] };
    }
    if (kind === "Adagrad") {
      return {
        kernel: { ...all, method: "adagrad" },
        states: 1,
        scalars: () => [lr, 1e-10, decay],
      };
    }
    if (kind === "RMSprop") {
      const kernel = { ...all, method: "rmsprop", momentum: true, centered: true } as const;
      return {
        kernel,
        states: 3,
        scalars: () => [lr, number("alpha", 0.99), 1e-8, decay, momentum],
      };
    }
    const [beta1, beta2] = (args.betas ?? [0.9, 0.999]) as [number, number];
    const wd = kind === "AdamW" ? number("weight_decay", 0.01) : decay;
    const amsgrad = Boolean(args.amsgrad);
    return {
      kernel: { ...all, method: "adam", decoupled: kind === "AdamW", amsgrad },
      states: amsgrad ? 3 : 2,
      scalars: (t) => [lr, beta1, beta2, 1e-8, wd, 1 - beta1 ** t, 1 - beta2 ** t],
    };
  }

  for (const example of read<OptimizerCase>("optimizers.json")) {
    it(`${example.kind} ${JSON.stringify(example.args)}`, async () => {
      const { kernel, states, scalars } = setUp(example);
      let p = example.start.data;
      let kept = Array.from({ length: states }, () => p.map(() => 0));
      for (const [k, wanted] of example.trajectory.entries()) {
        const g = p.map((x, i) => 2 * (x - example.target.data[i]!));
        const after = (await runInPlace(kernel, [p, g, ...kept], [], scalars(k + 1))).inputs;
        p = [...after[0]!];
        kept = after.slice(2).map((state) => [...state]);
        expectClose(p, wanted.data, tolerance);
      }
    });
  }
  it("has seven of them, where there are any", () => {
    expect(read("optimizers.json").length).toBe(here ? 7 : 0);
  });
});
