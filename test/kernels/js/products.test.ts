// Matrix product, convolution and attention on the js backend: the kernels that multiply and add.
import { describe, expect, it } from "vitest";
import type { Attention, ConvolutionSize, Matmul, View } from "../../../src/kernels/spec.js";
import { dot, expectClose, noise, run, slope } from "./run.js";

const view = (...strides: number[]): View => ({ dtype: "f32", offset: 0, strides });

describe("matmul", () => {
  const square: Matmul = {
    kernel: "matmul",
    batch: [],
    M: 2,
    N: 2,
    K: 2,
    a: view(2, 1),
    b: view(2, 1),
    bias: false,
  };
  const [a, b] = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];

  it("multiplies, and adds a bias along the columns", async () => {
    expect([...(await run(square, [a, b], [4]))[0]!]).toEqual([19, 22, 43, 50]);
    const biased = { ...square, bias: true };
    expect([...(await run(biased, [a, b, [10, 20]], [4]))[0]!]).toEqual([29, 42, 53, 70]);
  });

  it("takes a transpose, a flip or a broadcast batch as strides", async () => {
    const transposed = { ...square, b: view(1, 2) };
    expect([...(await run(transposed, [a, b], [4]))[0]!]).toEqual([17, 23, 39, 53]);
    const flipped = { ...square, a: { ...view(-2, 1), offset: 2 } };
    expect([...(await run(flipped, [a, b], [4]))[0]!]).toEqual([43, 50, 19, 22]);
    const batched: Matmul = { ...square, batch: [2, 1], a: view(4, 0, 2, 1), b: view(0, 4, 2, 1) };
    const [c] = await run(batched, [[...a, 1, 0, 0, 1], b], [8]);
    expect([...c!]).toEqual([19, 22, 43, 50, 5, 6, 7, 8]);
  });

  it("of nothing is nothing, and over nothing is 0 or the bias", async () => {
    expect([...(await run({ ...square, M: 0 }, [[], b], [0]))[0]!]).toEqual([]);
    const empty = { ...square, K: 0, bias: true };
    expect([...(await run(empty, [[], [], [1, 2]], [4]))[0]!]).toEqual([1, 2, 1, 2]);
  });
});

describe("convolution", () => {
  const size: ConvolutionSize = {
    B: 2, C: 4, H: 5, W: 6, O: 6, R: 3, S: 2, P: 2, Q: 5,
    stride: [2, 1], padding: [1, 0], dilation: [2, 1], groups: 2,
  }; // prettier-ignore
  const inputs = {
    x: noise(2 * 4 * 5 * 6, 1),
    w: noise(6 * 2 * 3 * 2, 2),
    y: noise(2 * 6 * 2 * 5, 3),
  };

  it("of an image with a kernel of ones sums each window", async () => {
    const plain: ConvolutionSize = {
      B: 1, C: 1, H: 3, W: 3, O: 1, R: 2, S: 2, P: 2, Q: 2,
      stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1,
    }; // prettier-ignore
    const image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const ones = [1, 1, 1, 1];
    const windows = await run(
      { kernel: "convolution", bias: true, ...plain },
      [image, ones, [100]],
      [4],
    );
    expect([...windows[0]!]).toEqual([112, 116, 124, 128]);
    const padded = { ...plain, padding: [1, 1] as const, P: 2, Q: 2, stride: [2, 2] as const };
    const corners = await run(
      { kernel: "convolution", bias: false, ...padded },
      [image, ones],
      [4],
    );
    expect([...corners[0]!]).toEqual([1, 5, 11, 28]);
    const back = await run(
      { kernel: "convolutionInput", bias: true, ...plain },
      [ones, ones, [0.5]],
      [9],
    );
    expect([...back[0]!]).toEqual([1.5, 2.5, 1.5, 2.5, 4.5, 2.5, 1.5, 2.5, 1.5]);
  });

  it("reads the right kernel tap: a kernel with one 1 shifts the image", async () => {
    const shift: ConvolutionSize = {
      B: 1, C: 1, H: 2, W: 3, O: 1, R: 1, S: 2, P: 2, Q: 3,
      stride: [1, 1], padding: [0, 1], dilation: [1, 2], groups: 1,
    }; // prettier-ignore
    const [y] = await run(
      { kernel: "convolution", bias: false, ...shift },
      [
        [1, 2, 3, 4, 5, 6],
        [0, 1],
      ],
      [6],
    );
    expect([...y!]).toEqual([2, 3, 0, 5, 6, 0]);
  });

  it("groups see their own channels only", async () => {
    const depthwise: ConvolutionSize = {
      B: 1, C: 2, H: 1, W: 2, O: 4, R: 1, S: 1, P: 1, Q: 2,
      stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 2,
    }; // prettier-ignore
    const [y] = await run(
      { kernel: "convolution", bias: false, ...depthwise },
      [
        [1, 2, 10, 20],
        [1, 2, 3, 4],
      ],
      [8],
    );
    expect([...y!]).toEqual([1, 2, 2, 4, 30, 60, 40, 80]);
  });

  // ⟨y, conv(x, w)⟩ = ⟨convInput(y, w), x⟩ = ⟨convWeight(x, y), w⟩ holds for the true transposes alone.
  it("and its two transposes agree on one trilinear form", async () => {
    const { x, w, y } = inputs;
    const [forward] = await run(
      { kernel: "convolution", bias: false, ...size },
      [x, w],
      [y.length],
    );
    const [toX] = await run(
      { kernel: "convolutionInput", bias: false, ...size },
      [y, w],
      [x.length],
    );
    const [toW] = await run({ kernel: "convolutionWeight", ...size }, [x, y], [w.length]);
    const form = dot(y, forward!);
    expect(Math.abs(form)).toBeGreaterThan(0.1);
    expectClose([dot(x, toX!), dot(w, toW!)], [form, form]);
  });

  it("has the transposes as its gradients", async () => {
    const { x, w, y } = inputs;
    const loss = async (image: number[], kernel: number[]): Promise<number> =>
      dot(
        y,
        (
          await run({ kernel: "convolution", bias: false, ...size }, [image, kernel], [y.length])
        )[0]!,
      );
    const [toW] = await run({ kernel: "convolutionWeight", ...size }, [x, y], [w.length]);
    expectClose(toW!, await slope((kernel) => loss(x, kernel), w), 1e-7);
    const [toX] = await run(
      { kernel: "convolutionInput", bias: false, ...size },
      [y, w],
      [x.length],
    );
    expectClose(toX!, await slope((image) => loss(image, w), x), 1e-7);
  });
});

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
    const transposed = (rows: number): View => view(heads * rows * D, D, heads * D, 1);
    const moved = (x: number[], rows: number): number[] => {
      const out = x.slice();
      for (let b = 0; b < B; b++)
        for (let h = 0; h < heads; h++)
          for (let t = 0; t < rows; t++)
            for (let d = 0; d < D; d++)
              out[((b * rows + t) * heads + h) * D + d] = x[((b * heads + h) * rows + t) * D + d]!;
      return out;
    };
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
      const loss = async (q: number[], k: number[], v: number[]): Promise<number> =>
        dot(g, (await run(sized, [q, k, v, ...more], outputs, [0.7]))[0]!);
      const [out, logsumexp] = await run(sized, [q, k, v, ...more], outputs, [0.7]);
      const [dq, dk, dv] = await run(
        { ...sized, kernel: "attentionGradient", out: heads4(T), g: heads4(T) },
        [q, k, v, ...more, [...out!], [...logsumexp!], g],
        [q.length, k.length, v.length],
        [0.7],
      );
      expectClose(dq!, await slope((x) => loss(x, k, v), q), 1e-7);
      expectClose(dk!, await slope((x) => loss(q, x, v), k), 1e-7);
      expectClose(dv!, await slope((x) => loss(q, k, x), v), 1e-7);
    });
  }

  it("gives no gradient, and no NaN, from a row that sees nothing", async () => {
    const causal: Attention = { ...one, causal: true, S: 1 };
    const [dq, dk, dv] = await run(
      { ...causal, kernel: "attentionGradient", out: causal.q, g: causal.q },
      [[1, 1], [0.5], [10], [0, 10], [-Infinity, 0.5], [3, 4]],
      [2, 1, 1],
      [1],
    );
    expect([...dq!, ...dk!, ...dv!]).toEqual([0, 0, 0, 4]);
  });
});
