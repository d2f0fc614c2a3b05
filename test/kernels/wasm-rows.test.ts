/** Promises of the row kernels that a tolerance would not show: exact zeros, rows that keep apart, long sums. */
import { afterAll, describe, expect, it } from "vitest";
import type { TypedArray } from "../../src/kernels/backend.js";
import type { Kernel } from "../../src/kernels/spec.js";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { Draw, exact, f32, i32, type Output } from "./case.js";
import { evaluate } from "./run.js";

const wasm = openWasm();
afterAll(() => wasm.close());

const run = (
  kernel: Kernel,
  inputs: TypedArray[],
  outputs: Output[],
  scalars: number[] = [],
): Promise<TypedArray[]> =>
  evaluate(
    wasm,
    { name: "", kernel, inputs: () => inputs, outputs, scalars, tolerance: exact },
    inputs,
  );

describe("softmax", () => {
  it("gives a masked column exactly 0, at every place of a vector and of a tail", async () => {
    for (const columns of [2, 3, 4, 5, 7, 33]) {
      for (let hidden = 0; hidden < columns; hidden++) {
        const x = new Draw(`mask ${columns} ${hidden}`).normal(columns);
        x[hidden] = -Infinity;
        const kernel = { kernel: "softmax", log: false, rows: 1, columns } as const;
        const [y] = await run(kernel, [x], [f32(columns)]);
        expect(y![hidden]).toBe(0);
        expect(Array.from(y!).filter((p) => p > 0)).toHaveLength(columns - 1);
      }
    }
  });

  it("makes a row sum to 1, whatever is added to all of it", async () => {
    for (const shift of [0, 1000, -1e6, 3e38]) {
      const x = new Draw("sum").normal(1001).map((value) => Math.fround(value + shift));
      const kernel = { kernel: "softmax", log: false, rows: 1, columns: 1001 } as const;
      const [y] = await run(kernel, [x], [f32(1001)]);
      expect(Array.from(y!).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    }
  });

  it("keeps NaN in its own row", async () => {
    const x = new Draw("NaN").normal(3 * 7);
    x[7 + 3] = NaN;
    const kernel = { kernel: "softmax", log: false, rows: 3, columns: 7 } as const;
    const [y] = await run(kernel, [x], [f32(21)]);
    expect([...y!].map((p) => Number.isNaN(p))).toEqual(
      Array.from({ length: 21 }, (_, i) => i >= 7 && i < 14),
    );
  });
});

describe("crossEntropy", () => {
  const kernel = { kernel: "crossEntropy", rows: 3, columns: 3, ignoreIndex: -100 } as const;
  const logits = Float32Array.of(0, 0, -Infinity, 0, 0, 0, 5, 6, 7);

  it("does not let an impossible class spoil the loss of another", async () => {
    const targets = Int32Array.of(0, 1, -100);
    const [loss, logsumexp] = await run(kernel, [logits, targets], [f32(3), f32(3)], [0]);
    expect(loss![0]).toBeCloseTo(Math.log(2), 6);
    expect(loss![1]).toBeCloseTo(Math.log(3), 6);
    expect(loss![2]).toBe(0); // ignored
    expect(logsumexp![2]).toBeCloseTo(7 + Math.log(1 + Math.exp(-1) + Math.exp(-2)), 6);
  });

  it("is infinite for an impossible class that is wanted, and NaN for one that is not there", async () => {
    const outside = await run(kernel, [logits, Int32Array.of(2, 3, -1)], [f32(3), f32(3)], [0]);
    expect([...outside[0]!]).toEqual([Infinity, NaN, NaN]);
    const smoothed = await run(kernel, [logits, Int32Array.of(0, 1, 2)], [f32(3), f32(3)], [0.1]);
    expect(smoothed[0]![0]).toBe(Infinity); // its share of the weight falls on the impossible class
  });
});

describe("normalize", () => {
  it("finds mean and deviation of a million numbers far from 0", async () => {
    const count = 1_000_000;
    const x = Float32Array.from({ length: count }, (_, i) => 1000 + (i % 2 ? 0.5 : -0.5));
    const kernel = { kernel: "normalize", outer: 1, rows: 1, inner: count, rms: false } as const;
    const [y, mean, rstd] = await run(kernel, [x], [f32(count), f32(1), f32(1)], [0]);
    expect([mean![0], rstd![0], y![0], y!.at(-1)]).toEqual([1000, 2, -1, 1]);
  });

  it("adds a million terms to seven digits", async () => {
    const count = 1_000_000;
    const x = new Draw("long").uniform(count);
    const kernel = { kernel: "normalize", outer: 1, rows: 1, inner: count, rms: true } as const;
    const [, , rstd] = await run(kernel, [x], [f32(count), f32(1), f32(1)], [0]);
    const squares = x.reduce((sum, value) => sum + value * value, 0);
    expect(rstd![0]! * Math.sqrt(squares / count)).toBeCloseTo(1, 7);
  });

  it("has an infinite mean where the first number is infinite, with inner 1 as well", async () => {
    const x = Float32Array.of(Infinity, 1, 2, 3, 4, 5);
    const sizes = [
      { outer: 1, inner: 6 },
      { outer: 6, inner: 1 },
    ];
    for (const size of sizes) {
      const kernel = { kernel: "normalize", ...size, rows: 1, rms: false } as const;
      const [y, mean, rstd] = await run(kernel, [x], [f32(6), f32(1), f32(1)], [1e-5]);
      expect([mean![0], rstd![0], y![1]]).toEqual([Infinity, NaN, NaN]);
    }
  });

  it("gives the same for [B, C] and for [B, C, 1·1] laid out as [B, C, 4] of equal numbers", async () => {
    const [B, C] = [33, 7];
    const x = new Draw("batch norm").normal(B * C);
    const wide = Float32Array.from({ length: 4 * B * C }, (_, i) => x[i >> 2]!);
    const of = (inner: number): Kernel =>
      ({ kernel: "normalize", outer: B, rows: C, inner, rms: false }) as const;
    const [, mean, rstd] = await run(of(1), [x], [f32(B * C), f32(C), f32(C)], [1e-5]);
    const [, ...same] = await run(of(4), [wide], [f32(4 * B * C), f32(C), f32(C)], [1e-5]);
    mean!.forEach((value, c) => expect(value).toBeCloseTo(same[0]![c]!, 6));
    rstd!.forEach((value, c) => expect(value).toBeCloseTo(same[1]![c]!, 6));
  });
});

describe("sort and argReduce", () => {
  it("keep equal numbers in their order, −0 and 0 among them", async () => {
    const x = Float32Array.of(1, 0, NaN, -0, 1, -1, 0, NaN, -Infinity);
    const kernel = (descending: boolean): Kernel =>
      ({ kernel: "sort", rows: 1, columns: 9, descending, dtype: "f32" }) as const;
    const [ascending] = await run(kernel(false), [x], [i32(9)]);
    expect([...ascending!]).toEqual([8, 5, 1, 3, 6, 0, 4, 2, 7]);
    const [descending] = await run(kernel(true), [x], [i32(9)]);
    expect([...descending!]).toEqual([2, 7, 0, 4, 1, 3, 6, 5, 8]);
  });

  it("find the first of equal ones, and a NaN before all", async () => {
    const rows = Float32Array.of(1, 3, 3, 2, 3, 0, -0, -1, -0, 0, 5, NaN, 7, NaN, -Infinity);
    const kernel = (op: "max" | "min"): Kernel =>
      ({ kernel: "argReduce", op, outer: 3, size: 5, inner: 1, dtype: "f32" }) as const;
    expect([...(await run(kernel("max"), [rows], [i32(3)]))[0]!]).toEqual([1, 0, 1]);
    expect([...(await run(kernel("min"), [rows], [i32(3)]))[0]!]).toEqual([0, 2, 1]);
  });
});

describe("cumsum", () => {
  it("adds a long run without losing its last digits", async () => {
    const kernel = { kernel: "cumsum", outer: 1, size: 1_000_000, inner: 1, reverse: false, dtype: "f32" } as const;
    const [y] = await run(kernel, [new Float32Array(1_000_000).fill(0.1)], [f32(1_000_000)]);
    expect(y!.at(-1)).toBe(Math.fround(1_000_000 * Math.fround(0.1)));
  });
}); // prettier-ignore
