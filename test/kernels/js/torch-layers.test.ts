// The js kernels that layers rest on against PyTorch's: outputs and gradients.
import { describe, expect, it } from "vitest";
import type { Recurrent } from "../../../src/kernels/spec.js";
import { headsView } from "../../../src/kernels/heads.js";
import { expectClose, run } from "./run.js";
import type { LayerCase } from "./torch.js";
import { here, read, tolerance, weights } from "./torch.js";

const layers = read<LayerCase>("layers.json");
const named = (start: string): LayerCase[] => layers.filter(({ name }) => name.startsWith(start));

describe("recurrent layers of one direction", () => {
  for (const { name, state, inputs, outputs, grads } of ["rnn_4", "gru_4", "lstm_4"].flatMap(
    named,
  )) {
    it(name, async () => {
      const cell = name.split("_")[0] as Recurrent["cell"];
      const [B, T, width] = inputs.x!.shape as [number, number, number];
      const H = inputs.h0!.data.length / B;
      const rows = state.bias_ih_l0!.data.length; // gates·H
      const spec: Recurrent = {
        kernel: "recurrent",
        cell,
        nonlinearity: "tanh",
        reverse: false,
        B,
        T,
        H,
      };
      const [xw] = await run(
        {
          kernel: "matmul",
          batch: [],
          M: B * T,
          N: rows,
          K: width,
          a: { dtype: "f32", offset: 0, strides: [width, 1] },
          b: { dtype: "f32", offset: 0, strides: [1, width] }, // W_ihᵀ
          bias: true,
        },
        [inputs.x!.data, state.weight_ih_l0!.data, state.bias_ih_l0!.data],
        [B * T * rows],
      );
      const first = [inputs.h0!, inputs.c0].flatMap((tensor) => (tensor ? [tensor.data] : []));
      const [w, bias] = [state.weight_hh_l0!.data, state.bias_hh_l0!.data];
      const sequence = B * T * H;
      const sizes = {
        rnn: [sequence],
        gru: [sequence, 4 * sequence],
        lstm: [sequence, sequence, 4 * sequence],
      };
      const kept = await run(spec, [[...xw!], w, bias, ...first], sizes[cell]);
      expectClose(kept[0]!, outputs.output!.data, tolerance);

      // The loss weighs every h, and the last h (and c) once more.
      const last = weights(B * H);
      const atEnd = (i: number): number =>
        Math.floor(i / H) % T === T - 1 ? last[Math.floor(i / H / T) * H + (i % H)]! : 0;
      const gh = weights(sequence).map((weight, i) => weight + atEnd(i));
      const gc = cell === "lstm" ? [weights(sequence).map((_, i) => atEnd(i))] : [];
      const back = await run(
        { ...spec, kernel: "recurrentGradient" },
        [w, ...first, ...kept.map((data) => [...data]), gh, ...gc],
        [
          B * T * rows,
          ...(cell === "gru" ? [B * T * rows] : []),
          ...first.map((data) => data.length),
        ],
      );
      const sum = (d: ArrayLike<number>): number[] =>
        bias.map((_, j) => Array.from(d).reduce((s, x, i) => (i % rows === j ? s + x : s), 0));
      expectClose(sum(back[0]!), grads.bias_ih_l0!.data, tolerance);
      expectClose(sum(back[cell === "gru" ? 1 : 0]!), grads.bias_hh_l0!.data, tolerance);
      expectClose(back.at(-first.length)!, grads["input.h0"]!.data, tolerance);
      if (cell === "lstm") expectClose(back.at(-1)!, grads["input.c0"]!.data, tolerance);
    });
  }
});

describe("convolutions", () => {
  const pair = (n: number): readonly [number, number] => [n, n];
  const geometry = ({ args }: LayerCase) => ({
    stride: pair(args.stride!),
    padding: pair(args.padding!),
    dilation: pair(args.dilation ?? 1),
    groups: args.groups ?? 1,
  });

  for (const example of named("conv2d")) {
    it(example.name, async () => {
      const { state, inputs, outputs, grads } = example;
      const [B, C, H, W] = inputs.x!.shape as [number, number, number, number];
      const [, O, P, Q] = outputs.output!.shape as [number, number, number, number];
      const [, , R, S] = state.weight!.shape as [number, number, number, number];
      const size = { B, C, H, W, O, R, S, P, Q, ...geometry(example) };
      const [x, w, bias] = [inputs.x!.data, state.weight!.data, state.bias!.data];
      const g = weights(outputs.output!.data.length);
      const [y] = await run(
        { kernel: "convolution", bias: true, ...size },
        [x, w, bias],
        [g.length],
      );
      expectClose(y!, outputs.output!.data, tolerance);
      const [dx] = await run(
        { kernel: "convolutionInput", bias: false, ...size },
        [g, w],
        [x.length],
      );
      expectClose(dx!, grads["input.x"]!.data, tolerance);
      const [dw] = await run({ kernel: "convolutionWeight", ...size }, [x, g], [w.length]);
      expectClose(dw!, grads.weight!.data, tolerance);
    });
  }

  // A transposed convolution's input is what a convolution would put out, and the other way round.
  for (const example of named("convtranspose2d")) {
    it(example.name, async () => {
      const { state, inputs, outputs, grads } = example;
      const [B, O, P, Q] = inputs.x!.shape as [number, number, number, number];
      const [, C, H, W] = outputs.output!.shape as [number, number, number, number];
      const [, , R, S] = state.weight!.shape as [number, number, number, number];
      const size = { B, C, H, W, O, R, S, P, Q, ...geometry(example) };
      const [x, w, bias] = [inputs.x!.data, state.weight!.data, state.bias!.data];
      const g = weights(outputs.output!.data.length);
      const [y] = await run(
        { kernel: "convolutionInput", bias: true, ...size },
        [x, w, bias],
        [g.length],
      );
      expectClose(y!, outputs.output!.data, tolerance);
      const [dx] = await run({ kernel: "convolution", bias: false, ...size }, [g, w], [x.length]);
      expectClose(dx!, grads["input.x"]!.data, tolerance);
      const [dw] = await run({ kernel: "convolutionWeight", ...size }, [g, x], [w.length]);
      expectClose(dw!, grads.weight!.data, tolerance);
    });
  }
});

describe("attention", () => {
  for (const { name, args, inputs, outputs, grads } of named("attention")) {
    it(name, async () => {
      const [B, heads, T, D] = inputs.q!.shape as [number, number, number, number];
      const S = inputs.k!.shape[2]!;
      const view = (rows: number) =>
        ({ dtype: "f32", offset: 0, strides: [heads * rows * D, rows * D, D, 1] }) as const;
      const spec = {
        B, heads, T, S, D, causal: Boolean(args.causal), mask: null,
        q: view(T), k: view(S), v: view(S),
      }; // prettier-ignore
      const given = [inputs.q!.data, inputs.k!.data, inputs.v!.data];
      const queries = B * heads * T;
      const scale = [args.scale!];
      const kept = await run(
        { kernel: "attention", ...spec },
        given,
        [queries * D, queries],
        scale,
      );
      /** Numbers of [B, rows, heads, D], as results lie in memory, in PyTorch's order [B, heads, rows, D]. */
      const byHeads = (x: ArrayLike<number>, rows: number): number[] =>
        Array.from(x, (_, at) => {
          const [d, t, bh] = [at % D, Math.floor(at / D) % rows, Math.floor(at / D / rows)];
          return x[((Math.floor(bh / heads) * rows + t) * heads + (bh % heads)) * D + d]!;
        });
      expectClose(byHeads(kept[0]!, T), outputs.output!.data, tolerance);
      const how = { out: headsView({ heads, D }, T), g: view(T), packed: false };
      const back = await run(
        { kernel: "attentionGradient", ...spec, ...how },
        [...given, ...kept.map((data) => [...data]), weights(queries * D)],
        given.map((data) => data.length),
        scale,
      );
      ["q", "k", "v"].forEach((n, k) =>
        expectClose(byHeads(back[k]!, k ? S : T), grads[`input.${n}`]!.data, tolerance),
      );
    });
  }
});

describe("cross-entropy, the mean over rows that count", () => {
  for (const { name, args, inputs, outputs, grads } of named("cross_entropy")) {
    it(name, async () => {
      const [rows, columns] = inputs.logits!.shape as [number, number];
      const size = { rows, columns, ignoreIndex: args.ignoreIndex ?? -100 };
      const target = Int32Array.from(inputs.target!.data);
      const smoothing = [args.labelSmoothing ?? 0];
      const logits = inputs.logits!.data;
      const [loss, logsumexp] = await run(
        { kernel: "crossEntropy", ...size },
        [logits, target],
        [rows, rows],
        smoothing,
      );
      const counted = target.filter((t) => t !== size.ignoreIndex).length;
      const mean = Array.from(loss!).reduce((a, b) => a + b, 0) / counted;
      expectClose([mean], outputs.output!.data, tolerance);
      const g = Array.from(loss!, () => 1 / counted);
      const [dx] = await run(
        { kernel: "crossEntropyGradient", ...size },
        [logits, target, [...logsumexp!], g],
        [rows * columns],
        smoothing,
      );
      expectClose(dx!, grads["input.logits"]!.data, tolerance);
    });
  }
});

it("compares three recurrent layers, five convolutions, two attentions and two losses, where they are", () => {
  const found = ["rnn_4", "gru_4", "lstm_4", "conv", "attention", "cross_entropy"].flatMap(named);
  expect(found.length).toBe(here ? 12 : 0);
});
