/**
 * One time step in one dispatch: u = h·W_hhᵀ for 16 sequences × 16 units a workgroup, all gates of a unit
 * in one thread, so that the cell follows in the same kernel. A thread makes 4 sequences of one unit.
 * A whole sequence is T such dispatches in one pass, alike but for their numbers.
 */
import type { Recurrent, RecurrentGradient } from "../../spec.js";
import { i32, u32, type Dispatch, type KernelBuffer } from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";
import * as cells from "./cells.js";
import { forwardBuffers, gradientBuffers, placesOfGradient } from "./places.js";

/** Sequences and units of a workgroup. */
const side = 16;
const threads = 64;
const depth = 32;

const blocks = (size: number): number => Math.ceil(size / side);

/** `sums[r]` += Σ_k left[4 sequences, k]·weights[k, unit], both 32 deep in workgroup memory. */
const product = (
  type: string,
  load: { length: string; states: string; weights: string },
): string => /* wgsl */ `
  for (var at = 0u; at < ${load.length}; at += ${depth}u) {
    for (var e = thread; e < ${(depth * side) / 4}u; e += ${threads}u) {
      let k = at + e % ${depth}u; let b = b0 + 4u * (e / ${depth}u);
      states[e % ${depth}u * 5u + e / ${depth}u] = ${load.states};
    }
    for (var e = thread; e < ${depth * side}u; e += ${threads}u) {
      ${load.weights}
    }
    workgroupBarrier();
    ${[0, 1, 2, 3].map((r) => `var part${r} = ${type}();`).join(" ")}
    for (var k = 0u; k < ${depth}u; k++) {
      let h = states[k * 5u + down]; let w = weights[k * 17u + across];
      part0 += h.x * w; part1 += h.y * w; part2 += h.z * w; part3 += h.w * w;
    }
    sum0 += part0; sum1 += part1; sum2 += part2; sum3 += part3;
    workgroupBarrier();
  }`;

const memory = (type: string): string => /* wgsl */ `
var<workgroup> states: array<vec4<f32>, ${depth * (side / 4 + 1)}>;
var<workgroup> weights: array<${type}, ${depth * (side + 1)}>;`;

const place = (type: string): string => /* wgsl */ `
  let down = thread / ${side}u; let across = thread % ${side}u;
  let b0 = group / numbers.blocks * ${side}u; let j0 = group % numbers.blocks * ${side}u;
  let j = j0 + across;
  ${[0, 1, 2, 3].map((r) => `var sum${r} = ${type}();`).join(" ")}`;

/** The same statements for each of the thread's 4 sequences, `row` = b·T + t. */
const eachSequence = (write: (r: number) => string): string =>
  [0, 1, 2, 3]
    .map((r) => /* wgsl */ `
  { let b = b0 + 4u * down + ${r}u;
    if (b < numbers.B && j < numbers.H) {
      let row = b * numbers.T + u32(numbers.at);
      ${write(r)}
    } }`)
    .join(""); // prettier-ignore

/** Four sequences at column k of `name`, 0 outside. */
const fourOf = (
  name: string,
  value: (b: string, k: string) => string,
  length: string,
): string => /* wgsl */ `
fn ${name}(b: u32, k: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (k < ${length}) {
    for (var r = 0u; r < 4u; r++) {
      if (b + r < numbers.B) { four[r] = ${value("(b + r)", "k")}; }
    }
  }
  return four;
}`;

const stepNumbers = ({ B, T, H }: Recurrent | RecurrentGradient, at: number, before: number) => ({
  B: u32(B),
  T: u32(T),
  H: u32(H),
  blocks: u32(blocks(H)),
  at: i32(at), // the time of this step
  before: i32(before), // and of the one before it in the direction of the walk; −1: the initial state
});

/** The T dispatches of a forward pass. */
export function forwardSteps(spec: Recurrent): Dispatch[] {
  const { cell, B, T, H, reverse } = spec;
  const type = cells.gateType(cell);
  const source = { rnn: "", gru: "h", lstm: "c" }[cell];
  const body = /* wgsl */ `${place(type)}
  ${product(type, {
    length: "numbers.H",
    states: "states_of(b, k)",
    weights: /* wgsl */ `let k = at + e % ${depth}u; let unit = j0 + e / ${depth}u;
      var w = ${type}();
      if (k < numbers.H && unit < numbers.H) {
        w = ${cells.gateVector(cell, (g) => `w_hh[(${g}u * numbers.H + unit) * numbers.H + k]`)};
      }
      weights[e % ${depth}u * 17u + e / ${depth}u] = w;`,
  })}
  ${eachSequence((r) => /* wgsl */ `let a = x_of(row, j);
      let u = sum${r} + bias_of(j);
      ${source && `let before = ${source}_before(b, j);`}
      ${cells.writeCell(spec)}
      h[row * numbers.H + j] = next;`)}`; // prettier-ignore
  const declarations = [
    memory(type),
    beforeOf("h"),
    ...(cell === "lstm" ? [beforeOf("c")] : []),
    fourOf("states_of", (b, k) => `h_before(${b}, ${k})`, "numbers.H"),
    cells.readGates(cell),
    functionsFor(body),
  ].join("\n");
  return Array.from({ length: T }, (_, s) => ({
    buffers: forwardBuffers(spec),
    numbers: stepNumbers(spec, reverse ? T - 1 - s : s, s === 0 ? -1 : reverse ? T - s : s - 1),
    groups: blocks(B) * blocks(H),
    threads,
    declarations,
    body,
    ...(s === 0 && { member: `${T} steps, one a dispatch` }),
  }));
}

/** The state that the step starts from. */
const beforeOf = (state: "h" | "c"): string => /* wgsl */ `
fn ${state}_before(b: u32, j: u32) -> f32 {
  if (numbers.before < 0) { return ${state}0[b * numbers.H + j]; }
  return ${state}[(b * numbers.T + u32(numbers.before)) * numbers.H + j];
}`;

/** dh = du·W_hh of the step done just before (the one later in time). */
const throughHidden = (cell: cells.Cell): string => {
  const length = `${cells.gatesOf[cell]}u * numbers.H`;
  return product("f32", {
    length,
    states: "later_of(b, k)",
    weights: /* wgsl */ `let k = at + e / ${side}u; let unit = j0 + e % ${side}u;
      var w = 0.0;
      if (k < ${length} && unit < numbers.H) { w = w_hh[k * numbers.H + unit]; }
      weights[e / ${side}u * 17u + e % ${side}u] = w;`,
  });
};

const laterOf = (cell: cells.Cell): string => {
  const [du, length] = [cell === "gru" ? "dhw" : "dxw", `${cells.gatesOf[cell]}u * numbers.H`];
  const value = (b: string, k: string): string =>
    `${du}[(${b} * numbers.T + u32(numbers.later)) * ${length} + ${k}]`;
  return fourOf("later_of", value, `select(0u, ${length}, numbers.later >= 0)`);
};

/** The T dispatches of backpropagation through time, and one for dh0. */
export function gradientSteps(spec: RecurrentGradient): Dispatch[] {
  const { cell, B, T, H, reverse } = spec;
  const source = { rnn: "", gru: "h", lstm: "c" }[cell];
  const carry = { rnn: "", gru: "dh0", lstm: "dc0" }[cell];
  const body = /* wgsl */ `${place("f32")}
  ${throughHidden(cell)}
  ${eachSequence((r) => /* wgsl */ `var d = sum${r} + gh[row * numbers.H + j];
      ${source && `let before = ${source}_before(b, j);`}
      ${carry && `var carried = 0.0;
      if (numbers.later >= 0) { carried = ${carry}[b * numbers.H + j]; }`}
      ${{ rnn: "", gru: "d += carried;", lstm: "let dc = carried;" }[cell]}
      ${cells.writeCellGradient(spec)}
      ${carry && `${carry}[b * numbers.H + j] = direct;`}`)}`; // prettier-ignore
  const declarations = [
    memory("f32"),
    laterOf(cell),
    ...(source ? [beforeOf(source as "h" | "c")] : []),
    functionsFor(body),
  ].join("\n");
  const steps = Array.from({ length: T }, (_, s): Dispatch => {
    const time = (position: number): number => (reverse ? T - 1 - position : position);
    const position = T - 1 - s;
    return {
      buffers: gradientBuffers(spec, "step"),
      numbers: {
        ...stepNumbers(spec, time(position), position === 0 ? -1 : time(position - 1)),
        later: i32(s === 0 ? -1 : time(position + 1)),
      },
      groups: blocks(B) * blocks(H),
      threads,
      declarations,
      body,
      ...(s === 0 && { member: `${T} steps, one a dispatch` }),
    };
  });
  return [...steps, initialGradient(spec)];
}

/** dh0: what the first step in time says of the state before it. */
export function initialGradient(spec: RecurrentGradient): Dispatch {
  const { cell, B, T, H, reverse } = spec;
  const places = placesOfGradient(spec);
  const du = cell === "gru" ? "dhw" : "dxw";
  const buffer = (name: string): KernelBuffer => ["f32", places[name]!];
  return {
    buffers: { w_hh: buffer("w_hh"), [du]: buffer(du), dh0: buffer("dh0") },
    numbers: { ...stepNumbers(spec, 0, -1), later: i32(reverse ? T - 1 : 0) },
    groups: blocks(B) * blocks(H),
    threads,
    declarations: [memory("f32"), laterOf(cell)].join("\n"),
    body: /* wgsl */ `${place("f32")}
  ${throughHidden(cell)}
  ${eachSequence((r) => `dh0[b * numbers.H + j] = sum${r}${cell === "gru" ? " + dh0[b * numbers.H + j]" : ""};`)}`,
  };
}
