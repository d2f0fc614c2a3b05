/**
 * Backpropagation through one step of the recurrent cells, on one vector of units; equations as in
 * js/recurrent-gradient.ts. Each reads the carried dh and gives du, the gradient of u = h·W_hhᵀ +
 * b_hh, which the product with W_hh then carries to the step before.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { tanh } from "./math.js";
import type { Vector } from "./row.js";
import { floats, integers } from "./vector.js";

/**
 * Addresses of one row (one sequence at one time). Lists are by gate; what a cell lacks is not
 * touched.
 */
export type GradientRow = {
  h: Local; before: Local; // before: c of the LSTM, h of the others
  c: Local; gates: readonly Local[];
  gh: Local; gc: Local;
  dh: Local; dc: Local; // carried; dc is replaced here, dh by the product
  dx: readonly Local[]; dhw: readonly Local[]; // outputs
  du: readonly Local[]; // a compact copy for the product
  through: Local; // what reaches the step before without W_hh
}; // prettier-ignore

export type CellGradient = (f: FunctionBuilder, vector: Vector, row: GradientRow) => void;

const storeAll = (vector: Vector, rows: readonly Local[], values: readonly Local[]): void =>
  values.forEach((value, gate) => vector.store(rows[gate]!, value));

const rnn = (nonlinearity: "tanh" | "relu"): CellGradient => (f, vector, row) => {
  const { add, sub, mul, gt, keep } = floats(f);
  const { and } = integers(f);
  const d = keep("d", add(vector.load(row.dh), vector.load(row.gh)));
  const h = keep("h", vector.load(row.h));
  const slope = nonlinearity === "tanh" ? sub(1, mul(h, h)) : and(() => f.f32x4(1), gt(h, 0));
  const da = [keep("da", mul(d, slope))];
  storeAll(vector, row.dx, da);
  storeAll(vector, row.du, da);
}; // prettier-ignore

const gru: CellGradient = (f, vector, row) => {
  const { add, sub, mul, keep } = floats(f);
  const [r, z, n, u] = row.gates.map((gate) => keep("gate", vector.load(gate))) as Four;
  const d = keep("d", add(vector.load(row.dh), vector.load(row.gh)));
  const dn = keep("dn", mul(mul(d, sub(1, z)), sub(1, mul(n, n))));
  const past = sub(vector.load(row.before), n);
  const dz = keep("dz", mul(mul(d, past), mul(z, sub(1, z))));
  const dr = keep("dr", mul(mul(dn, u), mul(r, sub(1, r))));
  const dnr = keep("dnr", mul(dn, r));
  storeAll(vector, row.dx, [dr, dz, dn]);
  storeAll(vector, row.dhw, [dr, dz, dnr]);
  storeAll(vector, row.du, [dr, dz, dnr]);
  vector.store(row.through, mul(d, z));
};

const lstm: CellGradient = (f, vector, row) => {
  const { add, sub, mul, madd, keep } = floats(f);
  const [i, forget, g, o] = row.gates.map((gate) => keep("gate", vector.load(gate))) as Four;
  const c = keep("c", vector.load(row.c));
  const y = keep("y", () => tanh(f, c));
  const d = keep("d", add(vector.load(row.dh), vector.load(row.gh)));
  const carried = add(vector.load(row.dc), vector.load(row.gc));
  const dc = keep("dc", madd(mul(d, o), sub(1, mul(y, y)), carried));
  const logistic = (outer: Operand, s: Local): Operand => mul(outer, mul(s, sub(1, s)));
  const di = keep("di", logistic(mul(dc, g), i));
  const df = keep("df", logistic(mul(dc, vector.load(row.before)), forget));
  const dg = keep("dg", mul(mul(dc, i), sub(1, mul(g, g))));
  const dout = keep("do", logistic(mul(d, y), o));
  storeAll(vector, row.dx, [di, df, dg, dout]);
  storeAll(vector, row.du, [di, df, dg, dout]);
  vector.store(row.dc, mul(dc, forget));
};

type Four = [Local, Local, Local, Local];

export const cellGradients = { rnn, gru: () => gru, lstm: () => lstm } as const;
