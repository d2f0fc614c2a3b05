// Softmax, cross-entropy and normalization on the js backend: the kernels that work row by row.
import { describe, expect, it } from "vitest";
import type { Normalize } from "../../../src/kernels/spec.js";
import { dot, expectClose, noise, run, slope } from "./run.js";

describe("softmax", () => {
  const [rows, columns] = [3, 5];
  const x = noise(15, 1);
  const g = noise(15, 2);

  it("is e^x over its sum, and its logarithm", async () => {
    const [y] = await run(
      { kernel: "softmax", log: false, rows: 2, columns: 2 },
      [[0, Math.log(3), 5, 5]],
      [4],
    );
    expectClose(y!, [0.25, 0.75, 0.5, 0.5]);
    const [logY] = await run(
      { kernel: "softmax", log: true, rows: 1, columns: 2 },
      [[0, Math.log(3)]],
      [2],
    );
    expectClose(logY!, [-Math.log(4), Math.log(0.75)]);
  });

  it("does not overflow, takes −Infinity as no chance, and hands NaN on", async () => {
    const kernel = { kernel: "softmax", log: false, rows: 1, columns: 3 } as const;
    expectClose((await run(kernel, [[1e4, 1e4, -1e4]], [3]))[0]!, [0.5, 0.5, 0]);
    expectClose((await run(kernel, [[0, -Infinity, 0]], [3]))[0]!, [0.5, 0, 0.5]);
    expectClose((await run(kernel, [[0, NaN, 0]], [3]))[0]!, [NaN, NaN, NaN]);
  });

  for (const log of [false, true]) {
    it(`gradient against finite differences: log ${log}`, async () => {
      const forward = async (x: number[]) =>
        (await run({ kernel: "softmax", log, rows, columns }, [x], [15]))[0]!;
      const y = [...(await forward(x))];
      const [dx] = await run({ kernel: "softmaxGradient", log, rows, columns }, [y, g], [15]);
      expectClose(dx!, await slope(async (x) => dot(g, await forward(x)), x), 1e-7);
    });
  }
});

describe("crossEntropy", () => {
  const size = { rows: 3, columns: 4, ignoreIndex: -100 };
  const x = noise(12, 3);
  const target = Int32Array.of(2, -100, 0);
  const g = [0.3, 5, -2];

  it("is log columns for equal logits; an ignored row costs nothing", async () => {
    const [loss, logsumexp] = await run(
      { kernel: "crossEntropy", ...size },
      [Array(12).fill(1), target],
      [3, 3],
      [0],
    );
    expectClose(loss!, [Math.log(4), 0, Math.log(4)]);
    expectClose(logsumexp!, Array(3).fill(1 + Math.log(4)));
  });

  it("smooths: (1 − s) of the target's loss and s of the mean loss", async () => {
    const kernel = { kernel: "crossEntropy", rows: 1, columns: 2, ignoreIndex: null } as const;
    const logits = [0, Math.log(3)]; // probabilities 1/4 and 3/4
    const [loss] = await run(kernel, [logits, Int32Array.of(0)], [1, 1], [0.2]);
    expectClose(loss!, [0.8 * Math.log(4) + 0.1 * (Math.log(4) + Math.log(4 / 3))]);
  });

  it("bears a class that has no chance, as long as it is not the target", async () => {
    const kernel = { kernel: "crossEntropy", rows: 2, columns: 3, ignoreIndex: null } as const;
    const logits = [0, -Infinity, 0, 0, -Infinity, 0];
    const [loss] = await run(kernel, [logits, Int32Array.of(0, 1)], [2, 2], [0]);
    expectClose(loss!, [Math.LN2, Infinity]);
  });

  it("answers a target that is no class with NaN, not with a number that looks right", async () => {
    const kernel = { kernel: "crossEntropy", rows: 2, columns: 2, ignoreIndex: null } as const;
    expectClose((await run(kernel, [[0, 0, 0, 0], Int32Array.of(2, -1)], [2, 2], [0]))[0]!, [
      NaN,
      NaN,
    ]);
  });

  for (const smoothing of [0, 0.1]) {
    it(`gradient against finite differences: smoothing ${smoothing}`, async () => {
      const forward = (x: number[]) =>
        run({ kernel: "crossEntropy", ...size }, [x, target], [3, 3], [smoothing]);
      const [, logsumexp] = await forward(x);
      const [dx] = await run(
        { kernel: "crossEntropyGradient", ...size },
        [x, target, [...logsumexp!], g],
        [12],
        [smoothing],
      );
      expectClose(dx!, await slope(async (x) => dot(g, (await forward(x))[0]!), x), 1e-7);
      expect([...dx!.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    });
  }
});

describe("normalize", () => {
  const eps = 1e-5;

  it("gives every row mean 0 and variance 1, and tells both", async () => {
    const kernel: Normalize = { kernel: "normalize", outer: 1, rows: 2, inner: 4, rms: false };
    const [y, mean, rstd] = await run(kernel, [[1, 2, 3, 4, 10, 10, 10, 10]], [8, 2, 2], [0.75]);
    const scale = 1 / Math.sqrt(1.25 + 0.75);
    expectClose(mean!, [2.5, 10]);
    expectClose(rstd!, [scale, 1 / Math.sqrt(0.75)]);
    expectClose(y!, [-1.5 * scale, -0.5 * scale, 0.5 * scale, 1.5 * scale, 0, 0, 0, 0]);
  });

  it("rms takes no mean off", async () => {
    const kernel: Normalize = { kernel: "normalize", outer: 1, rows: 1, inner: 2, rms: true };
    const [y, mean, rstd] = await run(kernel, [[3, 4]], [2, 1, 1], [0]);
    expectClose(
      [...y!, ...mean!, ...rstd!],
      [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5), 0, 1 / Math.sqrt(12.5)],
    );
  });

  it("is batch norm when a row is a channel: statistics over outer and inner", async () => {
    const kernel: Normalize = { kernel: "normalize", outer: 2, rows: 2, inner: 1, rms: false };
    const [y, mean] = await run(kernel, [[1, 10, 3, 30]], [4, 2, 2], [0]);
    expectClose(mean!, [2, 20]);
    expectClose(y!, [-1, -1, 1, 1]);
  });

  for (const rms of [false, true]) {
    it(`gradient against finite differences: rms ${rms}`, async () => {
      const size = { outer: 2, rows: 3, inner: 4, rms };
      const [x, g] = [noise(24, 4), noise(24, 5)];
      const forward = (x: number[]) =>
        run({ kernel: "normalize", ...size }, [x], [24, 3, 3], [eps]);
      const [y, , rstd] = await forward(x);
      const [dx] = await run(
        { kernel: "normalizeGradient", ...size },
        [[...y!], [...rstd!], g],
        [24],
      );
      expectClose(dx!, await slope(async (x) => dot(g, (await forward(x))[0]!), x), 1e-7);
    });
  }
});
