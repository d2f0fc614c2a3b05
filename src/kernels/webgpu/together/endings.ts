/**
 * Which elementwise kernels end the kernel before them: where one reads, each number once, what a product or a
 * normalization has just made, it may work on the number before that is stored. It saves a dispatch, and the
 * number's way to memory and back: x + W·h, gelu(W·x + b), y·weight + bias.
 */
import type { Call, Plan } from "../../backend.js";
import type { Fused } from "../../ir.js";
import type { KernelName } from "../../spec.js";
import { mostBuffers } from "../kernel.js";
import { overlap } from "./overlap.js";

/** Kernels that store each number of their first output once and do not read it again. */
const endable: ReadonlySet<KernelName> = new Set<KernelName>([
  "matmul",
  "convolution",
  "convolutionInput",
  "normalize",
  "normalizeGradient",
]);

/** How far apart the two may stand. */
const mostBetween = 8;

/** For each call that one ends: which. No call has part in two pairs. */
export function endingsOf(plan: Plan): Map<number, number> {
  const found = new Map<number, number>();
  const taken = new Set<number>();
  plan.calls.forEach((call, ending) => {
    if (call.kernel.kernel !== "fused" || call.kernel.reduce) return;
    for (let k = ending - 1; k >= Math.max(0, ending - mostBetween); k--) {
      if (taken.has(k) || !canEnd(plan, k, ending)) continue;
      found.set(k, ending);
      taken.add(k).add(ending);
      return;
    }
  });
  return found;
}

function canEnd(plan: Plan, first: number, ending: number): boolean {
  const [call, end] = [plan.calls[first]!, plan.calls[ending]!];
  const made = call.outputs[0];
  if (made === undefined || !endable.has(call.kernel.kernel) || !end.inputs.includes(made)) return false; // prettier-ignore
  const out = end.outputs[0]!;
  const rest = end.inputs.filter((input) => input !== made);
  const between = plan.calls.slice(first + 1, ending);
  const named = new Set([...call.inputs, ...call.outputs, ...end.inputs, out]);
  // `made` counts, though it is not stored: the scratch memory of a product in parts may come in its place.
  return (
    readsInOrder(end, made) &&
    named.size <= mostBuffers &&
    [...call.inputs, ...call.outputs].every((other) => !overlap(out, other, plan)) &&
    rest.every((input) => call.outputs.every((other) => !overlap(input, other, plan))) &&
    between.every((other) => isApart(plan, other, out, rest))
  );
}

/** Whether `out` may be written, and `inputs` read, before `other` runs. */
function isApart(plan: Plan, other: Call, out: number, inputs: readonly number[]): boolean {
  if (other.kernel.kernel === "optimizer") return false;
  return (
    [...other.inputs, ...other.outputs].every((buffer) => !overlap(buffer, out, plan)) &&
    other.outputs.every((buffer) => inputs.every((input) => !overlap(buffer, input, plan)))
  );
}

/** Whether number i of the result is made from number i of `made` and no other of it. */
function readsInOrder({ kernel, inputs }: Call, made: number): boolean {
  const { shape, loads, dtype } = kernel as Fused;
  const mine = loads.filter((_, k) => inputs[k] === made);
  const [load] = mine;
  if (mine.length !== 1 || !load || load.offset !== 0 || load.dtype !== "f32" || dtype !== "f32")
    return false;
  let packed = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && load.strides[axis] !== packed) return false;
    packed *= shape[axis]!;
  }
  return true;
}
