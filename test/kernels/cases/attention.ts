/** Attention and its gradient: causal or masked, over contiguous tensors and over views of a packed q k v. */
import { headsView } from "../../../src/kernels/heads.js";
import { openJs } from "../../../src/kernels/js/index.js";
import type { TypedArray } from "../../../src/kernels/backend.js";
import type { Attention } from "../../../src/kernels/spec.js";
import {
  astride,
  Draw,
  f32,
  product,
  viewed,
  type Case,
  type Layout,
  type Tolerance,
} from "../case.js";
import { evaluate } from "../run.js";

type Size = { B: number; heads: number; T: number; S: number; D: number };
type Mask = "none" | "some" | "rows" | "broadcast";
type Options = { causal?: boolean; mask?: Mask; layout?: Layout; note?: string };
type Setting = { name: string; kernel: Attention; elements: number[]; size: Size; mask: Mask };

/** The softmax to 1e-6; out is a mean of unit normals, but logsumexp may be some 10 large. */
const tolerance: Tolerance = { relative: 1e-6, absolute: 1e-6, why: "softmax: 1e-6" };

/** Additive; −∞ hides a key. "rows" hides every key of some queries. */
function maskValues(draw: Draw, count: number, S: number, kind: Mask): Float32Array {
  const values = draw.normal(count);
  if (kind === "some") return values.map((x) => (x > 1 ? -Infinity : x));
  return kind === "rows" ? values.map((x, i) => (Math.floor(i / S) % 3 === 1 ? -Infinity : x)) : values;
} // prettier-ignore

function setting(size: Size, { causal = false, mask = "none", layout, note }: Options): Setting {
  const { B, heads, T, S, D } = size;
  const q = viewed([B, heads, T, D], layout);
  const k = viewed([B, heads, S, D], layout);
  const v = viewed([B, heads, S, D], layout);
  const repeated = mask === "broadcast" ? [0, 1] : [];
  const m = mask === "none" ? null : viewed([B, heads, T, S], { repeated });
  const title = `${Object.values(size).join("×")}${causal ? " causal" : ""} mask ${mask}`;
  const views = { q: q.view, k: k.view, v: v.view, mask: m?.view ?? null };
  return {
    name: `${title}${note ? ` ${note}` : ""}`,
    kernel: { kernel: "attention", ...size, causal, ...views },
    elements: [q, k, v, ...(m ? [m] : [])].map(({ elements }) => elements),
    size,
    mask,
  };
}

function forwardInputs({ name, elements, size, mask }: Setting): Float32Array[] {
  const draw = new Draw(name);
  return elements.map((count, k) =>
    k < 3 ? draw.normal(count) : maskValues(draw, count, size.S, mask),
  );
}

const scale = ({ D }: Size): number => 1 / Math.sqrt(Math.max(D, 1));

function forward(made: Setting): Case {
  const { B, heads, T, D } = made.size;
  return {
    name: `attention ${made.name}`,
    kernel: made.kernel,
    inputs: () => forwardInputs(made),
    outputs: [f32(B * heads * T * D), f32(B * heads * T)],
    scalars: [scale(made.size)],
    tolerance,
  };
}

/** What the kernel gives, [B, T, heads, D], at another offset. */
const moved = (values: TypedArray, offset: number): Float32Array =>
  Float32Array.from([...new Float32Array(offset), ...values]);

function gradient(made: Setting, packed = false): Case {
  const { B, heads, T, S, D } = made.size;
  const out = { ...headsView(made.size, T), offset: 4 };
  const g = viewed([B, heads, T, D], { gap: 3 });
  return {
    name: `attentionGradient ${made.name}${packed ? " packed" : ""}`,
    kernel: { ...made.kernel, kernel: "attentionGradient", out, g: g.view, packed },
    inputs: async () => {
      const inputs = forwardInputs(made);
      const js = openJs();
      const [y, logsumexp] = await evaluate(js, forward(made), inputs);
      js.close();
      const kept = [moved(y!, out.offset), Float32Array.from(logsumexp!)];
      return [...inputs, ...kept, new Draw(`g ${made.name}`).normal(g.elements)];
    },
    outputs: packed
      ? [f32(3 * B * T * heads * D)]
      : [T, S, S].map((rows) => f32(B * rows * heads * D)),
    scalars: [scale(made.size)],
    // Sums of unit normals over D for every score, over S for dq, over T for dk and dv.
    tolerance: product(Math.max(T, S, D)),
  };
}

const heads: Layout = { order: [0, 2, 1, 3] }; // [B, T, heads, D] read as [B, heads, T, D]

const settings: (readonly [Size, Options])[] = [
  [{ B: 0, heads: 2, T: 3, S: 3, D: 4 }, {}],
  [{ B: 1, heads: 1, T: 3, S: 0, D: 4 }, { note: "sees nothing" }],
  ...astride.map((T) => [{ B: 1, heads: 2, T, S: T, D: 8 }, { causal: true }] as const),
  ...astride.map((T) => [{ B: 1, heads: 1, T, S: 9, D: 5 }, {}] as const),
  ...astride.map((S) => [{ B: 1, heads: 1, T: 5, S, D: 7 }, {}] as const),
  ...astride.map((D) => [{ B: 1, heads: 1, T: 6, S: 7, D }, {}] as const),
  [{ B: 2, heads: 3, T: 4, S: 9, D: 8 }, { causal: true, note: "after a prefix" }],
  [{ B: 1, heads: 2, T: 9, S: 4, D: 8 }, { causal: true, note: "first queries see nothing" }],
  ...(["some", "rows", "broadcast"] as const).flatMap((mask) => [
    [{ B: 2, heads: 3, T: 6, S: 6, D: 5 }, { mask }] as const,
    [{ B: 2, heads: 2, T: 17, S: 33, D: 16 }, { mask }] as const,
    [{ B: 2, heads: 2, T: 17, S: 17, D: 16 }, { mask, causal: true }] as const,
  ]),
  [{ B: 2, heads: 4, T: 17, S: 17, D: 8 }, { causal: true, layout: heads, note: "heads inside" }],
  [{ B: 2, heads: 3, T: 5, S: 9, D: 4 }, { layout: { ...heads, gap: 0, offset: 12 }, note: "offset" }],
  [{ B: 1, heads: 2, T: 6, S: 9, D: 20 }, { note: "five fours of columns" }],
  [{ B: 2, heads: 4, T: 64, S: 64, D: 32 }, { causal: true }],
  [{ B: 1, heads: 1, T: 257, S: 257, D: 64 }, { causal: true }],
]; // prettier-ignore

export const attentionCases: Case[] = settings.flatMap(([size, options]) => {
  const made = setting(size, options);
  const together = size.T === size.S ? [gradient(made, true)] : []; // q, k and v of one projection
  return [forward(made), gradient(made), ...together];
});
