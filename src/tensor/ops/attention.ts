/**
 * Scaled dot-product attention (Vaswani et al., 2017, eq. 1), fused: the T×T matrix of weights is never
 * in memory (Dao et al., 2022). The gradient kernel makes it anew from the kept logsumexp.
 */
import type { Attention } from "../../kernels/spec.js";
import { ShapeError, show } from "../errors.js";
import type { Form, Layout, OpRecord } from "../op.js";
import type { Shape } from "../shape.js";
import { fits, floats } from "./checks.js";
import { partsOfOne } from "../plan/neighbours.js";
import type { Tensor } from "../tensor.js";

type Causal = { causal: boolean };

function sizes(
  q: Layout,
  k: Layout,
  v: Layout,
  mask: Layout | undefined,
  causal: boolean,
): Omit<Attention, "kernel"> {
  const [B, heads, T, D] = q.shape as [number, number, number, number];
  const view = ({ access }: Layout) => access;
  return {
    B,
    heads,
    T,
    S: k.shape[2]!,
    D,
    causal,
    q: view(q),
    k: view(k),
    v: view(v),
    mask: mask ? view(mask) : null,
  };
}

const lastIsContiguous = (layout: Layout) =>
  layout.access.strides.at(-1) === 1 || layout.shape.at(-1) === 1;

/** q [B, heads, T, D], k and v [B, heads, S, D], (mask [B, heads, T, S], added to the scores) → out [B, T, heads, D], logsumexp [B, heads, T]; scalar 0: scale. */
export const attention: OpRecord<Causal> = {
  name: "attention",
  forms: ([q, k, v, mask]) => {
    floats("attention", q, k, v, mask);
    const [B, heads, T, D] = q!.shape as [number, number, number, number];
    const wrong = (what: string) =>
      new ShapeError(
        `attention: q ${show(q!.shape)}, k ${show(k!.shape)}, v ${show(v!.shape)}: ${what}`,
      );
    if (q!.shape.length !== 4) throw wrong("wanted [B, heads, T, D]");
    const keys = [B, heads, k!.shape[2]!, D];
    for (const x of [k!, v!])
      if (x.shape.length !== 4 || x.shape.some((size, axis) => size !== keys[axis]))
        throw wrong(`keys and values want ${show(keys)}`);
    if (mask && show(mask.shape) !== show([B, heads, T, keys[2]!]))
      throw wrong(`the mask is ${show(mask.shape)}, wanted ${show([B, heads, T, keys[2]!])}`);
    return [
      { shape: [B, T, heads, D], dtype: "f32" },
      { shape: [B, heads, T], dtype: "f32" },
    ];
  },
  compute: {
    kernel: ([q, k, v, mask], { causal }) => ({
      kernel: "attention",
      ...sizes(q!, k!, v!, mask, causal),
    }),
    strided: (input, layout) => input === 3 || lastIsContiguous(layout),
  },
  gradient: ({ g, inputs, outputs, attributes: { causal }, scalars: [scale], through }) => {
    const [q, k, v, mask] = inputs as [Tensor, Tensor, Tensor, Tensor | undefined];
    if (!g[1] && !mask) {
      const packed = partsOfOne([q, k, v].map(inRows), 2) !== null;
      const [out, logsumexp] = [byHeads(outputs[0]!), outputs[1]!];
      return q.attentionGradient(
        [k, v, out, logsumexp, byHeads(g[0]!)],
        { causal, packed },
        scale!,
      );
    }
    return through((q, k, v, mask) => plain(q!, k!, v!, mask, causal, scale!), inputs, g);
  },
};

/** [B, rows, heads, D] → [B, heads, rows, D], and back. */
const byHeads = (x: Tensor): Tensor => x.transpose(1, 2);
/** As one of several that are side by side in a row: [B, rows, 1, heads, D]. */
const inRows = (x: Tensor): Tensor => x.transpose(1, 2).unsqueeze(2);

/** Row t of the causal mask sees keys up to t + S − T. */
const sees = (scores: Tensor) => {
  const [T, S] = scores.shape.slice(-2) as [number, number];
  return scores.rangeLike(-1).le(
    scores
      .rangeLike(-2)
      .unsqueeze(1)
      .add(S - T),
  );
};

/** The definition, op by op: out and logsumexp. */
function plain(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | undefined,
  causal: boolean,
  scale: number,
): Tensor[] {
  let scores = q.matmul(k.transpose()).mul(scale); // [B, heads, T, S]
  if (mask) scores = scores.add(mask);
  if (causal) scores = sees(scores).where(scores, -Infinity);
  const weights = scores.maximum(-1e38).softmax(-1); // a row that sees nothing would be NaN
  const seen = scores.gt(-Infinity).where(weights, 0);
  return [byHeads(seen.matmul(v)), scores.logsumexp(-1)];
}

/**
 * inputs q, k, v, out, logsumexp, g [B, heads, rows, D] → dq, dk, dv [B, rows, heads, D], or, `packed`, the three side
 * by side in each row: [B, T, 3, heads, D].
 */
export const attentionGradient: OpRecord<Causal & { packed: boolean }> = {
  name: "attentionGradient",
  forms: ([q, k, v, out, logsumexp, g], { packed }) => {
    floats("attentionGradient", q, k, v, out, logsumexp, g);
    for (const x of [out!, g!]) fits("attentionGradient", "out or g", x, q!.shape);
    fits("attentionGradient", "logsumexp", logsumexp!, q!.shape.slice(0, 3));
    const form = ([B, heads, rows, D]: Shape, ...parts: number[]): Form => ({
      shape: [B!, rows!, ...parts, heads!, D!],
      dtype: "f32",
    });
    return packed ? [form(q!.shape, 3)] : [q!, k!, v!].map(({ shape }) => form(shape));
  },
  compute: {
    kernel: ([q, k, v, out, , g], { causal, packed }) => ({
      ...sizes(q!, k!, v!, undefined, causal),
      kernel: "attentionGradient",
      out: out!.access,
      g: g!.access,
      packed,
    }),
    strided: (input, layout) => input !== 4 && lastIsContiguous(layout),
  },
  gradient: ({ g, inputs, attributes: { causal, packed }, scalars: [scale], through }) =>
    through(
      (q, k, v, out, logsumexp, g) => {
        const scores = q!.matmul(k!.transpose()).mul(scale!);
        const raw = scores.sub(logsumexp!.unsqueeze(-1)).exp();
        const p = causal ? sees(scores).where(raw, 0) : raw;
        const delta = g!.mul(out!).sum(-1, { keepAxes: true });
        const dScores = p.mul(g!.matmul(v!.transpose()).sub(delta)).mul(scale!);
        const parts = [
          dScores.matmul(k!),
          dScores.transpose().matmul(q!),
          p.transpose().matmul(g!),
        ];
        if (!packed) return parts.map(byHeads);
        const [dq, ...rest] = parts.map(inRows);
        return [dq!.concat(rest, 2)];
      },
      inputs,
      g,
    ),
};
