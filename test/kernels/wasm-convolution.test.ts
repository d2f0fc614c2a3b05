/**
 * Convolution on wasm and its two transposes: every residue of strides and dilations, padding
 * larger than the kernel, images cut into several units, pixels in fours and not, and what never
 * was input.
 */
import { describe, expect, it } from "vitest";
import type { ConvolutionSize } from "../../src/kernels/spec.js";
import { openJs } from "../../src/kernels/js/index.js";
import { forwardAxis, reach, transposedAxes } from "../../src/kernels/wasm/convolution-shape.js";
import { lowerConvolution, lowerConvolutionInput } from "../../src/kernels/wasm/convolution.js";
import type { Lowered } from "../../src/kernels/wasm/kernel.js";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { type Case, Draw, f32, product } from "./case.js";
import { evaluate, worst } from "./run.js";

const [js, wasm] = [openJs(), openWasm()];

type Geometry = Omit<ConvolutionSize, "P" | "Q">;
const plain: Geometry = {
  B: 2, C: 3, H: 9, W: 12, O: 4, R: 3, S: 3, stride: [1, 1], padding: [1, 1], dilation: [1, 1],
    groups: 1,
}; // prettier-ignore

function sized(change: Partial<Geometry>): ConvolutionSize {
  const g = { ...plain, ...change };
  const outputs = (size: number, axis: 0 | 1, taps: number): number =>
    Math.floor((size + 2 * g.padding[axis] - g.dilation[axis] * (taps - 1) - 1) / g.stride[axis]) + 1;
  return { ...g, P: outputs(g.H, 0, g.R), Q: outputs(g.W, 1, g.S) };
} // prettier-ignore

/** The convolution and its transposes in x and in w, over the same numbers. */
function all(size: ConvolutionSize): Case[] {
  const { B, C, H, W, O, R, S, P, Q, groups } = size;
  const [x, w, y] = [B * C * H * W, (O * C * R * S) / groups, B * O * P * Q];
  const draw = new Draw(JSON.stringify(size));
  const numbers =
    { x: draw.normal(x), w: draw.normal(w), y: draw.normal(y), bias: draw.normal(Math.max(C, O)) };
  const biasOf = (count: number): Float32Array => numbers.bias.slice(0, count);
  const name = JSON.stringify(size);
  const taps = R * S / groups;
  return [
    {
      name, kernel: { kernel: "convolution", bias: true, ...size },
      inputs: () => [numbers.x, numbers.w, biasOf(O)], outputs: [f32(y)],
        tolerance: product(C * taps),
    },
    {
      name, kernel: { kernel: "convolutionInput", bias: true, ...size },
      inputs: () => [numbers.y, numbers.w, biasOf(C)], outputs: [f32(x)],
        tolerance: product(O * taps),
    },
    {
      name, kernel: { kernel: "convolutionWeight", ...size },
      inputs: () => [numbers.x, numbers.y], outputs: [f32(w)], tolerance: product(B * P * Q),
    },
  ];
} // prettier-ignore

async function expectRight(change: Partial<Geometry>): Promise<void> {
  for (const row of all(sized(change))) {
    const inputs = await row.inputs();
    const [[expected], [got]] = [
      await evaluate(js, row, inputs),
      await evaluate(wasm, row, inputs),
    ];
    const found = worst(got!, expected!, row.tolerance);
    const message = `${row.kernel.kernel} ${JSON.stringify(change)}: ${JSON.stringify(found)}`;
    expect(found.share, message).toBeLessThanOrEqual(1);
  }
}

describe("convolutions on wasm", () => {
  it("are js's for every pair of stride and dilation", async () => {
    for (const stride of [1, 2, 3])
      for (const dilation of [1, 2, 3])
        for (const padding of [0, 1, 2])
          await expectRight({
            stride: [stride, stride], dilation: [dilation, dilation], padding: [padding, padding],
              H: 11,
          });
  });

  it("are js's for widths in fours and not, at strides 1 and 2", async () => {
    for (const W of [4, 5, 7, 8, 14, 15, 16, 17, 28, 33])
      for (const stride of [1, 2] as const) await expectRight({ W, stride: [stride, stride], R: 4,
        S: 4 });
  });

  it("are js's for 1 × 1 kernels, whose image need not be copied", async () => {
    for (const W of [5, 7, 8]) for (const stride of [1, 2] as const)
      await expectRight({ W, R: 1, S: 1, padding: [0, 0], stride: [stride, stride], O: 17 });
  });

  it("are js's where the padding is larger than the kernel", async () => {
    await expectRight({ padding: [4, 5], R: 2, S: 2 });
    await expectRight({ padding: [3, 3], R: 1, S: 1, stride: [2, 2] });
  });

  it("are js's in groups, and channel by channel", async () => {
    for (const groups of [2, 3, 6]) await expectRight({ groups, C: 6, O: 12 });
  });

  it("are js's where each result sees a single channel", async () => {
    for (const W of [4, 7, 8, 15, 16, 17, 33])
      for (const stride of [1, 2, 3])
        await expectRight({ groups: 6, C: 6, O: 12, W, stride: [stride, stride] });
    await expectRight({ groups: 3, C: 3, O: 3, R: 5, S: 7, padding: [2, 6], W: 20 });
    await expectRight({ groups: 3, C: 3, O: 3, R: 2, S: 3, dilation: [2, 3], W: 20 });
    const size = sized({ groups: 3, O: 3 });
    expect(lowerConvolution({ kernel: "convolution", bias: true, ...size })[0]!.key).toMatch("depthwise");
  });

  it("are js's for one large image, which is cut into units", async () => {
    const change = { B: 1, C: 2, H: 40, W: 44, O: 5 };
    expect(lowerConvolution({ kernel: "convolution", bias: false,
      ...sized(change) })[0]!.units).toBeGreaterThan(4);
    await expectRight(change);
    await expectRight({ ...change, stride: [2, 2], R: 5, S: 5 });
  });

  it("are js's for more taps and more channels than a panel, a block, a unit", async () => {
    for (const [C, O] of [[1, 65], [8, 33], [33, 8], [65, 1]] as const) await expectRight({ C, O,
      H: 6, W: 7 });
  });

  it("are js's from and to very few channels, which are scattered", async () => {
    for (const stride of [1, 2, 3])
      for (const dilation of [1, 2])
        for (const padding of [0, 1, 3])
          await expectRight({
            stride: [stride, 1], dilation: [1, dilation], padding: [padding, 1],
            C: stride === 1 ? 9 : 2, O: stride === 1 ? 2 : 9, H: 10, W: 13,
          });
    await expectRight({ C: 4, O: 24, groups: 2, stride: [2, 2], R: 4, S: 4 });
    await expectRight({ B: 1, C: 8, O: 1, H: 70, W: 40 });
    await expectRight({ B: 1, C: 1, O: 8, H: 70, W: 40, R: 2, S: 7, padding: [0, 9] });
  });

  it("are js's where the kernel covers the image, which are products of matrices", async () => {
    const covered = { padding: [0, 0], H: 3, W: 5, R: 3, S: 5 } as const;
    for (const B of [1, 3, 4, 70]) await expectRight({ ...covered, B, C: 9, O: 20 });
    await expectRight({ ...covered, C: 64, O: 70, B: 33 });
    await expectRight({ ...covered, C: 2, O: 1 });
    await expectRight({ ...covered, C: 200, O: 30, stride: [2, 2], dilation: [1, 1] });
    await expectRight({ padding: [0, 0], H: 1, W: 1, R: 1, S: 1, C: 7, O: 5 });
    const size = { ...sized({ ...covered, C: 20 }), bias: true };
    const keys = (phases: Lowered[]) => phases.map(({ key }) => key.split(",")[0]);
    expect(keys(lowerConvolution({ kernel: "convolution", ...size }))).toContain("matmul");
    expect(keys(lowerConvolutionInput({ kernel: "convolutionInput", ...size }))).toContain("matmul repeat bias"); // prettier-ignore
  });

  it("sum a weight's gradient over many pixels within 1e-6·√K", async () => {
    await expectRight({ B: 6, C: 2, O: 3, H: 50, W: 52 });
  });
}); // prettier-ignore

describe("a transposed convolution's axis", () => {
  it("splits the taps of a 4 kernel at stride 2 into two and two", () => {
    const size = sized({ R: 4, S: 4, stride: [2, 2], H: 8, W: 8 });
    expect(transposedAxes(size, 0).map(({ taps, outputs }) => [taps, outputs])).toEqual([[2, 4],
      [2, 4]]);
  });

  it("leaves a pixel that no tap reaches without any", () => {
    const size = sized({ R: 1, S: 1, stride: [2, 2], padding: [0, 0] });
    expect(transposedAxes(size, 1).map(({ taps }) => taps)).toEqual([1, 0]);
  });

  it("reaches past the image by the padding", () => {
    expect(reach(forwardAxis(sized({ W: 12 }), 1))).toEqual({ first: -1, count: 14 });
  });
}); // prettier-ignore
