/**
 * A recurrent language model: embed a token, carry a state through time, read the next token off the state.
 * RNN (Elman, 1990), GRU (Cho et al., 2014) and LSTM (Hochreiter & Schmidhuber, 1997) differ in the cell alone.
 */
import { Embedding, GRU, Linear, LSTM, RNN } from "../layers/index.js";
import { NumberError, type Tensor } from "../tensor/index.js";

export type RecurrentConfig = {
  cell: "rnn" | "gru" | "lstm";
  vocab: number;
  width: number; // of the embedding
  hidden: number; // of the state
  layers?: number;
  dropout?: number; // between layers
};

/** What a cell carries: h [layers, B, hidden], and for LSTM c besides. */
export type RecurrentState = { h: Tensor; c?: Tensor };

const cells = { rnn: RNN, gru: GRU, lstm: LSTM };

/** tokens i32 [B, T] and a state → logits [B, T, vocab] and the state after the last token. */
export class RecurrentLM {
  readonly embedding: Embedding;
  readonly recurrent: RNN | GRU | LSTM;
  readonly head: Linear;

  constructor(readonly config: RecurrentConfig) {
    const { cell, vocab, width, hidden, layers = 1, dropout = 0 } = config;
    if (!Object.hasOwn(cells, cell))
      throw new NumberError(`RecurrentLM: cell is "${cell}"; it must be rnn, gru or lstm`);
    this.embedding = new Embedding(vocab, width);
    this.recurrent = new cells[cell](width, hidden, { layers, dropout });
    this.head = new Linear(hidden, vocab);
  }

  forward(tokens: Tensor, state?: RecurrentState): { logits: Tensor; state: RecurrentState } {
    const x = this.embedding.forward(tokens); // [B, T, width]
    const { output, state: last } = this.step(x, state); // [B, T, hidden]
    return { logits: this.head.forward(output), state: last };
  }

  private step(x: Tensor, state?: RecurrentState): { output: Tensor; state: RecurrentState } {
    if (this.recurrent instanceof LSTM)
      return this.recurrent.forward(x, state && { h: state.h, c: state.c! });
    return this.recurrent.forward(x, state);
  }
}
