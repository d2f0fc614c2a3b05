/**
 * Backpropagation through time (Werbos, 1990) for the three layers of recurrent.ts: the same steps from
 * the last to the first, carrying dh (and dc), what the loss of all later steps says about the state.
 * dx is the gradient of x = x·W_ihᵀ + b_ih, du of u = h·W_hhᵀ + b_hh; the two differ for the GRU alone.
 */
import type { RecurrentGradient } from "../spec.js";
import type { Buffers, Data, Run } from "./kernel.js";
import { stateBefore, steps } from "./recurrent.js";

/** Through u to the state before: dh += du·W. w [gates·H, H], du [gates·H], dh [H] */
function throughHidden(w: Data, du: Data, dh: Data): void {
  for (let row = 0; row < du.length; row++) {
    for (let k = 0; k < dh.length; k++) dh[k]! += du[row]! * w[row * dh.length + k]!;
  }
}

/** The rows [start, start + width) of a gradient. */
const rowOf = (data: Data, row: number, width: number): Data =>
  data.subarray(row * width, (row + 1) * width);

/** da = dh·(1 − h²), or dh where h > 0 */
function rnn(spec: RecurrentGradient, [w, , h, gh]: Buffers, [dx, dh0]: Buffers): void {
  const { H, nonlinearity } = spec;
  dh0.fill(0);
  for (const { b, at } of [...steps(spec)].reverse()) {
    const dh = rowOf(dh0, b, H); // carried in the place where it ends
    const da = rowOf(dx, at, H);
    for (let j = 0; j < H; j++) {
      const y = h[at * H + j]!;
      const slope = nonlinearity === "tanh" ? 1 - y * y : Number(y > 0);
      da[j] = (dh[j]! + gh[at * H + j]!) * slope;
    }
    dh.fill(0);
    throughHidden(w, da, dh);
  }
}

/**
 * dn = dh·(1 − z)·(1 − n²),  dz = dh·(h_before − n)·z·(1 − z),  dr = dn·u_n·r·(1 − r)
 * dx = [dr, dz, dn],  du = [dr, dz, dn·r],  dh_before = dh·z + du·W
 */
function gru(
  spec: RecurrentGradient,
  [w, h0, h, gates, gh]: Buffers,
  [dxAll, duAll, dh0]: Buffers,
): void {
  const { H } = spec;
  dh0.fill(0);
  for (const step of [...steps(spec)].reverse()) {
    const before = stateBefore(step, h, h0, H);
    const dh = rowOf(dh0, step.b, H);
    const [dx, du] = [rowOf(dxAll, step.at, 3 * H), rowOf(duAll, step.at, 3 * H)];
    for (let j = 0; j < H; j++) {
      const [r, z, n, u] = gatesOf(gates, step.at, H, j);
      const d = dh[j]! + gh[step.at * H + j]!;
      const dn = d * (1 - z) * (1 - n * n);
      const dz = d * (before[j]! - n) * z * (1 - z);
      const dr = dn * u * r * (1 - r);
      put(dx, H, j, [dr, dz, dn]);
      put(du, H, j, [dr, dz, dn * r]);
      dh[j] = d * z;
    }
    throughHidden(w, du, dh);
  }
}

/**
 * do = dh·tanh(c)·o·(1 − o),  dc += dh·o·(1 − tanh²(c))
 * di = dc·g·i·(1 − i),  df = dc·c_before·f·(1 − f),  dg = dc·i·(1 − g²),  dc_before = dc·f
 */
function lstm(
  spec: RecurrentGradient,
  [w, , c0, , c, gates, gh, gc]: Buffers,
  [dxAll, dh0, dc0]: Buffers,
): void {
  const { H } = spec;
  dh0.fill(0);
  dc0.fill(0);
  for (const step of [...steps(spec)].reverse()) {
    const before = stateBefore(step, c, c0, H);
    const [dh, dc] = [rowOf(dh0, step.b, H), rowOf(dc0, step.b, H)];
    const dx = rowOf(dxAll, step.at, 4 * H);
    for (let j = 0; j < H; j++) {
      const at = step.at * H + j;
      const [i, f, g, o] = gatesOf(gates, step.at, H, j);
      const y = Math.tanh(c[at]!);
      const d = dh[j]! + gh[at]!;
      const dCell = dc[j]! + gc[at]! + d * o * (1 - y * y);
      const di = dCell * g * i * (1 - i);
      const df = dCell * before[j]! * f * (1 - f);
      const dg = dCell * i * (1 - g * g);
      put(dx, H, j, [di, df, dg, d * y * o * (1 - o)]);
      dc[j] = dCell * f;
    }
    dh.fill(0);
    throughHidden(w, dx, dh);
  }
}

/** What the forward pass kept of unit j. gates [B·T, 4, H] */
function gatesOf(gates: Data, row: number, H: number, j: number): [number, number, number, number] {
  const gate = (k: number): number => gates[(row * 4 + k) * H + j]!;
  return [gate(0), gate(1), gate(2), gate(3)];
}

/** Unit j of each gate. d [gates, H] */
function put(d: Data, H: number, j: number, values: readonly number[]): void {
  values.forEach((value, gate) => (d[gate * H + j] = value));
}

export const cellGradients = { rnn, gru, lstm };

export const recurrentGradient: Run<RecurrentGradient> = (spec, inputs, outputs) =>
  cellGradients[spec.cell](spec, inputs, outputs);
