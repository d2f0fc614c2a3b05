// Attention and its gradient on the js backend.
import { describe, expect, it } from "vitest";
import { headsView } from "../../../src/kernels/heads.js";
import type { Attention, View } from "../../../src/kernels/spec.js";
import { dot, expectClose, noise, run, slope } from "./run.js";

const view = (...strides: number[]): View => ({ dtype: "f32", offset: 0, strides });

describe("attention", () => {
  const [B, heads, T, S, D] = [2, 2, 3, 4, 3] as const;
  const heads4 = (rows: number): View => view(heads * rows * D, rows * D, D, 1);
  const spec: Attention = {
    kernel: "attention", B, heads, T, S, D, causal: false,
    q: heads4(T), k: heads4(S), v: heads4(S), mask: null,
  }; // prettier-ignore
  const queries = B * heads * T;
  const [q, k, v, g] = [T, S, S, T].map((rows, salt) => noise(B * heads * rows * D, salt)) as [
    number[], number[], number[], number[],
  ]; // prettier-ignore
  const outputs = [queries * D, queries];
  /** Numbers [B, heads, rows, D] as they lie in memory [B, rows, heads, D]. */
  const moved = (x: number[], rows: number): number[] => {
    const out = x.slice();
    for (let b = 0; b < B; b++)
      for (let h = 0; h < heads; h++)
        for (let t = 0; t < rows; t++)
          for (let d = 0; d < D; d++)
            out[((b * rows + t) * heads + h) * D + d] = x[((b * heads + h) * rows + t) * D + d]!;
    return out;
  };
  const one: Attention = {
    ...spec, B: 1, heads: 1, T: 2, S: 2, D: 1,
    q: view(2, 2, 1, 1), k: view(2, 2, 1, 1), v: view(2, 2, 1, 1),
  }; // prettier-ignore

  it("weighs the values by the softmax of the scores", async () => {
    const [out, logsumexp] = await run(
      one,
      [
        [1, 0],
        [0, Math.log(3) / 2],
        [10, 20],
      ],
      [2, 2],
      [2],
    );
    expectClose(out!, [(10 + 3 * 20) / 4, 15]);
    expectClose(logsumexp!, [Math.log(4), Math.log(2)]);
  });

  it("causal: the last query sees all, and a row that sees nothing is 0", async () => {
    const causal = { ...one, causal: true };
    expectClose(
      (
        await run(
          causal,
          [
            [1, 1],
            [0, 0],
            [10, 20],
          ],
          [2, 2],
          [1],
        )
      )[0]!,
      [10, 15],
    );
    // T = 2, S = 1: query 0 would see keys ≤ −1
    const [out, logsumexp] = await run({ ...causal, S: 1 }, [[1, 1], [0], [10]], [2, 2], [1]);
    expect([...out!]).toEqual([0, 10]);
    expect([...logsumexp!]).toEqual([-Infinity, 0]);
  });

  it("adds a mask, which may be broadcast and may hide a row", async () => {
    const masked: Attention = { ...one, mask: view(0, 0, 2, 1) };
    const mask = [0, -Infinity, -Infinity, -Infinity];
    const [out] = await run(masked, [[1, 1], [0, 0], [10, Infinity], mask], [2, 2], [1]);
    expect([...out!]).toEqual([10, 0]);
  });

  it("reads its operands through views: [B, T, heads, D] in memory", async () => {
    const transposed = (rows: number): View => headsView({ heads, D }, rows);
    const strided = { ...spec, q: transposed(T), k: transposed(S), v: transposed(S) };
    const [wanted] = await run(spec, [q, k, v], outputs, [0.7]);
    const [out] = await run(strided, [moved(q, T), moved(k, S), moved(v, S)], outputs, [0.7]);
    expect([...out!]).toEqual([...wanted!]);
  });

  for (const [causal, withMask] of [
    [false, false],
    [true, false],
    [true, true],
  ] as const) {
    it(`gradient against finite differences: causal ${causal}, mask ${withMask}`, async () => {
      const mask = noise(T * S, 9).map((x) => (x > 0.6 ? -Infinity : x));
      const more = withMask ? [mask] : [];
      const sized = { ...spec, causal, mask: withMask ? view(0, 0, S, 1) : null };
      const inRows = moved(g, T); // as out lies
      const loss = async (q: number[], k: number[], v: number[]): Promise<number> =>
        dot(inRows, (await run(sized, [q, k, v, ...more], outputs, [0.7]))[0]!);
      const [out, logsumexp] = await run(sized, [q, k, v, ...more], outputs, [0.7]);
      const views = { out: headsView({ heads, D }, T), g: heads4(T) };
      const [dq, dk, dv] = await run(
        { ...sized, kernel: "attentionGradient", ...views, packed: false },
        [q, k, v, ...more, [...out!], [...logsumexp!], g],
        [q.length, k.length, v.length],
        [0.7],
      );
      expectClose(dq!, moved(await slope((x) => loss(x, k, v), q), T), 1e-7);
      expectClose(dk!, moved(await slope((x) => loss(q, x, v), k), S), 1e-7);
      expectClose(dv!, moved(await slope((x) => loss(q, k, x), v), S), 1e-7);
    });
  }

  it("packed: the gradients of q, k and v are parts of each row, as those were of one projection", async () => {
    const part = (k: number): View => headsView({ heads, D }, T, k, 3);
    const self: Attention = { ...spec, S: T, q: part(0), k: part(1), v: part(2) };
    const size = B * T * heads * D;
    const qkv = noise(3 * size, 5);
    const all = [qkv, qkv, qkv];
    const [out, logsumexp] = await run(self, all, outputs, [0.7]);
    const views = { out: headsView({ heads, D }, T), g: heads4(T) };
    const gradient = { ...self, kernel: "attentionGradient", ...views } as const;
    const given = [...all, [...out!], [...logsumexp!], g];
    const apart = await run({ ...gradient, packed: false }, given, [size, size, size], [0.7]);
    const [packed] = await run({ ...gradient, packed: true }, given, [3 * size], [0.7]);
    const C = heads * D;
    for (let row = 0; row < B * T; row++)
      apart.forEach((part, k) =>
        expect([...packed!.slice((3 * row + k) * C, (3 * row + k + 1) * C)]).toEqual([
          ...part.slice(row * C, (row + 1) * C),
        ]),
      );
  });

  it("gives no gradient, and no NaN, from a row that sees nothing", async () => {
    const causal: Attention = { ...one, causal: true, S: 1 };
    const [dq, dk, dv] = await run(
      { ...causal, kernel: "attentionGradient", out: causal.q, g: causal.q, packed: false },
      [[1, 1], [0.5], [10], [0, 10], [-Infinity, 0.5], [3, 4]],
      [2, 1, 1],
      [1],
    );
    expect([...dq!, ...dk!, ...dv!]).toEqual([0, 0, 0, 4]);
  });
});
