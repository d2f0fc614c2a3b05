/**
 * Attention (Vaswani et al., 2017, eq. 1), one row of scores at a time, so that no T × S matrix is held:
 *   score_s = scale·q_t·k_s (+ mask),  p = softmax(score),  out_t = Σ_s p_s·v_s
 * Its gradient makes p again from logsumexp, and needs only Δ = g_t·out_t of the row beside it
 * (Dao et al., 2022, FlashAttention, appendix B.2):
 *   dv_s += p_s·g_t,  dscore_s = p_s·(g_t·v_s − Δ),  dq_t += scale·dscore_s·k_s,  dk_s += scale·dscore_s·q_t
 */
import { gradientPlaces, headsView, type GradientPlace } from "../heads.js";
import type { Attention, AttentionGradient, View } from "../spec.js";
import type { Data, Run } from "./kernel.js";
import { logSumExp } from "./softmax.js";

type Size = Omit<Attention, "kernel">;

/** Where a view [batch, head, row, column] has a number. */
function placer({ offset, strides }: View) {
  const [batch, head, row, column] = strides as [number, number, number, number];
  return (b: number, h: number, t: number, d: number): number =>
    offset + b * batch + h * head + t * row + d * column;
}

function reader(data: Data, view: View) {
  const place = placer(view);
  return (b: number, h: number, t: number, d: number): number => data[place(b, h, t, d)]!;
}
type Reader = ReturnType<typeof reader>;

/** Every query row: its batch, its head, its place in the sequence, and its number among all rows. */
function eachQuery(
  { B, heads, T }: Size,
  visit: (b: number, h: number, t: number, row: number) => void,
): void {
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < heads; h++) {
      for (let t = 0; t < T; t++) visit(b, h, t, (b * heads + h) * T + t);
    }
  }
}

/** The scores of query t against every key, −Infinity where it may not look. */
export function scoresOf(size: Size, q: Reader, k: Reader, mask: Reader | null, scale: number) {
  const { S, T, D, causal } = size;
  const scores = new Float64Array(S);
  return (b: number, h: number, t: number): Float64Array => {
    for (let s = 0; s < S; s++) {
      let product = 0;
      for (let d = 0; d < D; d++) product += q(b, h, t, d) * k(b, h, s, d);
      const hidden = causal && s > t + S - T;
      scores[s] = hidden ? -Infinity : scale * product + (mask ? mask(b, h, t, s) : 0);
    }
    return scores;
  };
}

export const attention: Run<Attention> = (spec, inputs, [out, logsumexp], [scale]) => {
  const { S, D } = spec;
  const [q, k, v] = [
    reader(inputs[0], spec.q),
    reader(inputs[1], spec.k),
    reader(inputs[2], spec.v),
  ];
  const mask = spec.mask && reader(inputs[3], spec.mask);
  const scores = scoresOf(spec, q, k, mask, scale!);
  const place = placer(headsView(spec, spec.T));
  out.fill(0);
  eachQuery(spec, (b, h, t, row) => {
    const score = scores(b, h, t);
    const { max, log } = logSumExp(score, 0, S);
    logsumexp[row] = max === -Infinity ? -Infinity : max + log;
    if (max === -Infinity) return; // it sees nothing: the row stays 0
    for (let s = 0; s < S; s++) {
      const p = Math.exp(score[s]! - max - log);
      if (p === 0) continue; // what is hidden has no part, be it Infinity or NaN
      for (let d = 0; d < D; d++) out[place(b, h, t, d)]! += p * v(b, h, s, d);
    }
  });
};

export const attentionGradient: Run<AttentionGradient> = (spec, inputs, outputs, [scale]) => {
  const { S, D } = spec;
  const [q, k, v] = [
    reader(inputs[0], spec.q),
    reader(inputs[1], spec.k),
    reader(inputs[2], spec.v),
  ];
  const mask = spec.mask && reader(inputs[3], spec.mask);
  const [out, logsumexp, g] = inputs.slice(spec.mask ? 4 : 3) as [Data, Data, Data];
  const [outAt, gAt] = [reader(out, spec.out), reader(g, spec.g)];
  const scores = scoresOf(spec, q, k, mask, scale!);
  for (const output of outputs) output.fill(0);
  const places = gradientPlaces(spec);
  const adder = ({ output, view }: GradientPlace) => {
    const [data, place] = [outputs[output]!, placer(view)];
    return (b: number, h: number, t: number, d: number, x: number): void => {
      data[place(b, h, t, d)]! += x;
    };
  };
  const [dq, dk, dv] = [adder(places.dq), adder(places.dk), adder(places.dv)];
  eachQuery(spec, (b, h, t, row) => {
    const score = scores(b, h, t);
    let delta = 0;
    for (let d = 0; d < D; d++) delta += gAt(b, h, t, d) * outAt(b, h, t, d);
    for (let s = 0; s < S; s++) {
      if (score[s] === -Infinity) continue;
      const p = Math.exp(score[s]! - logsumexp[row]!);
      let dp = 0;
      for (let d = 0; d < D; d++) dp += gAt(b, h, t, d) * v(b, h, s, d);
      const dscore = scale! * p * (dp - delta);
      for (let d = 0; d < D; d++) {
        dv(b, h, s, d, p * gAt(b, h, t, d));
        dk(b, h, s, d, dscore * q(b, h, t, d));
        dq(b, h, t, d, dscore * k(b, h, s, d));
      }
    }
  });
};
