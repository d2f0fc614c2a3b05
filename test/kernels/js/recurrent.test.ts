// RNN, GRU and LSTM over a sequence on the js backend: one step by hand, and the gradient of many.
import { describe, expect, it } from "vitest";
import type { Recurrent } from "../../../src/kernels/spec.js";
import { dot, expectClose, noise, run, slope } from "./run.js";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const layer = (cell: Recurrent["cell"], B: number, T: number, H: number): Recurrent => ({
  kernel: "recurrent",
  cell,
  nonlinearity: "tanh",
  reverse: false,
  B,
  T,
  H,
});

describe("one unit, one step", () => {
  it("rnn: tanh(x + w·h + b), or its positive part", async () => {
    expectClose((await run(layer("rnn", 1, 1, 1), [[0.3], [2], [0.1], [0.5]], [1]))[0]!, [
      Math.tanh(1.4),
    ]);
    const relu: Recurrent = { ...layer("rnn", 2, 1, 1), nonlinearity: "relu" };
    expectClose((await run(relu, [[0.3, -3], [2], [0.1], [0.5, 0.5]], [2]))[0]!, [1.4, 0]);
  });

  it("gru: gates r z n, the reset after the matmul", async () => {
    const [x, w, b, h0] = [[0.1, 0.2, 0.3], [1, 2, 3], [0.01, 0.02, 0.03], [0.5]];
    const [h, gates] = await run(layer("gru", 1, 1, 1), [x, w, b, h0], [1, 4]);
    const [r, z] = [sigmoid(0.1 + 0.5 + 0.01), sigmoid(0.2 + 1 + 0.02)];
    const n = Math.tanh(0.3 + r * (1.5 + 0.03));
    expectClose(gates!, [r, z, n, 1.53]);
    expectClose(h!, [(1 - z) * n + z * 0.5]);
  });

  it("lstm: gates i f g o", async () => {
    const [x, w, b] = [
      [0.1, 0.2, 0.3, 0.4],
      [1, 2, 3, 4],
      [0.01, 0.02, 0.03, 0.04],
    ];
    const [h, c, gates] = await run(layer("lstm", 1, 1, 1), [x, w, b, [0.5], [0.7]], [1, 1, 4]);
    const [i, f, o] = [sigmoid(0.61), sigmoid(1.22), sigmoid(2.44)];
    const g = Math.tanh(1.83);
    expectClose(gates!, [i, f, g, o]);
    expectClose(c!, [f * 0.7 + i * g]);
    expectClose(h!, [o * Math.tanh(f * 0.7 + i * g)]);
  });
});

const gatesOf = { rnn: 1, gru: 3, lstm: 4 };

describe.each(["rnn", "gru", "lstm"] as const)("%s over a sequence", (cell) => {
  const [B, T, H] = [2, 3, 2] as const;
  const gates = gatesOf[cell];
  const sequence = B * T * H;
  const xw = noise(B * T * gates * H, 1);
  const w = noise(gates * H * H, 2);
  const bias = noise(gates * H, 3);
  const states = (cell === "lstm" ? [4, 5] : [4]).map((salt) => noise(B * H, salt));
  const outputs = {
    rnn: [sequence],
    gru: [sequence, 2 * sequence * 2],
    lstm: [sequence, sequence, 4 * sequence],
  }[cell];
  type Given = [xw: number[], w: number[], bias: number[], states: number[][]];
  const forward = (spec: Recurrent, ...[xw, w, bias, states]: Given) =>
    run(spec, [xw, w, bias, ...states], outputs);

  it("goes on from its own state: two halves make the whole", async () => {
    const spec = layer(cell, 1, 4, H);
    const x = noise(4 * gates * H, 6);
    const start = states.map((state) => state.slice(0, H));
    const sizes = (T: number): number[] => outputs.map((size) => (size / B / 3) * T);
    const whole = await run(spec, [x, w, bias, ...start], sizes(4));
    const first = await run(
      { ...spec, T: 2 },
      [x.slice(0, 2 * gates * H), w, bias, ...start],
      sizes(2),
    );
    const middle = first.slice(0, start.length).map((state) => [...state.slice(H)]); // h (and c) of step 1
    const second = await run(
      { ...spec, T: 2 },
      [x.slice(2 * gates * H), w, bias, ...middle],
      sizes(2),
    );
    expect([...whole[0]!]).toEqual([...first[0]!, ...second[0]!]);
  });

  it("reverse is the same on the sequence turned round", async () => {
    const turn = (x: ArrayLike<number>, width: number): number[] => {
      const rows = Array.from({ length: B * T }, (_, row) =>
        Array.from(x).slice(row * width, (row + 1) * width),
      );
      return [...rows.slice(0, T).reverse(), ...rows.slice(T).reverse()].flat();
    };
    const [h] = await forward({ ...layer(cell, B, T, H), reverse: true }, xw, w, bias, states);
    const [turned] = await forward(layer(cell, B, T, H), turn(xw, gates * H), w, bias, states);
    expect([...h!]).toEqual(turn(turned!, H));
  });

  const variants = cell === "rnn" ? (["tanh", "relu"] as const) : (["tanh"] as const);
  for (const nonlinearity of variants) {
    for (const reverse of [false, true]) {
      it(`gradient against finite differences: ${nonlinearity}, reverse ${reverse}`, async () => {
        const spec: Recurrent = { ...layer(cell, B, T, H), nonlinearity, reverse };
        const [gh, gc] = [noise(sequence, 7), noise(sequence, 8)];
        const loss = async (...given: Given): Promise<number> => {
          const [h, c] = await forward(spec, ...given);
          return dot(gh, h!) + (cell === "lstm" ? dot(gc, c!) : 0);
        };
        const kept = (await forward(spec, xw, w, bias, states)).map((data) => [...data]);
        const given = [w, ...states, ...kept, gh, ...(cell === "lstm" ? [gc] : [])];
        const sizes = [
          xw.length,
          ...(cell === "gru" ? [xw.length] : []),
          ...states.map((s) => s.length),
        ];
        const out = await run({ ...spec, kernel: "recurrentGradient" }, given, sizes);
        const [dx, du, dStates] = [
          out[0]!,
          cell === "gru" ? out[1]! : out[0]!,
          out.slice(-states.length),
        ];

        expectClose(dx, await slope((x) => loss(x, w, bias, states), xw), 1e-7);
        for (let k = 0; k < states.length; k++) {
          const other = (x: number[]): number[][] =>
            states.map((state, s) => (s === k ? x : state));
          expectClose(
            dStates[k]!,
            await slope((x) => loss(xw, w, bias, other(x)), states[k]!),
            1e-7,
          );
        }
        expectClose(biasGradient(du), await slope((b) => loss(xw, w, b, states), bias), 1e-7);
        expectClose(
          weightGradient(du, kept[0]!, reverse),
          await slope((m) => loss(xw, m, bias, states), w),
          1e-7,
        );
      });
    }
  }

  /** db = Σ du over batch and time: left to the caller by the kernel's contract. */
  function biasGradient(du: ArrayLike<number>): number[] {
    const sum = bias.map(() => 0);
    for (let at = 0; at < du.length; at++) sum[at % sum.length]! += du[at]!;
    return sum;
  }

  /** dW = Σ duᵀ·h_before, too. */
  function weightGradient(du: ArrayLike<number>, h: readonly number[], reverse: boolean): number[] {
    const sum = w.map(() => 0);
    for (let b = 0; b < B; b++) {
      for (let t = 0; t < T; t++) {
        const before = reverse ? t + 1 : t - 1;
        const first = before < 0 || before >= T;
        for (let row = 0; row < gates * H; row++) {
          for (let k = 0; k < H; k++) {
            const state = first ? states[0]![b * H + k]! : h[(b * T + before) * H + k]!;
            sum[row * H + k]! += du[(b * T + t) * gates * H + row]! * state;
          }
        }
      }
    }
    return sum;
  }
});
