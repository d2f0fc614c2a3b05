/** What holds of the text of every hand-written kernel: no sizes in it, and nothing beyond WebGPU's promises. */
import { expect, it } from "vitest";
import { lower, type Lowerable } from "../../src/kernels/webgpu/lowerings.js";
import { heads, image, square, view, wgsl } from "./wgsl.js";

it("a new shape makes no new text, and so compiles nothing", () => {
  const sizes = [400, 512, 777];
  expect(new Set(sizes.map((n) => wgsl(square(n)))).size).toBe(1);
  const batches = [28, 56].map((n) =>
    wgsl({ kernel: "convolution", bias: true, ...image, H: n, W: n, P: n, Q: n, B: 9 }),
  );
  expect(new Set(batches).size).toBe(1);
  const lengths = [128, 1000].map((T) => wgsl({ kernel: "attention", ...heads, T }));
  expect(new Set(lengths).size).toBe(1);
});

it("every kernel stays within what WebGPU promises: 16 KiB of workgroup memory, 256 threads, 8 buffers", () => {
  const recurrent = { nonlinearity: "tanh", reverse: false, B: 4, T: 2 } as const;
  const gradient = {
    ...heads,
    mask: view(2, 4, 128, 128),
    out: heads.q,
    g: heads.q,
    packed: false,
  };
  const kernels: Lowerable[] = [
    square(512), square(64), { ...square(512), M: 1 },
    { kernel: "convolution", bias: true, ...image },
    { kernel: "convolutionInput", bias: true, ...image },
    { kernel: "convolutionWeight", ...image },
    { kernel: "attention", ...heads, D: 128 },
    { kernel: "attentionGradient", ...gradient, D: 128 },
    ...(["rnn", "gru", "lstm"] as const).flatMap((cell) =>
      [100, 500].flatMap((H): Lowerable[] => [
        { kernel: "recurrent", cell, H, ...recurrent },
        { kernel: "recurrentGradient", cell, H, ...recurrent },
      ]),
    ),
  ]; // prettier-ignore
  for (const kernel of kernels) {
    for (const dispatch of lower(kernel, false)) {
      expect(Object.keys(dispatch.buffers).length).toBeLessThanOrEqual(8);
      expect(dispatch.threads).toBeLessThanOrEqual(256);
      expect(workgroupBytes(dispatch.declarations ?? "")).toBeLessThanOrEqual(16_384);
    }
  }
});

/** What the arrays in workgroup memory take; a vec3 takes the room of a vec4. */
function workgroupBytes(text: string): number {
  const sizes: Record<string, number> = { f32: 4, u32: 4, "vec2<f32>": 8, "vec3<f32>": 16, "vec4<f32>": 16 }; // prettier-ignore
  const arrays = [...text.matchAll(/var<workgroup> \w+: array<(.+?), (\d+)>/g)];
  return arrays.reduce((sum, [, type, count]) => sum + sizes[type!]! * Number(count), 0);
}
