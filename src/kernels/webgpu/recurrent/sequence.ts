/**
 * All time steps in one dispatch, where the state of a sequence fits a workgroup: 128 threads, one for each
 * unit, keep 4 sequences in workgroup memory and go through time by themselves, a barrier a step. Nothing
 * leaves the workgroup between steps; the weights, 256 KiB at most, are read again each step, from the cache.
 */
import type { Recurrent, RecurrentGradient } from "../../spec.js";
import { eachElement, u32, type Dispatch, type KernelBuffer } from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";
import * as cells from "./cells.js";
import { forwardBuffers, gradientBuffers } from "./places.js";
import { initialGradient } from "./step.js";

/** The widest state: a thread a unit. */
export const widest = 128;
/** Sequences of a workgroup. */
const side = 4;

const numbersOf = ({ B, T, H, reverse }: Recurrent | RecurrentGradient) => ({
  B: u32(B),
  T: u32(T),
  H: u32(H),
  reverse: u32(Number(reverse)),
});

const each = (write: (r: number) => string): string => [0, 1, 2, 3].map(write).join("\n    ");

/** `statements` for each sequence of the workgroup, `row` = b·T + t. */
const eachSequence = (write: (r: number) => string): string =>
  each(
    (r) => /* wgsl */ `if (mine && b0 + ${r}u < numbers.B) {
      let b = b0 + ${r}u; let row = b * numbers.T + t;
      ${write(r)}
    }`,
  );

/** Four sequences of a state [B, H], 0 outside. */
const initial = (name: string): string => /* wgsl */ `
fn initial_${name}(b0: u32, j: u32) -> vec4<f32> {
  var four = vec4<f32>();
  for (var r = 0u; r < ${side}u; r++) {
    if (b0 + r < numbers.B && j < numbers.H) { four[r] = ${name}[(b0 + r) * numbers.H + j]; }
  }
  return four;
}`;

export function forwardSequence(spec: Recurrent): Dispatch[] {
  const { cell, B, H } = spec;
  const type = cells.gateType(cell);
  const bytes = (cell === "rnn" ? 4 : 16) * H * H; // a vec3 takes the room of a vec4
  const columns: KernelBuffer = [type, { scratch: 0, bytes }];
  const before = { rnn: "", gru: "state", lstm: "c_state" }[cell];
  const body = /* wgsl */ `
  let b0 = group * ${side}u; let j = thread;
  let mine = j < numbers.H;
  var state = initial_h0(b0, j);
  ${cell === "lstm" ? "var c_state = initial_c0(b0, j);" : ""}
  let bias = bias_of(min(j, numbers.H - 1u));
  var now = 0u;
  h_all[j] = state;
  for (var step = 0u; step < numbers.T; step++) {
    workgroupBarrier();
    let t = select(step, numbers.T - 1u - step, numbers.reverse == 1u);
    ${each((r) => `var sum${r} = ${type}();`)}
    if (mine) {
      for (var k = 0u; k < numbers.H; k++) {
        let h = h_all[now + k]; let w = columns[k * numbers.H + j];
        ${each((r) => `sum${r} += h.${"xyzw"[r]} * w;`)}
      }
    }
    ${eachSequence(
      (r) => /* wgsl */ `let a = x_of(row, j); let u = sum${r} + bias;
      ${before && `let before = ${before}[${r}];`}
      ${cells.writeCell(spec)}
      ${cell === "lstm" ? `c_state[${r}] = cell;` : ""}
      state[${r}] = next;
      h[row * numbers.H + j] = next;`,
    )}
    now = ${widest}u - now;
    h_all[now + j] = state;
  }`;
  const { w_hh, ...buffers } = forwardBuffers(spec);
  const turned: Dispatch = {
    ...eachElement(H * H, {
      buffers: { w_hh: w_hh!, columns },
      numbers: { H: u32(H) },
      body: /* wgsl */ `
  let k = i / numbers.H; let j = i % numbers.H;
  columns[i] = ${cells.gateVector(cell, (g) => `w_hh[(${g}u * numbers.H + j) * numbers.H + k]`)};`,
    }),
    member: "weights turned, the gates of a unit together",
  };
  const whole: Dispatch = {
    buffers: { ...buffers, columns },
    numbers: numbersOf(spec),
    groups: Math.ceil(B / side),
    threads: widest,
    declarations: [
      `var<workgroup> h_all: array<vec4<f32>, ${2 * widest}>; // of this step and of the one before`,
      initial("h0"),
      ...(cell === "lstm" ? [initial("c0")] : []),
      cells.readGates(cell),
      functionsFor(body),
    ].join("\n"),
    body,
    member: "all steps in one dispatch",
  };
  return [turned, whole];
}

/** The place in time before the step, which is not the first in time. */
const rowBefore = "(row + select(0u, 2u, numbers.reverse == 1u) - 1u)";

export function gradientSequence(spec: RecurrentGradient): Dispatch[] {
  const { cell, B } = spec;
  const gates = Array.from({ length: cells.gatesOf[cell] }, (_, g) => g);
  const source = { rnn: "", gru: "h", lstm: "c" }[cell];
  const body = /* wgsl */ `
  let b0 = group * ${side}u; let j = thread;
  let mine = j < numbers.H;
  var dh = vec4<f32>();
  ${source && "var carried = vec4<f32>();"}
  for (var step = 0u; step < numbers.T; step++) {
    let t = select(numbers.T - 1u - step, step, numbers.reverse == 1u);
    ${gates.map((g) => `var du${g} = vec4<f32>();`).join(" ")}
    ${eachSequence(
      (r) => /* wgsl */ `let d = dh[${r}] + gh[row * numbers.H + j];
      ${
        source &&
        `var before = 0.0;
      if (step + 1u == numbers.T) { before = ${source}0[b * numbers.H + j]; }
      else { before = ${source}[${rowBefore} * numbers.H + j]; }`
      }
      ${cell === "lstm" ? `let dc = carried[${r}];` : ""}
      ${cells.writeCellGradient(spec)}
      ${source && `carried[${r}] = direct;`}
      ${gates.map((g) => `du${g}[${r}] = ${cells.gateOf(cell, "du", g)};`).join(" ")}`,
    )}
    ${gates.map((g) => `du_all[${g * widest}u + j] = du${g};`).join(" ")}
    workgroupBarrier();
    ${gates.map((g) => `var sum${g} = vec4<f32>();`).join(" ")}
    if (mine) {
      for (var k = 0u; k < numbers.H; k++) {
        ${gates.map((g) => `sum${g} += du_all[${g * widest}u + k] * w_hh[(${g}u * numbers.H + k) * numbers.H + j];`).join("\n        ")}
      }
    }
    dh = ${gates.map((g) => `sum${g}`).join(" + ")}${cell === "gru" ? " + carried" : ""};
    workgroupBarrier();
  }
  ${eachSequenceEnd(cell)}`;
  const whole: Dispatch = {
    buffers: gradientBuffers(spec, "sequence"),
    numbers: numbersOf(spec),
    groups: Math.ceil(B / side),
    threads: widest,
    declarations: [
      `var<workgroup> du_all: array<vec4<f32>, ${gates.length * widest}>; // [gates, units] of 4 sequences`,
      functionsFor(body),
    ].join("\n"),
    body,
    member: "all steps in one dispatch",
  };
  return cell === "lstm" ? [whole, initialGradient(spec)] : [whole]; // a ninth buffer is one too many
}

/** What the walk leaves at the start of time. */
const eachSequenceEnd = (cell: cells.Cell): string => {
  const [name, value] = cell === "lstm" ? ["dc0", "carried"] : ["dh0", "dh"];
  return each(
    (r) =>
      `if (mine && b0 + ${r}u < numbers.B) { ${name}[(b0 + ${r}u) * numbers.H + j] = ${value}[${r}]; }`,
  );
};
