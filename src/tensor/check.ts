/** Finds the op that made the first NaN: for a loss that is no number any more. */
import { computedIn } from "../kernels/ir.js";
import { NumberError, show } from "./errors.js";
import type { Node, Value } from "./graph.js";
import { release } from "./ownership.js";
import { realize } from "./realize.js";
import type { Tensor } from "./tensor.js";

/**
 * Computes `tensors` with everything on the way to them, and throws a NumberError if one holds NaN, naming
 * `what` (a step, say) and the first op whose output has NaN while its inputs have none. Call it before the
 * step that would use them: `await checkNumbers("step 12", [result.loss])`. It costs memory and time: every
 * intermediate is kept and read.
 */
export async function checkNumbers(what: string, tensors: readonly Tensor[]): Promise<void> {
  const nodes = under(tensors);
  const names = new Map<Value, { op: string; inputs: readonly Value[] }>();
  for (const { op, inputs, outputs } of nodes)
    for (const output of outputs) names.set(output, { op: op.name, inputs: [...inputs] });
  const made = [...names.keys()] as Tensor[];
  const leaves = nodes.flatMap(({ inputs }) => inputs.filter((input) => !input.node)) as Tensor[];
  const all = [...new Set([...leaves, ...made, ...tensors])];
  const hadFreed = all.map((value) => value.freed);
  all.forEach((value) => (value.freed = null));
  try {
    realize(made);
    for (const value of all) await checkOne(what, value, names.get(value));
  } finally {
    all.forEach((value, k) => hadFreed[k] && release(value, hadFreed[k]));
  }
}

async function checkOne(
  what: string,
  value: Tensor,
  from: { op: string; inputs: readonly Value[] } | undefined,
): Promise<void> {
  if (computedIn(value.dtype) !== "f32" || !(await value.data()).some(Number.isNaN)) return;
  const source = from
    ? `${from.op} of ${from.inputs.map(({ shape }) => show(shape)).join(", ") || "nothing"} was the first to make one`
    : "it came in with the data or the parameters";
  throw new NumberError(`${what}: NaN in ${show(value.shape)}; ${source}`);
}

/** Waiting nodes under `tensors`, inputs first. */
function under(tensors: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const met = new Set<Node>();
  const visit = (start: Node) => {
    const stack = [{ node: start, next: 0 }];
    met.add(start);
    while (stack.length) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (!input) order.push(stack.pop()!.node);
      else if (input.node && !met.has(input.node)) {
        met.add(input.node);
        stack.push({ node: input.node, next: 0 });
      }
    }
  };
  for (const { node } of tensors) if (node && !met.has(node)) visit(node);
  return order;
}
