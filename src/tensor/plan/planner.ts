/** From a graph to a plan: group, write the loops, order the calls, lay out the memory. */
import type { Call, Plan, PlanBuffer } from "../../kernels/backend.js";
import { bytesOf } from "../../kernels/ir.js";
import type { Kernel } from "../../kernels/spec.js";
import type { Node, Value } from "../graph.js";
import { sizeOf } from "../shape.js";
import { layOut, type Lifetime } from "./arena.js";
import { fuse, NeedsMemory, type FusedCall } from "./fuse.js";
import { group, type Groups } from "./groups.js";

/** Nodes in an order in which each comes after its inputs; leaves and roots once each. */
export type Graph = { nodes: Node[]; leaves: Value[]; roots: Value[] };

/** A plan whose given buffers are the graph's leaves, then its roots, in order; and which op made each call. */
export type Planned = { plan: Plan; ops: string[][] };

export function planOf(graph: Graph): Planned {
  const roots = new Set(graph.roots);
  const firstScalar = scalarPositions(graph.nodes);
  const forced = new Set<Value>();
  for (;;) {
    const groups = group(graph.nodes, roots, forced);
    const { loops, cuts } = writeLoops(groups, firstScalar);
    if (!cuts.length) return assemble(graph, groups, loops, firstScalar);
    for (const value of cuts) forced.add(value);
  }
}

type Loops = ReadonlyMap<Value, FusedCall>;

/** The loop of every group, and the values that must have memory of their own before the others can be written. */
function writeLoops(
  { groups, buffered }: Groups,
  firstScalar: ReadonlyMap<Node, number>,
): { loops: Loops; cuts: Value[] } {
  const loops = new Map<Value, FusedCall>();
  const cuts: Value[] = [];
  const known = new Set(buffered);
  for (const [root, own] of groups)
    while (!loops.has(root))
      try {
        loops.set(root, fuse(own, known, firstScalar));
      } catch (error) {
        if (!(error instanceof NeedsMemory) || known.has(error.value)) throw error;
        known.add(error.value); // from here on as if it had memory: the next round finds all the rest
        cuts.push(error.value);
      }
  return { loops, cuts };
}

function assemble(
  { nodes, leaves, roots }: Graph,
  groups: Groups,
  loops: Loops,
  firstScalar: ReadonlyMap<Node, number>,
): Planned {
  const memory = new Memory(leaves, roots);
  const rounds = new Rounds();
  const calls: Call[] = [];
  const ops: string[][] = [];
  const add = (
    call: Omit<Call, "inputs" | "outputs">,
    inputs: Value[],
    outputs: Value[],
    made: string[],
  ) => {
    const at = rounds.of(call.kernel, inputs, outputs);
    calls.push({
      ...call,
      inputs: inputs.map((v) => memory.use(v, at)),
      outputs: outputs.map((v) => memory.use(v, at)),
    });
    ops.push(made);
  };
  for (const node of nodes) {
    const compute = node.op.compute;
    if ("kernel" in compute) {
      const operands = groups.layouts.get(node)!;
      const kernel = compute.kernel(
        operands.map(({ layout }) => layout),
        node.attributes as never,
      );
      const scalars = node.scalars.map((_, k) => firstScalar.get(node)! + k);
      add(
        { kernel, scalars },
        operands.map(({ value }) => value),
        node.outputs,
        [node.op.name],
      );
      continue;
    }
    for (const output of node.outputs) {
      const loop = loops.get(output);
      if (!loop) continue;
      const { kernel, inputs, scalars } = loop;
      add({ kernel, scalars }, inputs, [output], opsInside(output, groups));
    }
  }
  return { plan: { calls, ...memory.layOut() }, ops };
}

function scalarPositions(nodes: readonly Node[]): Map<Node, number> {
  let next = 0;
  return new Map(nodes.map((node) => {
    const first = next;
    next += node.scalars.length;
    return [node, first];
  })); // prettier-ignore
}

/** Names of the ops that one fused kernel computes, inputs first. */
function opsInside(root: Value, { buffered }: Groups): string[] {
  const names: string[] = [];
  const seen = new Set<Node>();
  const visit = (value: Value) => {
    const { node } = value;
    if (!node || seen.has(node)) return;
    seen.add(node);
    for (const input of node.inputs) if (!buffered.has(input)) visit(input);
    names.push(node.op.name);
  };
  visit(root);
  return names;
}

/** So many calls may run at once. */
const MOST_AT_ONCE = 8;

/**
 * Calls in a row of which none reads what another makes: a backend may run them at once, so their memory is
 * kept apart. (What backpropagation makes of one gradient: those of a layer's weight, bias and input.) An
 * elementwise kernel stays in the round of what it reads: it may be done on the way to memory.
 */
class Rounds {
  private round = 0;
  private calls = 0;
  /** What the calls of the round make, and whether an elementwise kernel may still join them. */
  private readonly made = new Map<Value, boolean>();

  /** The number of the round of the next call. */
  of(kernel: Kernel, inputs: readonly Value[], outputs: readonly Value[]): number {
    const isMap = kernel.kernel === "fused" && !kernel.reduce;
    const waits = inputs.some((value) => this.made.has(value) && !(isMap && this.made.get(value)));
    if (this.calls === MOST_AT_ONCE || waits) {
      this.round++;
      this.calls = 0;
      this.made.clear();
    }
    this.calls++;
    for (const output of outputs) this.made.set(output, kernel.kernel !== "fused");
    return this.round;
  }
}

/** Hands out the plan's buffers and remembers from which round to which each is alive. */
class Memory {
  private readonly buffers: PlanBuffer[] = [];
  private readonly index = new Map<Value, number>();
  private readonly temporary: { buffer: number; life: Lifetime }[] = [];
  private readonly life = new Map<number, Lifetime>();

  constructor(leaves: readonly Value[], roots: readonly Value[]) {
    for (const value of [...leaves, ...roots]) this.add(value);
  }

  private add(value: Value): number {
    const elements = sizeOf(value.shape);
    const buffer = this.buffers.push({ dtype: value.dtype, elements, arena: null }) - 1;
    this.index.set(value, buffer);
    return buffer;
  }

  use(value: Value, round: number): number {
    let buffer = this.index.get(value);
    if (buffer === undefined) {
      buffer = this.add(value);
      const life = { bytes: bytesOf(value.dtype, sizeOf(value.shape)), first: round, last: round };
      this.life.set(buffer, life);
      this.temporary.push({ buffer, life });
    }
    const life = this.life.get(buffer);
    if (life) life.last = round;
    return buffer;
  }

  layOut(): Pick<Plan, "buffers" | "arenaBytes"> {
    const { offsets, bytes } = layOut(this.temporary.map(({ life }) => life));
    this.temporary.forEach(({ buffer }, k) => {
      this.buffers[buffer] = { ...this.buffers[buffer]!, arena: offsets[k]! };
    });
    return { buffers: this.buffers, arenaBytes: bytes };
  }
}
