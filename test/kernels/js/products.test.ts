// Matrix product and convolution on the js backend: the kernels that multiply and add.
import { describe, expect, it } from "vitest";
import type { ConvolutionSize, Matmul, View } from "../../../src/kernels/spec.js";
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
    const paired: Matmul = { ...square, batch: [2], a: view(0, 2, 1), b: view(4, 2, 1) };
    const [d] = await run(paired, [a, [...b, 1, 0, 0, 1]], [8]);
    expect([...d!]).toEqual([19, 22, 43, 50, 1, 2, 3, 4]);
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
