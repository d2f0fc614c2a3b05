/**
 * The recurrent cells on one vector of units: RNN, GRU and LSTM in the same shape, so that only the
 * difference differs. x is x·W_ihᵀ + b_ih, u is h·W_hhᵀ + b_hh of the state before; equations as in
 * js/recurrent.ts.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { expWithin, tanh } from "./math.js";
import type { Vector } from "./row.js";
import { floats } from "./vector.js";

/** Addresses of one row (one sequence at one time). Lists are by gate. */
export type CellRow = {
  x: readonly Local[]; u: readonly Local[]; before: Local; // before: c of the LSTM, h of the others
  h: Local; c: Local; gates: readonly Local[]; // outputs; those that a cell lacks are not touched
  state: Local; // a second, compact copy of h for the next product
}; // prettier-ignore

export type Cell = (f: FunctionBuilder, vector: Vector, row: CellRow) => void;

/** 1/(1 + e⁻ˣ) */
function sigmoid(f: FunctionBuilder, x: Operand): Local {
  const { add, div, lower, neg, keep } = floats(f);
  const power = keep("power", lower(neg(x), 88));
  return keep(
    "sigmoid",
    div(
      1,
      add(() => expWithin(f, power), 1),
    ),
  );
}

function tanhOf(f: FunctionBuilder, x: Operand): Local {
  const { keep } = floats(f);
  const argument = keep("argument", x);
  return keep("tanh", () => tanh(f, argument));
}

const rnn = (nonlinearity: "tanh" | "relu"): Cell => (f, vector, row) => {
  const { add, keep } = floats(f);
  const sum = add(vector.load(row.x[0]!), vector.load(row.u[0]!));
  // f32x4.max, unlike pmax, keeps a NaN.
  const h = nonlinearity === "tanh" ? tanhOf(f, sum) : keep("h", () => f.op("f32x4.max", sum, 0));
  vector.store(row.h, h);
  vector.store(row.state, h);
}; // prettier-ignore

const gru: Cell = (f, vector, row) => {
  const { add, sub, madd, keep } = floats(f);
  const sum = (gate: number): Operand => add(vector.load(row.x[gate]!), vector.load(row.u[gate]!));
  const r = sigmoid(f, sum(0));
  const z = sigmoid(f, sum(1));
  const u = keep("u", vector.load(row.u[2]!));
  const n = tanhOf(f, madd(r, u, vector.load(row.x[2]!)));
  const h = keep("h", madd(z, sub(vector.load(row.before), n), n)); // (1 − z)·n + z·before
  vector.store(row.h, h);
  vector.store(row.state, h);
  [r, z, n, u].forEach((value, gate) => vector.store(row.gates[gate]!, value));
};

const lstm: Cell = (f, vector, row) => {
  const { add, mul, madd, keep } = floats(f);
  const sum = (gate: number): Operand => add(vector.load(row.x[gate]!), vector.load(row.u[gate]!));
  const [i, forget] = [sigmoid(f, sum(0)), sigmoid(f, sum(1))];
  const [g, o] = [tanhOf(f, sum(2)), sigmoid(f, sum(3))];
  const c = keep("c", madd(forget, vector.load(row.before), mul(i, g)));
  const h = keep("h", mul(o, tanhOf(f, c)));
  vector.store(row.c, c);
  vector.store(row.h, h);
  vector.store(row.state, h);
  [i, forget, g, o].forEach((value, gate) => vector.store(row.gates[gate]!, value));
};

export const cells = {
  rnn: { gates: 1, cell: rnn },
  gru: { gates: 3, cell: () => gru },
  lstm: { gates: 4, cell: () => lstm },
} as const;
