/** The graph in the order in which it runs, and its structure as integers: what a plan is found by. */
import type { Node, Value } from "./graph.js";
import type { Graph } from "./plan/planner.js";

let mark = 0;

/** A number that no value and no node is marked with yet. */
export const newMark = (): number => ++mark;

/**
 * The graph under `roots`, then `effects`, in order; and its structure as integers: of each node the
 * signature and its inputs (another's position and output, or a leaf, which tells its form when first met).
 */
export function order(
  roots: Value[],
  effects: readonly Node[],
): { graph: Graph; structure: number[]; scalars: number[] } {
  newMark();
  const nodes: Node[] = [];
  const leaves: Value[] = [];
  const structure: number[] = [];
  const scalars: number[] = [];
  const name = (value: Value): void => {
    if (value.node) return void structure.push(value.node.position, value.output);
    if (value.mark === mark) return void structure.push(-1 - value.position);
    value.mark = mark;
    value.position = leaves.push(value) - 1;
    structure.push(-1 - value.position, formId(value));
  };
  const finish = (node: Node): void => {
    structure.push(node.signature, node.inputs.length);
    for (const input of node.inputs) name(input);
    node.position = nodes.push(node) - 1;
    for (const scalar of node.scalars) scalars.push(scalar);
  };
  for (const { node } of roots) if (node!.mark !== mark) visit(node!, finish);
  for (const node of effects) visit(node, finish);
  structure.push(-2);
  for (const root of roots) name(root);
  return { graph: { nodes, leaves, roots }, structure, scalars };
}

/** Calls `finish` for `start` and all under it that this walk has not met, inputs first. Not recursive: graphs are deep. */
function visit(start: Node, finish: (node: Node) => void): void {
  const stack = [start];
  const next = [0]; // of each node on the stack, the input to look at
  start.mark = mark;
  for (let top = 0; top >= 0;) {
    const input = stack[top]!.inputs[next[top]!++];
    const node = input?.node;
    if (node && node.mark !== mark) {
      node.mark = mark;
      stack[++top] = node;
      next[top] = 0;
    } else if (!input) finish(stack[top--]!);
  }
}

const forms = new Map<string, number>();
function formId(value: Value): number {
  if (value.form < 0) value.form = intern(forms, `${value.dtype}${value.shape.join()}`);
  return value.form;
}

/** A small number for each distinct text. */
export function intern(known: Map<string, number>, text: string): number {
  let id = known.get(text);
  if (id === undefined) known.set(text, (id = known.size));
  return id;
}

export function hash(structure: readonly number[]): number {
  let h = 0x811c9dc5;
  for (let k = 0; k < structure.length; k++) h = Math.imul(h ^ structure[k]!, 0x01000193);
  return h;
}

export function sameStructure(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
