/** Reverse-mode differentiation: walks the graph from a result back, op by op, by the chain rule. */
import { computedIn } from "../kernels/ir.js";
import type { Node, Value } from "./graph.js";
import type { Tensor } from "./tensor.js";
import { apply, withFreed } from "./tensor.js";
import { reshape } from "./ops/view.js";
import { sameShape } from "./shape.js";

/** ∂Σ outputs·seeds/∂target for each target; null where no path leads. `stop`: do not look behind a target. */
export function differentiate(
  outputs: readonly Tensor[],
  seeds: readonly (Tensor | null)[],
  targets: readonly Tensor[],
  stop = false,
): (Tensor | null)[] {
  return withFreed(() => {
    const wanted = new Set<Value>(targets);
    const grads = new Map<Value, Tensor>();
    outputs.forEach((output, k) => seeds[k] && accumulate(grads, output, seeds[k]));
    const behind = (value: Value) => (stop && wanted.has(value) ? null : value.node);
    for (const node of path(outputs, wanted, behind).reverse()) pullBack(node, grads);
    return targets.map((target) => grads.get(target) ?? null);
  });
}

/** The nodes between targets and outputs, inputs first. */
function path(
  outputs: readonly Tensor[],
  wanted: ReadonlySet<Value>,
  behind: (value: Value) => Node | null,
): Node[] {
  const order: Node[] = [];
  const leads = new Map<Node, boolean>(); // met; whether it leads to a target
  const visit = (start: Node) => {
    const stack = [{ node: start, next: 0 }];
    leads.set(start, false);
    while (stack.length) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (input) {
        if (wanted.has(input)) leads.set(top.node, true);
        const from = behind(input);
        if (!from || leads.has(from)) continue;
        leads.set(from, false);
        stack.push({ node: from, next: 0 });
        continue;
      }
      stack.pop();
      const inner = top.node.inputs.map(behind);
      if (inner.some((from) => from && leads.get(from))) leads.set(top.node, true);
      if (leads.get(top.node)) order.push(top.node);
    }
  };
  for (const output of outputs) {
    const start = behind(output);
    if (start && !leads.has(start)) visit(start);
  }
  return order;
}

function pullBack(node: Node, grads: Map<Value, Tensor>): void {
  const { op, inputs, outputs, attributes, scalars } = node;
  const g = outputs.map((output) => grads.get(output) ?? null);
  if (!op.gradient || g.every((part) => part === null)) return;
  const parts = op.gradient({
    g,
    inputs: inputs as Tensor[],
    outputs: outputs as Tensor[],
    attributes: attributes as never,
    scalars,
    through,
  });
  inputs.forEach((input, k) => {
    const part = parts[k];
    if (part && computedIn(input.dtype) === "f32") accumulate(grads, input, part);
  });
}

function accumulate(grads: Map<Value, Tensor>, value: Value, part: Tensor): void {
  const fitting = sumTo(part, value.shape);
  const before = grads.get(value);
  grads.set(value, before ? before.add(fitting) : fitting);
}

/** The gradient of a broadcast: sums over the axes that were repeated. */
function sumTo(g: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  if (lead < 0) return g.expand(shape);
  const repeated = g.shape.flatMap((size, axis) =>
    axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : [],
  );
  return g.sum(repeated).reshape(shape).expand(shape);
}

/** See op.ts. Inputs go in under names of their own, so that one tensor at two places is told apart. */
function through(
  f: (...inputs: Tensor[]) => (Tensor | null)[],
  inputs: readonly Tensor[],
  g: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const named = inputs.map((input) => apply(reshape, [input], { shape: input.shape })[0]!);
  const outputs = f(...named);
  const made = outputs.flatMap((output, k) => (output && g[k] ? [{ output, seed: g[k] }] : []));
  return differentiate(
    made.map(({ output }) => output),
    made.map(({ seed }) => seed),
    named,
    true,
  );
}
