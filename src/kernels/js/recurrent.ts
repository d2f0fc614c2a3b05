/**
 * The three recurrent layers over a whole sequence, in the same shape, so that only the difference
 * differs: RNN (Elman, 1990), LSTM (Hochreiter and Schmidhuber, 1997; with forget gate), GRU (Cho et al.,
 * 2014; the reset gate after the matmul). x stands for x·W_ihᵀ + b_ih, made beforehand; u = h·W_hhᵀ + b_hh
 * of the step before. σ is the logistic function.
 */
import type { Recurrent } from "../spec.js";
import type { Buffers, Data, Run } from "./kernel.js";

export type Step = { b: number; at: number; before: number | null };

/** The steps of every sequence in the order of time (from the end where `reverse`): rows of [B·T]. */
export function* steps({ B, T, reverse }: Pick<Recurrent, "B" | "T" | "reverse">): Iterable<Step> {
  for (let b = 0; b < B; b++) {
    for (let s = 0; s < T; s++) {
      const at = b * T + (reverse ? T - 1 - s : s);
      yield { b, at, before: s === 0 ? null : reverse ? at + 1 : at - 1 };
    }
  }
}

/** The state [H] that a step starts from: the first from `initial` [B, H], the rest from `all` [B, T, H]. */
export function stateBefore({ b, before }: Step, all: Data, initial: Data, H: number): Data {
  return before === null
    ? initial.subarray(b * H, (b + 1) * H)
    : all.subarray(before * H, (before + 1) * H);
}

/** u = h·Wᵀ + bias. w [gates·H, H], h [H] -> [gates·H] */
function hidden(w: Data, bias: Data, h: Data): Float64Array {
  return Float64Array.from(bias, (start, row) => {
    let sum = start;
    for (let k = 0; k < h.length; k++) sum += w[row * h.length + k]! * h[k]!;
    return sum;
  });
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** h = tanh(x + u), or max(0, x + u) */
function rnn(spec: Recurrent, [x, w, bias, h0]: Buffers, [h]: Buffers): void {
  const { H, nonlinearity } = spec;
  const activation = nonlinearity === "tanh" ? Math.tanh : (a: number) => Math.max(0, a);
  for (const step of steps(spec)) {
    const u = hidden(w, bias, stateBefore(step, h, h0, H));
    for (let j = 0; j < H; j++) {
      const at = step.at * H + j;
      h[at] = activation(x[at]! + u[j]!);
    }
  }
}

/**
 * r = σ(x_r + u_r),  z = σ(x_z + u_z),  n = tanh(x_n + r·u_n)
 * h = (1 − z)·n + z·h_before
 */
function gru(spec: Recurrent, [x, w, bias, h0]: Buffers, [h, gates]: Buffers): void {
  const { H } = spec;
  for (const step of steps(spec)) {
    const before = stateBefore(step, h, h0, H);
    const u = hidden(w, bias, before);
    for (let j = 0; j < H; j++) {
      const at = step.at * 3 * H + j;
      const r = sigmoid(x[at]! + u[j]!);
      const z = sigmoid(x[at + H]! + u[H + j]!);
      const n = Math.tanh(x[at + 2 * H]! + r * u[2 * H + j]!);
      h[step.at * H + j] = (1 - z) * n + z * before[j]!;
      keep(gates, step.at, H, j, [r, z, n, u[2 * H + j]!]);
    }
  }
}

/**
 * i = σ(x_i + u_i),  f = σ(x_f + u_f),  g = tanh(x_g + u_g),  o = σ(x_o + u_o)
 * c = f·c_before + i·g,  h = o·tanh(c)
 */
function lstm(spec: Recurrent, [x, w, bias, h0, c0]: Buffers, [h, c, gates]: Buffers): void {
  const { H } = spec;
  for (const step of steps(spec)) {
    const before = stateBefore(step, c, c0, H);
    const u = hidden(w, bias, stateBefore(step, h, h0, H));
    for (let j = 0; j < H; j++) {
      const at = step.at * 4 * H + j;
      const i = sigmoid(x[at]! + u[j]!);
      const f = sigmoid(x[at + H]! + u[H + j]!);
      const g = Math.tanh(x[at + 2 * H]! + u[2 * H + j]!);
      const o = sigmoid(x[at + 3 * H]! + u[3 * H + j]!);
      const cell = f * before[j]! + i * g;
      c[step.at * H + j] = cell;
      h[step.at * H + j] = o * Math.tanh(cell);
      keep(gates, step.at, H, j, [i, f, g, o]);
    }
  }
}

/** Keeps what the gradient will need of unit j. gates [B·T, 4, H] */
function keep(gates: Data, row: number, H: number, j: number, values: readonly number[]): void {
  values.forEach((value, gate) => (gates[(row * 4 + gate) * H + j] = value));
}

export const cells = { rnn, gru, lstm };

export const recurrent: Run<Recurrent> = (spec, inputs, outputs) =>
  cells[spec.cell](spec, inputs, outputs);
