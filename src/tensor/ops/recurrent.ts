/**
 * A recurrent layer over a whole sequence, one direction, fused: RNN, GRU and LSTM stand in one record,
 * told apart by `cell`. Second derivatives go through the plain definition below, step by step.
 */
import { ShapeError, show } from "../errors.js";
import type { Form, OpRecord } from "../op.js";
import { floats, ranked } from "./checks.js";
import type { Tensor } from "../tensor.js";

export type Cell = {
  cell: "rnn" | "gru" | "lstm";
  nonlinearity: "tanh" | "relu";
  reverse: boolean;
};
const gatesOf = { rnn: 1, gru: 3, lstm: 4 };

/** xw [B, T, gates·H], w_hh [gates·H, H], b_hh [gates·H], h0 [B, H], (c0) → h [B, T, H], (c for lstm), (what the gradient needs). */
export const recurrent: OpRecord<Cell> = {
  name: "recurrent",
  forms: ([xw, weight, bias, h0, c0], { cell }) => {
    floats(cell, xw, weight, bias, h0, c0);
    ranked(cell, "x·W", xw!, 3);
    const [B, T, width] = xw!.shape as [number, number, number];
    const H = width / gatesOf[cell];
    const wanted = [[width, H], [width], [B, H], ...(cell === "lstm" ? [[B, H]] : [])];
    [weight!, bias!, h0!, c0].forEach((x, k) => {
      if (x && show(x.shape) !== show(wanted[k]!))
        throw new ShapeError(
          `${cell}: ${["w_hh", "b_hh", "h0", "c0"][k]} is ${show(x.shape)}, wanted ${show(wanted[k]!)}`,
        );
    });
    const f = (...shape: number[]): Form => ({ shape, dtype: "f32" });
    const h = f(B, T, H);
    return cell === "rnn" ? [h] : cell === "gru" ? [h, f(B, T, 4 * H)] : [h, h, f(B, T, 4 * H)];
  },
  compute: {
    kernel: ([xw, , , h0], attributes) => ({
      kernel: "recurrent", ...attributes, B: xw!.shape[0]!, T: xw!.shape[1]!, H: h0!.shape[1]!,
    }), // prettier-ignore
  },
  gradient: ({ g, inputs, outputs, attributes, through }) => {
    const [, weight, , h0, c0] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor | undefined];
    const { cell, reverse } = attributes;
    const lstm = cell === "lstm";
    const saved = { rnn: 1, gru: 1, lstm: 2 }[cell]; // where the gates stand among the outputs
    if (g[saved]) return through((...x) => plain(x, attributes), inputs, g);
    const gh = g[0] ?? outputs[0]!.like(0);
    const kept = [
      h0,
      ...(lstm ? [c0!] : []),
      ...outputs,
      gh,
      ...(lstm ? [g[1] ?? gh.like(0)] : []),
    ];
    const grads = weight.recurrentGradient(kept, attributes);
    const dhw = cell === "gru" ? grads[1]! : grads[0]!; // [B, T, gates·H]
    const flat = (x: Tensor) => x.reshape([-1, x.shape[2]!]);
    const dWeight = flat(dhw)
      .transpose()
      .matmul(flat(before(outputs[0]!, h0, reverse)));
    return [grads[0]!, dWeight, dhw.sum([0, 1]), ...grads.slice(cell === "gru" ? 2 : 1)];
  },
};

/** The state that each step started from: `initial`, then all outputs but the last. */
function before(h: Tensor, initial: Tensor, reverse: boolean): Tensor {
  const T = h.shape[1]!;
  const first = initial.unsqueeze(1); // [B, 1, H]
  return reverse ? h.slice(1, 1, T).concat([first], 1) : first.concat([h.slice(1, 0, T - 1)], 1);
}

/** Steps in the order in which they run. */
const steps = (T: number, reverse: boolean) =>
  Array.from({ length: T }, (_, step) => (reverse ? T - 1 - step : step));

const inTime = (states: Tensor[], reverse: boolean) => {
  const ordered = reverse ? [...states].reverse() : states;
  return ordered[0]!.unsqueeze(1).concat(
    ordered.slice(1).map((x) => x.unsqueeze(1)),
    1,
  ); // [B, T, ..]
};

/** The definition, step by step: all outputs of `recurrent`. */
function plain(
  [xw, weight, bias, h0, c0]: Tensor[],
  { cell, nonlinearity, reverse }: Cell,
): Tensor[] {
  let h = h0!, c = c0; // prettier-ignore
  const hs: Tensor[] = [], cs: Tensor[] = [], gates: Tensor[] = []; // prettier-ignore
  for (const t of steps(xw!.shape[1]!, reverse)) {
    const fromX = xw!.at(1, t); // [B, gates·H]
    const fromH = h.matmul(weight!.transpose()).add(bias!);
    if (cell === "rnn") {
      const a = fromX.add(fromH);
      h = nonlinearity === "tanh" ? a.tanh() : a.relu();
    } else if (cell === "gru") {
      const [xr, xz, xn] = fromX.split(3, -1) as [Tensor, Tensor, Tensor];
      const [hr, hz, hn] = fromH.split(3, -1) as [Tensor, Tensor, Tensor];
      const r = xr.add(hr).sigmoid(), z = xz.add(hz).sigmoid(), n = xn.add(r.mul(hn)).tanh(); // prettier-ignore
      gates.push(r.concat([z, n, hn], -1));
      h = n.add(z.mul(h.sub(n))); // (1 − z)·n + z·h
    } else {
      const [ai, af, ag, ao] = fromX.add(fromH).split(4, -1) as [Tensor, Tensor, Tensor, Tensor];
      const i = ai.sigmoid(), f = af.sigmoid(), g = ag.tanh(), o = ao.sigmoid(); // prettier-ignore
      gates.push(i.concat([f, g, o], -1));
      c = f.mul(c!).add(i.mul(g));
      cs.push(c);
      h = o.mul(c.tanh());
    }
    hs.push(h);
  }
  return [hs, cs, gates].filter((list) => list.length).map((list) => inTime(list, reverse));
}

/** inputs: w_hh, h0, (c0), h, (c), (gates), gh, (gc) → dxw, (dhw for gru), dh0, (dc0). */
export const recurrentGradient: OpRecord<Cell> = {
  name: "recurrentGradient",
  forms: (inputs, { cell }) => {
    floats(`${cell}Gradient`, ...inputs);
    const [weight, h0] = inputs as [Form, Form];
    const [B, T] = inputs[cell === "lstm" ? 3 : 2]!.shape as [number, number];
    const dxw: Form = { shape: [B, T, weight.shape[0]!], dtype: "f32" };
    return cell === "rnn" ? [dxw, h0] : cell === "gru" ? [dxw, dxw, h0] : [dxw, h0, h0];
  },
  compute: {
    kernel: (inputs, attributes) => {
      const h = inputs[attributes.cell === "lstm" ? 3 : 2]!;
      const [B, T, H] = h.shape as [number, number, number];
      return { kernel: "recurrentGradient", ...attributes, B, T, H };
    },
  },
  gradient: ({ g, inputs, attributes, through }) =>
    through((...x) => plainGradient(x, attributes), inputs, g),
};

/** Backpropagation through time, step by step: all outputs of `recurrentGradient`. */
function plainGradient(inputs: Tensor[], { cell, nonlinearity, reverse }: Cell): Tensor[] {
  const lstm = cell === "lstm";
  const [weight, h0] = inputs as [Tensor, Tensor];
  const [c0, h, c, gates, gh, gc] = (
    lstm
      ? inputs.slice(2)
      : [null, inputs[2], null, cell === "gru" ? inputs[3] : null, inputs.at(-1), null]
  ) as (Tensor | null)[];
  const previousH = before(h!, h0, reverse);
  const previousC = lstm ? before(c!, c0!, reverse) : null;
  let dh = h0.like(0), dc = h0.like(0); // prettier-ignore
  const dxw: Tensor[] = [], dhw: Tensor[] = []; // prettier-ignore
  for (const t of steps(h!.shape[1]!, !reverse)) {
    dh = dh.add(gh!.at(1, t));
    if (cell === "rnn") {
      const y = h!.at(1, t);
      const da = dh.mul(nonlinearity === "tanh" ? y.square().neg().add(1) : y.gt(0).cast("f32"));
      dxw.push(da);
      dh = da.matmul(weight);
    } else if (cell === "gru") {
      const [r, z, n, hn] = gates!.at(1, t).split(4, -1) as [Tensor, Tensor, Tensor, Tensor];
      const dn = dh.mul(z.neg().add(1)).mul(n.square().neg().add(1));
      const dz = dh.mul(previousH.at(1, t).sub(n)).mul(z).mul(z.neg().add(1));
      const dr = dn.mul(hn).mul(r).mul(r.neg().add(1));
      dxw.push(dr.concat([dz, dn], -1));
      dhw.push(dr.concat([dz, dn.mul(r)], -1));
      dh = dh.mul(z).add(dhw.at(-1)!.matmul(weight));
    } else {
      const [i, f, g, o] = gates!.at(1, t).split(4, -1) as [Tensor, Tensor, Tensor, Tensor];
      const tc = c!.at(1, t).tanh();
      dc = dc.add(gc!.at(1, t)).add(dh.mul(o).mul(tc.square().neg().add(1)));
      const di = dc.mul(g).mul(i).mul(i.neg().add(1));
      const df = dc.mul(previousC!.at(1, t)).mul(f).mul(f.neg().add(1));
      const dg = dc.mul(i).mul(g.square().neg().add(1));
      const dO = dh.mul(tc).mul(o).mul(o.neg().add(1));
      dxw.push(di.concat([df, dg, dO], -1));
      dc = dc.mul(f);
      dh = dxw.at(-1)!.matmul(weight);
    }
  }
  const over = [dxw, dhw].filter((list) => list.length).map((list) => inTime(list, !reverse));
  return [...over, dh, ...(lstm ? [dc] : [])];
}
