/**
 * Attention on wasm beyond the table's shapes: more keys than one block (256), so that the softmax
 * goes on from block to block; blocks that a mask hides as a whole; masks of any strides; scores
 * far apart.
 */
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../src/kernels/backend.js";
import type { View } from "../../src/kernels/spec.js";
import { headsView } from "../../src/kernels/heads.js";
import { openJs } from "../../src/kernels/js/index.js";
import { lowerAttention } from "../../src/kernels/wasm/attention.js";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { type Case, Draw, type Layout, f32, viewed } from "./case.js";
import { evaluate, worst } from "./run.js";

const [js, wasm] = [openJs(), openWasm()];

type Size = { B: number; heads: number; T: number; S: number; D: number };
type Options = {
  causal?: boolean;
  layout?: Layout;
  mask?: View;
  maskData?: Float32Array;
  spread?: number;
};
type Pair = { forward: Case; gradient: (kept: readonly TypedArray[]) => Case };

function attention(size: Size, options: Options = {}): Pair {
  const { B, heads, T, S, D } = size;
  const { causal = false, layout, mask = null, maskData, spread = 1 } = options;
  const [q, kv] = [viewed([B, heads, T, D], layout), viewed([B, heads, S, D], layout)];
  const draw = new Draw(JSON.stringify(size));
  const made =
    [draw.normal(q.elements, 0, spread), draw.normal(kv.elements), draw.normal(kv.elements)];
  const inputs = maskData ? [...made, maskData] : made;
  const views = { q: q.view, k: kv.view, v: kv.view, mask };
  const kernel = { kernel: "attention", ...size, causal, ...views } as const;
  const plain = viewed([B, heads, T, D]).view;
  const rowsOf = { out: headsView(size, T), g: plain, packed: false };
  const base = { name: JSON.stringify(size), scalars: [1 / Math.sqrt(D)] };
  const [rows, keys] = [B * heads * T, B * heads * S];
  const sums = Math.sqrt(D) + Math.sqrt(S) + Math.sqrt(T);
  return {
    forward: {
      ...base, kernel, inputs: () => inputs, outputs: [f32(rows * D), f32(rows)],
      tolerance: { relative: 1e-6 * spread, absolute: 1e-6 * spread * sums,
        why: "1e-6·√K a product" },
    },
    gradient: ([out, logsumexp]) => ({
      ...base,
      kernel: { ...kernel, kernel: "attentionGradient", ...rowsOf },
      inputs: () =>
        [...inputs, Float32Array.from(out!), Float32Array.from(logsumexp!), draw.normal(rows * D)],
      outputs: [f32(rows * D), f32(keys * D), f32(keys * D)],
      tolerance: { relative: 1e-6 * spread, absolute: 2e-6 * spread * sums,
        why: "1e-6·√K a product" },
    }),
  };
} // prettier-ignore

async function compare(row: Case): Promise<TypedArray[]> {
  const inputs = await row.inputs();
  const [expected, got] = [await evaluate(js, row, inputs), await evaluate(wasm, row, inputs)];
  got.forEach((data, k) => {
    const found = worst(data, expected[k]!, row.tolerance);
    expect(found.share, `output ${k}: ${JSON.stringify(found)}`).toBeLessThanOrEqual(1);
  });
  return expected;
}

async function expectRight({ forward, gradient }: Pair): Promise<void> {
  await compare(gradient(await compare(forward)));
}

describe("attention and its gradient on wasm", () => {
  const sizes: (Size & { causal: boolean })[] = [
    { B: 1, heads: 1, T: 5, S: 255, D: 8, causal: false },
    { B: 1, heads: 1, T: 5, S: 257, D: 8, causal: false },
    { B: 1, heads: 2, T: 70, S: 530, D: 12, causal: true },
    { B: 2, heads: 1, T: 130, S: 130, D: 33, causal: true },
    { B: 1, heads: 1, T: 300, S: 40, D: 6, causal: true },
  ];

  it.each(sizes)("are js's at $T queries, $S keys, causal $causal", async ({ causal, ...size }) => {
    await expectRight(attention(size, { causal }));
    await expectRight(attention(size, { causal, layout: { order: [0, 2, 1, 3], offset: 4 } }));
  });

  it("stand a mask that hides the first block of keys, the last, or all", async () => {
    const size = { B: 1, heads: 1, T: 6, S: 600, D: 8 };
    const hidden = (t: number, s: number): boolean =>
      [s < 256, s >= 512, s < 512, true, false, s % 2 === 0][t]!;
    const maskData = Float32Array.from({ length: 6 * 600 }, (_, i) =>
      hidden(Math.floor(i / 600), i % 600) ? -Infinity : (i % 7) / 7);
    await expectRight(attention(size, { maskData, mask: viewed([1, 1, 6, 600]).view }));
    await expectRight(attention(size,
      { causal: true, maskData, mask: viewed([1, 1, 6, 600]).view }));
  });

  it.each([
    ["transposed", [0, 0, 1, 9], 9 * 300],
    ["one row for all queries", [0, 0, 0, 1], 300],
    ["one number a query", [0, 0, 1, 0], 9],
    ["backwards", [0, 0, 300, -1], 9 * 300],
  ] as const)("read a mask of any strides: %s", async (name, strides, elements) => {
    const size = { B: 2, heads: 2, T: 9, S: 300, D: 8 };
    const mask = { dtype: "f32", offset: name === "backwards" ? 299 : 0, strides } as const;
    await expectRight(attention(size, { mask, maskData: new Draw(name).normal(elements) }));
  });

  it("keep their digits where scores are hundreds apart", async () => {
    await expectRight(attention({ B: 1, heads: 1, T: 20, S: 300, D: 16 }, { spread: 300 }));
  });

  it("say what to do about a last axis that is not contiguous", () => {
    const view = { dtype: "f32", offset: 0, strides: [16, 16, 1, 4] } as const;
    const size = { B: 1, heads: 1, T: 4, S: 4, D: 4 };
    expect(() =>
      lowerAttention({ kernel: "attention", ...size, causal: false, q: view, k: view, v: view,
        mask: null }),
    ).toThrow(
      "Attention on wasm was given q with stride 4 on its last axis; it must be 1: make it contiguous.",
    );
  });
}); // prettier-ignore
