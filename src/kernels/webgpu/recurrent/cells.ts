/**
 * The three cells as WGSL, used alike by the kernel of one time step and by the one of all steps.
 * Gates are the components of a vector (RNN: a number; GRU: r z n; LSTM: i f g o), so that one read of the
 * weights brings all gates of a unit. Known in the text: unit `j`, `row` = b·T + t, and what is named here.
 */
import type { Recurrent } from "../../spec.js";

export type Cell = Recurrent["cell"];

export const gatesOf: Record<Cell, number> = { rnn: 1, gru: 3, lstm: 4 };

/** The type that holds one number of each gate. */
export const gateType = (cell: Cell): string =>
  cell === "rnn" ? "f32" : `vec${gatesOf[cell]}<f32>`;

/** One number of each gate, read from `at(gate)`. */
export const gateVector = (cell: Cell, at: (gate: number) => string): string =>
  `${gateType(cell)}(${Array.from({ length: gatesOf[cell] }, (_, gate) => at(gate)).join(", ")})`;

/** xw of the row and b_hh, all gates. */
export const readGates = (cell: Cell): string => {
  const gates = gatesOf[cell];
  return /* wgsl */ `
fn x_of(row: u32, j: u32) -> ${gateType(cell)} {
  return ${gateVector(cell, (g) => `xw[(row * ${gates}u + ${g}u) * numbers.H + j]`)};
}
fn bias_of(j: u32) -> ${gateType(cell)} {
  return ${gateVector(cell, (g) => `b_hh[${g}u * numbers.H + j]`)};
}`;
};

/** What the gradient will need of unit j: gates [B·T, 4, H]. */
const keep = (values: readonly string[]): string =>
  values
    .map((value, g) => `gates[(row * 4u + ${g}u) * numbers.H + j] = ${value};`)
    .join("\n      ");

/**
 * From `a` (x of all gates), `u` = h·W_hhᵀ + b_hh and `before` (h of the GRU, c of the LSTM) to `next`, the
 * new h, and for the LSTM `cell`.
 */
export function writeCell({
  cell,
  nonlinearity,
}: Pick<Recurrent, "cell" | "nonlinearity">): string {
  if (cell === "rnn")
    return `let next = ${nonlinearity === "tanh" ? "hyperbolic_tangent(a + u)" : "larger(0.0, a + u)"};`;
  if (cell === "gru")
    return /* wgsl */ `let r = sigmoid(a.x + u.x);
      let z = sigmoid(a.y + u.y);
      let n = hyperbolic_tangent(a.z + r * u.z);
      let next = (1.0 - z) * n + z * before;
      ${keep(["r", "z", "n", "u.z"])}`;
  return /* wgsl */ `let i = sigmoid(a.x + u.x);
      let f = sigmoid(a.y + u.y);
      let g = hyperbolic_tangent(a.z + u.z);
      let o = sigmoid(a.w + u.w);
      let cell = f * before + i * g;
      let next = o * hyperbolic_tangent(cell);
      c[row * numbers.H + j] = cell;
      ${keep(["i", "f", "g", "o"])}`;
}

/** Stores one number of each gate in `name` [B·T, gates, H]. */
const put = (name: string, values: readonly string[]): string =>
  values
    .map((value, g) => `${name}[(row * ${values.length}u + ${g}u) * numbers.H + j] = ${value};`)
    .join("\n      ");

const kept = (gate: number): string => `gates[(row * 4u + ${gate}u) * numbers.H + j]`;

/**
 * From `d`, the gradient of this step's h, to `du` (of u = h·W_hhᵀ + b_hh, all gates). The GRU takes
 * `before` (h) and gives `direct`, what goes to the h before around W; the LSTM takes `before` (c) and the
 * gradient `dc` that the later steps have of c, and gives that of the c before as `direct`.
 */
export function writeCellGradient({
  cell,
  nonlinearity,
}: Pick<Recurrent, "cell" | "nonlinearity">): string {
  if (cell === "rnn")
    return /* wgsl */ `let y = h[row * numbers.H + j];
      let du = ${nonlinearity === "tanh" ? "d * (1.0 - y * y)" : "select(0.0, d, y > 0.0)"};
      ${put("dxw", ["du"])}`;
  if (cell === "gru")
    return /* wgsl */ `let r = ${kept(0)}; let z = ${kept(1)}; let n = ${kept(2)};
      let dn = d * (1.0 - z) * (1.0 - n * n);
      let dz = d * (before - n) * z * (1.0 - z);
      let dr = dn * ${kept(3)} * r * (1.0 - r);
      let direct = d * z;
      let du = vec3<f32>(dr, dz, dn * r);
      ${put("dxw", ["dr", "dz", "dn"])}
      ${put("dhw", ["dr", "dz", "dn * r"])}`;
  return /* wgsl */ `let i = ${kept(0)}; let f = ${kept(1)}; let g = ${kept(2)}; let o = ${kept(3)};
      let y = hyperbolic_tangent(c[row * numbers.H + j]);
      let d_cell = dc + gc[row * numbers.H + j] + d * o * (1.0 - y * y);
      let direct = d_cell * f;
      let du = vec4<f32>(d_cell * g * i * (1.0 - i), d_cell * before * f * (1.0 - f),
        d_cell * i * (1.0 - g * g), d * y * o * (1.0 - o));
      ${put("dxw", ["du.x", "du.y", "du.z", "du.w"])}`;
}

/** Component `gate` of a vector of gates. */
export const gateOf = (cell: Cell, vector: string, gate: number): string =>
  cell === "rnn" ? vector : `${vector}.${"xyzw"[gate]}`;
