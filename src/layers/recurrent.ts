/**
 * RNN (Elman, 1990), LSTM (Hochreiter and Schmidhuber, 1997) and GRU (Cho et al., 2014): layers over
 * a whole sequence, with PyTorch's equations, gate orders and names. The three differ in their gates
 * and in what they carry; all else is the one class under them.
 */
import {
  concat,
  NumberError,
  ShapeError,
  show,
  stack,
  zeros,
  type Parameter,
  type Tensor,
} from "../tensor/index.js";
import { Dropout } from "./dropout.js";
import { uniform } from "./initial.js";
import { checkSizes } from "./sizes.js";

export type RecurrentOptions = {
  /** One on top of the other; 1 by default. */
  layers?: number;
  /** A second pass from the end, whose outputs stand behind the first's. */
  bidirectional?: boolean;
  /** Between layers, while training. */
  dropout?: number;
};
/** Each [layers·directions, B, hidden]. */
export type HiddenState = { h: Tensor };
export type LSTMState = { h: Tensor; c: Tensor };

type Kind = {
  name: "RNN" | "GRU" | "LSTM";
  cell: "rnn" | "gru" | "lstm";
  gates: number;
  nonlinearity: "tanh" | "relu";
};
/** One direction of one layer: weights for the input and for the state, and a bias of each. */
type Pass = { ih: Parameter; hh: Parameter; inputBias: Parameter; stateBias: Parameter; reverse: boolean }; // prettier-ignore

class Recurrent<State extends HiddenState> {
  /** weight_ih_l0 [gates·hidden, input], weight_hh_l0 [gates·hidden, hidden], bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, … */
  readonly [name: `${"weight" | "bias"}_${"ih" | "hh"}_l${number}${"" | "_reverse"}`]: Parameter;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly #dropout: Dropout;
  readonly #kind: Kind;
  readonly #passes: Pass[][] = []; // by layer, then direction

  constructor(
    kind: Kind,
    readonly input: number,
    readonly hidden: number,
    { layers = 1, bidirectional = false, dropout = 0 }: RecurrentOptions,
  ) {
    checkSizes(kind.name, { input, hidden, layers });
    this.#kind = kind;
    this.#dropout = new Dropout(dropout);
    this.layers = layers;
    this.bidirectional = bidirectional;
    for (let layer = 0; layer < layers; layer++) this.addLayer(layer);
  }

  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  private addLayer(layer: number): void {
    const width = layer === 0 ? this.input : this.directions * this.hidden;
    const rows = this.#kind.gates * this.hidden;
    const made = Array.from({ length: this.directions }, (_, direction) => {
      const suffix = `_l${layer}${direction ? "_reverse" : ""}`;
      const ih = uniform([rows, width], this.hidden);
      const hh = uniform([rows, this.hidden], this.hidden);
      const inputBias = uniform([rows], this.hidden);
      const stateBias = uniform([rows], this.hidden);
      const named = { weight_ih: ih, weight_hh: hh, bias_ih: inputBias, bias_hh: stateBias };
      for (const [name, made] of Object.entries(named)) Object.assign(this, { [name + suffix]: made }); // prettier-ignore
      return { ih, hh, inputBias, stateBias, reverse: direction === 1 };
    });
    this.#passes.push(made);
  }

  /** x [B, T, input] → output [B, T, directions·hidden] and the state behind the last step; it starts from zeros. */
  forward(x: Tensor, state?: State): { output: Tensor; state: State } {
    const { B, T, C } = x.dims("B T C", this.#kind.name);
    if (C !== this.input || T === 0)
      throw new ShapeError(
        `${this.#kind.name}: expected [B, T, ${this.input}], got ${show(x.shape)}; the last axis must hold the layer's ${this.input} inputs, and there must be a step`,
      );
    const carried = (this.#kind.cell === "lstm" ? ["h", "c"] : ["h"]) as (keyof State)[];
    const start = state && carried.map((name) => state[name] as Tensor);
    start?.forEach((tensor) => this.checkState(tensor, B));
    const last: Tensor[][] = carried.map(() => []);
    const output = this.#passes.reduce((below, passes, layer) => {
      const fed = layer ? this.#dropout.forward(below) : below;
      const outputs = passes.map((pass, direction) => {
        const at = layer * this.directions + direction;
        const from = last.map((_, k) => start?.[k]?.at(0, at) ?? zeros([B, this.hidden]));
        const states = this.pass(pass, fed, from);
        const end = pass.reverse ? 0 : T - 1;
        last.forEach((list, k) => list.push(states[k]!.at(1, end)));
        return states[0]!;
      });
      return concat(outputs, -1);
    }, x);
    const ends = carried.map((name, k) => [name, stack(last[k]!)]);
    return { output, state: Object.fromEntries(ends) as State };
  }

  /** All h (and c) [B, T, hidden] of one direction. The product with x is one for all steps. */
  private pass(pass: Pass, x: Tensor, from: readonly Tensor[]): Tensor[] {
    const { cell, nonlinearity } = this.#kind;
    const fromInput = x.affine(pass.ih, pass.inputBias); // [B, T, gates·hidden]
    const rest = [pass.hh, pass.stateBias, ...from];
    return fromInput.recurrent(rest, { cell, nonlinearity, reverse: pass.reverse });
  }

  private checkState({ shape }: Tensor, B: number): void {
    const wanted = [this.layers * this.directions, B, this.hidden];
    if (show(shape) === show(wanted)) return;
    throw new ShapeError(
      `${this.#kind.name}: a state is ${show(shape)}; [layers·directions, B, hidden] = ${show(wanted)} is wanted`,
    );
  }
}

/** h ← tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu in tanh's place. */
export class RNN extends Recurrent<HiddenState> {
  constructor(
    input: number,
    hidden: number,
    options: RecurrentOptions & { nonlinearity?: "tanh" | "relu" } = {},
  ) {
    const { nonlinearity = "tanh" } = options;
    if (nonlinearity !== "tanh" && nonlinearity !== "relu")
      throw new NumberError(
        `RNN: the nonlinearity is ${String(nonlinearity)}; it must be "tanh" or "relu"`,
      );
    super({ name: "RNN", cell: "rnn", gates: 1, nonlinearity }, input, hidden, options);
  }
}

/** h ← (1 − z)·n + z·h, with gates r, z, n in this order and r applied behind the matrix product. */
export class GRU extends Recurrent<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentOptions = {}) {
    super({ name: "GRU", cell: "gru", gates: 3, nonlinearity: "tanh" }, input, hidden, options);
  }
}

/** c ← f·c + i·g, h ← o·tanh(c), with gates i, f, g, o in this order. Its state has c beside h. */
export class LSTM extends Recurrent<LSTMState> {
  constructor(input: number, hidden: number, options: RecurrentOptions = {}) {
    super({ name: "LSTM", cell: "lstm", gates: 4, nonlinearity: "tanh" }, input, hidden, options);
  }
}
