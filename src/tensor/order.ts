/** The graph in the order in which it runs, and its structure as integers: what a plan is found by. */
import type { Node, Value } from "./graph.js";
import type { Graph } from "./plan/planner.js";

let mark = 0;

/** The graph under `roots`, then `effects`, in order; and its structure as integers. */
export function order(
  roots: Value[],
  effects: readonly Node[],
): { graph: Graph; structure: Int32Array; scalars: number[] } {
  mark++;
  const nodes: Node[] = [];
  const leaves: Value[] = [];
  const leafIndex = new Map<Value, number>();
  const structure: number[] = [];
  const scalars: number[] = [];
  const number = (value: Value): number[] => {
    if (value.node) return [value.node.position, value.output];
    let index = leafIndex.get(value);
    if (index === undefined) {
      leafIndex.set(value, (index = leaves.push(value) - 1));
      structure.push(-1, formId(value), index);
    }
    return [-1 - index];
  };
  const visit = (start: Node): void => {
    const stack: { node: Node; next: number }[] = [{ node: start, next: 0 }];
    start.mark = mark;
    while (stack.length) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (input) {
        if (input.node && input.node.mark !== mark) {
          input.node.mark = mark;
          stack.push({ node: input.node, next: 0 });
        }
        continue;
      }
      stack.pop();
      const { node } = top;
      const inputs = node.inputs.flatMap(number);
      node.position = nodes.push(node) - 1;
      structure.push(node.signature, node.inputs.length, ...inputs);
      scalars.push(...node.scalars);
    }
  };
  for (const { node } of roots) if (node!.mark !== mark) visit(node!);
  for (const node of effects) visit(node);
  structure.push(-2, ...roots.flatMap(number));
  return { graph: { nodes, leaves, roots }, structure: Int32Array.from(structure), scalars };
}

const forms = new Map<string, number>();
function formId({ shape, dtype }: Value): number {
  return intern(forms, `${dtype}${shape.join()}`);
}

/** A small number for each distinct text. */
export function intern(known: Map<string, number>, text: string): number {
  let id = known.get(text);
  if (id === undefined) known.set(text, (id = known.size));
  return id;
}

export function hash(structure: Int32Array): number {
  let h = 0x811c9dc5;
  for (const word of structure) h = Math.imul(h ^ word, 0x01000193);
  return h;
}
