/**
 * The recurrent cells on one row: RNN, GRU and LSTM in the same shape, so that only the
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

/** Visits the vectors of `gates` gates that stand side by side, from a row's first. */
export type Walk = (gates: number, visit: (vector: Vector) => void) => void;

/** One function at a time: several would not fit the registers (the LSTM layer ran 12 % longer). */
export type Cell = (f: FunctionBuilder, row: CellRow, walk: Walk) => void;

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

/** gates = squashed (x + u), for `count` gates from `first` on. */
function squash(
  f: FunctionBuilder, row: CellRow, walk: Walk, squasher: typeof sigmoid,
  first: number, count: number,
): void {
  const { add } = floats(f);
  walk(count, (vector) => {
    const sum = add(vector.load(row.x[first]!), vector.load(row.u[first]!));
    vector.store(row.gates[first]!, squasher(f, sum));
  });
} // prettier-ignore

const rnn = (nonlinearity: "tanh" | "relu"): Cell => (f, row, walk) =>
  walk(1, (vector) => {
    const { add, keep } = floats(f);
    const sum = add(vector.load(row.x[0]!), vector.load(row.u[0]!));
    // f32x4.max, unlike pmax, keeps a NaN.
    const h = nonlinearity === "tanh" ? tanhOf(f, sum) : keep("h", () => f.op("f32x4.max", sum, 0));
    vector.store(row.h, h);
    vector.store(row.state, h);
  }); // prettier-ignore

const gru: Cell = (f, row, walk) => {
  const { sub, madd, keep } = floats(f);
  squash(f, row, walk, sigmoid, 0, 2); // r, z
  walk(1, (vector) => {
    const u = keep("u", vector.load(row.u[2]!));
    const n = tanhOf(f, madd(vector.load(row.gates[0]!), u, vector.load(row.x[2]!)));
    const past = sub(vector.load(row.before), n);
    const h = keep("h", madd(vector.load(row.gates[1]!), past, n)); // (1 − z)·n + z·before
    vector.store(row.h, h);
    vector.store(row.state, h);
    vector.store(row.gates[2]!, n);
    vector.store(row.gates[3]!, u);
  });
};

const lstm: Cell = (f, row, walk) => {
  const { mul, madd, keep } = floats(f);
  squash(f, row, walk, sigmoid, 0, 2); // i, f
  squash(f, row, walk, tanhOf, 2, 1); // g
  squash(f, row, walk, sigmoid, 3, 1); // o
  walk(1, (vector) => {
    const [i, forget, g, o] = row.gates.map((gate) => vector.load(gate));
    const c = keep("c", madd(forget!, vector.load(row.before), mul(i!, g!)));
    const h = keep("h", mul(o!, tanhOf(f, c)));
    vector.store(row.c, c);
    vector.store(row.h, h);
    vector.store(row.state, h);
  });
};

export const cells = {
  rnn: { gates: 1, cell: rnn },
  gru: { gates: 3, cell: () => gru },
  lstm: { gates: 4, cell: () => lstm },
} as const;
