/**
 * Cross-entropy of rows of logits against smoothed targets, a workgroup a row; its gradient, a thread an
 * element. A target that names no column gives NaN, a class of no weight nothing, whatever its logit.
 */
import type { CrossEntropy, CrossEntropyGradient } from "../spec.js";
import { eachElement, eachRow, i32, scalar, u32, type Dispatch } from "./kernel.js";
import { declarationsFor, logSumExp } from "./softmax.js";
import { functionsFor } from "./wgsl/functions.js";

/** q_j of a row: what smoothing gives every class, and the rest for the target's own. */
const wanted = /* wgsl */ `
fn wanted(j: u32, target_class: i32) -> f32 {
  let share = numbers.smoothing / f32(numbers.columns);
  return share + select(0.0, 1.0 - numbers.smoothing, i32(j) == target_class);
}`;

/** A condition: the row is left out. Where `ignoreIndex` is null the text does not read `numbers.ignored`. */
const isIgnored = (ignoreIndex: number | null): string =>
  ignoreIndex === null ? "false" : "target_class == numbers.ignored";

export function lowerCrossEntropy(spec: CrossEntropy, software: boolean): Dispatch[] {
  const { rows, columns, ignoreIndex } = spec;
  const write = (threads: number) => {
    const body = /* wgsl */ `
  let start = group * numbers.columns;
  let target_class = classes[group];
  ${logSumExp(threads).trim()}
  var own_loss = 0.0;
  for (var j = thread; j < numbers.columns; j += ${threads}u) {
    let q = wanted(j, target_class);
    if (q != 0.0) { own_loss -= q * (x[start + j] - largest - log); }
  }
  let sum = sum_of_all(thread, own_loss);
  if (thread == 0u) {
    let outside = target_class < 0 || target_class >= i32(numbers.columns);
    loss[group] = select(select(sum, not_a_number(), outside), 0.0, ${isIgnored(ignoreIndex)});
    logsumexp[group] = largest + log;
  }`;
    return {
      buffers: {
        x: ["f32", 0],
        classes: ["i32", 1],
        loss: ["f32", 2],
        logsumexp: ["f32", 3],
      } as const,
      numbers: { columns: u32(columns), ignored: i32(ignoreIndex ?? -1), smoothing: scalar(0) },
      declarations: declarationsFor(threads, body) + wanted,
      body,
    };
  };
  return [eachRow(rows, columns, write, software)];
}

/** g·(e^(x − logsumexp) − q) */
export function lowerCrossEntropyGradient(spec: CrossEntropyGradient): Dispatch[] {
  const { rows, columns, ignoreIndex } = spec;
  const body = /* wgsl */ `
  let row = i / numbers.columns;
  let target_class = classes[row];
  let outside = target_class < 0 || target_class >= i32(numbers.columns);
  let q = select(wanted(i % numbers.columns, target_class), not_a_number(), outside);
  let slope = g[row] * (exponential(x[i] - logsumexp[row]) - q);
  dx[i] = select(slope, 0.0, ${isIgnored(ignoreIndex)});`;
  return [
    eachElement(rows * columns, {
      buffers: {
        x: ["f32", 0],
        classes: ["i32", 1],
        logsumexp: ["f32", 2],
        g: ["f32", 3],
        dx: ["f32", 4],
      },
      numbers: { columns: u32(columns), ignored: i32(ignoreIndex ?? -1), smoothing: scalar(0) },
      declarations: functionsFor(body) + wanted,
      body,
    }),
  ];
}
