/**
 * Which values get memory, and which are computed inside a consumer's loop.
 *
 * Walking from the results back, every elementwise value joins the loop of its consumers if they all
 * run in one loop over as many points as it has; a reduction joins as the one in the middle of that
 * loop. What is left (results, kernels' operands, values of several loops, broadcast ones) gets a
 * buffer, and its own loop.
 */
import type { Access } from "../../kernels/ir.js";
import type { Node, Value } from "../graph.js";
import type { Layout } from "../op.js";
import { sizeOf, stridesOf } from "../shape.js";
import { accessOfView, viewsBelow } from "./place.js";

/** One fused kernel to be: everything inlined into the loop that makes `root`. */
export type Group = { root: Value; reduce: Node | null; ops: number };

/** So many ops one loop takes: a longer chain is cut, for code of bounded length. */
const MOST_OPS = 200;

/** Where in a group's loop a value is wanted: before its reduction or after it. */
type Request = { group: Group; stage: "body" | "output" };

export type Groups = {
  /** Values that have memory: leaves, results, kernels' operands and outputs, roots of groups. */
  buffered: Set<Value>;
  groups: Map<Value, Group>;
  /** How each input of a kernel node lies in memory. */
  layouts: Map<Node, { value: Value; layout: Layout }[]>;
};

/** `forced`: values that an earlier try found to need memory. */
export function group(
  nodes: readonly Node[],
  roots: ReadonlySet<Value>,
  forced: ReadonlySet<Value>,
): Groups {
  const buffered = new Set<Value>();
  const groups = new Map<Value, Group>();
  const layouts: Groups["layouts"] = new Map();
  const requests = new Map<Value, Request[]>();
  const wantsMemory = new Set<Value>([...roots, ...forced]);
  const ask = (value: Value, request: Request) => {
    const list = requests.get(value);
    if (list) list.push(request);
    else requests.set(value, [request]);
  };

  for (let position = nodes.length - 1; position >= 0; position--) {
    const node = nodes[position]!;
    const compute = node.op.compute;
    if ("kernel" in compute) {
      for (const output of node.outputs) buffered.add(output);
      const operands = node.inputs.map((input, k) => operand(node, input, k, roots));
      for (const { value } of operands) if (value.node) wantsMemory.add(value);
      layouts.set(node, operands);
      continue;
    }
    for (const value of node.outputs) {
      const asked = requests.get(value) ?? [];
      if (!wantsMemory.has(value)) {
        if (!asked.length) continue; // nobody needs it
        const inLoop = value.dtype !== "f16" || "view" in compute; // f16 is what memory holds: it is rounded there
        if (!node.inputs.length && inLoop) continue; // made from nothing: computed wherever it is wanted
        const full = asked.some(({ group }) => ++group.ops > MOST_OPS);
        if ("view" in compute && !full) {
          for (const request of asked) ask(node.inputs[0]!, request);
          continue;
        }
        const joined = full || !inLoop ? null : join(node, value, asked);
        if (joined) {
          for (const input of node.inputs) ask(input, joined);
          continue;
        }
      }
      const own: Group = { root: value, reduce: "reduce" in compute ? node : null, ops: 1 };
      buffered.add(value);
      groups.set(value, own);
      for (const input of node.inputs)
        ask(input, { group: own, stage: own.reduce ? "body" : "output" });
    }
  }
  return { buffered, groups, layouts };
}

/** The place in a loop that `value` can be computed at, if all who want it agree. */
function join(node: Node, value: Value, asked: readonly Request[]): Request | null {
  const { group, stage } = asked[0]!;
  if (asked.some((other) => other.group !== group || other.stage !== stage)) return null;
  const points =
    stage === "body" ? sizeOf(group.reduce!.inputs[0]!.shape) : sizeOf(group.root.shape);
  if (points !== sizeOf(value.shape)) return null;
  if (!("reduce" in node.op.compute)) return { group, stage };
  if (stage === "body" || group.reduce || group.root.dtype === "f16") return null;
  group.reduce = node;
  return { group, stage: "body" };
}

/**
 * The memory behind a kernel's input: found through views as far down as the kernel can walk the strides. A result
 * has memory of its own, so nothing below one is looked for: it would be made for this kernel alone.
 */
function operand(
  node: Node,
  input: Value,
  k: number,
  roots: ReadonlySet<Value>,
): { value: Value; layout: Layout } {
  const compute = node.op.compute;
  const halves = "kernel" in compute && compute.halves?.includes(k);
  const views = viewsBelow(input, halves);
  const result = views.findIndex((value) => roots.has(value));
  const chain = result < 0 ? views : views.slice(0, result + 1);
  for (let last = chain.length - 1; last > 0; last--) {
    const access = accessOfView(chain.slice(0, last + 1));
    if (!access) continue;
    const layout = layoutOf(input, access);
    const walks = "kernel" in compute && compute.strided?.(k, layout, node.attributes as never);
    if (layout.contiguous || walks) return { value: chain[last]!, layout };
  }
  return { value: input, layout: layoutOf(input, accessOfView([input])!) };
}

function layoutOf({ shape, dtype }: Value, access: Access): Layout {
  const packed = stridesOf(shape);
  const gapless = access.strides.every(
    (stride, axis) => stride === packed[axis] || shape[axis] === 1,
  );
  return { shape, dtype, access, contiguous: gapless && access.offset === 0 };
}
